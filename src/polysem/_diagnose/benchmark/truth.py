"""Score and causal truth of every polysemantic neuron of one network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from polysem._diagnose.origin.network import Rewirable
from polysem._diagnose.origin.removal import Removal, measure_removals
from polysem._diagnose.origin.retrain import Horizon

SCORED = Horizon(steps=100)
TRUE = Horizon(steps=200, rate=0.005)
"""The same summed learning rate as the score's horizon, in finer steps."""
LONG = Horizon(steps=400)
SCORE_SEEDS, TRUE_SEEDS, LONG_SEEDS = (0, 1), (1000, 1001, 1002, 1003), (2000, 2001)
SCORE_MOVES, TRUE_MOVES = 4, 8


@dataclass
class Labelled:
    """`rows` — one per polysemantic neuron, as `label_network` gives them. `encodings` — of every
    network, by cell and seed: its trained encoding matrix as lists (features, neurons)."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    encodings: dict[str, list[list[float]]] = field(default_factory=dict)

    def add(self, other: Labelled) -> None:
        """Take in another's rows and encodings."""
        self.rows += other.rows
        self.encodings |= other.encodings

    def columns(self) -> dict[str, np.ndarray]:
        """The rows column by column; empty without rows."""
        names = self.rows[0] if self.rows else {}
        return {name: np.array([row[name] for row in self.rows]) for name in names}


def labelling() -> dict[str, Any]:
    """The settings of both tests: rows made with others must not be mixed with these."""
    return {
        name: {"horizon": horizon.model_dump(mode="json"), "seeds": list(seeds), "moves": moves}
        for name, horizon, seeds, moves in (
            ("score", SCORED, SCORE_SEEDS, SCORE_MOVES),
            ("truth", TRUE, TRUE_SEEDS, TRUE_MOVES),
            ("long", LONG, LONG_SEEDS, TRUE_MOVES),
        )
    }


def label_network(network: Rewirable, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per polysemantic neuron; `facts` (family, cell, seed) are added to each.

    `score` — cost as the software measures it (4 moves, 2 seeds, 100 steps). `truth` — the full
    test at the same horizon: 8 moves, 4 other seeds, finer steps, exact evaluation; `truth_a` and
    `truth_b` are its halves. `long` — the full test with retraining four times longer.
    """
    score = measure_removals(network, SCORED, SCORE_SEEDS, SCORE_MOVES)
    truth = measure_removals(network, TRUE, TRUE_SEEDS, TRUE_MOVES)
    long = measure_removals(network, LONG, LONG_SEEDS, TRUE_MOVES)
    return [facts | _row(s, t, last) for s, t, last in zip(score, truth, long, strict=True)]


def _row(score: Removal, truth: Removal, long: Removal) -> dict[str, Any]:
    half = len(truth.each) // 2
    return {
        "neuron": score.neuron,
        "score": score.cost,
        "static": score.static,
        "score_falls": score.count_falls,
        "truth": truth.cost,
        "truth_a": _mean(truth.each[:half]),
        "truth_b": _mean(truth.each[half:]),
        "truth_falls": truth.count_falls,
        "long": long.cost,
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
