"""Why a run, or a tied autoencoder, cannot be repaired."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._errors import BadInput
from polysem._network.hidden import Cubic, HiddenIdentity, HiddenRelu
from polysem._network.problem import Problem


def unrepairable(spec: Any) -> str | None:
    """Why runs of this specification cannot be repaired; None if they can."""
    network = spec.network
    if not network.problem.architecture.plain:
        return (
            "its network is not one tied layer without biases, and a run keeps the weights of the "
            "layer it counts only; repair the module itself"
        )
    noise = getattr(getattr(spec, "train", None), "noise", None)
    if noise is not None and getattr(noise, "std", 0):
        return (
            "it was trained with noise on its hidden layer, so its loss is not the one that can "
            "be enumerated; repair a run without noise"
        )
    reason = network.problem.data.too_many(network.n)
    if reason is not None:
        return f"repair evaluates the loss exactly, but {reason}"
    return _acting_on_each_other(network.problem)


def check_run(run: Any) -> None:
    reason = unrepairable(run.spec)
    if reason is not None:
        raise BadInput(f"This run cannot be repaired: {reason}.")


def _acting_on_each_other(problem: Problem) -> str | None:
    if isinstance(problem.hidden, HiddenIdentity | HiddenRelu | Cubic):
        return None
    return (
        "the hidden layer cannot be rewired: neurons act on each other in its activation "
        f"{problem.hidden.kind!r}"
    )


def check_finite(run: Any, chosen: list[int]) -> None:
    for i in chosen:
        if not np.isfinite(run.end[i]).all():
            raise BadInput(
                f"Seed {run.seeds[i]} cannot be repaired: its weights are not finite "
                f"({run.solves[i]['outcome']}); choose another with network = 0, 1, …."
            )


def check_hidden(problem: Problem) -> None:
    """Refuse a hidden activation in which neurons act on each other."""
    reason = _acting_on_each_other(problem)
    if reason is not None:
        raise BadInput(f"This network cannot be repaired: {reason}.")
