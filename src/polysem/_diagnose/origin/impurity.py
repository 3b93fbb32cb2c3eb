"""How far a neuron is from responding to one feature, as a smooth cost that can be trained on.

A diagnosis from recordings counts a further feature if its AUROC reaches the threshold both by
itself and with the neuron's other features held equal. The cost is on the smaller of the two, so
it asks no more than that: a neuron of one class of three is not to blame that the other two
silence it, as far as AUROC can see.
"""

from __future__ import annotations

import torch

SOFT = 0.05  # standard deviations over which two activations count as nearly equal
MARGIN = 0.02  # of AUROC, by which the retraining stays clear of the threshold
REFERENCE = 64  # samples that every sample is compared with
ROOM = 1e-9  # variance of a feature's labels below which nothing can be said of it


def soft_ranks(activations: torch.Tensor) -> torch.Tensor:
    """Share of samples below each, made smooth: (samples, neurons) → the same, 0 to 1."""
    width = SOFT * activations.detach().std(0).clamp(min=1e-4)
    step = max(1, len(activations) // REFERENCE)
    return torch.sigmoid((activations[:, None] - activations[None, ::step]) / width).mean(1)


def selectivity(
    activations: torch.Tensor, labels: torch.Tensor, keep: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """AUROC − ½ of every feature, alone and with `keep` held equal: (features, neurons) each.

    `activations` (samples, neurons), `labels` (samples, features) of 0 and 1, `keep` (neurons,)
    the feature that stays. The second is the coefficient of the feature beside `keep` in the
    regression of the ranks on both; 0 where their labels leave no room for it, and for `keep`.
    """
    rank = soft_ranks(activations)
    rank = rank - rank.mean(0)
    y = labels - labels.mean(0)
    both = y.mT @ y / len(y)
    along = y.mT @ rank / len(y)
    own = both.diagonal()[:, None]
    kept = both[keep].mT
    kept_own = both.diagonal()[keep][None]
    kept_along = along.gather(0, keep[None])
    alone = along / own.clamp(min=ROOM)
    room = own * kept_own - kept.square()
    beside = (along * kept_own - kept_along * kept) / room.clamp(min=ROOM)
    enough = room > ROOM
    return alone, torch.where(enough, beside, torch.where(kept_own > ROOM, 0.0, alone))


def impurity(
    activations: torch.Tensor,
    labels: torch.Tensor,
    keep: torch.Tensor,
    related: torch.Tensor,
    bar: float,
) -> torch.Tensor:
    """Σ max(strength − bar, 0)² of every neuron over all features but `keep`: (neurons,).

    Strength: the smaller of the two of `selectivity`. `related` (features, features) booleans:
    what is related to the feature that stays may stay with it. `bar` — of |AUROC − ½|; the
    retraining stays clear of it by `MARGIN`.
    """
    alone, beside = selectivity(activations, labels, keep)
    strength = torch.minimum(alone.abs(), beside.abs())
    excess = (strength - (bar - MARGIN)).clamp(min=0).square()
    mine = torch.arange(len(related), device=keep.device)[:, None] == keep[None]
    seen = (labels.sum(0) > 0) & (labels.sum(0) < len(labels))
    counted = seen[:, None] & ~mine & ~related[keep].mT
    return (excess * counted).sum(0)
