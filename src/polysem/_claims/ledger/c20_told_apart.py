"""Can incidental and necessary polysemanticity be told apart by the statistics of a network?"""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import SHOWN, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, auroc, unknown
from polysem._claims.experiment import Experiment
from polysem._claims.panel import Panel, points

PAIRS = {"far": (0.5, 2.0), "near": (0.75, 1.25)}  # m/n: necessary, incidental
STATISTICS = {
    "sign structure": lambda f: f["same_sign"] / f["polysemantic"].clip(lower=1),
    "occupancy": lambda f: f["polysemantic"] / f["expected_balls"],
    "slack": lambda f: -(f["m"] - f["monosemantic"] - f["polysemantic"]) / f["m"],
}


def grid(n: list[int], seeds: int) -> dict:
    """Widths on both sides of m = n."""
    axes = {"n": n, "m": ["n//2", "3*n//4", "5*n//4", "2*n"], "l1": ["0.5/sqrt(m)"]}
    return {"base": {"flow.accuracy": "fast"}, "axes": axes, "seeds": seeds}


def statistic(tables: Tables, name: str, ratio: float):
    """A statistic of networks at one m/n that have polysemantic neurons."""
    f = tables["networks"]
    f = f[(f["m"] == f["n"] * ratio) & (f["polysemantic"] > 0)]
    return STATISTICS[name](f).to_numpy(float)


def told_apart(name: str, pair: str):
    """P(a network where it is necessary ranks above one where it is incidental)."""

    def effect(tables: Tables, confidence: float) -> Effect:
        necessary, incidental = (statistic(tables, name, ratio) for ratio in PAIRS[pair])
        if not (necessary.size and incidental.size):
            return unknown(0, "seeds per side")
        return auroc(necessary, incidental, confidence)

    return effect


def groups(tables: Tables) -> list:
    """All statistics, far and near."""
    return [
        ({"statistic": name, "pair": f"m/n = {PAIRS[pair][0]} against {PAIRS[pair][1]}"},
         told_apart(name, pair)(tables, SHOWN))
        for pair in PAIRS
        for name in STATISTICS
    ]  # fmt: skip


def panel(tables: Tables) -> Panel:
    """Areas by statistic."""
    series = tuple(
        points(
            f"{words} m = n",
            list(STATISTICS),
            [told_apart(s, pair)(tables, SHOWN) for s in STATISTICS],
        )
        for pair, words in (("far", "far from"), ("near", "near"))
    )
    return Panel(
        "Can necessary and incidental be told apart?", "statistic of a network",
        "area under the ROC curve (0.5: chance)", series,
        "1: perfectly told apart, 0.5: not at all. Far: m = n/2 against 2n; near: 3n/4 against "
        "5n/4. 95 % bootstrap intervals over seeds.",
        "Areas for sign structure, occupancy and slack, far from and near m = n.", share=True,
        claimed=(0.75, 1.0),
    )  # fmt: skip


CLAIM = Claim(
    number=20,
    name="told-apart",
    statement=(
        "Incidental and necessary polysemanticity can be told apart by a network's statistics."
    ),
    source="Asked of this ledger; sign structure, occupancy against the random null, slack",
    reading=(
        "Among networks with polysemantic neurons, sign structure (share of same-sign ones), "
        "occupancy (count over signed balls in bins) and slack (share of unused neurons) each "
        "rank networks that had to be polysemantic against those that need not be with an area "
        "under the ROC curve of at least 0.75, far from m = n. Beside: so do occupancy and "
        "slack near m = n."
    ),
    experiments={"networks": Experiment(grid([32], 40), grid([64, 128], 200))},
    criteria=(
        *(
            Criterion(f"area, {name}, far", 0.75, math.inf, told_apart(name, "far"))
            for name in STATISTICS
        ),
        *(
            Criterion(f"area, {name}, near", 0.75, math.inf, told_apart(name, "near"), False)
            for name in ("occupancy", "slack")
        ),
    ),
    panel=panel,
    numbers=lambda tables: table(groups(tables), "area"),
)
