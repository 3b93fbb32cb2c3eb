"""Each preventive method on a user's model: what it changes, or why it cannot be used there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from polysem._diagnose.origin.linears import linear_called
from polysem._network.noise.heavy import ThreePoint
from polysem._repair.modules.training import Training
from polysem._repair.prevent.method import Method, StartMethod
from polysem._repair.prevent.more_neurons import MoreNeurons
from polysem._repair.prevent.negative_overlap import NegativeOverlap
from polysem._repair.prevent.noise import Noise
from polysem._repair.prevent.repaired import Repaired, RepairSham

ON_BOTH_SIDES = ("disjoint", "orthogonal")
STREAM = 0x6D6F7265


def refusal(method: Method, training: Training) -> str | None:
    """Why the method cannot be used on a user's model; None if it can."""
    kind = str(getattr(method, "kind", ""))
    if kind in ("delayed", "annealed"):
        return "a schedule of the penalty belongs into your own train function"
    if kind in ("leak", "shift"):
        return "it changes the ReLU at the output of Polysem's own networks; use negative_overlap"
    network = training.network(training.made(0))
    if isinstance(method, StartMethod):
        if len(network.wires) > 1 and kind not in ON_BOTH_SIDES:
            return "features = 'both' has two matrices, whose largest weights may differ"
        return method.fits(network.n_features, network.n_neurons)
    return None


def trained(method: Method | None, training: Training, seed: int, plain: Any) -> nn.Module:
    """The model of that seed under the method; plain for None.

    `plain` — what was trained without a method, for those that work on it.
    """
    if isinstance(method, Repaired):
        return repaired(method, training, seed, plain)
    model = training.made(seed)
    if isinstance(method, StartMethod):
        start(model, method, training, seed)
    if isinstance(method, MoreNeurons):
        widen(model, method, training, seed)
    if isinstance(method, NegativeOverlap):
        return training.trained(model, Penalised(training, model, method.strength), seed)
    if isinstance(method, Noise):
        with noisy(model, method, training, seed):
            return training.trained(model, training.loss, seed)
    return training.trained(model, training.loss, seed)


def start(model: nn.Module, method: StartMethod, training: Training, seed: int) -> None:
    """Change the starting weights between features and neurons, in place."""
    network = training.network(model)
    own = dict(model.named_parameters())
    for wire in network.wires:
        view = wire.view(dict(own))
        W = view.detach().cpu().numpy().astype("float64")
        with torch.no_grad():
            view.copy_(torch.as_tensor(method.apply(W, [seed]).W[0]))


def widen(model: nn.Module, method: MoreNeurons, training: Training, seed: int) -> None:
    """Two new layers with more neurons, drawn by PyTorch's own law; in place."""
    for name, out in ((training.encoder, True), (training.decoder, False)):
        assert name is not None
        old = linear_called(model, name)
        more = method.neurons(old.out_features if out else old.in_features)
        sizes = (old.in_features, more) if out else (more, old.out_features)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + STREAM)
            new = nn.Linear(*sizes, bias=old.bias is not None, dtype=old.weight.dtype)
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, new.to(old.weight.device))


class Penalised:
    """The user's loss and strength · Σ_{i≠j} min(W_i·W_j, 0)² over the layer's features."""

    def __init__(self, training: Training, model: nn.Module, strength: float) -> None:
        self.loss, self.strength = training.loss, strength
        self.wires = training.network(model).wires

    def __call__(self, model: nn.Module, inputs: Any, labels: Any) -> torch.Tensor:
        own = dict(model.named_parameters())
        penalty = torch.zeros(())
        for wire in self.wires:
            W = wire.view(own)  # pyright: ignore[reportArgumentType]
            overlaps = (W @ W.mT).clamp(max=0)
            penalty = penalty + (overlaps - overlaps.diag().diag()).square().sum()
        return self.loss(model, inputs, labels) + self.strength * penalty


@contextmanager
def noisy(model: nn.Module, method: Noise, training: Training, seed: int) -> Iterator[None]:
    """Noise on what the second layer reads, in training mode."""
    law = ThreePoint(std=method.std, excess=method.excess)
    generator = torch.Generator().manual_seed(seed)

    def add(module: nn.Module, given: tuple[Any, ...]) -> Any:
        if not module.training:
            return None
        noise = torch.empty(given[0].shape)
        law.unit(noise, generator)
        return (given[0] + method.std * noise.to(given[0]), *given[1:])

    assert training.decoder is not None
    handle = linear_called(model, training.decoder).register_forward_pre_hook(add)
    try:
        yield
    finally:
        handle.remove()


def repaired(method: Repaired, training: Training, seed: int, plain: Any) -> nn.Module:
    """The plain model of that seed, repaired; or its sham."""
    from polysem._repair.options import RepairOptions
    from polysem._repair.users import of_module

    settings = RepairOptions(
        steps=method.steps,
        seed=seed,
        further=0,
        encoder=training.encoder,
        decoder=training.decoder,
        features=training.features,  # pyright: ignore[reportArgumentType]  # checked
        exact=training.exact,
    )
    done = of_module(
        plain, training.site, training.data, training.loss, training.held_out, None, settings, None
    )
    return done.sham if isinstance(method, RepairSham) else done.model
