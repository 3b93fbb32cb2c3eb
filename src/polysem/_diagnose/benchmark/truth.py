"""Score and causal truth of every polysemantic neuron of one network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any

import numpy as np

from polysem._diagnose.benchmark.family import Cell, Family, train_cell
from polysem._diagnose.origin.enumerated import EnumeratedNetwork
from polysem._diagnose.origin.network import Rewirable, encoding
from polysem._diagnose.origin.removal import Removal, measure_removals, occupants
from polysem._diagnose.origin.retrain import Horizon

SCORED = TRUE = Horizon()
LONG = Horizon(steps=400, rate=0.01)
"""Four times the summed learning rate, in coarser steps."""
SCORE_SEEDS, LONG_SEEDS = (0, 1), (2000, 2001, 2002)
TRUE_SEEDS, AGAIN_SEEDS = tuple(range(1000, 1006)), tuple(range(3000, 3006))
SCORE_MOVES, TRUE_MOVES, LONG_MOVES = 4, 8, 4
NEURONS = 12  # of a network that are labelled, evenly over its polysemantic ones


@dataclass
class Labelled:
    """`rows` — one per polysemantic neuron, as `label_network` gives them. `encodings` — of every
    network, by cell and seed: its trained encoding matrix as lists (features, neurons). `weights` —
    of networks that are more than their encodings: all weights by name, as lists."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    encodings: dict[str, list[list[float]]] = field(default_factory=dict)
    weights: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, other: Labelled) -> None:
        """Take in another's rows and encodings."""
        self.rows += other.rows
        self.encodings |= other.encodings
        self.weights |= other.weights

    def columns(self) -> dict[str, np.ndarray]:
        """The rows column by column; empty without rows."""
        names = self.rows[0] if self.rows else {}
        return {name: np.array([row[name] for row in self.rows]) for name in names}


def labelling() -> dict[str, Any]:
    """What cells hold and the settings of both tests: others must not be mixed with these."""
    return {"networks": ["encodings", "weights"]} | {
        name: {"horizon": horizon.model_dump(mode="json"), "seeds": list(seeds), "moves": moves}
        for name, horizon, seeds, moves in (
            ("score", SCORED, SCORE_SEEDS, SCORE_MOVES),
            ("truth", TRUE, TRUE_SEEDS, TRUE_MOVES),
            ("again", TRUE, AGAIN_SEEDS, TRUE_MOVES),
            ("long", LONG, LONG_SEEDS, LONG_MOVES),
        )
    }


def label_cell(
    family: Family,
    cell: Cell,
    seeds: range,
    label: Callable[[Rewirable, dict[str, Any]], list[dict[str, Any]]],
) -> Labelled:
    """Rows and encodings of the networks of one cell; `label(network, facts)` gives the rows."""
    found = Labelled()
    for seed, network in zip(seeds, train_cell(family, cell, seeds), strict=True):
        facts = {"family": family.name, "cell": f"{family.name} {cell.words()}", "seed": seed}
        found.rows += label(network, facts)
        W = encoding(network, network.parameters())
        name = f"{facts['cell']} {seed}"
        found.encodings[name] = W.tolist()
        if isinstance(network, EnumeratedNetwork):
            found.weights[name] = {n: values.tolist() for n, values in network.weights.items()}
    return found


def sampled(network: Rewirable) -> tuple[int, ...]:
    """The neurons that are labelled: at most `NEURONS`, evenly over the polysemantic ones."""
    held = list(occupants(network))
    return tuple(held[len(held) * j // NEURONS] for j in range(NEURONS)) if held else ()


def measure_score(network: Rewirable) -> list[Removal]:
    """The live test, as the software runs it, on the labelled neurons."""
    return measure_removals(network, SCORED, SCORE_SEEDS, SCORE_MOVES, neurons=sampled(network))


def label_network(network: Rewirable, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per polysemantic neuron; `facts` (family, cell, seed) are added to each.

    `score` — cost as the software measures it (4 moves, 2 seeds, up to 5 where those leave it
    open), with `score_low` and `score_high`, its seeds' range, and `jumped`, as in `Removal`.
    `truth` — the full test at the same horizon: 8 moves, 6 other seeds, exact evaluation; `again`
    — the same under 6 further ones. `long` — the cost with retraining four times longer.
    """
    score = measure_score(network)
    full = partial(measure_removals, network, neurons=sampled(network), free=-inf)
    truth, again = (
        full(TRUE, seeds, TRUE_MOVES, most=len(seeds), finalists=TRUE_MOVES)
        for seeds in (TRUE_SEEDS, AGAIN_SEEDS)
    )
    long = full(LONG, LONG_SEEDS, LONG_MOVES, most=len(LONG_SEEDS), finalists=LONG_MOVES)
    every = zip(score, truth, again, long, strict=True)
    return [facts | _row(*one) for one in every]


def _row(score: Removal, truth: Removal, again: Removal, long: Removal) -> dict[str, Any]:
    return {
        "neuron": score.neuron,
        "score": score.cost,
        "score_low": score.low,
        "score_high": score.high,
        "jumped": score.jumped,
        "static": score.static,
        "score_falls": score.count_falls,
        "truth": truth.cost,
        "again": again.cost,
        "truth_falls": truth.count_falls,
        "long": long.cost,
    }
