"""Two features race for one neuron: of opposite sign both stay, of the same sign one leaves."""

import numpy as np

import polysem

m = 32
for name, sign in (("opposite", -1), ("same", +1)):
    start = np.random.default_rng(1).normal(0, m**-0.5, (1, 2, m))
    start[0, :, 0] = 0.6, 0.55 * sign  # both features are strong on neuron 0
    run = polysem.simulate(start=start, l1=0.2, record=("pair_forces",), pair=(0, 1), per_decade=6)
    print(f"\n{name} sign: the features end on neurons {run.end[0].__abs__().argmax(-1).tolist()}")
    columns = ["t", "pair_weight_i", "pair_weight_j", "pair_interference_i", "pair_interference_j"]
    print(run.trajectory()[columns].round(3).to_string(index=False))
