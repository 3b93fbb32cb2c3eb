"""What a closed-form step does between its two matrix products: C ← ReLU(C) − I, grad ← sign(W).

For small networks the calls of torch cost more than the arithmetic, so on the CPU one compiled
call does both; elsewhere torch does.
"""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
import torch

from polysem._types import Array


def make_between(W: torch.Tensor, C: torch.Tensor, grad: torch.Tensor) -> Callable[[], None]:
    """The call that does it in place: C (seeds, n, n) and grad, as W, (seeds, n, m)."""
    if not (W.device.type == C.device.type == "cpu" and W.is_contiguous()):
        return _Torch(W, C, grad)
    arrays = (W.detach().view(-1).numpy(), C.numpy(), grad.view(-1).numpy())
    return lambda: _between(*arrays)


class _Torch:
    """The same by torch's own calls, on any device."""

    def __init__(self, W: torch.Tensor, C: torch.Tensor, grad: torch.Tensor) -> None:
        self._W, self._C, self._grad = W, C, grad
        self._diagonal = C.diagonal(dim1=-2, dim2=-1)

    def __call__(self) -> None:
        self._C.clamp_(min=0)
        self._diagonal.sub_(1)
        torch.sign(self._W, out=self._grad)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _between(w: Array, C: Array, grad: Array) -> None:
    """Flat w and grad, stacked C. NaN stays NaN in C, so that a diverged seed shows."""
    zero, one = w.dtype.type(0), w.dtype.type(1)
    flat = C.reshape(-1)
    for i in range(flat.size):
        flat[i] = zero if flat[i] < zero else flat[i]
    for s in range(C.shape[0]):
        for i in range(C.shape[1]):
            C[s, i, i] -= one
    for i in range(w.size):
        grad[i] = np.sign(w[i])
