"""What really happens between the two linear layers, found by running a copy of the model.

Structure says little: a norm may be a function, a gate a product. So numbers are put where the
first layer's output was, and what reaches the second layer and the model's output is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from polysem._diagnose.sites.calling import call, device_of
from polysem._errors import BadInput

LEVELS = (-3.0, -1.0, -0.25, 0.0, 0.25, 1.0, 3.0)
FEW = 8  # neurons that are changed one by one


class Probe:
    """A copy of the model that is thrown away, the two layers in it, and one batch of inputs."""

    def __init__(self, model: nn.Module, encoder: str, decoder: str, inputs: Any) -> None:
        self.model = model
        self.inputs = inputs
        self.first, self.second = model.get_submodule(encoder), model.get_submodule(decoder)
        self.names = (encoder, decoder)
        self.calls: list[str] = []

    def run(
        self,
        z: Callable[[torch.Tensor], torch.Tensor] | None = None,
        a: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
        """(first layer's output, second layer's input, the model's outputs).

        `z` — changes the first layer's output on its way; `a` — replaces the second's input.
        """
        seen: dict[str, torch.Tensor] = {}
        self.calls = []

        def after_first(_m: nn.Module, _i: Any, output: torch.Tensor) -> torch.Tensor:
            self.calls.append("encoder")
            seen["z"] = output if z is None else z(output)
            return seen["z"]

        def before_second(_m: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
            self.calls.append("decoder")
            seen["a"] = given[0] if a is None else a
            return (seen["a"],)

        handles = [
            self.first.register_forward_hook(after_first),
            self.second.register_forward_pre_hook(before_second),
        ]
        try:
            with torch.no_grad():
                output = call(self.model, self.inputs, device_of(self.model))
        finally:
            for handle in handles:
                handle.remove()
        if self.calls != ["encoder", "decoder"]:
            raise BadInput(
                f"Between {self.names[0]!r} and {self.names[1]!r}: in one pass of the model the "
                f"layers were used in the order {', '.join(self.calls) or 'none'}; each must be "
                "used once, the encoder first."
            )
        return seen["z"], seen["a"], list(tensors(output))


def check_between(probe: Probe) -> bool:
    """Raise `BadInput` unless one function of one number acts between the layers, on every neuron.

    Returns True if it is the identity: the hidden layer is linear.
    """
    with _without_chance():
        probe.model.eval()
        z, a, outputs = probe.run()
        if z.shape != a.shape:
            _refuse(probe, f"the shape changes from {tuple(z.shape)} to {tuple(a.shape)}")
        levels = [_level(probe, level) for level in LEVELS]
        _only_its_own(probe, z, a)
        _read_nowhere_else(probe, a, outputs)
        _same_in_training(probe, z)  # last: it may change running averages of the copy
    return all(abs(value - level) <= 1e-6 for value, level in zip(levels, LEVELS, strict=True))


def _same_in_training(probe: Probe, z: torch.Tensor) -> None:
    """What training mode makes of equal numbers must be what evaluation makes of them, twice."""
    ones = torch.ones_like(z)
    wanted = probe.run(lambda _: ones)[1]
    probe.model.train()
    try:
        found = [probe.run(lambda _: ones)[1] for _ in range(2)]
    finally:
        probe.model.eval()
    if not all(torch.allclose(a, wanted, atol=1e-6, rtol=1e-5) for a in found):
        _refuse(probe, "in training mode chance or a norm acts there (dropout, batch norm)")


def _level(probe: Probe, level: float) -> float:
    """What every neuron becomes if all of them are at `level`; it must be the same for all."""
    a = probe.run(lambda z: torch.full_like(z, level))[1]
    if not _even(a):
        _refuse(probe, "neurons with the same input differ (a gate, a mask or per-neuron slopes)")
    return float(a.flatten()[0])


def _even(a: torch.Tensor) -> bool:
    return bool(((a - a.flatten()[0]).abs() <= 1e-6 * (1 + a.flatten()[0].abs())).all())


def _only_its_own(probe: Probe, z: torch.Tensor, a: torch.Tensor) -> None:
    """Changing one neuron may change that neuron and no other."""
    for neuron in range(0, z.shape[-1], max(1, z.shape[-1] // FEW)):
        changed = z.clone()
        changed[..., neuron] = changed[..., neuron] + 1.7
        there = probe.run(lambda _, changed=changed: changed)[1]
        others = torch.arange(z.shape[-1]) != neuron
        if not torch.allclose(there[..., others], a[..., others], atol=1e-6, rtol=1e-5):
            _refuse(probe, "neurons act on each other there (a norm, a softmax, an attention)")


def _read_nowhere_else(probe: Probe, a: torch.Tensor, outputs: list[torch.Tensor]) -> None:
    """With the second layer's input held, the model's output may not depend on the first layer."""
    held = probe.run(lambda z: z + 1.7, a)[2]
    same = len(held) == len(outputs) and all(
        torch.allclose(x, y, atol=1e-6, rtol=1e-5, equal_nan=True)
        for x, y in zip(held, outputs, strict=True)
    )
    if not same:
        _refuse(probe, "the hidden layer is also read elsewhere (a skip or a second head)")


def _refuse(probe: Probe, reason: str) -> None:
    first, second = probe.names
    raise BadInput(f"The layer between {first!r} and {second!r} cannot be rewired: {reason}.")


def tensors(values: Any) -> Iterator[torch.Tensor]:
    """Every tensor of real numbers in tuples, lists and mappings."""
    if isinstance(values, torch.Tensor):
        if values.is_floating_point():
            yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from tensors(value)
    elif isinstance(values, tuple | list):
        for value in values:
            yield from tensors(value)


@contextmanager
def _without_chance() -> Iterator[None]:
    """Random numbers drawn inside leave no trace outside."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
