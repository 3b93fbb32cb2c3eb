"""The methods by name. A new one is a class with a `kind`, and one word here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polysem._config import unknown_name
from polysem._errors import BadInput
from polysem._repair.intervention import Intervened
from polysem._repair.prevent.annealed import Annealed
from polysem._repair.prevent.delayed import Delayed
from polysem._repair.prevent.disjoint import Disjoint
from polysem._repair.prevent.distinct import Distinct
from polysem._repair.prevent.leak import Leak
from polysem._repair.prevent.method import Method, StartMethod
from polysem._repair.prevent.more_neurons import MoreNeurons
from polysem._repair.prevent.negative_overlap import NegativeOverlap
from polysem._repair.prevent.noise import Noise
from polysem._repair.prevent.orthogonal import Orthogonal
from polysem._repair.prevent.repaired import Repaired, RepairSham
from polysem._repair.prevent.shift import Shift
from polysem._repair.prevent.shuffled import Shuffled
from polysem._repair.switches.merge import Merge
from polysem._repair.switches.signs import Signs
from polysem._repair.switches.swap import Swap

CLASSES: tuple[type[Method], ...] = (
    Distinct, Disjoint, Orthogonal, Delayed, Annealed, Leak, NegativeOverlap, Shift, Noise,
    MoreNeurons, Repaired, RepairSham, Shuffled, Signs, Swap, Merge,
)  # fmt: skip
SWITCHES: tuple[type[StartMethod], ...] = (Signs, Swap, Merge)
METHODS = {cls.model_fields["kind"].default: cls for cls in CLASSES}

NOT_UNASKED = ("shuffled", "repair_sham", "signs", "swap", "merge")
DEFAULTS = tuple(name for name in METHODS if name not in NOT_UNASKED)
"""Used where none is named; shams come along by themselves, and switches prevent nothing."""


def method(given: Any) -> Method:
    """A method from its name, a mapping of its settings, or itself. Raises `BadInput`."""
    if isinstance(given, Method):
        return given
    settings = {"kind": given} if isinstance(given, str) else given
    if not isinstance(settings, Mapping) or not isinstance(settings.get("kind"), str):
        raise BadInput(
            f"{given!r} is no method; give a name, or a mapping such as "
            '{"kind": "leak", "slope": 0.1}.'
        )
    kind = str(settings["kind"])
    if kind not in METHODS:
        raise BadInput(unknown_name(kind, list(METHODS), "method"))
    return METHODS[kind].build(**settings)


def intervene(W: Any, change: Any, seeds: Sequence[int] | None = None) -> Intervened:
    """Change the weights of networks by a switch or a preventive start; the given W stays as it is.

    W: (seeds, n_features, n_neurons) or (n_features, n_neurons), a start or an end. `change` — the
    switches "signs", "swap" and "merge", the starts "distinct", "disjoint", "orthogonal" and
    "shuffled", or a mapping with settings, such as {"kind": "signs", "to": "malign"}. `seeds` —
    their labels, 0, 1, … by default; what is drawn is drawn by them.

    Returns the changed weights `.W`, with three axes, and the record `.moved`, one row per weight
    that moved or changed its sign. Raises `BadInput`.
    """
    chosen = method(change)
    if not isinstance(chosen, StartMethod):
        raise BadInput(
            f"The method {chosen.name!r} changes how a network is trained, not its weights; use "
            "prevent."
        )
    return chosen.apply(W, seeds)
