"""Axis words and array aliases, named once; shapes are checked at run time only under test.

Axes: `seed` (independent initialisations), `feature` (n, the rows of W), `neuron` (m, the
columns of W), `time` (recorded instants). Arrays are NumPy unless a name says torch; the
network's mathematics accepts both.

With the environment variable POLYSEM_CHECK_SHAPES set, as the tests do, the aliases are jaxtyping
annotations and `checked` enforces them; otherwise they are plain types and `checked` does nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])
CHECKING = bool(os.environ.get("POLYSEM_CHECK_SHAPES"))

if TYPE_CHECKING or not CHECKING:
    Weights = np.ndarray
    """Encodings W: (seed, feature, neuron), or (feature, neuron) for one network."""
    Encodings = Any
    """W: (…, feature, neuron), NumPy or torch."""
    Overlaps = Any
    """G = W Wᵀ: (…, feature, feature), NumPy or torch."""
    PerNetwork = Any
    """One number per network: (…,), NumPy or torch."""
    PerFeatureValues = Any
    """One number per feature: (…, feature), NumPy or torch."""
    Samples = Any
    """Inputs or outputs: (…, sample, feature), NumPy or torch."""

    def checked(function: Function) -> Function:
        """Check shapes against the annotations, under test; the function itself otherwise."""
        return function

else:
    from beartype import beartype
    from jaxtyping import Float, jaxtyped

    Weights = np.ndarray
    Encodings = Float[Any, "*seed feature neuron"]
    Overlaps = Float[Any, "*seed feature feature"]
    PerNetwork = Float[Any, "*seed"] | float
    PerFeatureValues = Float[Any, "*seed feature"]
    Samples = Float[Any, "... sample feature"]

    def checked(function: Function) -> Function:
        """Check shapes against the annotations."""
        return jaxtyped(typechecker=beartype)(function)


Array = Any
"""An array of either backend; a function returns the kind it was given."""
