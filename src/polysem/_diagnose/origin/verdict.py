"""From a graded cost to a verdict, and to a probability by a curve from stored seeds."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from polysem._config import Config
from polysem._diagnose.origin.costs import squashed
from polysem._diagnose.origin.removal import Removal
from polysem._diagnose.origin.shams import EPSILON

NECESSARY = 0.3
"""Costs above this share of a feature's worth stay costs when retraining is four times longer."""

MARGIN = EPSILON / 5
"""How far costs near ε scatter between sets of retraining seeds: nothing is said within it."""

REMOVABLE, DEAR, BETWEEN, UNKNOWN = "removable", "necessary", "horizon-dependent", "undetermined"


def chance(z: Any) -> Any:
    """½ + arctan(z)/π: steep where seeds scatter, and never sure of what one test may miss.

    The full test has more moves and seeds, and finds a free way for a few neurons whose cost is
    clear; a logistic curve has to be flat everywhere to allow for them.
    """
    return 0.5 + np.arctan(z) / np.pi


def lapsed(p: Any, lapse: Any) -> Any:
    """P where other seeds may end elsewhere: the other way round with probability `lapse`."""
    return lapse + (1 - 2 * lapse) * p


class Calibration(Config):
    """P(removable) = `chance`(intercept + slope · s), with s = sign(cost)·log1p(|cost|/1e-3).

    Where retraining is `unsettled` that is `lapsed`, lapse + (1 − 2·lapse) × P.
    "Removable" is what the full test says at the same horizon: more moves, other retraining seeds,
    cost ≤ ε. `lowest`, `highest` — range of s among the networks it was made from; the rest says
    how many of which, and from which seeds (`networks_per_cell` from `first_seed` on).
    """

    intercept: float
    slope: float
    lapse: Annotated[float, Field(ge=0, le=0.5)]
    lowest: float
    highest: float
    neurons: Annotated[int, Field(ge=1)]
    networks: Annotated[int, Field(ge=1)]
    families: tuple[str, ...]
    first_seed: int
    networks_per_cell: Annotated[int, Field(ge=1)]
    steps: int
    size: str
    version: str

    def probability(self, cost: float, unsettled: bool = False) -> float:
        """P(removable), 0 to 1; NaN if the cost is not finite."""
        if not math.isfinite(cost):
            return float("nan")
        s = min(max(squashed(cost), self.lowest), self.highest)
        p = float(chance(self.intercept + self.slope * s))
        return lapsed(p, self.lapse) if unsettled else p

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


def unsettled(removal: Removal) -> bool:
    """True if seeds differ by more than ε, the neuron's own or any sham of its layer."""
    return removal.jumped > 0 or not max(removal.each) - min(removal.each) <= EPSILON


def verdict(removal: Removal) -> str:
    """ "removable", "necessary", "horizon-dependent", or "undetermined" where noise decides.

    That is where the range of the cost, widened by `MARGIN`, lies on both sides of ε. A neuron that
    seeds did not make pure within the horizon is not called necessary: another way might.
    """
    sampled = removal.error > MARGIN
    said = verdict_of(removal.cost, removal.low, removal.high, sampled)
    if removal.unreached > len(removal.each) / 2 or (removal.unreached and said == DEAR):
        return BETWEEN
    return said


def verdict_of(cost: float, low: float, high: float, sampled: bool = False) -> str:
    """The verdict from a cost and its range; `sampled` — with a sampling error above ε/5."""
    if not math.isfinite(cost) or low - MARGIN <= EPSILON < high + MARGIN:
        return UNKNOWN
    if sampled and low <= NECESSARY < high:
        return UNKNOWN
    if cost <= EPSILON:
        return REMOVABLE
    return DEAR if low > NECESSARY else BETWEEN


def evidence(removal: Removal, horizon: str) -> str:
    """The measurement in words."""
    said = verdict(removal)
    if not math.isfinite(removal.cost) and removal.unreached:
        return (
            f"{removal.move}, then {horizon}: under {removal.unreached} of {len(removal.each)} "
            "retraining seeds it did not come to respond to one feature with the layer's count "
            "falling; longer retraining or another way may"
        )
    meaning = {
        REMOVABLE: "no cost",
        DEAR: "a clear cost",
        BETWEEN: "a cost that longer retraining may remove",
        UNKNOWN: "too uncertain to judge",
    }[said]
    moves = "the layer's count falls" if removal.count_falls >= 1 else "polysemanticity moves"
    noise = "" if removal.error == 0 else f", standard error {removal.error:.2g}"
    seeds = len(removal.each)
    away = f"; {removal.jumped:.0%} of the shams ended in another optimum" if removal.jumped else ""
    return (
        f"{removal.move}, then {horizon}: {removal.cost:.3g} of a feature's worth above the sham "
        f"({removal.low:.3g} to {removal.high:.3g} over {seeds} retraining seeds{noise}): "
        f"{meaning}; {moves}{away}"
    )
