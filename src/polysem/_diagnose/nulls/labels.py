"""The label null: the samples' labels permuted, all features of a sample together.

Permuting whole rows keeps how features co-occur and breaks only their link to the activations.
Every statistic here is Σ_i score_i · label_i, so a batch of permutations is one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from polysem._diagnose.nulls.result import NullTest, generators
from polysem._diagnose.selectivity.auroc import rank_sum_deviation
from polysem._diagnose.selectivity.ranks import EXACT_SAMPLES, centred_ranks, class_sizes
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._errors import BadInput

BATCH = 1 << 22  # permuted labels and null sums held at a time
ROUNDING = 1e-5  # standard deviations: scores of float32 that close count as ties


@dataclass(frozen=True)
class LabelNull:
    """p-values of |statistic| from permuted labels, all (1 + count)/(1 + draws).

    `z` (neurons, features): the statistic in standard deviations of its null, which has mean 0.
    `p` (neurons, features): each pair on its own. `p_neuron`: family-wise over the features of the
    neuron; `p_layer`: family-wise over all pairs (single-step max-T of Westfall and Young 1993, on
    statistics standardised by their permutation variance). NaN where the statistic is. `largest`
    (draws, neurons): the largest |z| of each neuron under the null. `count` — polysemantic
    neurons at the threshold against their null, if one was asked for. `seed` made the draws.
    """

    z: np.ndarray
    p: np.ndarray
    p_neuron: np.ndarray
    p_layer: np.ndarray
    largest: np.ndarray
    seed: int
    count: NullTest | None = None

    @property
    def strongest(self) -> NullTest:
        """The largest |z| of the layer against its null."""
        observed = float(np.nanmax(np.abs(self.z))) if np.isfinite(self.z).any() else np.nan
        return NullTest("largest |z|", "permuted labels", observed, self.largest.max(1), self.seed)


@dataclass(frozen=True)
class CountRule:
    """When a neuron is selective under the null: AUROC or 1 − AUROC at `threshold` or above."""

    threshold: float
    relatedness: Relatedness

    def __post_init__(self) -> None:
        if not 0.5 < self.threshold <= 1:
            raise BadInput(
                f"threshold = {self.threshold} is not allowed: give an AUROC above 0.5, to 1."
            )


def auroc_null(
    activations: np.ndarray,
    labels: np.ndarray,
    draws: int = 1000,
    seed: int = 0,
    rule: CountRule | None = None,
) -> LabelNull:
    """Label null of AUROC: `activations` (samples, neurons), `labels` (samples, features), 0 or 1.

    Two-sided. Ranks are taken once; up to 8,192 samples all sums are exact, ties included. With a
    `rule` the number of polysemantic neurons gets its null too.
    """
    ranks = centred_ranks(activations)
    positive, negative = class_sizes(labels)
    limit = None
    if rule is not None:
        limit = (rule.threshold - 0.5) * 2 * positive * negative
    tally = _Tally(ranks, labels, rank_sum_deviation(ranks, labels), rule, limit)
    return tally.run(draws, seed, exact=True)


def correlation_null(
    activations: np.ndarray, labels: np.ndarray, draws: int = 1000, seed: int = 0
) -> LabelNull:
    """Label null of correlation, and so of the standardised difference; labels may be real.

    Two-sided; pairs within 1e-5 standard deviations of the observed value count as extreme, so
    that rounding can only make a p-value larger.
    """
    scores = _standardised(activations)
    values = _standardised(labels)
    deviation = np.outer(scores.any(0), values.any(0)) / np.sqrt(max(len(labels) - 1.0, 1.0))
    return _Tally(scores, values, deviation, None, None).run(draws, seed, exact=False)


def _standardised(columns: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and length 1, float32; constant columns become zero."""
    centred = columns - columns.mean(0, dtype=np.float64)
    centred[:, (columns == columns[:1]).all(0)] = 0
    lengths = np.sqrt(np.einsum("sk,sk->k", centred, centred))
    return (centred / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _reached(largest: np.ndarray, bar: np.ndarray) -> np.ndarray:
    """Draws whose largest value reaches each bar: (draws, neurons or 1) → shape of `bar`."""
    ordered = np.sort(largest, axis=0)
    columns = np.broadcast_to(ordered, (len(ordered), len(bar)))
    below = [np.searchsorted(column, row) for column, row in zip(columns.T, bar, strict=True)]
    return len(ordered) - np.stack(below)


class _Tally:
    """Counts, batch by batch, how often permuted sums reach the observed ones."""

    def __init__(
        self,
        scores: np.ndarray,
        labels: np.ndarray,
        deviation: np.ndarray,
        rule: CountRule | None,
        limit: np.ndarray | None,
    ) -> None:
        self.scores, self.labels = scores.T, labels.astype(scores.dtype)
        self.rule, self.limit = rule, limit
        self.known = deviation > 0
        inverse = np.divide(1, deviation, out=np.zeros_like(deviation), where=self.known)
        self.inverse = inverse.astype(scores.dtype)
        self.observed = self.scores @ self.labels

    def run(self, draws: int, seed: int, exact: bool) -> LabelNull:
        signed = self.observed * self.inverse
        z = np.abs(signed)
        bar = z if exact and len(self.labels) <= EXACT_SAMPLES else z - ROUNDING
        pairs, largest, counts = np.zeros(z.shape, dtype=np.int64), [], []
        for sums in self._permuted(draws, seed):
            null = np.abs(sums, out=sums)
            if self.rule is not None:
                counts += [self._polysemantic(draw) for draw in null]
            null *= self.inverse
            pairs += np.count_nonzero(null >= bar, axis=0)
            largest.append(null.max(-1))
        tops = np.concatenate(largest)
        reached = pairs, _reached(tops, bar), _reached(tops.max(-1, keepdims=True), bar)
        p, p_neuron, p_layer = (
            np.where(self.known, (1 + count) / (1 + draws), np.nan) for count in reached
        )
        signed = np.where(self.known, signed, np.nan).astype(np.float64)
        return LabelNull(signed, p, p_neuron, p_layer, tops, seed, self._count(counts, seed))

    def _permuted(self, draws: int, seed: int) -> Iterator[np.ndarray]:
        """Sums under permuted labels, (batch, neurons, features) at a time."""
        samples, features = self.labels.shape
        size = max(1, BATCH // (features * (samples + 2 * len(self.scores))))
        sources = iter(generators(draws, seed))
        for first in range(0, draws, size):
            orders = [next(sources).permutation(samples) for _ in range(min(size, draws - first))]
            shuffled = np.concatenate([self.labels[order] for order in orders], axis=1)
            sums = self.scores @ shuffled
            yield sums.reshape(len(self.scores), len(orders), features).swapaxes(0, 1)

    def _polysemantic(self, sums: np.ndarray) -> int:
        assert self.rule is not None
        assert self.limit is not None
        selective = (sums >= self.limit) & self.known
        many = selective.sum(1) >= 2
        return int(self.rule.relatedness.polysemantic(selective[many]).sum())

    def _count(self, counts: list[int], seed: int) -> NullTest | None:
        if self.rule is None:
            return None
        return NullTest(
            "neurons with two unrelated features, each on its own",
            "permuted labels",
            float(self._polysemantic(np.abs(self.observed))),
            np.array(counts, dtype=np.float64),
            seed,
        )
