"""From a graded cost to a verdict with a probability, by a one-feature logit from stored seeds."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import Field

from polysem._config import Config
from polysem._diagnose.origin.costs import squashed
from polysem._diagnose.origin.removal import EPSILON, Removal

NECESSARY = 0.3
"""Costs above this share of a feature's worth stay costs when retraining is four times longer."""

REMOVABLE, DEAR, BETWEEN, UNKNOWN = "removable", "necessary", "horizon-dependent", "undetermined"


class Calibration(Config):
    """P(removable) = σ(intercept + slope · s), with s = sign(cost)·log1p(|cost|/1e-3).

    "Removable" is what the full test says at the same horizon: more moves, other retraining seeds,
    cost ≤ ε. `lowest`, `highest` — range of s among the networks it was made from; the rest says
    how many of which, and from which seeds.
    """

    intercept: float
    slope: float
    lowest: float
    highest: float
    neurons: Annotated[int, Field(ge=1)]
    networks: Annotated[int, Field(ge=1)]
    families: tuple[str, ...]
    first_seed: int
    steps: int
    size: str
    version: str

    def probability(self, cost: float) -> float:
        """P(removable), 0 to 1; NaN if the cost is not finite."""
        if not math.isfinite(cost):
            return float("nan")
        s = min(max(squashed(cost), self.lowest), self.highest)
        return 1 / (1 + math.exp(-(self.intercept + self.slope * s)))

    def covers(self, cost: float, steps: int) -> bool:
        """True if the cost and the horizon are among those that it was made from."""
        return steps == self.steps and self.lowest <= squashed(cost) <= self.highest


@cache
def shipped() -> Calibration | None:
    """The calibration in this package (made by `polysem benchmark-origin`), or None."""
    file = resources.files("polysem._diagnose.origin").joinpath("calibration.json")
    if not file.is_file():
        return None
    return Calibration.build(**json.loads(file.read_text(encoding="utf-8")))


def verdict(removal: Removal) -> str:
    """ "removable", "necessary", "horizon-dependent", or "undetermined" where noise decides."""
    if not math.isfinite(removal.cost):
        return UNKNOWN
    edges = [e for e in (EPSILON, NECESSARY) if removal.low <= e < removal.high]
    if removal.error > EPSILON / 5 and edges:
        return UNKNOWN
    if removal.cost <= EPSILON:
        return REMOVABLE
    return DEAR if removal.cost > NECESSARY else BETWEEN


def evidence(removal: Removal, seeds: int, horizon: str) -> str:
    """The measurement in words."""
    said = verdict(removal)
    meaning = {
        REMOVABLE: "no cost",
        DEAR: "a clear cost",
        BETWEEN: "a cost that longer retraining may remove",
        UNKNOWN: "too uncertain to judge",
    }[said]
    moves = "the layer's count falls" if removal.count_falls >= 1 else "polysemanticity moves"
    noise = "" if removal.error == 0 else f", standard error {removal.error:.2g}"
    return (
        f"{removal.move}, then {horizon}: {removal.cost:.3g} of a feature's worth above the sham "
        f"({removal.low:.3g} to {removal.high:.3g} over {seeds} retraining seeds{noise}): "
        f"{meaning}; {moves}"
    )
