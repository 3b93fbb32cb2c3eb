"""Features that co-occur: counts, halving chance, and who shares."""

import math

import numpy as np
import pandas as pd
import pytest
from tests.unit.claims.decided import verdict


def co_occurring(half, power, left, exclusive, partners, seeds):
    """Counts that halve at a chance `half`(λ) and end at a share `left`; who shares."""
    rng, pairs, who = np.random.default_rng(14), [], []
    for l1 in (0.05, 0.2):
        at = half * (l1 / 0.05) ** power
        for chance in (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.4):
            mean = 8 / (1 + (chance / at) ** 3) if chance < 0.4 else 8 * left
            kind = "k_hot" if chance else "one_hot"
            shown = chance if chance else math.nan
            counts = rng.poisson(mean, seeds)
            pairs += [(l1, kind, shown, s, k) for s, k in enumerate(counts)]
    for kind, share in (("exclusive", exclusive), ("partners", partners)):
        who += [(0.1, kind, 4, rng.binomial(4, share)) for _ in range(seeds)]
    columns = ["l1", "data_kind", "data_probability", "seed", "polysemantic"]
    return {
        "pairs": pd.DataFrame(pairs, columns=columns),
        "who": pd.DataFrame(who, columns=["l1", "data_kind", "pairs", "mates"]),
    }


def test_co_occurrence():
    assert verdict(16, co_occurring(0.012, 1.0, 0.0, 1.0, 0.0, 200)) == "supported"
    assert verdict(16, co_occurring(0.012, 1.0, 1.0, 0.1, 0.3, 100)) == "refuted"
    assert verdict(16, co_occurring(0.012, 1.0, 0.0, 0.1, 0.0, 100)) == "qualified"
    assert verdict(16, co_occurring(0.012, 1.0, 0.0, 1.0, 0.0, 4)) == "inconclusive"


def test_the_halving_chance_is_the_one_put_in():
    from polysem._claims.ledger.c16_co_occurrence import half_chance, law_in_lambda

    chances = np.array([0.0, 0.01, 0.1])
    assert half_chance(chances, np.array([[8.0, 6.0, 2.0]])) == pytest.approx(0.1**1.5)
    assert math.isnan(half_chance(chances, np.array([[8.0, 7.0, 5.0]])))
    assert math.isnan(half_chance(chances, np.array([[8.0, 3.0, 1.0]])))
    found = law_in_lambda(co_occurring(0.012, 1.0, 0.0, 1.0, 0.0, 400), 0.95)
    assert found.low < 1.0 < found.high
    assert found.value == pytest.approx(1.0, abs=0.15)


def test_who_shares_is_counted_by_hand():
    from polysem._claims.ledger.c13_depth import sharing as pairs
    from polysem._claims.ledger.c16_co_occurrence import sharing

    W = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0.4, 0, 1]])
    assert pairs(W) == {(0, 1)}
    assert sharing(None, W, W) == {"pairs": 1, "mates": 1}
    W[1] = [0, -1, 0]
    assert pairs(W) == {(1, 2)}
    assert sharing(None, W, W) == {"pairs": 1, "mates": 0}
