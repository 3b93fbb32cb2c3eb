"""Retraining that makes neurons respond to one feature: the loss and a price of their impurity."""

from __future__ import annotations

import torch

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.mapped import Mapped
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._diagnose.origin.network import Parameters

PRICE = 0.4  # of one neuron's impurity, in units of the loss of a zero output


class Penalised:
    """A network in whose training loss every copy pays for the impurity of neurons of its own.

    `neurons`, `keep` (copies, neurons to be pure) — which, and the feature that stays on each.
    `price` — in units of the loss of a zero output.
    """

    def __init__(
        self,
        network: ModuleNetwork,
        activity: Activity,
        neurons: torch.Tensor,
        keep: torch.Tensor,
        price: float = PRICE,
    ) -> None:
        self.network, self.activity = network, activity
        self.neurons, self.keep = neurons, keep
        self.wires = network.wires
        self.price = price * network.worth * network.n_features
        self._mapped = Mapped()

    def parameters(self) -> Parameters:
        """As of the network."""
        return self.network.parameters()

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """(copies,): the loss and the price of the impurity, on the same batches."""
        batches = self.network.batches_of(seed, step)
        cost = torch.stack([self.impurity(parameters, batch) for batch in batches]).mean(0)
        return self.network.training_loss(parameters, seed, step) + self.price * cost

    def impurity(self, parameters: Parameters, batch: int) -> torch.Tensor:
        """(copies,): by `torch.vmap` if the model can be mapped, else one copy after the other."""

        def together() -> torch.Tensor:
            inner = torch.vmap(
                lambda p, k, f: self.activity.impurity(p, batch, k, f), randomness="same"
            )
            return inner(parameters, self.neurons, self.keep)

        def in_turn() -> torch.Tensor:
            pairs = enumerate(zip(self.neurons, self.keep, strict=True))
            singles = (({n: v[c] for n, v in parameters.items()}, k, f) for c, (k, f) in pairs)
            return torch.stack([self.activity.impurity(p, batch, k, f) for p, k, f in singles])

        return self._mapped(together, in_turn) if len(self.neurons) > 1 else in_turn()
