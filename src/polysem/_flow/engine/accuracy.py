"""What `accuracy` means to the engine: the error of a row that one step may make, over time.

An error made early decides more races between neurons than the same error made late, and early
steps are few. With a quarter of the error before λt = .03 the log-ratios of the two leading weights
are a third more exact for 4 % more steps; after λt = .6 not at all, for 40 % more.

Measured on fresh networks (n of 24 to 111, m of 4n to 8n, λ of .003 to .05) against solves a
hundred times finer: "tight" gave 4 of 17,594 features another winner; with the same error at all
times it were 6 of these, and 17 of 23,783 others, for 10 % fewer steps.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from polysem._flow.options import FlowOptions

TIGHT = 4e-4  # error of a row (of unit norm) that a step may make at x = λt√m = DECIDED
FAST = 2.7e-3
# x counts how many standard deviations of a starting weight the penalty has taken.
DECIDED, POWER = 7.0, 0.7
EARLIEST, LATEST = 0.05, 2.0  # smallest and largest share of that error


class Allowed(NamedTuple):
    """`size` — the error at x = DECIDED. `rate` — x per unit of time. Numbers, or (seeds,)."""

    size: Any
    rate: Any

    def at(self, t: Any) -> Any:
        """The error that a step from time t may make. Without penalty there are no races."""
        share = np.clip((self.rate * t / DECIDED) ** POWER, EARLIEST, LATEST)
        return self.size * np.where(self.rate > 0, share, 1.0)


def allowed(options: FlowOptions, A: np.ndarray, l1: float) -> Allowed:
    """Errors for `options.accuracy` from the start A = Wᵀ: (n_neurons, n_features), at λ = `l1`.

    Smaller where neurons are scarce (m < n).
    """
    factors = {"fast": FAST / TIGHT, "tight": 1.0}
    factor = factors.get(str(options.accuracy)) or float(options.accuracy)
    m, n = np.count_nonzero(A.any(axis=1)), np.count_nonzero(A.any(axis=0))
    return Allowed(TIGHT * factor * min(1.0, math.sqrt(m / max(n, 1))), l1 * math.sqrt(m))
