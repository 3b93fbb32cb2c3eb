"""Necessary left of m = n, and only there."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def phases(wide, seeds, floor=1.0):
    f = pd.DataFrame({"ratio": np.repeat([0.25, 0.5, 0.75, 24.0], seeds)})
    f["polysemantic"] = np.where(f["ratio"] < 1, 5, wide)
    f["at_floor"], f["slots_taken"] = floor, 1.0
    f["loss_per_feature"] = np.where(f["ratio"] == 0.25, 0.3, 0.0)
    return {"phases": f}


def test_necessary():
    assert verdict(10, phases(0, 200)) == "supported"
    assert verdict(10, phases(1, 200)) == "qualified"
    none = phases(1, 200)
    none["phases"]["polysemantic"] = np.where(none["phases"]["ratio"] < 1, 0, 1)
    assert verdict(10, none) == "refuted"
    assert verdict(10, phases(0, 3)) == "inconclusive"
