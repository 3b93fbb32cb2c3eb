"""Power laws of the ℓ1 norm and of the number of weights."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def course(power, constant, seeds, spread=0.01):
    rng, rows = np.random.default_rng(2), []
    for n in (1, 64):
        for seed in range(seeds):
            for lt in np.geomspace(0.01, 0.4, 30):
                x = 4096**-0.5 + lt
                factor = np.exp(spread * rng.standard_normal())
                rows.append((n, 4096, 2e-3, seed, lt / 2e-3, constant * x**power * factor,
                             constant * x ** (2 * power) * factor))  # fmt: skip
    return {
        "course": pd.DataFrame(rows, columns=["n", "m", "l1", "seed", "t", "l1_norm", "m_prime"])
    }


def test_speed():
    assert verdict(6, course(-1, 1.0, 12)) == "supported"
    assert verdict(6, course(-1, 2.0, 12)) == "qualified"
    assert verdict(6, course(-2, 1.0, 12)) == "refuted"
    assert verdict(6, course(-1, 1.0, 3)) == "inconclusive"
