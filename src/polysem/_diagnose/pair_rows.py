"""From measured pairs of neuron and feature to rows of the result table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.profile import Profile, profile_of, sweep_of
from polysem._diagnose.rows import CANNOT_BE_TOLD, NOT_ASSESSABLE, NOT_POLYSEMANTIC, Finding
from polysem._diagnose.selectivity.adjusted import Adjusted, Sums, adjusted
from polysem._diagnose.selectivity.many import benjamini_hochberg
from polysem._diagnose.selectivity.measure import Measure
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.selectivity.sweep import THRESHOLDS

CORRELATION = 0.26
"""|r| from which a neuron counts as selective for a real feature: AUROC 0.65 of balanced normal
classes is |r| 0.26."""
FALSE_DISCOVERIES = 0.05
SHOWN = 8
WORDS = "|2·AUROC − 1|, or |r| for real features"


@dataclass(frozen=True)
class Pairs:
    """What the rows are made from, and the rule.

    `sums` — the selectivity, `sums.signed` (neurons, features), and what it takes to control one
    feature for others. `threshold` — AUROC from which a neuron is selective. `p_neuron` —
    family-wise within the neuron; `shown` — the measure with its interval.
    """

    sums: Sums
    threshold: float
    p_neuron: np.ndarray
    shown: Measure
    neurons: tuple[str, ...]
    names: tuple[str, ...]
    related: Relatedness

    @property
    def bar(self) -> np.ndarray:
        """What |signed| has to reach: (features,)."""
        return np.where(self.sums.binary, 2 * self.threshold - 1, CORRELATION)

    @cached_property
    def significant(self) -> np.ndarray:
        """Pairs that survive Benjamini and Hochberg."""
        with np.errstate(invalid="ignore"):
            return benjamini_hochberg(self.shown.p) <= FALSE_DISCOVERIES

    @cached_property
    def size(self) -> np.ndarray:
        """|signed|, −1 where it is not known."""
        return np.nan_to_num(np.abs(self.sums.signed), nan=-1.0)

    @cached_property
    def selective(self) -> np.ndarray:
        """Pairs that reach the bar, each on its own."""
        return (self.size >= self.bar - 1e-12) & self.significant

    @cached_property
    def cut(self) -> float:
        """The p below which the procedure of Benjamini and Hochberg rejects."""
        tests = np.count_nonzero(~np.isnan(self.shown.p))
        return FALSE_DISCOVERIES * np.count_nonzero(self.significant) / max(tests, 1)

    @cached_property
    def adjusted(self) -> Adjusted:
        """Those that do so with the neuron's other features held equal."""
        return adjusted(self.sums, self.selective, self.bar, self.cut, self.related)

    @cached_property
    def possible(self) -> np.ndarray:
        """Pairs that may count at some threshold."""
        with np.errstate(invalid="ignore"):
            return self.significant & (self.adjusted.held | (self.adjusted.p <= self.cut))

    @cached_property
    def own(self) -> np.ndarray:
        """Strength of a feature by itself: the smaller of plain and adjusted; −1 if not known."""
        least = np.minimum(self.size, np.nan_to_num(np.abs(self.adjusted.strength), nan=-1.0))
        return np.where(self.adjusted.held, self.size, least)


def rows_of(pairs: Pairs, problems: tuple[NotAssessable, ...]) -> list[Finding]:
    """One row per neuron."""
    bad = {row.index: row.reason for row in problems if row.kind == "neuron"}
    groups = pairs.related.groups(pairs.adjusted.held)
    rows = []
    for k, name in enumerate(pairs.neurons):
        if k in bad or (pairs.size[k] < 0).all():
            reason = bad.get(k, "no feature can be assessed on it.")
            rows.append(Finding(k, name, verdict=NOT_ASSESSABLE, evidence=reason))
        else:
            rows.append(_row(pairs, k, int(groups[k])))
    return rows


def _row(pairs: Pairs, k: int, groups: int) -> Finding:
    size, held = pairs.size[k], pairs.adjusted.held[k]
    order = np.argsort(-size, kind="stable")
    best = order[0]
    listed = [f for f in order if held[f]]
    second = _second(pairs, k, listed[0] if listed else best)
    return Finding(
        k,
        pairs.neurons[k],
        tuple(pairs.names[f] for f in listed[:SHOWN]),
        tuple(float(pairs.sums.signed[k, f]) for f in listed[:SHOWN]),
        groups,
        groups >= 2,
        float(pairs.shown.value[k, best]),
        float(pairs.shown.low[k, best]),
        float(pairs.shown.high[k, best]),
        None if second is None else max(float(pairs.own[k, second]), 0.0),
        None if second is None else _p(pairs, k, second),
        CANNOT_BE_TOLD if groups >= 2 else NOT_POLYSEMANTIC,
        evidence=_words(len(listed), groups, _explained(pairs, k)),
    )


def _second(pairs: Pairs, k: int, best: int) -> int | None:
    """The feature with the largest strength of its own that is not related to the strongest."""
    own = np.where(pairs.related.related[best], -1.0, pairs.own[k])
    own[best] = -1.0
    found = int(np.argmax(own))
    return found if own[found] >= 0 else None


def _p(pairs: Pairs, k: int, feature: int) -> float:
    """Of both claims: more than permuted labels give, and more than stronger features explain.

    Both are family-wise over the neuron's features, so their larger one is a p of the two together.
    """
    own = min(1.0, float(pairs.adjusted.p[k, feature]) * len(pairs.names))
    return max(float(pairs.p_neuron[k, feature]), own)


def _explained(pairs: Pairs, k: int) -> list[str]:
    """Features that the neuron is selective for only because of stronger ones."""
    found = np.flatnonzero(pairs.selective[k] & ~pairs.adjusted.held[k])
    return [pairs.names[f] for f in found[np.argsort(-pairs.size[k, found], kind="stable")]]


def explained_note(pairs: Pairs) -> tuple[str, ...]:
    """How often a feature only seemed to count, for the summary; nothing if never."""
    away = pairs.selective & ~pairs.adjusted.held
    if not away.any():
        return ()
    count = int(away.any(1).sum())
    return (
        f"On {count} neuron{'s' if count > 1 else ''} a further feature reaches the threshold only "
        "through others of the same neuron (it co-occurs with them, or excludes them) and is not "
        "counted.",
    )


def _words(features: int, groups: int, explained: list[str]) -> str:
    if features == 0:
        return "selective for no feature"
    said = "one feature" if features == 1 else f"{features} related features"
    if groups >= 2:
        said = f"{features} features in {groups} groups"
    if explained:
        more = f" and {len(explained) - 3} more" if len(explained) > 3 else ""
        said += f" (which also explain its answers to {', '.join(explained[:3])}{more})"
        if features == 1:
            said = said.replace("also explain", "also explains")
    return f"{said}; without the loss its origin cannot be told" if groups >= 2 else said


def profile_from(pairs: Pairs, measures: Mapping[str, np.ndarray]) -> Profile:
    """The strongest features of every neuron, and the layer at other thresholds."""
    steps, binary = np.array(THRESHOLDS), pairs.sums.binary
    bars = np.where(binary, 2 * steps[:, None] - 1, correlation_of_auroc(steps)[:, None])
    words = "AUROC, or 1 − AUROC" if binary.all() else "AUROC, or the |r| that equals it"
    sweep = sweep_of(pairs.own, pairs.possible, pairs.related, steps, bars, pairs.threshold, words)
    return profile_of(
        pairs.sums.signed,
        pairs.size,
        pairs.adjusted.held,
        pairs.related,
        pairs.names,
        WORDS,
        sweep,
        dict(measures) | {"adjusted": pairs.adjusted.strength},
    )


def correlation_of_auroc(area: np.ndarray) -> np.ndarray:
    """|r| with the same separation, for two balanced normal classes: d = √2·Φ⁻¹(AUROC)."""
    d = np.sqrt(2) * ndtri(np.minimum(area, 1 - 1e-12))
    return d / np.sqrt(d**2 + 4)
