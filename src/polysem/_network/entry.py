"""What every penalty of single weights has: a function ρ(|w|) and its slope."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from polysem._config import Config
from polysem._types import Array


class Entry(Config):
    """ρ, a function of the size |w| ≥ 0 of one weight, with ρ(0) = 0, for arrays of either backend.

    ρ'(0) > 0 holds zero weights at zero, as the ℓ1 norm does; ρ'(0) = 0 makes a smooth penalty.
    """

    @abstractmethod
    def value(self, size: Array) -> Any:
        """ρ(|w|), entry by entry."""

    @abstractmethod
    def slope(self, size: Array) -> Any:
        """ρ'(|w|), entry by entry."""

    @property
    def at_zero(self) -> float:
        """ρ'(0)."""
        return float(self.slope(np.zeros(1))[0])
