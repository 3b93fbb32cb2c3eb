"""Other output activations, and the leak that halves the count."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def activations(other, seeds, power=0.5):
    rng, kinds = np.random.default_rng(6), []
    names = ["leaky", "identity", "abs", "tanh", "gelu", "silu", "sigmoid", "squared_relu", "relu"]
    for kind in names:
        mean = 5.0 if kind == "relu" else other
        kinds += [(kind, k) for k in rng.poisson(mean, seeds)]
    leaks = []
    from polysem._claims.ledger.c11_activation import LEAKS

    for l1 in (0.05, 0.2):
        half = 0.1 * (l1 / 0.05) ** power
        for leak in LEAKS:
            mean = 20 / (1 + (leak / half) ** 3)
            leaks += [(l1, leak, s, k) for s, k in enumerate(rng.poisson(mean, seeds))]
    columns = ["l1", "activation_leak", "seed", "opposite_sign"]
    kinds = pd.DataFrame(kinds, columns=["activation_kind", "opposite_sign"]).assign(l1=0.1)
    return {
        "kinds": kinds,
        "strong λ": kinds.assign(l1=0.4),
        "leaks": pd.DataFrame(leaks, columns=columns),
    }


def test_activation():
    assert verdict(11, activations(0.0, 60)) == "supported"
    assert verdict(11, activations(5.0, 60)) == "refuted"
    assert verdict(11, activations(0.0, 60, power=0.0)) == "qualified"
    assert verdict(11, activations(0.0, 60, power=1.5)) == "inconclusive"  # no leak halves it
    assert verdict(11, activations(0.0, 3)) == "inconclusive"
