"""What every masked copy is compared with: the same retraining without a mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from polysem._diagnose.origin.network import (
    Rewirable,
    same_data,
    seeds_together,
    sharing,
    stacked,
)
from polysem._diagnose.origin.retrain import Horizon, retrain

EPSILON = 0.02
"""A cost up to this share of one feature's worth is no cost."""
SHAMS, OWN_DATA = 15, 5
"""Shams of a layer at least: where all seeds share their data, and where each brings its own."""


@dataclass(frozen=True)
class Sham:
    """The unmasked retraining of one seed: its losses by part and how many neurons share."""

    losses: torch.Tensor
    count: int


@dataclass(frozen=True)
class Shams:
    """`own` — of each seed. `typical` — the one of median loss. `jumped` — the share that ended
    further than ε of a feature's worth from it, in another optimum; `worth` — of one feature."""

    own: Mapping[int, Sham]
    typical: Sham
    worth: float

    def of(self, seed: int) -> Sham:
        """The seed's own sham; the typical one if its own ended in another optimum.

        A network may stand beside a better optimum that some seeds find, or a worse one: a sham
        that gains or loses a whole feature would shift the cost of every neuron by one.
        """
        own = self.own[seed]
        return self.typical if self._jumped(own) else own

    @property
    def jumped(self) -> float:
        """0 to 1: 0 for a layer that retraining leaves where it is."""
        return sum(map(self._jumped, self.own.values())) / len(self.own)

    def _jumped(self, sham: Sham) -> bool:
        gap = _mean(sham) - _mean(self.typical)
        return not abs(gap) <= EPSILON * self.worth  # NaN has jumped


def measure_shams(network: Rewirable, horizon: Horizon, seeds: Sequence[int]) -> Shams:
    """Retrain without a mask, once for each seed, and for further ones up to `SHAMS`."""
    every = further(seeds, max(len(seeds), SHAMS if same_data(network) else OWN_DATA))
    together = [list(every)] if seeds_together(network) else [[seed] for seed in every]
    found: dict[int, Sham] = {}
    for group in together:
        start = stacked(network.parameters(), len(group))
        after = retrain(network, start, None, horizon, group if len(group) > 1 else group[0])
        with torch.no_grad():
            losses, counts = network.losses(after), sharing(network, after)
        for seed, own, count in zip(group, losses, counts, strict=True):
            found[seed] = Sham(own, int(count))
    ordered = sorted(
        found.values(), key=lambda s: torch.nan_to_num(s.losses.mean(), torch.inf, torch.inf)
    )
    return Shams(found, ordered[(len(ordered) - 1) // 2], network.worth)


def further(seeds: Sequence[int], many: int) -> tuple[int, ...]:
    """The seeds, then the numbers after the largest, so that there are `many`."""
    after = max(seeds) + 1
    return (*seeds, *range(after, after + many - len(seeds)))


def _mean(sham: Sham) -> float:
    return float(sham.losses.mean())
