"""The rotation null: is the neuron basis privileged, or would any other basis do as well?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from polysem._diagnose.nulls.result import Alternative, NullTest, simulated

Statistic = Callable[[np.ndarray], float]
"""One number of a matrix whose columns are neurons."""


def haar_rotation(size: int, generator: np.random.Generator) -> np.ndarray:
    """Orthogonal (size, size) matrix, uniform: QR of a normal one, R's diagonal made positive.

    Without the sign step it would not be uniform (Mezzadri 2007, arXiv math-ph/0609050).
    """
    return haar_frame(size, size, generator)


def haar_frame(rows: int, size: int, generator: np.random.Generator) -> np.ndarray:
    """The first `rows` ≤ `size` rows of such a matrix: (rows, size), at rows²·size work."""
    q, r = np.linalg.qr(generator.standard_normal((size, rows)))
    return (q * np.sign(np.diagonal(r))).T


def rotation_null(
    matrix: np.ndarray,
    statistic: Statistic,
    draws: int = 100,
    seed: int = 0,
    name: str = "statistic",
    alternative: Alternative = "greater",
) -> NullTest:
    """`statistic` of a matrix against that of the same matrix in random bases of its columns.

    `matrix`: activations (samples, neurons) or weights (features, neurons), finite. Lengths and
    angles between rows stay as they are; only the neurons' axes turn. Rotations are uniform (Haar)
    and keep a float32 matrix float32. A statistic no larger than its null says that the neurons
    are no better a basis than any other.
    """
    return NullTest(
        name,
        "randomly rotated neurons",
        float(statistic(matrix)),
        simulated(lambda g: float(statistic(rotated(matrix, g))), draws, seed),
        seed,
        alternative,
    )


def rotated(matrix: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The matrix times a uniform rotation of its columns.

    With fewer rows than columns only the part of the rotation that the rows can see is drawn:
    M = LV with orthonormal rows V, and V times a uniform rotation is a uniform frame.
    """
    rows, size = matrix.shape
    if rows < size:
        lower = np.asarray(np.linalg.qr(matrix.T, mode="r")).T
        turned = lower @ haar_frame(lower.shape[1], size, generator).astype(lower.dtype)
    else:
        turned = matrix @ haar_rotation(size, generator).astype(_floating(matrix))
    return turned.astype(_floating(matrix), copy=False)


def _floating(matrix: np.ndarray) -> np.dtype:
    return matrix.dtype if matrix.dtype.kind == "f" else np.dtype(np.float64)
