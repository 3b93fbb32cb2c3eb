"""What it costs to make each polysemantic neuron monosemantic, against a sham."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from polysem._diagnose.origin.moves import Move, as_copies, best_moves
from polysem._diagnose.origin.network import (
    Parameters,
    Rewirable,
    represented,
    same_data,
    sharing,
    stacked,
    strengths,
)
from polysem._diagnose.origin.retrain import Horizon, retrain

Progress = Callable[[float, float], None]
EPSILON = 0.02
"""A cost up to this share of one feature's worth is no cost."""
NUMBERS = 2**22  # weights trained at a time


@dataclass(frozen=True)
class Removal:
    """Graded cost of making one neuron monosemantic, in units of one feature's worth.

    `features`, `strengths` — what the neuron represents, strongest first. `cost` — mean over
    retraining seeds of the cheapest move's loss minus the sham's; `low`, `high` — its lowest and
    highest seed, widened by 1.96 standard errors of the evaluation (two new seeds' range covers
    their median with probability ½, S seeds' with 1 − 2^(1−S)). `each` — cost per seed. `error` —
    that standard error, 0 if exact. `static` — the cheapest move's cost before any retraining.
    `move` — the cheapest move, in words. `count_falls` — mean fall of the layer's number of
    polysemantic neurons against the sham (see `sharing`), at best among moves within ε of the
    cheapest; below 1, polysemanticity merely moves.
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


@dataclass(frozen=True)
class Sham:
    """The unmasked retraining of one seed: its losses by part and how many neurons share."""

    losses: torch.Tensor
    count: int


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
) -> list[Removal]:
    """The graded cost of every polysemantic neuron (or of those in `neurons`).

    `seeds` — retraining seeds, two or more. `moves` — static moves retrained per neuron.
    `progress(done, total)` counts retrained copies.
    """
    held = occupants(network)
    held = held if neurons is None else {k: held[k] for k in neurons if k in held}
    if not held:
        return []
    options = {k: best_moves(network, k, features, moves) for k, features in held.items()}
    flat = [move for group in options.values() for move in group]
    before = network.losses(stacked(network.parameters(), 1)).mean().item()
    gaps, falls, errors = _retrained(network, flat, horizon, seeds, progress)
    size = strengths(network, network.parameters())
    found, left = [], 0
    for k, group in options.items():
        right = left + len(group)
        weights = tuple(float(size[f, k]) for f in held[k])
        found.append(
            _removal(
                network,
                k,
                held[k],
                weights,
                group,
                before,
                (gaps[left:right], falls[left:right], errors[left:right]),
            )
        )
        left = right
    return found


def measure_shams(network: Rewirable, horizon: Horizon, seeds: tuple[int, ...]) -> list[Sham]:
    """Retrain without a mask, once for each seed."""
    together = [list(seeds)] if same_data(network) else [[seed] for seed in seeds]
    found = []
    for group in together:
        start = stacked(network.parameters(), len(group))
        after = retrain(network, start, None, horizon, group if len(group) > 1 else group[0])
        with torch.no_grad():
            losses, counts = network.losses(after), sharing(network, after)
        found += [Sham(own, int(count)) for own, count in zip(losses, counts, strict=True)]
    return found


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


def _retrained(
    network: Rewirable,
    flat: list[Move],
    horizon: Horizon,
    seeds: tuple[int, ...],
    progress: Progress | None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(moves, seeds) each, as many copies at a time as fit."""
    shams = measure_shams(network, horizon, seeds)
    runs = [(move, place) for place in range(len(seeds)) for move in flat]
    parts: list[tuple[torch.Tensor, ...]] = []
    for left, right in _batches(network, len(flat), len(seeds)):
        group = runs[left:right]
        moves, places = [move for move, _ in group], [place for _, place in group]
        own = [seeds[place] for place in places]
        after = retrain(network, *as_copies(moves), horizon, own if len(set(own)) > 1 else own[0])
        parts.append(against(network, after, [shams[place] for place in places]))
        if progress is not None:
            progress(right, len(runs))
    columns = (torch.cat(column) for column in zip(*parts, strict=True))
    gaps, falls, errors = (c.reshape(len(seeds), len(flat)).T for c in columns)
    return gaps, falls, errors


def _batches(network: Rewirable, moves: int, seeds: int) -> list[tuple[int, int]]:
    """Which copies are trained together; of one seed only where seeds bring their own data."""
    numbers = sum(v.numel() for v in network.parameters().values())
    at_once = max(1, NUMBERS // numbers)
    total, block = moves * seeds, moves * seeds if same_data(network) else moves
    return [
        (left, min(left + at_once, first + block))
        for first in range(0, total, block)
        for left in range(first, first + block, at_once)
    ]


def _removal(
    network: Rewirable,
    neuron: int,
    features: list[int],
    weights: tuple[float, ...],
    group: list[Move],
    before: float,
    measured: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> Removal:
    gaps, falls, errors = measured
    gaps = torch.nan_to_num(gaps, nan=float("inf"))
    cheapest = gaps.min(0)
    near = gaps <= cheapest.values + EPSILON
    best_fall = torch.where(near, falls, -torch.inf).max(0).values
    error = float(errors.gather(0, cheapest.indices[None]).square().mean().sqrt())
    each = cheapest.values
    return Removal(
        neuron,
        tuple(features),
        weights,
        float(each.mean()),
        float(each.min()) - 1.96 * error,
        float(each.max()) + 1.96 * error,
        tuple(each.tolist()),
        error,
        (min(move.loss for move in group) - before) / network.worth,
        group[int(gaps.mean(1).argmin())].words(),
        float(best_fall.mean()),
    )
