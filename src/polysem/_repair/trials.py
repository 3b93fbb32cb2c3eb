"""One neuron more held to one feature: what is tried, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from polysem._repair.arm import Arm


@dataclass(frozen=True)
class Trial:
    """`neuron` is to carry and to respond to `keep` alone."""

    neuron: int
    keep: int


@dataclass(frozen=True)
class Tried:
    """What became of a trial. `gap` — to the sham, feature-worths; `falls` — of both counts taken
    together; `pure` — the neuron is polysemantic by neither."""

    trial: Trial
    arm: Arm
    gap: float
    falls: int
    pure: bool

    def free(self, spend: float) -> bool:
        """It costs no more than may be spent, and the count falls."""
        return self.pure and self.falls >= 1 and self.gap <= spend

    def words(self) -> str:
        """Why it was left, if it was."""
        cost = f"alone on top of the repaired network it costs {self.gap:.3g} of a feature's worth"
        if not self.pure:
            return f"{cost}, and it still answers to several: horizon-dependent"
        if self.falls < 1:
            return f"{cost}, and another neuron becomes polysemantic for it"
        return f"{cost} above the sham"


def cheapest(tried: Iterable[Tried]) -> list[Tried]:
    """One trial of each neuron, the one that costs least, and of them the cheapest first.

    What diverged comes last.
    """
    found: dict[int, Tried] = {}
    for one in sorted(tried, key=lambda one: (math.isnan(one.gap), one.gap)):
        found.setdefault(one.trial.neuron, one)
    return list(found.values())
