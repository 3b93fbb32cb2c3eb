"""Statistics that tell the two kinds apart, or do not."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def networks(gap, seeds):
    rng, rows = np.random.default_rng(10), []
    for m, sign in ((16, 1), (24, 1), (40, 0), (64, 0)):
        for _ in range(seeds):
            poly = 10 + gap * 10 * sign + rng.integers(0, 3)
            rows.append((32, m, poly, gap * sign * poly, 0, 20.0))
    columns = ["n", "m", "polysemantic", "same_sign", "monosemantic", "expected_balls"]
    f = pd.DataFrame(rows, columns=columns)
    share = np.where(f["m"] < 32, 0.1 if gap else 0.4, 0.4) + 0.01 * rng.random(len(f))
    f["monosemantic"] = f["m"] * (1 - share) - f["polysemantic"]
    return {"networks": f}


def test_told_apart():
    assert verdict(20, networks(1, 60)) == "supported"
    assert verdict(20, networks(0, 200)) == "refuted"
    assert verdict(20, networks(1, 6)) == "inconclusive"
