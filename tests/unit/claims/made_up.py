"""Tables that several claims are judged on."""

import pandas as pd


def collision_table(opposite, same):
    """Collisions with given fates: fate → how many."""
    rows = [
        {"n": 48, "m": 48, "l1": 0.1, "sign": sign, "fate": fate, "larger_end": "moved",
         "smaller_end": "moved"}
        for sign, fates in (("opposite", opposite), ("same", same))
        for fate, count in fates.items()
        for _ in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)
