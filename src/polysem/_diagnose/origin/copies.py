"""Masked copies of a layer, retrained many at a time and compared with their shams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from polysem._diagnose.origin.moves import Move, as_copies
from polysem._diagnose.origin.network import Parameters, Rewirable, seeds_together, sharing
from polysem._diagnose.origin.retrain import Horizon, retrain
from polysem._diagnose.origin.shams import Sham, Shams

Progress = Callable[[float, float], None]
NUMBERS = 2**22  # weights trained at a time


@dataclass(frozen=True)
class Measured:
    """One neuron's moves after retraining, (moves, seeds) each: see `against`."""

    gaps: torch.Tensor
    falls: torch.Tensor
    errors: torch.Tensor

    def cheapest(self, many: int) -> list[int]:
        """Places of so many moves, the cheapest of the first seed first."""
        first = torch.nan_to_num(self.gaps[:, 0], nan=torch.inf, posinf=torch.inf)
        return first.argsort(stable=True)[:many].tolist()

    def among(self, many: int, places: list[int]) -> Measured:
        """As rows `places` of so many moves, of which no others were retrained."""
        found = []
        for mine, missing in zip(self.parts(), (torch.inf, -torch.inf, 0.0), strict=True):
            wide = torch.full((many, mine.shape[1]), missing, dtype=mine.dtype)
            wide[places] = mine
            found.append(wide)
        return Measured(*found)

    def beside(self, other: Measured, places: list[int]) -> Measured:
        """With further seeds, in which only the moves at `places` were retrained."""
        return self._with(other.among(len(self.gaps), places), 1)

    def above(self, other: Measured) -> Measured:
        """With further moves of the same seeds after these."""
        return self._with(other, 0)

    def _with(self, other: Measured, axis: int) -> Measured:
        pairs = zip(self.parts(), other.parts(), strict=True)
        return Measured(*(torch.cat(pair, axis) for pair in pairs))

    def is_free(self, most: float) -> bool:
        """True if the first move costs at most so much under the first seed and the count falls."""
        return bool(self.gaps[0, 0] <= most and self.falls[0, 0] >= 1)

    def parts(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Gaps, falls, errors."""
        return self.gaps, self.falls, self.errors

    @property
    def each(self) -> torch.Tensor:
        """Gap of the cheapest move of every seed: (seeds,)."""
        return torch.nan_to_num(self.gaps, nan=torch.inf, posinf=torch.inf).min(0).values


@dataclass
class Bar:
    """Counts retrained copies; the total grows when neurons need further seeds."""

    progress: Progress | None
    done: int = 0
    total: int = 0

    def grow(self, copies: int) -> None:
        """So many more are to come."""
        self.total += copies

    def add(self, copies: int) -> None:
        """So many are done."""
        self.done += copies
        if self.progress is not None:
            self.progress(self.done, self.total)


def retrained(
    network: Rewirable,
    options: dict[int, list[Move]],
    horizon: Horizon,
    seeds: tuple[int, ...],
    shams: Shams,
    bar: Bar,
) -> dict[int, Measured]:
    """What every neuron's moves come to, as many copies at a time as fit."""
    if not options:
        return {}
    flat = [move for group in options.values() for move in group]
    runs = [(move, seed) for seed in seeds for move in flat]
    bar.grow(len(runs))
    parts: list[tuple[torch.Tensor, ...]] = []
    for left, right in _batches(network, len(flat), len(seeds)):
        moves = [move for move, _ in runs[left:right]]
        own = [seed for _, seed in runs[left:right]]
        after = retrain(network, *as_copies(moves), horizon, own if len(set(own)) > 1 else own[0])
        parts.append(against(network, after, [shams.of(seed) for seed in own]))
        bar.add(right - left)
    columns = [torch.cat(column) for column in zip(*parts, strict=True)]
    columns = [column.reshape(len(seeds), len(flat)).T for column in columns]
    sizes = [len(group) for group in options.values()]
    by_neuron = zip(*(column.split(sizes) for column in columns), strict=True)
    return {k: Measured(*one) for k, one in zip(options, by_neuron, strict=True)}


def _batches(network: Rewirable, moves: int, seeds: int) -> list[tuple[int, int]]:
    """Which copies are trained together; of one seed only where seeds cannot go together."""
    numbers = sum(v.numel() for v in network.parameters().values())
    at_once = max(1, NUMBERS // numbers)
    total, block = moves * seeds, moves * seeds if seeds_together(network) else moves
    return [
        (left, min(left + at_once, first + block))
        for first in range(0, total, block)
        for left in range(first, first + block, at_once)
    ]


def retrained_moves(
    network: Rewirable, moves: list[Move], horizon: Horizon, seed: int, reference: Sham
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """`against` the sham of the same seed, after retraining the moves."""
    start, mask = as_copies(moves)
    after = retrain(network, start, mask, horizon, seed)
    return against(network, after, [reference] * len(moves))


def against(
    network: Rewirable, after: Parameters, shams: list[Sham]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gap to each copy's sham in feature-worths, fall of the count, standard error: (copies,)."""
    with torch.no_grad():
        losses = torch.stack([reference.losses for reference in shams])
        gaps = (network.losses(after) - losses).double() / network.worth
        falls = torch.tensor([reference.count for reference in shams]) - sharing(network, after)
    parts = gaps.shape[1]
    error = torch.zeros(len(gaps), dtype=gaps.dtype)
    if not network.exact and parts > 1:
        error = gaps.std(1) / parts**0.5
    return gaps.mean(1), falls.double(), error


def median(values: torch.Tensor) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered = values.sort().values.double()
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(low if low == high else (low + high) / 2)
