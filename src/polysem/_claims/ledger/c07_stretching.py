"""Do the gaps between weights stretch uniformly, and does their relative variance stay?"""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, counted, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, mean, mean_share
from polysem._claims.experiment import ANYWHEN, Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import per_seed

ALONE, TOGETHER = 1, 32
STOPS = (0.02, 0.05, 0.1)  # λt
CONSTANT = 0.8, 1.2  # a relative variance over its initial value
INTERVALS = {"unexplained": mean_share, "variance_ratio": mean}
FEWEST = 20  # survivors of a row, below which a straight line fits anything


def grid(n: list[int], m: int, l1: float, seeds: int) -> dict:
    """Runs stopped early, so that start and end can be laid side by side."""
    axes = {"n": n, "flow.t_max": [stop / l1 for stop in STOPS]}
    return {"base": {"m": m, "l1": l1}, "axes": axes, "seeds": f"round(max({seeds}, 40/n))"}


def stretching(row, start: np.ndarray, end: np.ndarray) -> dict[str, float]:
    """Of survivors: share of the variance of |end| that |start| does not explain linearly, and
    relative variance at the end over that at the start. Means over features."""
    bent, spread = [], []
    for before, after in zip(np.abs(start), np.abs(end), strict=True):
        alive = after > 0
        if alive.sum() >= FEWEST:
            bent.append(1 - np.corrcoef(before[alive], after[alive])[0, 1] ** 2)
            spread.append(relative_variance(after[alive]) / relative_variance(before))
    nothing = math.nan
    return {
        "lt": round(float(row.l1 * row.flow_t_max), 6),
        "unexplained": float(np.mean(bent)) if bent else nothing,
        "variance_ratio": float(np.mean(spread)) if spread else nothing,
    }


def relative_variance(values: np.ndarray) -> float:
    """Var/mean²."""
    return float(values.var() / values.mean() ** 2)


def at(column: str, n: int, stop: float):
    """Mean of a column over seeds at one time."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables["stopped"]
        return INTERVALS[column](f[(f["n"] == n) & (f["lt"] == stop)][column], confidence)

    return effect


def groups(tables: Tables, column: str) -> list:
    """Means by n and time."""
    return by(tables["stopped"], ["n", "lt"], lambda f: INTERVALS[column](f[column], SHOWN))


def panel(tables: Tables) -> Panel:
    """Relative variance over its initial value against λt."""
    found = groups(tables, "variance_ratio")
    series = tuple(
        points(
            counted(n),
            [p["lt"] for p, _ in found if p["n"] == n],
            [e for p, e in found if p["n"] == n],
            line=True,
        )
        for n in (ALONE, TOGETHER)
    )
    return Panel(
        "Does the relative variance of the weights stay constant?", "λ times flow time, λt",
        "Var/mean² of |weights| ÷ at the start", series,
        "Var/mean² of the nonzero |weights| over that of all at the start. Means over seeds with "
        "95 % intervals.",
        "Relative variance against λt, alone and interfering.", claimed=CONSTANT,
    )  # fmt: skip


CLAIM = Claim(
    number=7,
    name="stretching",
    statement=(
        "Gaps between the weights of a feature stretch uniformly, and their relative variance "
        "stays constant."
    ),
    source=f"{PAPER}, Section 3",
    reading=(
        "At λt = 0.05, |end| of the surviving weights is a straight function of |start| up to 1 "
        f"% of its variance, for one feature alone and for {TOGETHER} that interfere; relative "
        "variance at λt = 0.1 is within 20 % of its initial value, for both."
    ),
    experiments={
        "stopped": Experiment(
            grid([ALONE, TOGETHER], 4096, 4e-3, 10), grid([ALONE, TOGETHER], 16384, 2e-3, 64),
            accept=ANYWHEN, view=per_seed(stretching), weights=True,
        )
    },
    criteria=(
        Criterion("unexplained share, alone", -math.inf, 0.01, at("unexplained", ALONE, 0.05)),
        Criterion(
            "unexplained share, interfering", -math.inf, 0.01, at("unexplained", TOGETHER, 0.05)
        ),
        Criterion("relative variance, alone", *CONSTANT, at("variance_ratio", ALONE, 0.1)),
        Criterion("relative variance, interfering", *CONSTANT, at("variance_ratio", TOGETHER, 0.1)),
    ),
    panel=panel,
    numbers=lambda tables: table(
        [({"quantity": c, **p}, e) for c in ("unexplained", "variance_ratio")
         for p, e in groups(tables, c)],
        "measured",
    ),
)  # fmt: skip
