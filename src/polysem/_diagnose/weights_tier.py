"""Diagnosis from weights alone: who is on which neuron, and is it more than chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._census.rules import Relative
from polysem._diagnose.capacity.measure import Capacity, measure_capacity
from polysem._diagnose.inputs.layer import Layer
from polysem._diagnose.nulls.layer import privileged_weights, shared_by_chance
from polysem._diagnose.nulls.occupancy import signed_balls_test
from polysem._diagnose.nulls.result import NullTest
from polysem._diagnose.profile import Profile, profile_of, sweep_of
from polysem._diagnose.rows import CANNOT_BE_TOLD, NOT_ASSESSABLE, NOT_POLYSEMANTIC, Finding
from polysem._diagnose.selectivity.relatedness import Relatedness

BLOCK = 4096  # neurons at a time
SHOWN = 8  # features listed for a neuron
SHUFFLED = "each feature's weights shuffled over the neurons (balls in bins)"
HALF = 0.5  # of a feature's norm: the census' rule
THRESHOLDS = np.round(np.arange(0.1, 0.95, 0.1), 1)


@dataclass(frozen=True)
class WeightsResult:
    """Rows, capacity measures, nulls and profile of a layer's weights.

    `words` — what counted as related; `notes` — sentences about the layer.
    """

    findings: list[Finding]
    capacity: Capacity
    nulls: tuple[NullTest, ...]
    words: tuple[str, ...]
    profile: Profile
    notes: tuple[str, ...]


def diagnose_weights(
    layer: Layer, relatedness: Relatedness | None = None, draws: int = 1000, seed: int = 0
) -> WeightsResult:
    """Rows for encoding weights (features, neurons), or in- and out-weights.

    A neuron represents a feature if |w| > ½ ‖W_i‖ (the census' rule). Score: the second-strongest
    represented feature's |w|/‖W_i‖ relative to the strongest's, 0 if there is no second. Its null:
    every feature's weights shuffled over the neurons; a neuron of the shuffled layer is one random
    weight of each feature, so `draws` such neurons are drawn.
    """
    related = relatedness or Relatedness.none(len(layer.weights))
    strength = strength_of(layer)
    held = Relative().represents(strength)
    norms = np.linalg.norm(strength.astype(np.float64), axis=1)
    share = np.abs(strength) / np.where(norms > 0, norms, 1)[:, None].astype(strength.dtype)
    scores, groups = _scores(share, held, related), _groups(held, related)
    null = np.sort(_null_scores(share, held, related, draws, seed))
    beyond = draws - np.searchsorted(null, scores - 1e-12)
    p = (1 + beyond) / (1 + draws)
    bad = {row.index: row.reason for row in layer.problems}
    findings = [
        _finding(k, layer, strength, held[:, k], int(groups[k]), float(scores[k]), float(p[k]), bad)
        for k in range(strength.shape[1])
    ]
    capacity = measure_capacity(layer)
    nulls = (
        *privileged_weights(layer.weights, seed),
        shared_by_chance(held.T, related, null > 0, draws, seed, SHUFFLED),
    )
    notes = (_spent(capacity), *_both_signs(strength, held))
    profile = _profile(layer, strength, share, held, related)
    return WeightsResult(findings, capacity, nulls, (related.words,), profile, notes)


def _profile(
    layer: Layer, strength: np.ndarray, share: np.ndarray, held: np.ndarray, related: Relatedness
) -> Profile:
    bars = np.repeat(THRESHOLDS[:, None], len(share), axis=1)
    words = "|weight| over the feature's norm"
    sweep = sweep_of(share.T, None, related, THRESHOLDS, bars, HALF, words)
    return profile_of(strength.T, share.T, held.T, related, layer.names, words, sweep)


def _spent(capacity: Capacity) -> str:
    """How the layer spends its neurons."""
    dead = int(capacity.dead.sum())
    own = np.arange(len(capacity.dead))
    twins = int((capacity.duplicate_of != own)[~capacity.dead].sum())
    return (
        f"Capacity: effective rank {capacity.effective_rank:.3g}, participation ratio "
        f"{capacity.participation_ratio:.3g}, {dead} dead neurons, {twins} that double another."
    )


def _both_signs(strength: np.ndarray, held: np.ndarray) -> tuple[str, ...]:
    """Neurons with a positive and a negative feature, against signed balls in bins."""
    if not held.any():
        return ()
    opposite = (held & (strength > 0)).any(0) & (held & (strength < 0)).any(0)
    found = signed_balls_test(int(held.any(1).sum()), held.shape[1], int(opposite.sum()))
    p = "" if found.p is None else f", p {found.p:.2g}"
    return (
        f"Neurons with features of both signs: {found.observed}; signed balls in bins expect "
        f"{found.mean:.3g} ± {found.deviation:.2g}{p}.",
    )


def strength_of(layer: Layer) -> np.ndarray:
    """The weights; with outgoing ones for the same features, signed geometric means."""
    if layer.outgoing is None or layer.outgoing.shape[1] != len(layer.weights):
        return layer.weights
    product = layer.weights * layer.outgoing.T
    return np.sqrt(np.abs(product)) * np.sign(layer.weights)


def _scores(share: np.ndarray, held: np.ndarray, related: Relatedness) -> np.ndarray:
    """Second group over the strongest feature: (neurons,)."""
    found = np.zeros(share.shape[1])
    for k in np.flatnonzero(held.sum(0) >= 2):
        features = np.flatnonzero(held[:, k])
        order = features[np.argsort(-share[features, k], kind="stable")]
        others = [f for f in order[1:] if not related.related[order[0], f]]
        if others and related.groups(held[:, [k]].T)[0] >= 2:
            found[k] = share[others[0], k] / share[order[0], k]
    return found


def _groups(held: np.ndarray, related: Relatedness) -> np.ndarray:
    parts = [
        related.groups(np.ascontiguousarray(held[:, left : left + BLOCK].T))
        for left in range(0, held.shape[1], BLOCK)
    ]
    return np.concatenate(parts)


def _null_scores(
    share: np.ndarray, held: np.ndarray, related: Relatedness, draws: int, seed: int
) -> np.ndarray:
    places = np.random.default_rng(seed).integers(share.shape[1], size=(len(share), draws))
    rows = np.arange(len(share))[:, None]
    return _scores(share[rows, places], held[rows, places], related)


def _finding(
    k: int,
    layer: Layer,
    strength: np.ndarray,
    held: np.ndarray,
    groups: int,
    score: float,
    p: float,
    bad: dict[int, str],
) -> Finding:
    if k in bad:
        name = layer.neuron_names[k]
        return Finding(k, name, verdict=NOT_ASSESSABLE, evidence=bad[k])
    features = np.flatnonzero(held)
    order = features[np.argsort(-np.abs(strength[features, k]), kind="stable")]
    poly = groups >= 2
    return Finding(
        k,
        layer.neuron_names[k],
        tuple(layer.names[f] for f in order[:SHOWN]),
        tuple(float(strength[f, k]) for f in order[:SHOWN]),
        groups,
        poly,
        score=score,
        score_p=p,
        verdict=CANNOT_BE_TOLD if poly else NOT_POLYSEMANTIC,
        evidence=_words(len(features), groups, p),
    )


def _words(features: int, groups: int, p: float) -> str:
    if features == 0:
        return "represents no feature"
    if groups < 2:
        return "one feature" if features == 1 else f"{features} related features"
    return (
        f"{features} features in {groups} groups (p {p:.2g} under shuffled weights); without the "
        "loss and the data its origin cannot be told"
    )
