"""Solve eight networks, count their polysemantic neurons, compare with theory."""

import polysem

run = polysem.simulate(n=32, m=128, l1=0.02, seeds=8)
print(run)
print(polysem.expected_collisions(32, 128))
print(run.to_pandas()[["seed", "outcome", "polysemantic", "opposite_sign", "same_sign"]])
