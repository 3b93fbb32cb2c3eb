"""What it costs to make each polysemantic neuron monosemantic, against a sham."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from polysem._diagnose.origin.copies import Bar, Measured, Progress, median, retrained
from polysem._diagnose.origin.moves import Move, best_moves
from polysem._diagnose.origin.network import (
    Parameters,
    Rewirable,
    represented,
    stacked,
    strengths,
)
from polysem._diagnose.origin.retrain import Horizon
from polysem._diagnose.origin.shams import EPSILON, further, measure_shams

MOST = 5
"""Retraining seeds at most, for neurons that the first ones leave open."""
FINALISTS = 2
"""Moves retrained with further seeds: the cheapest under the first. In the benchmark all four
would have changed one verdict in 1,000."""

FREE = EPSILON / 4
"""A neuron whose cheapest static move comes to no more, with the count falling, is clearly
removable: its other moves could only be cheaper still, and are not retrained."""


@dataclass(frozen=True)
class Removal:
    """Graded cost of making one neuron monosemantic, in units of one feature's worth.

    `features`, `strengths` — what the neuron represents, strongest first. `cost` — median over
    retraining seeds of the cheapest move's loss minus the sham's (`Shams.of`): a seed that happens
    upon another optimum does not move it. `low`, `high` — its lowest and highest seed, widened by
    1.96 standard errors of the evaluation (S seeds' range covers their median with probability
    1 − 2^(1−S)). `each` — cost per seed. `error` — that standard error, 0 if exact. `static` — the
    cheapest move's cost before any retraining. `move` — the cheapest move, in words. `count_falls`
    — median fall of the layer's number of polysemantic neurons against the sham (see `sharing`), at
    best among moves within ε of the cheapest; below 1, polysemanticity merely moves. `jumped` — the
    share of the layer's shams that ended in another optimum. `by` — what the neuron is polysemantic
    by: its "weights", or its "recordings" alone; then the cost is ∞ under a seed in which no
    retraining made it respond to one feature and the layer's count by recordings fall.
    """

    neuron: int
    features: tuple[int, ...]
    strengths: tuple[float, ...]
    cost: float
    low: float
    high: float
    each: tuple[float, ...]
    error: float
    static: float
    move: str
    count_falls: float
    jumped: float = 0.0
    by: str = "weights"

    @property
    def unreached(self) -> int:
        """Retraining seeds in which the neuron was not made to respond to one feature."""
        return sum(not math.isfinite(cost) for cost in self.each) if self.by != "weights" else 0


def occupants(network: Rewirable, parameters: Parameters | None = None) -> dict[int, list[int]]:
    """Features of every polysemantic neuron, strongest first."""
    parameters = network.parameters() if parameters is None else parameters
    held, size = represented(network, parameters), strengths(network, parameters)
    found = {}
    for k in torch.nonzero(held.sum(0) >= 2).flatten().tolist():
        features = torch.nonzero(held[:, k]).flatten()
        order = size[features, k].argsort(descending=True, stable=True)
        found[k] = features[order].tolist()
    return found


def measure_removals(
    network: Rewirable,
    horizon: Horizon,
    seeds: tuple[int, ...] = (0, 1),
    moves: int = 4,
    progress: Progress | None = None,
    neurons: tuple[int, ...] | None = None,
    most: int = MOST,
    finalists: int = FINALISTS,
    free: float = FREE,
) -> list[Removal]:
    """The graded cost of every polysemantic neuron (or of those in `neurons`).

    `seeds` — retraining seeds, two or more. A neuron that they leave open (`still_open`) is
    retrained with further ones until it has `most`. `moves` — static moves retrained per neuron
    with the first seed, of which the cheapest `finalists` are with the others; only the first
    move where it costs at most `free` (−∞: always all). `progress(done, total)` counts retrained
    copies; the total grows as it becomes known.
    """
    held = occupants(network)
    held = held if neurons is None else {k: held[k] for k in neurons if k in held}
    if not held:
        return []
    options = {k: best_moves(network, k, features, moves) for k, features in held.items()}
    before = network.losses(stacked(network.parameters(), 1)).mean().item()
    every = further(seeds, max(most, len(seeds)))
    shams = measure_shams(network, horizon, every)
    bar = Bar(progress)
    measured, places = _first_seed(
        lambda some: retrained(network, some, horizon, seeds[:1], shams, bar),
        options,
        finalists,
        free,
    )

    def go_on(who: list[int], more: tuple[int, ...]) -> None:
        some = {k: [options[k][j] for j in places[k]] for k in who if more}
        for k, found in retrained(network, some, horizon, more, shams, bar).items():
            measured[k] = measured[k].beside(found, places[k])

    go_on(list(options), seeds[1:])
    go_on([k for k in options if still_open(measured[k])], every[len(seeds) :])
    size = strengths(network, network.parameters())
    found = []
    for k, group in options.items():
        weights = tuple(float(size[f, k]) for f in held[k])
        static = (min(move.loss for move in group) - before) / network.worth
        found.append(
            removal_of(k, tuple(held[k]), weights, group, static, measured[k], shams.jumped)
        )
    return found


def _first_seed(
    test: Callable[[dict[int, list[Move]]], dict[int, Measured]],
    options: dict[int, list[Move]],
    finalists: int,
    free: float,
) -> tuple[dict[int, Measured], dict[int, list[int]]]:
    """Moves under the first seed, and the places of those that go on to the others.

    The statically cheapest move of every neuron comes first; the rest where that was not `free`.
    """
    first = test({k: group[:1] for k, group in options.items()})
    more = {k: options[k][1:] for k, found in first.items() if not found.is_free(free)}
    others = test({k: group for k, group in more.items() if group})
    measured = {
        k: found.above(others[k]) if k in others else found.among(len(options[k]), [0])
        for k, found in first.items()
    }
    places = {k: found.cheapest(finalists) if k in more else [0] for k, found in measured.items()}
    return measured, places


def still_open(measured: Measured) -> bool:
    """True if seeds differ by more than ε, or come within ε/2 of ε."""
    each = measured.each
    near = bool(((each - EPSILON).abs() < EPSILON / 2).any())
    return near or not float(each.max() - each.min()) <= EPSILON


class Said(Protocol):
    """A move that can be told."""

    def words(self) -> str:
        """In a few words."""
        ...


def removal_of(
    neuron: int,
    features: tuple[int, ...],
    weights: tuple[float, ...],
    group: Sequence[Said],
    static: float,
    measured: Measured,
    jumped: float,
) -> Removal:
    """The row of a neuron from what its moves, `group`, came to."""
    gaps, falls, errors = measured.parts()
    gaps = torch.nan_to_num(gaps, nan=torch.inf, posinf=torch.inf)
    cheapest = gaps.min(0)
    near = gaps <= cheapest.values + EPSILON
    best_fall = torch.where(near, falls, -torch.inf).max(0).values
    error = float(errors.gather(0, cheapest.indices[None]).square().mean().sqrt())
    each = cheapest.values
    return Removal(
        neuron,
        features,
        weights,
        median(each),
        float(each.min()) - 1.96 * error,
        float(each.max()) + 1.96 * error,
        tuple(each.tolist()),
        error,
        static,
        group[min(range(len(group)), key=lambda j: median(gaps[j]))].words(),
        median(best_fall),
        jumped,
    )
