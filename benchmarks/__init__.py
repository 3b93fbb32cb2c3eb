"""Benchmarks: ratios measured in one process on one thread, kept as JSON with their machine.

`python -m benchmarks` runs them all; `python -m benchmarks.flow_precision` one of them. This file
is imported before NumPy, so that every BLAS library starts with one thread.
"""

import os

for _name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"
