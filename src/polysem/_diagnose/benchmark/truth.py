"""Score and causal truth of every polysemantic neuron of one network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf
from statistics import median
from typing import Any

import numpy as np

from polysem._diagnose.benchmark.family import Cell, Family, train_cell
from polysem._diagnose.origin.network import Rewirable, encoding
from polysem._diagnose.origin.removal import Removal, measure_removals, occupants
from polysem._diagnose.origin.retrain import Horizon

SCORED = TRUE = Horizon()
LONG = Horizon(steps=400, rate=0.01)
"""Four times the summed learning rate, in coarser steps."""
SCORE_SEEDS, TRUE_SEEDS, LONG_SEEDS = (0, 1), tuple(range(1000, 1006)), (2000, 2001, 2002)
SCORE_MOVES, TRUE_MOVES, LONG_MOVES = 4, 8, 4
NEURONS = 12  # of a network that are labelled, evenly over its polysemantic ones


@dataclass
class Labelled:
    """`rows` — one per polysemantic neuron, as `label_network` gives them. `encodings` — of every
    network, by cell and seed: its trained encoding matrix as lists (features, neurons). `untied` —
    of those whose both sides are to features, in- and out-weights and both biases."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    encodings: dict[str, list[list[float]]] = field(default_factory=dict)
    untied: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, other: Labelled) -> None:
        """Take in another's rows and encodings."""
        self.rows += other.rows
        self.encodings |= other.encodings
        self.untied |= other.untied

    def columns(self) -> dict[str, np.ndarray]:
        """The rows column by column; empty without rows."""
        names = self.rows[0] if self.rows else {}
        return {name: np.array([row[name] for row in self.rows]) for name in names}


def labelling() -> dict[str, Any]:
    """What cells hold and the settings of both tests: others must not be mixed with these."""
    return {"networks": ["encodings", "untied"]} | {
        name: {"horizon": horizon.model_dump(mode="json"), "seeds": list(seeds), "moves": moves}
        for name, horizon, seeds, moves in (
            ("score", SCORED, SCORE_SEEDS, SCORE_MOVES),
            ("truth", TRUE, TRUE_SEEDS, TRUE_MOVES),
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
        sides = _both_sides(network)
        if sides is not None:
            found.untied[name] = sides
    return found


def _both_sides(network: Rewirable) -> list[Any] | None:
    """In- and out-weights and both biases of a network with two wires, as lists; else None."""
    p = network.parameters()
    if len(network.wires) != 2 or not {"bias", "out_bias"} <= set(p):
        return None
    into, out = (wire.view(p) for wire in network.wires)
    return [into.tolist(), out.mT.tolist(), p["bias"].tolist(), p["out_bias"].tolist()]


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
    `truth` — the full test at the same horizon: 8 moves, 6 other seeds, exact evaluation;
    `truth_a` and `truth_b` are the medians of its halves. `long` — the cost with retraining four
    times longer.
    """
    score = measure_score(network)
    full = partial(measure_removals, network, neurons=sampled(network), free=-inf)
    truth = full(TRUE, TRUE_SEEDS, TRUE_MOVES, most=len(TRUE_SEEDS), finalists=TRUE_MOVES)
    long = full(LONG, LONG_SEEDS, LONG_MOVES, most=len(LONG_SEEDS), finalists=LONG_MOVES)
    return [facts | _row(s, t, last) for s, t, last in zip(score, truth, long, strict=True)]


def _row(score: Removal, truth: Removal, long: Removal) -> dict[str, Any]:
    half = len(truth.each) // 2
    return {
        "neuron": score.neuron,
        "score": score.cost,
        "score_low": score.low,
        "score_high": score.high,
        "jumped": score.jumped,
        "static": score.static,
        "score_falls": score.count_falls,
        "truth": truth.cost,
        "truth_a": median(truth.each[:half]),
        "truth_b": median(truth.each[half:]),
        "truth_falls": truth.count_falls,
        "long": long.cost,
    }
