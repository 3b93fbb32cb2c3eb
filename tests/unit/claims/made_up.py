"""Tables that several claims are judged on."""

import pandas as pd


def collision_table(opposite, same):
    """Collisions with given fates: fate → how many; dealt out to 100 networks."""
    rows = [
        {"n": 48, "m": 48, "l1": 0.1, "seed": i % 100, "sign": sign, "fate": fate,
         "larger_end": "moved", "smaller_end": "moved"}
        for sign, fates in (("opposite", opposite), ("same", same))
        for fate, count in fates.items()
        for i in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)
