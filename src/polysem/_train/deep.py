"""Networks of any architecture, all seeds at once: forward, loss and encodings, for autograd.

Parameters are name → tensor (seeds, …), views of one flat tensor (seeds, numbers) that the
optimiser moves. Every product is of one seed, so a seed has the same bits in any company.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import torch

from polysem._network import Problem
from polysem._network.sampled import output_cost

Parameters = Mapping[str, torch.Tensor]


def split(theta: torch.Tensor, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """theta: (seeds, numbers) as name → view (seeds, *shape)."""
    parts = theta.split([prod(shape) for shape in shapes.values()], dim=1)
    return {
        name: part.unflatten(1, shape)
        for part, (name, shape) in zip(parts, shapes.items(), strict=True)
    }


def codes_of(problem: Problem, parameters: Parameters, X: torch.Tensor) -> list[torch.Tensor]:
    """The codes of every hidden layer, each (seeds, samples, m), for X (seeds, samples, n)."""
    found, h = [], X
    for layer in range(1, problem.architecture.layers + 1):
        z = h @ parameters[f"W{layer}"]
        if problem.architecture.hidden_bias:
            z = z + parameters[f"c{layer}"][:, None]
        h = problem.hidden.value(z)
        found.append(h)
    return found


def decode(problem: Problem, parameters: Parameters, h: torch.Tensor) -> torch.Tensor:
    """The outputs before σ, (seeds, samples, n), of last codes h (seeds, samples, m)."""
    architecture = problem.architecture
    if architecture.tied:
        for layer in range(architecture.layers, 0, -1):
            h = h @ parameters[f"W{layer}"].mT
    else:
        h = h @ parameters["D"]
    return h + parameters["b"][:, None] if architecture.output_bias else h


def deep_loss(
    problem: Problem,
    parameters: Parameters,
    X: torch.Tensor,
    weights: torch.Tensor,
    xi: torch.Tensor | int = 0,
    b: torch.Tensor | int = 1,
) -> torch.Tensor:
    """The loss of each seed: (seeds,). X: (samples, n) or (seeds, samples, n).

    The last code is multiplied by b, and ξ added. Penalised are the codes, or W_ℓ, of every layer
    or the last; with penalised weights of an untied network its D as well, or shrinking W would
    cost nothing.
    """
    if X.ndim == 2:
        X = X.expand(len(parameters["W1"]), *X.shape)
    codes = codes_of(problem, parameters, X)
    P = decode(problem, parameters, b * codes[-1] + xi)
    return output_cost(problem, P, X, weights) + _penalty(problem, parameters, codes, X, weights)


def _penalty(
    problem: Problem,
    parameters: Parameters,
    codes: list[torch.Tensor],
    X: torch.Tensor,
    weights: torch.Tensor,
) -> torch.Tensor:
    architecture, penalty = problem.architecture, problem.penalty
    first = 0 if architecture.penalised == "every" else architecture.layers - 1
    if penalty.on == "activations":
        base = problem.code_strengths(X)
        found = [penalty.value(h, base, weights) for h in codes[first:]]
        return torch.stack(found).sum(0)
    matrices = [parameters[f"W{layer + 1}"] for layer in range(first, architecture.layers)]
    if not architecture.tied:
        matrices.append(parameters["D"].mT)
    if penalty.weights is not None:  # one tied layer with biases
        return penalty.value(matrices[0], problem.constant("base_strengths", matrices[0]))
    return torch.stack([penalty.value(W, problem.l1) for W in matrices]).sum(0)


def encodings_of(problem: Problem, parameters: Parameters) -> torch.Tensor:
    """What each feature alone sends to the neurons of every layer: (seeds, layers, n, m).

    Before the activation function, and less what comes without any feature, so that biases do not
    count. For the first layer it is W_1; for a linear stack W_1 … W_ℓ.
    """
    seeds, n = parameters["W1"].shape[:2]
    one_hot = torch.eye(n).to(parameters["W1"]).expand(seeds, n, n)
    codes = codes_of(problem, parameters, one_hot)
    nothing = codes_of(problem, parameters, torch.zeros_like(one_hot[:, :1]))
    further = [
        (code - none) @ parameters[f"W{layer}"]
        for layer, (code, none) in enumerate(zip(codes[:-1], nothing[:-1], strict=True), start=2)
    ]
    return torch.stack([parameters["W1"], *further], 1)
