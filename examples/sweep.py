"""A sweep: twelve sizes of network, sixteen seeds each, and the picture of it (docs/sweep.svg)."""

import sys

import polysem

grid = {
    "axes": {
        "n": [8, 16, 32],
        "m": {"geometric": ["2*n", "16*n", 4]},
        "l1": ["0.1/sqrt(m)"],
    },
    "seeds": 16,
}
sweep = polysem.sweep(grid, "sweep", workers=0)  # run it again: nothing is computed twice
print(sweep.to_pandas().groupby(["n", "m"])["polysemantic"].agg(["mean", "count"]))
sweep.plot().savefig(sys.argv[1] if len(sys.argv) > 1 else "sweep.svg", metadata={"Date": None})
