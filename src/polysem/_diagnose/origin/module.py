"""Any torch module: two linear layers around a pointwise non-linearity, and the user's loss."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from polysem._diagnose.origin.linears import SIDES, wires_around
from polysem._diagnose.origin.mapped import Mapped
from polysem._diagnose.origin.network import Parameters, Reading
from polysem._diagnose.origin.ranking import alike, is_shared
from polysem._diagnose.origin.trainable import check_trainable
from polysem._diagnose.sites.record import batch_for
from polysem._errors import BadInput

Loss = Callable[[nn.Module, Any, Any], torch.Tensor]
"""loss(model, inputs, labels) → a scalar."""


class _Scored(nn.Module):
    """The model and its loss as one module, so that its weights can be replaced in both."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model = model
        self.score = loss

    def forward(self, inputs: Any, labels: Any) -> torch.Tensor:
        return self.score(self.model, inputs, labels)


class ModuleNetwork:
    """The hidden layer between `encoder` and `decoder`, two `nn.Linear` of a user's model.

    `features` — which side's units are the features: "inputs" of the encoder, "outputs" of the
    decoder, or "both" (an autoencoder). `batches` — an iterable of (inputs, labels); they are kept
    in memory, cycled through in training (in an order that the retraining seed sets) and all used
    in evaluation. `exact` — they are all the inputs there are, so nothing is sampled.
    """

    linear = False

    def __init__(
        self,
        model: nn.Module,
        encoder: str,
        decoder: str,
        loss: Loss,
        batches: Iterable[Any],
        features: str = "outputs",
        exact: bool = False,
        reading: Reading | None = None,
    ) -> None:
        if features not in SIDES:
            raise BadInput(f"features = {features!r} is not allowed: give {', '.join(SIDES)}.")
        self.model = copy.deepcopy(model).eval()
        self._scored = _Scored(self.model, loss)
        self._mapped = Mapped()
        self.batches = [batch_for(self.model, batch) for batch in batches]
        if not self.batches:
            raise BadInput("data is empty; give at least one batch of (inputs, labels).")
        self.exact = exact or len(self.batches) == 1
        self._full = exact
        self.same_data = self.exact
        self.wires, self.beside = wires_around(self.model, encoder, decoder, features)
        check_trainable(self.model, [part.name for part in (*self.wires, *self.beside)])
        self.reading = reading or Reading("feature" if features == "both" else "neuron")
        view = self.wires[0].view(self.parameters())
        self.n_features, self.n_neurons = view.shape
        self.worth = self._zero_output_loss(decoder) / self.n_features

    def parameters(self) -> Parameters:
        """Every parameter of the model that can be trained."""
        return {n: p.detach() for n, p in self.model.named_parameters() if p.requires_grad}

    def losses(self, parameters: Parameters) -> torch.Tensor:
        """(copies, batches)."""
        return torch.stack([self.batch_losses(parameters, batch) for batch in self.batches], 1)

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """(copies,): of the next batch, or of all if they are all there are."""
        if self._full:
            return self.losses(parameters).mean(1)
        return self.batch_losses(parameters, self.batches[self.batch_of(seed, step)])

    def losses_by_seed(
        self, parameters: Parameters, seeds: Sequence[int], step: int
    ) -> torch.Tensor:
        """(copies,): `training_loss` of each copy under its own seed; together where batches are
        tensors of one shape."""
        if self._full:
            return self.training_loss(parameters, seeds[0], step)
        batches = [self.batches[self.batch_of(seed, step)] for seed in seeds]

        def together() -> torch.Tensor:
            columns = [torch.stack(column) for column in zip(*batches, strict=True)]
            return torch.vmap(self._one, randomness="same")(parameters, *columns)

        def in_turn() -> torch.Tensor:
            single = ({n: v[c : c + 1] for n, v in parameters.items()} for c in range(len(seeds)))
            pairs = zip(single, batches, strict=True)
            return torch.cat([self.batch_losses(p, batch) for p, batch in pairs])

        return self._mapped(together, in_turn) if alike(batches) else in_turn()

    def batch_of(self, seed: int, step: int) -> int:
        """Which batch is trained on in that step."""
        epoch, place = divmod(step, len(self.batches))
        generator = torch.Generator().manual_seed(1_000_003 * seed + epoch)
        return int(torch.randperm(len(self.batches), generator=generator)[place])

    def batches_of(self, seed: int, step: int) -> list[int]:
        """Which batches the training loss of that step is of."""
        return list(range(len(self.batches))) if self._full else [self.batch_of(seed, step)]

    def one_by_one(self, parameters: Parameters, batch: Any) -> torch.Tensor:
        """The loss of each copy in a plain loop: the slow twin of the batched one."""
        copies = len(next(iter(parameters.values())))
        singles = ({n: v[c] for n, v in parameters.items()} for c in range(copies))
        return torch.stack([self._one(single, *batch) for single in singles])

    def batch_losses(self, parameters: Parameters, batch: Any) -> torch.Tensor:
        """(copies,): of one batch. What all copies share (`is_shared`) is computed once."""
        shared = {n: v[0] for n, v in parameters.items() if is_shared(v)}
        own = {n: v for n, v in parameters.items() if n not in shared}
        inner = torch.vmap(lambda p: self._one(p | shared, *batch), randomness="same")
        return self._mapped(lambda: inner(own), lambda: self.one_by_one(parameters, batch))

    def _one(self, parameters: Parameters, inputs: Any, labels: Any) -> torch.Tensor:
        named = {f"model.{name}": value for name, value in parameters.items()}
        return functional_call(self._scored, named, (inputs, labels))

    def _zero_output_loss(self, decoder: str) -> float:
        silent = dict(self.parameters())
        for name in (f"{decoder}.weight", f"{decoder}.bias"):
            if name in silent:
                silent[name] = torch.zeros_like(silent[name])
        with torch.no_grad():
            loss = self.losses({n: v[None] for n, v in silent.items()})
        if loss.ndim != 2 or not bool(torch.isfinite(loss).all()):
            raise BadInput("loss must return one finite number for every batch.")
        return float(loss.mean())
