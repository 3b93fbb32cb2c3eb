"""The same pair of features on one neuron: necessary with few neurons, removable with enough."""

import polysem

for m in (6, 8, 12):
    run = polysem.simulate(12, m, 0.02, seeds=2, record=())
    print(polysem.diagnose(run, network=1, draws=200), end="\n\n")
