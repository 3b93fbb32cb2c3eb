"""Count and winners of AdamW against the flow."""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def optimisers(ratio, same, won, seeds):
    rng = np.random.default_rng(9)
    tables = {
        name: pd.DataFrame(
            {"n": 24, "m": 48, "seed": range(seeds), "polysemantic": rng.poisson(mean, seeds)}
        )
        for name, mean in (("flow", 4.0), ("AdamW", 4.0 * ratio))
    }
    features = pd.DataFrame(
        [(24, 48, s, i) for s in range(seeds) for i in range(24)],
        columns=["n", "m", "seed", "feature"],
    )
    agree = rng.random(len(features)) < same
    tables["flow winners"] = features.assign(neuron=0, first_choice_represents=True)
    tables["AdamW winners"] = features.assign(
        neuron=np.where(agree, 0, 1), first_choice_represents=rng.random(len(features)) < won
    )
    return tables


def test_adamw():
    assert verdict(18, optimisers(1.0, 0.9, 0.9, 60)) == "supported"
    assert verdict(18, optimisers(4.0, 0.1, 0.1, 60)) == "refuted"
    assert verdict(18, optimisers(1.0, 0.1, 0.1, 60)) == "qualified"
    assert verdict(18, optimisers(1.0, 0.9, 0.9, 3)) == "inconclusive"
