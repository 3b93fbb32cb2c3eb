"""Balls in bins: how many neurons would hold two features if features chose neurons at random?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from polysem._diagnose.nulls.result import NullTest, simulated
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._errors import BadInput
from polysem._theory import balls_count, balls_distribution, balls_variance
from polysem._theory.balls import exact_is_affordable


def occupancy_null(
    selective: np.ndarray,
    relatedness: Relatedness | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> NullTest:
    """Polysemantic neurons against features that choose their neurons independently, uniformly.

    `selective`: booleans (neurons, features). Every feature keeps the number of neurons that
    represent it. Two-sided: fewer than chance is as telling as more. An excess says that features
    share neurons, not that training made them: compare with the rotation null.
    """
    related = relatedness or Relatedness.none(selective.shape[1])

    def draw(generator: np.random.Generator) -> float:
        return float(related.polysemantic(generator.permuted(selective, axis=0)).sum())

    return NullTest(
        "polysemantic neurons",
        "features choosing neurons at random",
        float(related.polysemantic(selective).sum()),
        simulated(draw, draws, seed),
        seed,
        "two-sided",
    )


def expected_shared(selective: np.ndarray) -> float:
    """Mean of that null without relatedness, exactly: m·(1 − P(0) − P(1)) with P(f) = c_f/m."""
    share = selective.mean(0)
    none, one = 1.0, 0.0
    for p in share:
        none, one = none * (1 - p), one * (1 - p) + none * p
    return float(len(selective) * (1 - none - one))


@dataclass(frozen=True)
class SignedBalls:
    """Neurons of opposite-signed pairs against signed balls in bins (docs/theory.md).

    `observed` — neurons with a positive and a negative feature; `mean`, `deviation` — of the null;
    `z`; `p` — two-sided from the exact distribution, None where that costs too much.
    """

    observed: int
    mean: float
    deviation: float
    p: float | None

    @property
    def z(self) -> float:
        """(observed − mean)/deviation; NaN if the null does not vary."""
        return (self.observed - self.mean) / self.deviation if self.deviation > 0 else np.nan


def signed_balls_test(features: int, neurons: int, observed: int) -> SignedBalls:
    """Test `observed` neurons with both signs: n features on 2m signed slots, uniformly."""
    if not 0 <= observed <= neurons:
        raise BadInput(f"observed = {observed} is not allowed: give 0 to {neurons}, the neurons.")
    p = None
    if exact_is_affordable(features, neurons):
        law = balls_distribution(features, neurons)
        p = min(1.0, 2 * min(law[: observed + 1].sum(), law[observed:].sum()))
    deviation = float(np.sqrt(balls_variance(features, neurons)))
    return SignedBalls(observed, float(balls_count(features, neurons)), deviation, p)


@dataclass(frozen=True)
class Colocation:
    """For every pair of features: neurons that represent both, and what chance would give.

    All (features, features). `shared` — neurons; `expected` — c_f c_g/m; `p` — probability of
    `shared` or more if both chose their neurons at random (hypergeometric, exact); NaN on the
    diagonal. Pairs are many: adjust with `holm` or `benjamini_hochberg`.
    """

    shared: np.ndarray
    expected: np.ndarray
    p: np.ndarray


def colocation(selective: np.ndarray) -> Colocation:
    """Count shared neurons: `selective` booleans (neurons, features)."""
    counts = selective.sum(0)
    table = selective.astype(np.int64)
    shared = table.T @ table
    p = hypergeom.sf(shared - 1, len(selective), counts[:, None], counts[None, :])
    np.fill_diagonal(p, np.nan)
    return Colocation(shared, np.outer(counts, counts) / len(selective), p)
