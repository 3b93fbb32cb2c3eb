"""Other winner-take-all mechanisms."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def mechanisms(local, count, opposite, seeds):
    """Every mechanism but ℓ1 with these means."""
    from polysem._claims.ledger.c15_mechanisms import MECHANISMS

    rng, found = np.random.default_rng(13), {}
    for name in MECHANISMS:
        k = rng.poisson(4.0 * (1 if name == "ℓ1" else count), seeds)
        o = rng.binomial(k, 1.0 if name == "ℓ1" else opposite)
        found[name] = pd.DataFrame(
            {"polysemantic": k, "opposite_sign": o, "same_sign": k - o, "train_steps": 10,
             "local": (local + 0.02 * rng.standard_normal(seeds)).clip(0, 1)}
        )  # fmt: skip
    return found


def test_mechanisms():
    assert verdict(15, mechanisms(0.95, 1.0, 1.0, 60)) == "supported"
    assert verdict(15, mechanisms(0.05, 0.0, 0.5, 60)) == "refuted"
    assert verdict(15, mechanisms(0.95, 1.0, 0.1, 60)) == "qualified"
    assert verdict(15, mechanisms(0.95, 1.0, 1.0, 3)) == "inconclusive"
