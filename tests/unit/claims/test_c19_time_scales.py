"""Sparse before apart, or apart before sparse."""

import pandas as pd
from tests.unit.claims.decided import verdict


def races(malign, benign, count):
    rows = [
        (24, i % 20, sign, 1.0, 2.0 if i < share * count else 0.5)
        for sign, share in (("same", malign), ("opposite", benign))
        for i in range(count)
    ]
    columns = ["m", "seed", "sign", "sparse", "apart"]
    return {"races": pd.DataFrame(rows, columns=columns)}


def test_time_scales():
    assert verdict(19, races(0.9, 0.9, 100)) == "supported"
    assert verdict(19, races(0.1, 0.9, 100)) == "refuted"
    assert verdict(19, races(0.9, 0.1, 100)) == "qualified"
    assert verdict(19, races(0.9, 0.9, 4)) == "inconclusive"
