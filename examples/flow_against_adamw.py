"""The authors' AdamW recipe finds a similar count by another road: compare the winners."""

import numpy as np

import polysem

size = {"n": 24, "m": 96, "seeds": 4}
flow = polysem.simulate(**size, l1=0.01, record=())
adam = polysem.train(**size, recipe="lecomte2023", l1=0.01, steps=3000, record=())

same = np.abs(flow.end).argmax(-1) == np.abs(adam.end).argmax(-1)
print(f"polysemantic neurons, flow:  {flow.to_pandas()['polysemantic'].tolist()}")
print(f"polysemantic neurons, AdamW: {adam.to_pandas()['polysemantic'].tolist()}")
print(f"features that end on the same neuron in both: {same.mean():.0%}")
for name, run in (("flow", flow), ("AdamW", adam)):
    print(f"won by the initial argmax, {name}: {run.to_pandas()['initial_argmax_won'].mean():.0%}")
