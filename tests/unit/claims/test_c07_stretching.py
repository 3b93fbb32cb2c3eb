"""Gaps that stretch uniformly, or do not."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def stopped(unexplained, ratio, seeds):
    rng, rows = np.random.default_rng(3), []
    for n in (1, 32):
        for lt in (0.02, 0.05, 0.1):
            for _ in range(seeds):
                wobble = 1 + 0.02 * rng.standard_normal()
                rows.append((n, lt, unexplained * wobble, ratio * wobble))
    return {"stopped": pd.DataFrame(rows, columns=["n", "lt", "unexplained", "variance_ratio"])}


def test_stretching():
    assert verdict(7, stopped(0.001, 1.0, 12)) == "supported"
    assert verdict(7, stopped(0.2, 2.0, 12)) == "refuted"
    assert verdict(7, stopped(0.001, 2.0, 12)) == "qualified"
    assert verdict(7, stopped(0.001, 1.0, 3)) == "inconclusive"
