"""The fastest rates of many seeds, by one step each of warm power iterations."""

from __future__ import annotations

from typing import NamedTuple

import torch


class Growth(NamedTuple):
    """Estimates of two largest eigenvalues, sizes: (2, seeds), and of where they point,
    directions: (2, seeds, n_features). Of G, and of C between living features."""

    directions: torch.Tensor
    sizes: torch.Tensor


def start_of_iteration(G: torch.Tensor) -> tuple[Growth, torch.Tensor]:
    """First directions for overlaps G: (seeds, n, n), and a nudge: (seeds, n).

    A direction with its nudge is never exactly orthogonal to a new one.
    """
    start = G.abs().sum(2)
    start /= start.amax(1, keepdim=True)
    start /= torch.linalg.vector_norm(start, dim=1, keepdim=True)
    return Growth(start.repeat(2, 1, 1), start.new_zeros(2, len(G))), start * 1e-4


def largest_growths(
    G: torch.Tensor, C: torch.Tensor, before: Growth, nudge: torch.Tensor
) -> Growth:
    """One step of both power iterations."""
    living = G.diagonal(dim1=1, dim2=2) > 0
    of_g, of_c = before.directions
    of_c = of_c * living
    image = torch.stack([_times(G, of_g), _times(C, of_c) * living])
    was = torch.stack([of_g, of_c])
    length = torch.linalg.vector_norm(image, dim=2, keepdim=True)
    grown = length / torch.linalg.vector_norm(was, dim=2, keepdim=True)
    usable = (length > 0) & (length < torch.inf)
    return Growth(torch.where(usable, image / length + nudge, was), grown[:, :, 0])


def _times(M: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return torch.bmm(M, x[:, :, None])[:, :, 0]
