"""Numbers read off the five figures of arXiv 2312.03096 (the authors' repository, results/).

They are readings of pictures: good to about 3 % (counts) or 5 % (curves on log axes). Each says
where it was read.
"""

from __future__ import annotations

import math

N = 256  # features in the published count figures
WIDTHS = tuple(range(256, 4097, 256))
SEEDS = 16

# Figure "Polysemantic Neurons for n = 256": natural log of the mean count, λ = 0.001.
_LOG_COUNTS = (
    4.28, 3.17, 2.62, 2.31, 2.13, 2.10, 1.82, 1.68,
    1.61, 1.58, 1.43, 1.34, 1.20, 1.25, 1.27, 1.34,
)  # fmt: skip
COUNTS = {m: math.exp(value) for m, value in zip(WIDTHS, _LOG_COUNTS, strict=True)}

# Figure "Sparsity Dynamics for m = 1e5 and λ = 1e-5": (time, m', ‖W‖₁).
SPARSIFICATION = ((100, 78_000, 220), (1_000, 14_500, 90), (10_000, 250, 11.7))

# Figure "Average fourth norm by noise": mean at step 100,000 for noise of standard deviation σ.
FOURTH_NORMS = {
    ("bipolar", 0.07): 0.317,
    ("bipolar", 0.1): 0.79,
    ("bipolar", 0.15): 0.77,
    ("gaussian", 0.07): 0.165,
    ("gaussian", 0.1): 0.162,
    ("gaussian", 0.15): 0.176,
}

# Figure "Weight Correlations for n = 256, m = 4096": colour of the diagonal (start · end).
CORRELATION_M = 4096
CORRELATION_DIAGONAL = 0.033

# Figure "Polysemantic Neurons for 256 Features": medians at m = 256 and m = 4096 by λ.
CURVES = {0.001: (71.5, 2.5), 0.01: (68.5, 3.5), 0.1: (53.0, 4.0)}
