"""Half of all collisions are malign; and how often the whole rule errs."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def starts(p, total):
    rows = [
        {"initial_kind": law, "n": 96, "m": 96, "collisions_same": int(p * total),
         "collisions_start": total}
        for law in ("normal", "xavier", "orthogonal")
    ]  # fmt: skip
    return {"starts": pd.DataFrame(rows)}


def test_half_malign():
    assert verdict(4, starts(0.5, 20_000)) == "supported"
    assert verdict(4, starts(0.6, 20_000)) == "refuted"
    assert verdict(4, starts(0.5, 100)) == "inconclusive"


def test_half_malign_errs_no_more_often_than_alpha():
    """Truth just outside the range (0.53 + 1e-9): "supported" and "qualified" are both false
    alarms. 400 repetitions at α = 1 %; more than 13 have probability below 1e-4."""
    rng, false = np.random.default_rng(5), 0
    for _ in range(400):
        tables = starts(0.5, 8000)
        tables["starts"]["collisions_same"] = rng.binomial(8000, 0.53, 3)
        false += verdict(4, tables) in ("supported", "qualified")
    assert false <= 13
