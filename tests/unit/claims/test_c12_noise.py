"""Fourth norms under noise of several kurtoses."""

import math

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def noise(effect, gaussian, seeds):
    rng, rows = np.random.default_rng(11), []
    for excess in (-2.0, -1.0, 0.0, 2.0):
        for shared in ("sample", "batch"):
            rows += [("three_point", excess, shared, 0.17 - effect * excess + e)
                     for e in 0.005 * rng.standard_normal(seeds)]  # fmt: skip
    base = 3 / 18 * gaussian
    rows += [("gaussian", math.nan, "sample", base + e) for e in 0.005 * rng.standard_normal(seeds)]
    columns = ["train_noise_kind", "train_noise_excess", "train_noise_shared", "fourth_norm"]
    return {"noise": pd.DataFrame(rows, columns=columns).assign(m=16)}


def test_noise():
    assert verdict(12, noise(0.1, 1.0, 30)) == "supported"
    assert verdict(12, noise(-0.1, 2.0, 30)) == "refuted"
    assert verdict(12, noise(0.1, 2.0, 30)) == "qualified"
    assert verdict(12, noise(0.1, 1.0, 3)) == "inconclusive"
