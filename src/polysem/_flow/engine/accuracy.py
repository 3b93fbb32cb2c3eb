"""What `accuracy` means to the engine: the error of a row that one step may make."""

from __future__ import annotations

import math

import numpy as np

from polysem._flow.options import FlowOptions

ROOMY = 4  # neurons per feature from which on near-ties are rare
TIGHT = 4e-4  # largest error of a row (of unit norm) that a step may make
FAST = 2e-3


def tolerance(options: FlowOptions, A: np.ndarray) -> float:
    """Error per step for `options.accuracy` from the start A = Wᵀ: (n_neurons, n_features).

    Smaller where features are crowded (m < 4n), since more of them are then nearly tied between
    neurons: at n = m = 256, λ = .01, TIGHT itself gave 1.0 % other winners than a far finer solve,
    half of it 0.5 % for a sixth more steps; at m = 4n it gave none.
    """
    factors = {"fast": FAST / TIGHT, "tight": 1.0}
    factor = factors.get(str(options.accuracy)) or float(options.accuracy)
    m, n = np.count_nonzero(A.any(axis=1)), np.count_nonzero(A.any(axis=0))
    return TIGHT * factor * min(1.0, math.sqrt(m / (ROOMY * n)))
