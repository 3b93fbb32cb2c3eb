"""Counts after flipping signs."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def flipped(malign, benign, seeds):
    rng = np.random.default_rng(7)
    rows = [
        (16, 256, 0.25, to, k)
        for to, mean in (("malign", malign), ("random", 1.0), ("benign", benign))
        for k in rng.poisson(mean, seeds)
    ]
    columns = ["n", "m", "l1", "initial_to", "polysemantic"]
    return {"flipped": pd.DataFrame(rows, columns=columns)}


def test_causality():
    assert verdict(14, flipped(0.1, 2.0, 400)) == "supported"
    assert verdict(14, flipped(1.5, 0.7, 400)) == "refuted"
    assert verdict(14, flipped(0.1, 0.7, 400)) == "qualified"
    assert verdict(14, flipped(0.1, 2.0, 6)) == "inconclusive"
