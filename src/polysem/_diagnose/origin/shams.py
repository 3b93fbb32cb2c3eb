"""What every masked copy is compared with: the same retraining without a mask.

A network may stand beside another optimum, and noise at the start may carry a retraining there:
then the loss of a sham is a toss-up, by as much as a whole feature. The *still* sham has no such
noise and goes on from where training left the network, so it is the same for all retraining seeds.
"""

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
NEARLY_ALL = 0.9
"""Where so many shams end elsewhere, it is the still one that is odd: it stands on a ridge."""


@dataclass(frozen=True)
class Sham:
    """The unmasked retraining of one seed: its losses by part and how many neurons share, or shared
    before if that is less. A count that only falls against one that retraining raised has not
    fallen: what was pure may come back in both."""

    losses: torch.Tensor
    count: int


@dataclass(frozen=True)
class Shams:
    """`own` — of each seed. `typical` — the still one, or the one of median loss where seeds bring
    their own data. `jumped` — the share that ended further than ε of a feature's worth from it, in
    another optimum; `worth` — of one feature."""

    own: Mapping[int, Sham]
    typical: Sham
    worth: float

    def of(self, seed: int) -> Sham:
        """The seed's own sham; the typical one if its own ended in another optimum: it would
        shift the cost of every neuron by what lies between them."""
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
    before = int(sharing(network, stacked(network.parameters(), 1))[0])
    for group in together:
        start = stacked(network.parameters(), len(group))
        after = retrain(network, start, None, horizon, group if len(group) > 1 else group[0])
        with torch.no_grad():
            losses, counts = network.losses(after), sharing(network, after)
        for seed, own, count in zip(group, losses, counts, strict=True):
            found[seed] = Sham(own, min(int(count), before))
    middle = Shams(found, _middle(found), network.worth)
    if not same_data(network):
        return middle
    about = Shams(found, _still(network, horizon, seeds[0], before), network.worth)
    return middle if about.jumped >= NEARLY_ALL else about


def _still(network: Rewirable, horizon: Horizon, seed: int, before: int) -> Sham:
    """The retraining without noise at its start."""
    calm = horizon.model_copy(update={"jitter": 0.0})
    after = retrain(network, stacked(network.parameters(), 1), None, calm, seed)
    with torch.no_grad():
        count = min(int(sharing(network, after)[0]), before)
        return Sham(network.losses(after)[0], count)


def _middle(found: Mapping[int, Sham]) -> Sham:
    """The one of median loss."""
    ordered = sorted(
        found.values(), key=lambda s: torch.nan_to_num(s.losses.mean(), torch.inf, torch.inf)
    )
    return ordered[(len(ordered) - 1) // 2]


def further(seeds: Sequence[int], many: int) -> tuple[int, ...]:
    """The seeds, then the numbers after the largest, so that there are `many`."""
    after = max(seeds) + 1
    return (*seeds, *range(after, after + many - len(seeds)))


def _mean(sham: Sham) -> float:
    return float(sham.losses.mean())
