"""The inner loops for many seeds, in torch: the twins of `engine.eager`, seed by seed.

States are A: (seeds, n_neurons, n_features), overlaps (seeds, n_features, n_features), scalars
(seeds, 1, 1). Every operation treats a seed by itself, so that one that blows up stays alone.
Few passes over memory, since on a graphics processor these, not the flops, take the time.
"""

from __future__ import annotations

import torch

from polysem._flow.batched.scalars import Averaging, Moving


def midpoint(A: torch.Tensor, B: torch.Tensor, F: torch.Tensor, move: Moving) -> None:
    """B ← see `eager.midpoint`; F is scratch."""
    torch.lerp(B, A, 1 + move.ahead, out=B)
    torch.mul(A, B, out=F)
    B.masked_fill_(F <= 0, 0)


def proximal_step(
    A: torch.Tensor, F: torch.Tensor, out: torch.Tensor, move: Moving, any_crosses: bool
) -> None:
    """out ← see `eager.proximal_step`. `any_crosses` — whether `move.crossing` holds anywhere."""
    torch.addcmul(A, F, move.push, out=out)
    held = torch.clamp(out, -move.loss, move.loss)
    out.sub_(held)
    torch.mul(out, A, out=held)
    out.masked_fill_(held < 0, 0)  # would cross zero
    if any_crosses:
        out.add_(_beyond(A, F, move, held))


def _beyond(A: torch.Tensor, F: torch.Tensor, move: Moving, scratch: torch.Tensor) -> torch.Tensor:
    """Weights that cross zero within the step, where they end; 0 elsewhere."""
    push = F * move.push
    torch.mul(A, push, out=scratch)
    against = scratch < 0
    torch.abs(push, out=scratch).add_(move.loss)
    left = torch.div(A, scratch, out=scratch).abs_().neg_().add_(1).clamp_(min=0)
    left.mul_(push.sub_(torch.clamp(push, -move.loss, move.loss))).mul_(move.crossing)
    return left.masked_fill_(~against, 0)


def multipliers(
    G: torch.Tensor,
    last: tuple[torch.Tensor, torch.Tensor],
    earlier: tuple[torch.Tensor, torch.Tensor],
    c: Averaging,
    out: torch.Tensor,
) -> None:
    """out ← mean of C = I − ReLU(G) over the step, see `eager.multipliers`."""
    R1 = torch.addcmul(last[0], last[1], -c.a)
    R2 = torch.addcmul(earlier[0], earlier[1], -c.a)
    mean = torch.mul(R1, c.mean_1).addcmul_(R2, c.mean_2).addcmul_(G, c.mean_v)
    own = mean.diagonal(dim1=1, dim2=2) - c.mean_v[:, :, 0]  # v = G − 1 there, and no kink
    r = R1.mul_(c.middle_1).addcmul_(R2, c.middle_2)
    positive = G > 0
    falls = torch.mul(r, c.end_r, out=R2).addcmul_(G, c.end_v) <= 0
    falls &= positive
    rises = torch.addcmul(G, r, c.h, out=R2) > 0
    rises &= ~positive
    mean.masked_fill_(~positive, 0)
    mean = torch.where(rises, _risen(G, r, c), mean)
    mean = torch.where(falls, _fallen(G, r, c), mean)
    torch.clamp(mean, min=0, out=out).neg_()
    out.diagonal(dim1=1, dim2=2).copy_(-own)


def _risen(G: torch.Tensor, r: torch.Tensor, c: Averaging) -> torch.Tensor:
    """Mean of the positive part of an overlap that rises above zero within the step."""
    left = (G / r).add_(c.h)
    return torch.expm1(left * -c.a).div_(c.a).add_(left).mul_(r).div_(c.a * c.h)


def _fallen(G: torch.Tensor, r: torch.Tensor, c: Averaging) -> torch.Tensor:
    """Mean of the positive part of an overlap that falls to zero within the step."""
    lasts = (G / r).mul_(-c.a).log1p_().div_(c.a)
    lasts = torch.minimum(lasts, c.h)
    return lasts.mul_(r).add_(G).div_(c.a * c.h)


def largest_row(X: torch.Tensor, Y: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """max_i Σ_j weight_j (X_ij − Y_ij)² of each seed: (seeds,); NaN if any is. X is overwritten."""
    return torch.bmm(X.sub_(Y).square_(), weight[:, :, None]).amax((1, 2))
