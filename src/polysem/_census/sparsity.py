"""How sparse the encodings of one state are: means over its living features."""

from __future__ import annotations

import numpy as np

from polysem._census.rows import Rows

SPARSITY = ("l1_norm", "m_prime", "norm", "fourth_norm", "effective_neurons", "relative_variance")


def sparsity(rows: Rows, alive: np.ndarray, n_neurons: int) -> dict[str, float | None]:
    """Means over the features that are `alive`: (n_features,); None if there are none.

    `l1_norm` ‖W_i‖₁; `m_prime` m', the nonzero weights (paper, Section 3); `norm` ‖W_i‖₂;
    `fourth_norm` Σ_k W_ik⁴ (Section 4); `effective_neurons` ‖W_i‖₁²/‖W_i‖₂², between 1 and m';
    `relative_variance` Var/mean² of the nonzero |w| (π/2 − 1 for a half normal). And of the whole
    matrix, dead features included: `zero_share`, the share of weights that are exactly zero.
    """
    l1, norm, nonzeros = rows.l1_norm[alive], rows.norm[alive], rows.nonzeros[alive]
    effective = (l1 / norm) ** 2
    per_feature = (l1, nonzeros, norm, rows.fourth_norm[alive], effective, nonzeros / effective - 1)
    means = [float(values.mean()) if alive.any() else None for values in per_feature]
    weights = len(alive) * n_neurons
    zero_share = 1 - int(rows.nonzeros.sum()) / weights
    return dict(zip(SPARSITY, means, strict=True)) | {"zero_share": zero_share}
