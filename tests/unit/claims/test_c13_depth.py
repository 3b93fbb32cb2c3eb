"""Counts at every layer of deeper networks."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def depths(power, stack, mlp, seeds):
    """Two layers whose counts are `stack` times one layer's at m = 2n and fall like m^power."""
    rng, one, found = np.random.default_rng(12), 4.0, {}
    for name, layers, factor, opposite in (
        ("one layer", 1, 1.0, 1.0),
        ("stack, last code", 2, stack, 1.0),
        ("stack, every code", 2, stack, 1.0),
        ("ReLU MLP", 2, 1.0, mlp),
    ):
        rows = []
        for layer in range(1, layers + 1):
            for m in (32, 128):
                fall = (m / 32) ** (-1.0 if name == "one layer" else power)
                counts = rng.poisson(factor * one * fall, seeds)
                signs = rng.poisson(opposite * one * fall, seeds)
                rows += [(16, m, layer, k, o) for k, o in zip(counts, signs, strict=True)]
        columns = ["n", "m", "layer", "polysemantic", "opposite_sign"]
        f = pd.DataFrame(rows, columns=columns)
        found[name] = f.assign(same_sign=0, of_first=0, dead_features=0)
    return found


def test_depth():
    assert verdict(13, depths(-1.0, 1.0, 1.0, 200)) == "supported"
    assert verdict(13, depths(0.0, 3.0, 0.0, 200)) == "refuted"
    assert verdict(13, depths(-1.0, 3.0, 0.0, 200)) == "qualified"
    assert verdict(13, depths(-1.0, 1.0, 1.0, 6)) == "inconclusive"
