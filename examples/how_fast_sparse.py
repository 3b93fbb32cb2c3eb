"""How fast does one encoding become sparse? Measured beside the textbook law and the exact one."""

import numpy as np

import polysem

m, l1 = 2000, 1e-3
run = polysem.simulate(n=1, m=m, l1=l1, record=("l1_norm", "m_prime"), per_decade=3)
measured = run.trajectory()
t = measured["t"].to_numpy()
exact = polysem.theory.sparsification(m, l1, t, row=run.start[0, 0])
textbook = polysem.theory.textbook(m, l1, t)
measured["exact law"] = np.asarray(exact.l1_norm)
measured["textbook law"] = np.asarray(textbook.l1_norm)
print(measured.drop(columns="seed").round(2).to_string(index=False))
