"""`polysem.repair`: take incidental polysemanticity out of a trained network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from polysem._errors import BadInput
from polysem._repair.options import RepairOptions
from polysem._repair.result import Repair

Progress = Callable[[float, float], None]


def repair(
    source: Any,
    site: str | None = None,
    *,
    data: Iterable[Any] | None = None,
    loss: Any = None,
    held_out: Iterable[Any] | None = None,
    metric: Callable[..., Any] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Repair:
    """Make removable polysemantic neurons monosemantic; leave necessary ones alone.

    `source` is never changed. One of

    - a **run** of `simulate` or `train`: all its networks, or one with `network`;
    - a `TiedAutoencoder`, with `loss` = λ or its `Problem`;
    - any `torch.nn.Module` with two `nn.Linear` around a pointwise non-linearity at `site`, with
      `data` (an iterable of batches (inputs, labels), read more than once) and
      `loss(model, inputs, labels)`. `held_out` — batches to judge by; those of `data` if None.
      `metric(model, inputs, labels)` — such as the accuracy, reported for all arms.

    All neurons are planned at once: features are matched with free or cheapest neurons so that the
    loss rises least, a mask keeps them there, and all weights are retrained briefly. Kept is what
    costs no more than ε = 2 % of one feature's worth above a sham (same data, steps and random
    numbers, nothing moved) and lowers the layer's count. The same seed gives the same bits.

    `progress(done, total)`. `options`: see `RepairOptions`. Returns a `Repair`. Raises `BadInput`,
    with the reason, for a layer that cannot be rewired.
    """
    settings = RepairOptions.build(**options)
    if hasattr(source, "spec") and hasattr(source, "seeds"):
        given = {"site": site, "data": data, "loss": loss, "held_out": held_out, "metric": metric}
        for name, value in given.items():
            if value is not None:
                raise BadInput(f"{name} belongs to a torch.nn.Module; a run brings its own.")
        from polysem._repair.own import of_run

        return of_run(source, settings, progress)
    if not (hasattr(source, "named_modules") and hasattr(source, "state_dict")):
        raise BadInput(
            f"A {type(source).__name__} cannot be repaired; give a run of simulate or train, or a "
            "torch.nn.Module."
        )
    from polysem._network.module import TiedAutoencoder

    if isinstance(source, TiedAutoencoder):
        from polysem._repair.own import of_tied

        return of_tied(source, loss, settings, progress)
    from polysem._repair.users import of_module

    return of_module(source, site, data, loss, held_out, metric, settings, progress)
