"""Axis words and array aliases, named once.

Axes: `seed` (independent initialisations), `feature` (n, the rows of W), `neuron` (m, the
columns of W), `time` (recorded instants). Arrays are NumPy unless a name says torch; the
network's mathematics accepts both. Shapes are checked at run time only under test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

    Array = np.ndarray | torch.Tensor
    """An array of either backend; a function returns the kind it was given."""
else:
    Array = Any

Weights = np.ndarray
"""Encodings W: (seed, feature, neuron), or (feature, neuron) for one network."""
