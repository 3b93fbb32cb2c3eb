"""λ too small and too large."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def lambda_tables(sparse, dead, seeds):
    small = pd.DataFrame({"l1": [1e-4] * seeds + [0.1] * seeds, "m": 64,
                          "converged": [sparse] * seeds + [True] * seeds})  # fmt: skip
    from polysem._theory import typical_death_threshold

    rows = []
    for m in (16, 256):
        for l1 in np.linspace(0.1, 1.6, 16):
            share = float(l1 > typical_death_threshold(m)) if dead else 0.0
            rows += [(m, 12, l1, seed, round(12 * share)) for seed in range(seeds)]
    large = pd.DataFrame(rows, columns=["m", "n", "l1", "seed", "dead_features"])
    return {"small": small, "AdamW": small, "large": large}


def test_lambda_range():
    assert verdict(9, lambda_tables(False, True, 40)) == "supported"
    assert verdict(9, lambda_tables(True, False, 40)) == "refuted"
    assert verdict(9, lambda_tables(True, True, 40)) == "qualified"
    assert verdict(9, lambda_tables(False, True, 4)) == "inconclusive"
