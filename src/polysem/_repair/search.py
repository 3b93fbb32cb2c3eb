"""How many of the planned relocations can be made at once: a search over beginnings of the plan."""

from __future__ import annotations

from polysem._diagnose.origin.network import Rewirable
from polysem._diagnose.origin.removal import EPSILON
from polysem._repair.relocation import Relocation


class Search:
    """The longest beginning of a plan, cheapest first, that costs nothing.

    `good` — the longest known to cost nothing; `bad` — the shortest known to cost something. Where
    features have a neuron of their own the static costs say nearly all, so all that cost nothing
    are tried first and then, in growing steps, more. In dense layers retraining decides, so that
    the whole plan is tried first. From then on bisection: that costs fall with fewer relocations
    is assumed, so the answer is a lower bound.
    """

    def __init__(self, network: Rewirable, order: list[Relocation]) -> None:
        self.good, self.bad = 0, len(order) + 1
        self._dense = network.reading.relative_to == "neuron"
        free = sum(one.cost <= EPSILON for one in order)
        self._guess = len(order) if self._dense else max(free, 1)
        self._all = len(order)

    def next(self) -> int | None:
        """The length to try next; None when the answer is known."""
        if self.bad - self.good <= 1:
            return None
        if self.bad <= self._all:
            return (self.good + self.bad) // 2
        if self.good == 0:
            return self._guess
        return min(self.good + max(1, 2 * (self.good - self._guess)), self._all)
