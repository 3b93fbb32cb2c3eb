"""The layer of a user's model that is repaired, with data to train on and data to judge by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from polysem._diagnose.origin.module import Loss, ModuleNetwork
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.sites.record import batch_for
from polysem._errors import BadInput


class SiteNetwork(ModuleNetwork):
    """A `ModuleNetwork` that may be judged by other data than it is trained on.

    `held_out` — batches (inputs, labels) for evaluation; those of training if None. `linear` — the
    layer has no non-linearity. `batches_per_step` — how many are used in one step of training.
    """

    def __init__(
        self,
        model: nn.Module,
        encoder: str,
        decoder: str,
        loss: Loss,
        batches: Iterable[Any],
        features: str = "outputs",
        exact: bool = False,
        held_out: Iterable[Any] | None = None,
        linear: bool = False,
    ) -> None:
        super().__init__(model, encoder, decoder, loss, batches, features, exact)
        self.linear = linear
        self.batches_per_step = len(self.batches) if exact else 1
        self.judged_by = self.batches
        if held_out is not None:
            self.judged_by = [batch_for(self.model, batch) for batch in held_out]
            self.exact = False
            if not self.judged_by:
                raise BadInput("held_out is empty; give at least one batch of (inputs, labels).")

    def losses(self, parameters: Parameters) -> torch.Tensor:
        """(copies, batches) on the data to judge by."""
        judged_by = getattr(self, "judged_by", self.batches)
        return torch.stack([self.batch_losses(parameters, batch) for batch in judged_by], 1)

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """(copies,): of the next batch to train on, or of all if they are all there are."""
        if not self._full:
            return super().training_loss(parameters, seed, step)
        return torch.stack([self.batch_losses(parameters, b) for b in self.batches], 1).mean(1)

    def batch_losses(self, parameters: Parameters, batch: Any) -> torch.Tensor:
        """By `torch.vmap` if there are several copies and the model can be mapped, else in turn."""
        if len(next(iter(parameters.values()))) == 1:
            return self.one_by_one(parameters, batch)
        return super().batch_losses(parameters, batch)
