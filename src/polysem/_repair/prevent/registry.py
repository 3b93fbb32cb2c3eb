"""The methods by name. A new one is a class with a `kind`, and one word here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polysem._config import unknown_name
from polysem._errors import BadInput
from polysem._repair.prevent.annealed import Annealed
from polysem._repair.prevent.delayed import Delayed
from polysem._repair.prevent.disjoint import Disjoint
from polysem._repair.prevent.distinct import Distinct
from polysem._repair.prevent.leak import Leak
from polysem._repair.prevent.method import Method
from polysem._repair.prevent.more_neurons import MoreNeurons
from polysem._repair.prevent.negative_overlap import NegativeOverlap
from polysem._repair.prevent.noise import Noise
from polysem._repair.prevent.orthogonal import Orthogonal
from polysem._repair.prevent.shift import Shift
from polysem._repair.prevent.shuffled import Shuffled

CLASSES: tuple[type[Method], ...] = (
    Distinct, Disjoint, Orthogonal, Delayed, Annealed, Leak, NegativeOverlap, Shift, Noise,
    MoreNeurons, Shuffled,
)  # fmt: skip
METHODS = {cls.model_fields["kind"].default: cls for cls in CLASSES}

DEFAULTS = tuple(name for name in METHODS if name != "shuffled")
"""Used where none is named; shams come along by themselves."""


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
