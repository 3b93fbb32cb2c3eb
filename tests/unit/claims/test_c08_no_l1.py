"""Dense rows without ℓ1, and the control that is sparse."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def dense(flow, l1, seeds):
    rng = np.random.default_rng(4)
    rows = [
        {"l1": a, "penalty_l2": b, "m": 64, "over_rotated": v * w, "dense_ratio": v * w}
        for a, b, v in ((0.0, 0.0, flow), (0.0, 0.2, flow), (0.05, 0.0, l1))
        for w in 1 + 0.02 * rng.standard_normal(seeds)
    ]
    frame = pd.DataFrame(rows)
    return {"flow": frame, "AdamW": frame[(frame["l1"] == 0)]}


def test_no_l1():
    assert verdict(8, dense(1.0, 20.0, 12)) == "supported"
    assert verdict(8, dense(9.0, 20.0, 12)) == "refuted"
    assert verdict(8, dense(1.0, 1.0, 12)) == "qualified"  # the control fails
    assert verdict(8, dense(1.0, 20.0, 3)) == "inconclusive"
