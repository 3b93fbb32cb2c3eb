"""Start and end of encodings."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def correlations(flow, adamw, seeds):
    rng = np.random.default_rng(8)
    found = {}
    for name, mean in (("flow", flow), ("AdamW", adamw)):
        dots = (mean + 0.1 * rng.standard_normal(seeds)) / 10
        found[name] = pd.DataFrame(
            {"start_end_dot": dots, "start_end_dot_others": 0.0, "m": 100, "seed": range(seeds)}
        )
    return found


def test_correlation():
    assert verdict(17, correlations(2.0, 2.0, 40)) == "supported"
    assert verdict(17, correlations(0.0, 0.0, 40)) == "refuted"
    assert verdict(17, correlations(2.0, 1.0, 40)) == "qualified"
    assert verdict(17, correlations(2.0, 2.0, 3)) == "inconclusive"
