"""What every output activation has."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

from polysem._config import Config
from polysem._types import Array


class Kink(NamedTuple):
    """Where a rectifier bends, z = −shift, and its slope `leak` below."""

    leak: float = 0.0
    shift: float = 0.0


class Elementwise(Config):
    """A function σ applied entry by entry, with its derivative, for arrays of either backend."""

    @property
    def kink(self) -> Kink:
        """Where overlaps begin to count as negative; that of ReLU for smooth functions."""
        return Kink()

    @abstractmethod
    def value(self, z: Array) -> Any:
        """σ(z)."""

    @abstractmethod
    def slope(self, z: Array) -> Any:
        """σ'(z)."""
