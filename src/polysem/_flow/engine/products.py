"""The two products of a step, dense through BLAS or sparse through lists, whichever is cheaper."""

from __future__ import annotations

from types import ModuleType

import numpy as np

SPARSE_FORCE = 0.35  # density below which a list of nonzeros beats a dense product
SPARSE_GRAM = 0.15


class Products:
    """Force and overlaps of a neuron-major state A = Wᵀ: (n_neurons, n_features).

    `sparse_below` scales the densities at which lists take over; 0 keeps everything dense.
    """

    def __init__(self, kernels: ModuleType, sparse_below: float = 1.0) -> None:
        self._kernels = kernels
        self._sparse_below = sparse_below
        self._lists: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def by_lists(self) -> bool:
        """True if the last state was sparse enough for lists of its nonzeros."""
        return self._lists is not None

    def relist(self, A: np.ndarray, total: int) -> None:
        """Prepare `force` for the same state with some of its neurons left out."""
        from polysem._flow.engine import sparse

        self._lists = sparse.list_nonzeros(A, total)

    def overlaps(self, A: np.ndarray, total: int, out: np.ndarray) -> None:
        """out ← AᵀA, where A has `total` nonzeros; also prepares `force` for the same A."""
        density = total / A.size
        self._lists = None
        if density < SPARSE_FORCE * self._sparse_below:
            from polysem._flow.engine import sparse

            self._lists = sparse.list_nonzeros(A, total)
            if density < SPARSE_GRAM * self._sparse_below:
                sparse.gram(A, self._lists, out)
                return
        np.matmul(A.T, A, out=out)

    def force(
        self, A: np.ndarray, B: np.ndarray, ahead: float, K: np.ndarray, out: np.ndarray
    ) -> None:
        """out ← (A + ahead·(A − B), zeros kept) @ K; B is overwritten."""
        if self._lists is None:
            self._kernels.midpoint(A, B, ahead)
            np.matmul(B, K, out=out)
        else:
            from polysem._flow.engine import sparse

            sparse.force(A, B, ahead, self._lists, K, out)
