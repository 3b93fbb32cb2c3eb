"""Which of many copies has the least loss, without all data for each of them."""

from __future__ import annotations

from typing import Any, Protocol, cast

import torch

from polysem._diagnose.origin.network import Parameters, Rewirable, mean_losses

ROUNDS = ((1, 16), (4, 4), (16, 1))
"""Batches in each round, spread evenly over all, and how many of the best copies stay after it."""
NUMBERS = 2**20  # of a round's inputs, at most, to be joined into one batch


class Batched(Protocol):
    """A network whose data are batches: `batches`, and the loss of each copy on one of them."""

    batches: list[Any]

    def batch_losses(self, parameters: Parameters, batch: Any) -> torch.Tensor:
        """(copies,)."""
        ...


def best_copy(network: Rewirable, parameters: Parameters) -> int:
    """Place of a copy of least loss; exactly that where the network evaluates exactly.

    Where data are sampled in batches, by halving: every copy on one batch, the best on more.
    """
    if network.exact or not hasattr(network, "batch_losses"):
        return int(mean_losses(network, parameters).argmin())
    return _by_halving(cast(Batched, network), parameters)


def _by_halving(network: Batched, parameters: Parameters) -> int:
    left = torch.arange(len(next(iter(parameters.values()))))
    for many, stay in ROUNDS:
        rows = {n: _rows(v, left) for n, v in parameters.items()}
        parts = _joined(_spread(network.batches, many))
        with torch.no_grad():
            losses = torch.stack([network.batch_losses(rows, part) for part in parts]).mean(0)
        losses = torch.nan_to_num(losses, nan=torch.inf)
        left = left[losses.argsort(stable=True)[:stay].to(left.device)]
    return int(left[0])


def _rows(values: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Those copies; of one that all share, still one."""
    if is_shared(values):
        return values[0].expand(len(places), *values.shape[1:])
    return values[places.to(values.device)]


def is_shared(values: torch.Tensor) -> bool:
    """True if all copies are one piece of memory (`expand`): to be computed with once."""
    return len(values) > 1 and values.stride(0) == 0


def _spread(batches: list[Any], many: int) -> list[Any]:
    total = len(batches)
    return [batches[p] for p in sorted({total * j // many for j in range(many)})]


def _joined(batches: list[Any]) -> list[Any]:
    """One batch of all, where they are plain tensors of one shape and not too large."""
    if not alike(batches, but=1) or any(part.ndim == 0 for part in batches[0]):
        return batches
    if sum(part.numel() for batch in batches for part in batch) > NUMBERS:
        return batches
    return [tuple(torch.cat(column) for column in zip(*batches, strict=True))]


def alike(batches: list[Any], but: int = 0) -> bool:
    """True if all are tuples of plain tensors, of the same types and, `but` for so many axes at
    the front, the same shapes."""
    if not all(isinstance(part, torch.Tensor) for batch in batches for part in batch):
        return False
    return len({tuple((part.shape[but:], part.dtype) for part in batch) for batch in batches}) == 1
