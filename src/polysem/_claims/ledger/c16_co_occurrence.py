"""Features that co-occur: does incidental polysemanticity vanish, and who shares then?

First 64 networks of a kind and a step of 0.01 at quick size left two numbers open: the share left
where pairs are common, and the halving chance at the strongest λ. The step is 0.02 now (40 networks
each at three settings had the same counts). At the strongest λ the halving chance is so near 0.1
that 640 networks left it open (0.092, interval 0.080 to 0.105), so quick size takes 280 and does
not decide it; full size takes 2,400.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import (
    Effect,
    count_per,
    count_quotient,
    resampled,
    share_by_seed,
    unknown,
)
from polysem._claims.experiment import SETTLED, Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import per_seed

COMMON = 0.4  # chance that an input is a pair, not one feature
QUICK = [0.01, 0.03, 0.1, COMMON]
FULL = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, COMMON]


def pairs_grid(n: int, m: int, l1: list[float], chances: list[float], seeds: str) -> dict:
    """One feature at a time, and any two at once with rising chance; all pairs enumerated."""
    laws = [{"kind": "one_hot"}]
    laws += [{"kind": "k_hot", "k": 2, "probability": chance} for chance in chances]
    base = {"n": n, "m": m, "flow.dt": 0.02}
    return {"base": base, "axes": {"l1": l1, "data": laws}, "seeds": seeds}


def who_grid(n: int, m: int, l1: float, seeds: int) -> dict:
    """Partners that are often on together; pairs that never are while all others are."""
    laws = [
        {"kind": "partners", "probability": COMMON},
        {"kind": "exclusive", "size": 2, "probability": COMMON},
    ]
    base = {"n": n, "m": m, "l1": l1, "flow.dt": 0.02}
    return {"base": base, "axes": {"data": laws}, "seeds": seeds}


def sharing(row, start: np.ndarray, end: np.ndarray) -> dict[str, int]:
    """Pairs of features on one neuron (|w| > half a row norm), and how many are 0–1, 2–3, …"""
    strong = np.abs(end) > 0.5 * np.linalg.norm(end, axis=1, keepdims=True)
    i, j = np.nonzero(np.triu(strong.astype(int) @ strong.T, 1))
    return {"pairs": len(i), "mates": int((i // 2 == j // 2).sum())}


def counts_of(frame):
    """Chances tried, one-hot (0) first, and counts (seeds, chances) of seeds there for all."""
    chance = frame["data_probability"].where(frame["data_kind"] == "k_hot", 0.0)
    wide = frame.assign(chance=chance).pivot_table(
        index="seed", columns="chance", values="polysemantic"
    )
    return wide.columns.to_numpy(float), wide.dropna().to_numpy()


def half_chance(chances: np.ndarray, counts: np.ndarray) -> float:
    """Chance of a pair at which the mean count is half that of one-hot data; NaN outside the range
    tried. Straight between neighbours, on a log scale of the chance."""
    falling = np.minimum.accumulate(counts.mean(0))
    half, falling = falling[0] / 2, falling[1:]
    if not falling[-1] < half < falling[0]:
        return math.nan
    return float(np.exp(np.interp(-half, -falling, np.log(chances[1:]))))


def halving(frame, confidence: float) -> Effect:
    """The chance that halves the count at one λ."""
    chances, counts = counts_of(frame)
    return resampled(counts, partial(half_chance, chances), confidence)


def at_every_l1(which: str):
    """The halving chance at the strongest or weakest λ tried."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables["pairs"]
        end = f["l1"].max() if which == "strongest" else f["l1"].min()
        return halving(where(f, l1=end), confidence)

    return effect


def law_in_lambda(tables: Tables, confidence: float) -> Effect:
    """Exponent of λ in the halving chance: slope on logarithms; bootstrap over seeds."""
    found = [counts_of(f) for _, f in tables["pairs"].groupby("l1")]
    x = np.log(sorted(tables["pairs"]["l1"].unique()))
    if len(x) < 2 or len({len(chances) for chances, _ in found}) > 1:
        return unknown(0, "seeds")
    count = min(len(counts) for _, counts in found)
    stacked = np.stack([counts[:count] for _, counts in found], axis=1)
    chances = found[0][0]

    def slope(sample: np.ndarray) -> float:
        halves = np.array([half_chance(chances, sample[:, i]) for i in range(len(x))])
        return float(np.polyfit(x, np.log(halves), 1)[0]) if np.isfinite(halves).all() else math.nan

    return resampled(stacked, slope, confidence)


def left_over(tables: Tables, confidence: float) -> Effect:
    """Count where pairs are common over the count of one-hot data, all λ together; most networks
    are those of the strongest λ, where most is left."""
    f = tables["pairs"]
    common = f[(f["data_kind"] == "k_hot") & (f["data_probability"] == COMMON)]
    return count_quotient(
        common["polysemantic"], where(f, data_kind="one_hot")["polysemantic"], confidence
    )


def mates(kind: str):
    """Share of sharing pairs that are 0–1, 2–3, …: partners, or members of an exclusive pair."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = where(tables["who"], data_kind=kind)
        return share_by_seed(f["mates"], f["pairs"], confidence)

    return effect


def numbers(tables: Tables):
    """Counts by λ and chance, halving chances, and who shares."""
    found = []
    for l1, f in tables["pairs"].groupby("l1"):
        f = f.assign(chance=f["data_probability"].where(f["data_kind"] == "k_hot", 0.0))
        for place, e in by(f, ["chance"], lambda g: count_per(g["polysemantic"], 1.0, SHOWN)):
            what = f"count, pairs with chance {place['chance']:g}"
            found.append(({"quantity": what, "λ": l1}, e))
        found.append(({"quantity": "halving chance", "λ": l1}, halving(f, SHOWN)))
    for kind, words in (("partners", "partners among sharing pairs"),
                        ("exclusive", "exclusive among sharing pairs")):  # fmt: skip
        l1 = tables["who"]["l1"].iloc[0]
        found.append(({"quantity": words, "λ": l1}, mates(kind)(tables, SHOWN)))
    return table(found, "measured")


def panel(tables: Tables) -> Panel:
    """Count over that of one-hot data against the chance of a pair, by λ."""
    series = []
    for l1, f in tables["pairs"].groupby("l1"):
        alone = where(f, data_kind="one_hot")["polysemantic"]
        found = by(
            where(f, data_kind="k_hot"),
            ["data_probability"],
            lambda g, a=alone: count_quotient(g["polysemantic"], a, SHOWN),
        )
        x = [p["data_probability"] for p, _ in found]
        series.append(points(f"λ = {l1:g}", x, [e for _, e in found], line=True))
    return Panel(
        "Does polysemanticity vanish when features co-occur?", "chance that an input is a pair",
        "count ÷ that with one feature at a time", tuple(series),
        "Every pair equally likely, all enumerated (none is free by accident of sampling). 95 % "
        "intervals.",
        "Counts against the chance of a pair, one line per λ.", x_log=True,
    )  # fmt: skip


CLAIM = Claim(
    number=16,
    name="co-occurrence",
    statement=(
        "Incidental polysemanticity vanishes when features co-occur; features that never do are "
        "the ones that share neurons."
    ),
    source=f"Asked for by the authors ({PAPER}, discussion)",
    reading=(
        f"Where an input is a random pair with chance {COMMON:g} (all pairs enumerated) the count "
        "is at most a tenth of that with one-hot data. Where all pairs but the exclusive ones "
        "co-occur, at least half of the pairs that share a neuron are exclusive (1 in 7 by "
        "chance); where only fixed partners co-occur, at most 5 % are partners (1 in 7 by "
        "chance). Beside: the count has halved before one input in ten is a pair, at the weakest "
        "and the strongest λ; and the halving chance grows like λ to a power between 0.5 and 1.5."
    ),
    experiments={
        "pairs": Experiment(
            pairs_grid(8, 12, [0.05, 0.2], QUICK, "round(4000*l1/3 + 40/3)"),  # 80, 280
            pairs_grid(8, 12, [0.02, 0.05, 0.1, 0.2], FULL, "round(max(400, 12000*l1))"),
            accept=SETTLED,
        ),
        "who": Experiment(
            who_grid(8, 8, 0.1, 160), who_grid(8, 8, 0.05, 1000), accept=SETTLED,
            view=per_seed(sharing), weights=True,
        ),
    },
    criteria=(
        Criterion("count where pairs are common, over one-hot", -math.inf, 0.1, left_over),
        Criterion("exclusive pairs among those that share", 0.5, math.inf, mates("exclusive")),
        Criterion("partners among those that share", -math.inf, 0.05, mates("partners")),
        Criterion("halving chance, weakest λ", -math.inf, 0.1, at_every_l1("weakest"), False),
        Criterion("halving chance, strongest λ", -math.inf, 0.1, at_every_l1("strongest"), False),
        Criterion("exponent of λ in the halving chance", 0.5, 1.5, law_in_lambda, False),
    ),
    panel=panel,
    numbers=numbers,
)  # fmt: skip
