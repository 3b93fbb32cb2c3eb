"""What it costs, before any training, to leave one feature on a neuron."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from polysem._diagnose.origin.network import Parameters, Rewirable
from polysem._repair.relocation import Relocation, relocated
from polysem._repair.static import loss_of, loss_of_each

KEEP = 3  # features that may stay: the strongest
MOVED = 4  # features that may be given a home: the strongest of those that leave

Trial = tuple[int, int, int | None]
"""(neuron, feature that stays, feature that gets a home or None)."""
Homes = list[tuple[int, float]]
"""(neuron, cost of emptying it), cheapest first."""


@dataclass(frozen=True)
class Stay:
    """Feature `keep` stays on `neuron`. Costs in feature-worths: `bare` — all others taken off;
    `gains` — (feature, change of that if it gets an empty home)."""

    neuron: int
    keep: int
    bare: float
    gains: tuple[tuple[int, float], ...] = ()

    def least(self, home: float) -> float:
        """Cost if there are homes enough, at `home` each."""
        return self.bare + sum(min(0.0, gain + home) for _, gain in self.gains)


def affordable(held: dict[int, list[int]], trials: int) -> dict[int, list[int]]:
    """As many neurons as `trials` losses can price, those with the fewest features first."""
    found, spent = {}, 1  # of the start
    for neuron, features in sorted(held.items(), key=lambda group: len(group[1])):
        spent += min(len(features), KEEP) * (1 + min(len(features) - 1, MOVED))
        if spent > trials:
            break
        found[neuron] = features
    return found


class Prices:
    """Static costs at `start`, with the mask that holds. `before` — the loss at `start`."""

    def __init__(self, network: Rewirable, start: Parameters, mask: torch.Tensor) -> None:
        self.network, self.start, self.mask = network, start, mask
        self.before = loss_of(network, start)

    def stays(self, held: dict[int, list[int]], there: Homes) -> dict[int, list[Stay]]:
        """For every neuron, each feature that may stay; with gains if there are homes."""
        trials: list[Trial] = [(k, f, None) for k, group in held.items() for f in group[:KEEP]]
        bare = self._costs(trials, -1)
        found: dict[int, list[Stay]] = {k: [] for k in held}
        for k, keep, _ in trials:
            found[k].append(Stay(k, keep, bare[k, keep, None]))
        flat = [stay for group in found.values() for stay in group]
        for stay in self.with_gains(flat, held, there):
            place = [s.keep for s in found[stay.neuron]].index(stay.keep)
            found[stay.neuron][place] = stay
        return found

    def with_gains(self, stays: list[Stay], held: dict[int, list[int]], there: Homes) -> list[Stay]:
        """The same, with what a home for each of the features that leave would change."""
        if not there:
            return stays
        home, emptying = there[0]
        trials: list[Trial] = [
            (s.neuron, s.keep, f)
            for s in stays
            for f in [f for f in held[s.neuron] if f != s.keep][:MOVED]
        ]
        costs = self._costs(trials, home)
        gains: dict[tuple[int, int], list[tuple[int, float]]] = {}
        bare = {(s.neuron, s.keep): s.bare for s in stays}
        for k, keep, f in trials:
            assert f is not None
            change = costs[k, keep, f] - emptying - bare[k, keep]
            gains.setdefault((k, keep), []).append((f, change))
        return [replace(s, gains=tuple(gains.get((s.neuron, s.keep), ()))) for s in stays]

    def _costs(self, trials: list[Trial], home: int) -> dict[Trial, float]:
        losses = loss_of_each(self.network, self._copies(trials, home))
        return {
            trial: (loss - self.before) / self.network.worth
            for trial, loss in zip(trials, losses, strict=True)
        }

    def _copies(self, trials: list[Trial], home: int) -> Iterator[Parameters]:
        for k, keep, feature in trials:
            moved = () if feature is None else ((feature, home),)
            one = Relocation(k, keep, moved, (), 0.0)
            yield relocated(self.network, self.start, self.mask, [one])[0]
