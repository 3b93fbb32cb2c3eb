"""The nulls that every diagnosis shows, at any size: larger layers are tested on a random part."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np

from polysem._diagnose.capacity.features import gram
from polysem._diagnose.capacity.neurons import fourth_norms
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.mixed.centred import centred_epairs, centred_pairs, spanned
from polysem._diagnose.mixed.pairs import FEWEST
from polysem._diagnose.nulls.occupancy import expected_shared, occupancy_null
from polysem._diagnose.nulls.result import NullTest, generators, simulated
from polysem._diagnose.nulls.rotation import rotated, rotation_null
from polysem._diagnose.nulls.statistics import mean_fourth_norm
from polysem._diagnose.selectivity.auroc import auroc, strength
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._errors import BadInput

TURNED = 2**21  # numbers rotated as they are; of more, a random part
PLACED = 2**22  # pairs of neuron and feature shuffled as they are
TURNS, SMALL, MORE_TURNS = 20, 2**16, 100  # rotations; of small matrices more
PLACINGS = 200
COMPARED = 512  # neurons compared with each other by PAIRS and ePAIRS
PAIR_DRAWS = 100


def privileged_weights(W: np.ndarray, seed: int) -> tuple[NullTest, ...]:
    """Is the neuron basis of weights (features, neurons) privileged? Fourth norm and rotations."""
    name = "mean fourth norm of neurons"
    if not W.any():
        return ()
    if W.size <= TURNED:
        return (rotation_null(W, mean_fourth_norm, _turns(W), seed, name),)
    return (_random_directions(W, name, seed),)


def _turns(matrix: np.ndarray) -> int:
    return MORE_TURNS if matrix.size <= SMALL else TURNS


def _random_directions(W: np.ndarray, name: str, seed: int) -> NullTest:
    """A wide layer: some of its neurons against as many uniform directions of its neuron space.

    A rotated neuron is W q with q uniform on the sphere; L z with W Wᵀ = L Lᵀ and normal z is the
    same up to a length, on which the fourth norm does not depend.
    """
    products = gram(W)
    values, vectors = np.linalg.eigh(products)
    root = (vectors * np.sqrt(np.clip(values, 0, None))).astype(np.float32)
    count = min(W.shape[1], max(1, TURNED // len(W)))
    generator = np.random.default_rng(seed)
    chosen = W[:, np.sort(generator.choice(W.shape[1], count, replace=False))]

    def draw(one: np.random.Generator) -> float:
        return _mean(fourth_norms(root @ one.standard_normal((len(root), count), np.float32)))

    where = f"random directions ({count:,} of {W.shape[1]:,} neurons)"
    return NullTest(name, where, _mean(fourth_norms(chosen)), simulated(draw, TURNS, seed), seed)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def shared_by_chance(
    held: np.ndarray,
    related: Relatedness,
    null_shared: np.ndarray,
    draws: int,
    seed: int,
    words: str = "features that choose their neurons at random (balls in bins)",
) -> NullTest:
    """Polysemantic neurons if each feature kept its number of neurons and chose them at random.

    For weights that is the weight shuffle: the rule looks at one feature at a time, so shuffling
    its weights moves its neurons about at random. `held` (neurons, features). Of a large layer
    neurons are drawn one by one as if independent, with the chance that the exact mean gives, or,
    where features are related, the share in `null_shared`, shuffled neurons drawn before.
    """
    if held.size <= PLACED:
        made = occupancy_null(held, related, min(draws, PLACINGS), seed)
        return NullTest(made.statistic, words, made.observed, made.null, seed, "two-sided")
    chance = float(null_shared.mean())
    if not related.related.any():
        chance = expected_shared(held) / len(held)
    null = np.random.default_rng(seed).binomial(len(held), min(chance, 1.0), PLACINGS)
    observed = float(related.polysemantic(held).sum())
    return NullTest("polysemantic neurons", words, observed, null.astype(float), seed, "two-sided")


def privileged_activations(recording: Recording, seed: int) -> tuple[NullTest, ...]:
    """Is the neuron basis of a recording better than a random one? Selectivity and rotations.

    Two statistics, since either alone can miss it: the best feature of each neuron, and the best
    neuron of each feature (in a layer with idle neurons a rotation lends every neuron some
    selectivity, and takes from the best).
    """
    good, binary = recording.usable("neuron"), recording.binary & recording.usable("feature")
    x, y = recording.activations[:, good], recording.labels[:, binary]
    if not good.any() or not binary.any():
        return ()
    where = ""
    if x.size > TURNED:
        count = min(max(TURNED // x.shape[1], 256), len(x))
        chosen = np.sort(np.random.default_rng(seed).choice(len(x), count, replace=False))
        x, y = np.ascontiguousarray(x[chosen]), y[chosen]
        where = f" ({count:,} of {len(recording.activations):,} samples)"
    observed = _best(x, y)
    null = np.array([_best(rotated(x, one), y) for one in generators(_turns(x), seed)])
    names = ("mean best selectivity of neurons", "mean selectivity of each feature's best neuron")
    return tuple(
        NullTest(name + where, "randomly rotated neurons", observed[i], null[:, i], seed)
        for i, name in enumerate(names)
    )


def _best(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Means of the largest AUROC, or 1 − AUROC: of every neuron, and of every feature."""
    known = np.nan_to_num(strength(auroc(x, y)), nan=0.5)
    return float(known.max(1).mean()), float(known.max(0).mean())


def mixed_selectivity(vectors: np.ndarray, seed: int) -> tuple[NullTest, ...]:
    """PAIRS and ePAIRS of the neurons' vectors of correlations with the features.

    `vectors` (neurons, features), NaN where unknown. Nothing for fewer than three neurons or two
    dimensions that they span; of more than `COMPARED` neurons a random part.
    """
    known = vectors[:, np.isfinite(vectors).any(0)]
    known = known[np.isfinite(known).all(1)]
    known = known[np.any(known, axis=1)]
    if len(known) < FEWEST + 1 or known.shape[1] < 2:
        return ()
    where = ""
    if len(known) > COMPARED:
        chosen = np.random.default_rng(seed).choice(len(known), COMPARED, replace=False)
        where, known = f" ({COMPARED} of {len(known):,} neurons)", known[np.sort(chosen)]
    centred = spanned(known)
    if len(centred) < FEWEST + 1 or centred.shape[1] < 2:
        return ()
    tests = {"ePAIRS": centred_epairs(centred, PAIR_DRAWS, seed).test}
    with suppress(BadInput):  # few vectors in many dimensions: no k brings the angle asked for
        angle = np.pi / 8 if centred.shape[1] <= 3 else np.pi / 4
        tests = {"PAIRS": centred_pairs(centred, PAIR_DRAWS, seed, angle).test} | tests
    return tuple(
        replace(test, statistic=f"{name}, {test.statistic}{where}") for name, test in tests.items()
    )
