"""How a user's models are made, trained and judged, checked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import nn

from polysem._diagnose.origin.linears import SIDES, linears_around
from polysem._diagnose.sites.modules import find_site
from polysem._diagnose.sites.record import first_batch
from polysem._errors import BadInput
from polysem._repair.probe import Probe, check_between
from polysem._repair.refusals import check_layers
from polysem._repair.site_network import SiteNetwork

Make = Callable[[int], nn.Module]
"""make(seed) → a new model; the same seed gives the same weights."""
Train = Callable[[nn.Module, Any, int], Any]
"""train(model, loss, seed) trains the model in place on `loss`(model, inputs, labels), which may be
more than the user's own; the same seed takes the same batches."""


@dataclass(frozen=True)
class Training:
    """`make`, `train` — see above. `loss`, `data`, `held_out`, `metric`, `site`, `encoder`,
    `decoder`, `features`, `exact` — as in `polysem.repair`."""

    make: Make
    train: Train
    loss: Any
    data: Iterable[Any]
    site: str | None = None
    encoder: str | None = None
    decoder: str | None = None
    held_out: Iterable[Any] | None = None
    metric: Any = None
    features: str = "outputs"
    exact: bool = False

    @classmethod
    def of(cls, make: Make, said: dict[str, Any]) -> Training:
        """Checked, with the two layers found. Raises `BadInput`; nothing is trained for it."""
        names = [field.name for field in fields(cls)]
        for name in said:
            if name not in names:
                raise BadInput(
                    f"Unknown setting {name!r} for one's own model; there are {', '.join(names)}."
                )
        for name in ("train", "loss"):
            if not callable(said.get(name)):
                raise BadInput(
                    f"One's own model needs {name}; give train(model, loss, seed), which trains in "
                    "place, loss(model, inputs, labels), and data, batches of (inputs, labels)."
                )
        if said.get("data") is None:
            raise BadInput("One's own model needs data, an iterable of batches (inputs, labels).")
        if said.get("features", "outputs") not in SIDES:
            raise BadInput(f"features = {said['features']!r} is not allowed: {', '.join(SIDES)}.")
        made = cls(make, **said)
        model = made.made(0)
        inputs = first_batch(made.data)
        encoder, decoder = made._layers(model, inputs)
        check_layers(model, encoder, decoder)
        check_between(Probe(model, encoder, decoder, inputs))
        return replace(made, encoder=encoder, decoder=decoder)

    def made(self, seed: int) -> nn.Module:
        """A new model."""
        with torch.random.fork_rng(devices=[]):
            model = self.make(seed)
        if not isinstance(model, nn.Module):
            raise BadInput(f"make(seed) must return a torch.nn.Module, not {type(model).__name__}.")
        return model

    def trained(self, model: nn.Module, loss: Any, seed: int) -> nn.Module:
        """The model after the user's training; random numbers drawn there depend on the seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.train(model.train(), loss, seed)
        return model

    def network(self, model: nn.Module) -> SiteNetwork:
        """The layer of one model, judged by the held-out data if there are any."""
        assert self.encoder is not None
        assert self.decoder is not None
        return SiteNetwork(
            model,
            self.encoder,
            self.decoder,
            self.loss,
            self.data,
            self.features,
            self.exact,
            self.held_out,
        )

    def _layers(self, model: nn.Module, inputs: Any) -> tuple[str, str]:
        if self.encoder is not None and self.decoder is not None:
            return self.encoder, self.decoder
        before, after = linears_around(model, find_site(model, self.site, inputs)[0])
        return self.encoder or before, self.decoder or after
