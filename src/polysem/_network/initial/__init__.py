"""Starting weights: one small configuration per law.

A new one is a class with `kind` and `draw`, and one word in `Initial`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polysem._network.initial.collisions import Flipped, Planted
from polysem._network.initial.law import Start
from polysem._network.initial.matrices import Orthogonal, Sparse, Xavier
from polysem._network.initial.normal import Given, Normal

Initial = Annotated[
    Normal | Xavier | Orthogonal | Sparse | Planted | Flipped | Given,
    Field(discriminator="kind"),
]

__all__ = [
    "Flipped",
    "Given",
    "Initial",
    "Normal",
    "Orthogonal",
    "Planted",
    "Sparse",
    "Start",
    "Xavier",
]
