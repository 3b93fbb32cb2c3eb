"""Does the largest initial weight win?"""

import numpy as np
import pandas as pd
from tests.unit.claims.decided import verdict


def per_feature(first, relaxed_hits, seeds, n=16, m=256):
    rng = np.random.default_rng(1)
    rows = []
    for seed in range(seeds):
        for feature in range(n):
            won = rng.random() < first
            winner = feature if won else feature + 100
            relaxed = winner if rng.random() < relaxed_hits else feature + 200
            rows.append((n, m, 0.1, seed, feature, feature, winner, won, relaxed))
    columns = ["n", "m", "l1", "seed", "feature", "first_choice", "neuron",
               "first_choice_represents", "relaxed"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def winner_tables(flow, adamw, relaxed, seeds):
    wide = per_feature(flow, relaxed, seeds)
    eighth = wide.assign(m=32)
    both = pd.concat([wide, eighth], ignore_index=True)
    return {
        "flow": both.drop(columns="relaxed"),
        "relaxed": both.drop(columns="neuron").rename(columns={"relaxed": "neuron"}),
        "AdamW": per_feature(adamw, 0, seeds).assign(m=32),
    }


def test_winner():
    assert verdict(5, winner_tables(1.0, 0.95, 0.0, 400)) == "supported"
    assert verdict(5, winner_tables(0.1, 0.1, 0.5, 60)) == "refuted"
    assert verdict(5, winner_tables(0.75, 0.1, 0.9, 60)) == "qualified"
    assert verdict(5, winner_tables(0.75, 0.7, 0.9, 3)) == "inconclusive"
