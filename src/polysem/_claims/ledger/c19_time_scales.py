"""Which comes first for a colliding pair: sparse codes, or separation by interference?"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, by_network, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, share_by_seed
from polysem._claims.experiment import ANYWHEN, Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import with_weights

SPARSE = 2.0  # effective neurons (‖w‖₁/‖w‖)², at most, of both features
TOGETHER = 0.5  # of its row's largest |weight| that the neuron keeps, at least, for both


def grid(n: int, m: list[int], c: list[float], stops: int, seeds: int) -> dict:
    """The same starts followed to `stops` times; each is a run of its own."""
    axes = {
        "m": m, "l1": [f"{x}/sqrt(m)" for x in c],
        "flow.t_max": {"geometric": [0.3, "8/l1", stops]},
    }  # fmt: skip
    return {"base": {"n": n, "flow.accuracy": "fast"}, "axes": axes, "seeds": seeds}


def races(sweep, frame):
    """One row per collision: λ times the first stop at which both codes are sparse, and at which
    the pair no longer shares its neuron (infinite if never)."""
    import pandas as pd

    courses = defaultdict(list)
    for row, start, end in with_weights(sweep, frame):
        courses[row.n, row.m, row.l1, row.seed].append((row.flow_t_max, start, end))
    found = []
    for (n, m, l1, seed), states in courses.items():
        states.sort(key=lambda state: state[0])
        place = {"n": n, "m": m, "l1": l1, "seed": seed, "c": round(l1 * m**0.5, 3)}
        found += [{**place, **pair} for pair in _race(states)]
    return pd.DataFrame(found)


def _race(states: list) -> list[dict]:
    """The collisions of one network over its states (t, start, end)."""
    from polysem._census.collisions import colliding_pairs

    start = states[0][1]
    first = np.abs(start).argmax(1)
    one, other = colliding_pairs(first)
    times = np.array([t for t, _, _ in states])
    sparse, together = [], []
    for _, _, end in states:
        size = np.abs(end).astype(float)
        effective = size.sum(1) ** 2 / (size**2).sum(1).clip(1e-30)
        kept = size[np.arange(len(size)), first] >= TOGETHER * size.max(1)
        sparse.append((effective[one] <= SPARSE) & (effective[other] <= SPARSE))
        together.append(kept[one] & kept[other])
    same = start[one, first[one]] * start[other, first[other]] > 0
    when = _first(np.array(sparse), times), _first(~np.array(together), times)
    return [
        {"sign": "same" if s else "opposite", "sparse": a, "apart": b}
        for s, a, b in zip(same, *when, strict=True)
    ]


def _first(happened: np.ndarray, times: np.ndarray) -> np.ndarray:
    """First time at which it happened, for each column; infinite if never."""
    at = happened.argmax(0) if len(happened) else np.empty(0, int)
    return np.where(happened.any(0), times[at], math.inf)


def sparse_first(frame, confidence: float) -> Effect:
    """Share of collisions whose codes are sparse while the pair is still together."""
    first = frame["sparse"] < frame["apart"]
    return share_by_seed(*by_network(frame, first, ("m", "seed")), confidence)


def of(sign: str):
    """The share for one sign, all sizes."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables["races"]
        return sparse_first(f if f.empty else where(f, sign=sign), confidence)

    return effect


def groups(tables: Tables) -> list:
    """Shares by sign, m and λ√m."""
    return by(tables["races"], ["sign", "m", "c"], lambda f: sparse_first(f, SHOWN))


def numbers(tables: Tables):
    """Shares, and median times in units of 1/λ and of flow time."""
    found = table(groups(tables), "sparse before apart")
    f = tables["races"]
    medians = f.groupby(["sign", "m", "c"])[["sparse", "apart"]].median().reset_index()
    medians.columns = ["sign", "m", "c", "median t sparse", "median t apart"]
    merged = found.merge(medians, on=["sign", "m", "c"])
    return merged.replace({math.inf: math.nan}).rename(columns={"c": "λ√m"})


def panel(tables: Tables) -> Panel:
    """Share against λ√m, by sign and m."""
    found, series = groups(tables), []
    for sign, m in dict.fromkeys((p["sign"], p["m"]) for p, _ in found):
        part = [(p, e) for p, e in found if (p["sign"], p["m"]) == (sign, m)]
        name = f"{'malign' if sign == 'same' else 'benign'}, m = {m}"
        series.append(points(name, [p["c"] for p, _ in part], [e for _, e in part], line=True))
    return Panel(
        "Are codes sparse before a colliding pair comes apart?", "strength of the penalty, λ√m",
        "share of collisions for which they are", tuple(series),
        "Share of first-choice collisions for which both codes have at most two effective neurons "
        "while both features still hold the neuron. 95 % intervals over networks.",
        "Shares by λ√m, apart for malign and benign collisions.", x_log=True, share=True,
        claimed=(0.5, 1.0),
    )  # fmt: skip


CLAIM = Claim(
    number=19,
    name="time-scales",
    statement=(
        "The penalty makes codes sparse before interference can separate a colliding "
        "pair."
    ),
    source=f"{PAPER}, Section 3 (the core assumption)",
    reading=(
        "For at least half of the malign collisions, over all λ and m tried, both codes are "
        f"down to {SPARSE:g} effective neurons while both features still hold the neuron (at "
        f"least {TOGETHER:g} of their largest weight). Beside: the same for benign collisions, "
        "which do not interfere."
    ),
    experiments={
        "races": Experiment(
            grid(24, [24, 96], [0.3, 1.5], 10, 12),
            grid(64, [64, 256, 1024], [0.1, 0.5, 2.0], 30, 64),
            accept=ANYWHEN, view=races, weights=True,
        )
    },
    criteria=(
        Criterion("malign: sparse before apart", 0.5, math.inf, of("same")),
        Criterion("benign: sparse before apart", 0.5, math.inf, of("opposite"), False),
    ),
    panel=panel,
    numbers=numbers,
)  # fmt: skip
