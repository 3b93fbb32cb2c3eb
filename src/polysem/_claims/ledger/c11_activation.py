"""Other output activations: do benign collisions still last? And how much leak halves them?

GELU keeps more than half of them (n = m = 12: 0.74, 0.61 and 0.61 of ReLU's count at λ = 0.1, 0.03
and 0.01; 16 seeds), all converged; gradient descent by autograd in float64 gives 0.74, 0.59, 0.61.

Sigmoid and softplus reward negative overlaps. At λ = 0.1 both come to rest dense (half of all
weights nonzero; sigmoid after t = 200, its norms at 5), whatever the step: first a step of 0.05 up
to t = 200 was tried, which sigmoid did not end and with which squared ReLU sometimes diverged.
Sigmoid is sparse in a narrow range of λ below death (0.4; at 0.5 all features are dead) and is
compared there; softplus has 1.2 to 2.5 weights per feature at 0.4 and is dead at 0.7.
"""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, count_per, count_quotient, resampled, unknown
from polysem._claims.experiment import ANYWHEN, SETTLED, Experiment
from polysem._claims.panel import Panel, points

OTHERS: dict[str, dict] = {
    "leaky": {"leak": 0.5},
    "identity": {},
    "abs": {},
    "tanh": {},
    "gelu": {},
    "silu": {},
    "squared_relu": {},
}
STRONG = {"sigmoid": {}, "softplus": {}}  # dense at the λ of the others
JUDGED = [*OTHERS, "sigmoid"]
A_QUARTER = 0.25  # of the count under ReLU, at most
LEAKS = [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5]


def kinds_grid(kinds: dict[str, dict], n: int, l1: float, t_max: float, seeds: int) -> dict:
    """ReLU and other activations at one size; curved ones are solved by small fixed steps."""
    laws = [{"kind": "relu"}, *({"kind": kind, **said} for kind, said in kinds.items())]
    base = {"n": n, "m": n, "l1": l1, "flow.dt": 0.02, "flow.t_max": t_max}
    return {"base": base, "axes": {"activation": laws}, "seeds": seeds}


def leak_grid(n: int, l1: list[float], seeds: int) -> dict:
    """Leak slopes through the halving, for several λ."""
    laws = [{"kind": "leaky", "leak": leak} for leak in LEAKS]
    axes = {"l1": l1, "activation": laws}
    return {"base": {"n": n, "m": n, "flow.t_max": 600.0}, "axes": axes, "seeds": seeds}


def over_relu(kind: str):
    """Opposite-sign polysemantic neurons over those under ReLU."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables["strong λ" if kind in STRONG else "kinds"]
        one, relu = (where(f, activation_kind=k)["opposite_sign"] for k in (kind, "relu"))
        return count_quotient(one, relu, confidence)

    return effect


def matrix(frame) -> np.ndarray:
    """(seeds, leaks): opposite-sign neurons of seeds that are there for every leak."""
    wide = frame.pivot_table(index="seed", columns="activation_leak", values="opposite_sign")
    return wide.dropna().to_numpy() if wide.shape[1] == len(LEAKS) else np.empty((0, len(LEAKS)))


def half_leak(counts: np.ndarray) -> float:
    """Leak at which the mean count is half of that without leak: counts (seeds, leaks)."""
    falling = np.minimum.accumulate(counts.mean(0))
    if falling[0] == 0 or falling[-1] > falling[0] / 2:
        return math.nan
    return float(np.interp(-falling[0] / 2, -falling, LEAKS))


def halving(frame, confidence: float) -> Effect:
    """The leak that halves the count at one λ."""
    return resampled(matrix(frame), half_leak, confidence)


def law_in_lambda(tables: Tables, confidence: float) -> Effect:
    """Exponent of λ in the halving leak: slope on logarithms; bootstrap over seeds."""
    groups = [(l1, matrix(f)) for l1, f in tables["leaks"].groupby("l1")]
    if len(groups) < 2:
        return unknown(0, "seeds")
    count = min(len(counts) for _, counts in groups)
    stacked = np.stack([counts[:count] for _, counts in groups], axis=1)
    x = np.log([float(l1) for l1, _ in groups])

    def slope(sample: np.ndarray) -> float:
        halves = np.array([half_leak(sample[:, i]) for i in range(len(x))])
        return float(np.polyfit(x, np.log(halves), 1)[0]) if np.isfinite(halves).all() else math.nan

    return resampled(stacked, slope, confidence)


def numbers(tables: Tables):
    """Count by activation, then the halving leak by λ."""
    found = by(
        tables["kinds"], ["activation_kind"], lambda f: count_per(f["opposite_sign"], 1.0, SHOWN)
    )
    rows = [({"quantity": "count", "of": p["activation_kind"]}, e) for p, e in found]
    found = by(
        tables["strong λ"], ["l1", "activation_kind"],
        lambda f: count_per(f["opposite_sign"], 1.0, SHOWN),
    )  # fmt: skip
    rows += [
        ({"quantity": f"count at λ = {p['l1']:g}", "of": p["activation_kind"]}, e) for p, e in found
    ]
    for l1, f in tables["leaks"].groupby("l1"):
        rows.append(({"quantity": "halving leak", "of": f"λ = {l1:g}"}, halving(f, SHOWN)))
    return table(rows, "measured")


def panel(tables: Tables) -> Panel:
    """Count over that of ReLU, by activation."""
    effects = [over_relu(kind)(tables, SHOWN) for kind in JUDGED]
    names = [kind.replace("_", " ") for kind in JUDGED]
    return Panel(
        "Which output activations keep benign collisions?", "output activation",
        "opposite-sign neurons ÷ under ReLU", (points("end states", names, effects),),
        "Opposite-sign polysemantic neurons over those under ReLU, same sizes, same λ (leaky: "
        "slope 0.5). 95 % intervals. Missing: those of which too few networks came to rest.",
        "Counts over ReLU's for eight activations.", claimed=(0.0, A_QUARTER),
    )  # fmt: skip


def leak_panel(tables: Tables) -> Panel:
    """Count against leak, one series per λ."""
    series = []
    for l1, f in tables["leaks"].groupby("l1"):
        found = by(f, ["activation_leak"], lambda g: count_per(g["opposite_sign"], 1.0, SHOWN))
        x = [p["activation_leak"] for p, _ in found]
        series.append(points(f"λ = {l1:g}", x, [e for _, e in found], line=True))
    return Panel(
        "How much leak ends benign collisions?", "leak: slope of the output below 0",
        "opposite-sign neurons per network", tuple(series),
        "Mean counts with exact 95 % intervals.",
        "Counts against the leak, one line per λ.",
    )  # fmt: skip


CLAIM = Claim(
    number=11,
    name="activation",
    statement="Benign collisions last under ReLU only; other output activations undo them.",
    source=f"{PAPER}, Section 2 (ReLU hides negative overlaps), asked for sigmoid and others",
    reading=(
        "With each other activation the number of opposite-sign polysemantic neurons is at most "
        "a quarter of that with ReLU at the same size and λ (sigmoid at λ = 0.4, where it is "
        "sparse; softplus rests with several weights per feature at any λ that does not kill, so "
        "that a count of neurons means nothing there: it is run, and excluded by rule). Beside: "
        "the leak slope at which it halves grows with λ like a power between 0.3 and 0.7."
    ),
    experiments={
        "kinds": Experiment(
            kinds_grid(OTHERS, 12, 0.1, 200.0, 24), kinds_grid(OTHERS, 16, 0.05, 400.0, 200),
            accept=SETTLED, sparse=True,
        ),
        "strong λ": Experiment(
            kinds_grid(STRONG, 12, 0.4, 1000.0, 32), kinds_grid(STRONG, 16, 0.4, 1000.0, 200),
            accept=SETTLED, sparse=True,
        ),
        "leaks": Experiment(
            leak_grid(12, [0.05, 0.2], 12), leak_grid(32, [0.01, 0.02, 0.05, 0.1, 0.2], 100),
            accept=ANYWHEN,
        ),
    },
    criteria=(
        *(
            Criterion(f"count over ReLU's, {kind}", -math.inf, A_QUARTER, over_relu(kind))
            for kind in JUDGED
        ),
        Criterion("exponent of λ in the halving leak", 0.3, 0.7, law_in_lambda, False),
    ),
    panel=panel,
    beside=(leak_panel,),
    numbers=numbers,
)  # fmt: skip
