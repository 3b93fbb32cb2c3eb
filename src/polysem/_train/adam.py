"""Adam and AdamW in one pass over the weights, in place, on the CPU.

torch's own update makes nine passes and a temporary; past the cache they cost more than the
gradient. Its single-pass kernel rounds the last few weights of a tensor differently, so the bits
of a seed would depend on its place in the stack. Here every weight is treated alike.
"""

from __future__ import annotations

import math

import numba
import numpy as np
import torch


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _adam(w, g, first, second, scalars):
    """One update of flat arrays; `scalars` come as one, which is quicker to hand over."""
    keep, decay, new1, old2 = scalars[0], scalars[1], scalars[2], scalars[3]
    new2, root, eps, step = scalars[4], scalars[5], scalars[6], scalars[7]
    for i in range(w.size):
        slope = g[i] + decay * w[i]
        first[i] += new1 * (slope - first[i])
        second[i] = old2 * second[i] + new2 * slope * slope
        w[i] = keep * w[i] - step * (first[i] / (np.sqrt(second[i]) / root + eps))


class AdamUpdate:
    """Call it to take one step: W moves against `grad`, both contiguous CPU tensors.

    Kingma & Ba, Algorithm 1. Weight decay is decoupled, W ← (1 − lr·wd) W, for AdamW
    (Loshchilov & Hutter, Algorithm 2) and added to the gradient, grad + wd·W, for Adam.
    """

    def __init__(
        self,
        W: torch.Tensor,
        grad: torch.Tensor,
        *,
        lr: float,
        weight_decay: float,
        decoupled: bool,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        self._arrays = [
            tensor.view(-1).numpy()
            for tensor in (W, grad, torch.zeros_like(W), torch.zeros_like(W))
        ]
        keep = 1 - lr * weight_decay if decoupled else 1.0
        decay = 0.0 if decoupled else weight_decay
        fixed = (keep, decay, 1 - betas[0], betas[1], 1 - betas[1], 1.0, eps, lr)
        self._scalars = np.array(fixed, self._arrays[0].dtype)
        self._arrays.append(self._scalars)
        self._lr, self._betas = lr, betas
        self._count = 0

    def __call__(self) -> None:
        """Take one step."""
        self._count += 1
        beta1, beta2 = self._betas
        self._scalars[5] = math.sqrt(1 - beta2**self._count)
        self._scalars[7] = self._lr / (1 - beta1**self._count)
        _adam(*self._arrays)
