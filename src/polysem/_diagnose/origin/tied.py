"""The tied autoencoder x̂ = σ(W Wᵀ x), its loss enumerated over all inputs."""

from __future__ import annotations

from typing import Any

import torch

from polysem._diagnose.origin.network import Beside, Parameters, Reading, Wire
from polysem._errors import BadInput
from polysem._network.problem import Problem


class TiedNetwork:
    """One trained tied autoencoder W: (features, neurons) with its `Problem` (or λ).

    Evaluation is exact: the problem's data are enumerated. Raises `BadInput` for data that cannot
    be listed.
    """

    linear = True
    exact = True
    same_data = True
    beside: tuple[Beside, ...] = ()
    wires = (Wire("W"),)

    def __init__(self, W: Any, problem: Problem | float, reading: Reading | None = None) -> None:
        self.W = torch.as_tensor(W, dtype=torch.float32).detach().clone()
        if self.W.ndim != 2:
            raise BadInput(
                f"W has shape {tuple(self.W.shape)}; one network (features, neurons) is needed."
            )
        self.problem = problem if isinstance(problem, Problem) else Problem(problem)
        self.n_features, self.n_neurons = self.W.shape
        reason = self.problem.data.too_many(self.n_features)
        if reason is not None:
            raise BadInput(f"The origin test evaluates the loss exactly, but {reason}.")
        self.reading = reading or Reading()
        nothing = torch.zeros_like(self.W)
        self.worth = float(self.problem.loss(nothing)) / self.n_features

    def parameters(self) -> Parameters:
        """{"W": (features, neurons)}."""
        return {"W": self.W}

    def losses(self, parameters: Parameters) -> torch.Tensor:
        """(copies, 1): the loss over all inputs."""
        return self.problem.loss(parameters["W"])[:, None]

    def training_loss(self, parameters: Parameters, seed: int, step: int) -> torch.Tensor:
        """(copies,): the same; retraining seeds differ by their jitter."""
        return self.problem.loss(parameters["W"])
