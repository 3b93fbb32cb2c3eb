"""How the count scales with n and m, and against which theory in which regime."""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, count_per, unknown
from polysem._claims.experiment import Experiment
from polysem._claims.panel import Panel, curve, points
from polysem._errors import BadInput
from polysem._theory import fit_power_law, paper_count

REGIMES = {
    "m < n": lambda f: f["m"] < f["n"],
    "m = n": lambda f: f["m"] == f["n"],
    "m ≥ 2n": lambda f: (f["m"] >= 2 * f["n"]) & (f["m"] < f["n"] ** 2),
    "m = n²": lambda f: f["m"] == f["n"] ** 2,
}
THEORIES = {"n²/4m": "paper", "signed balls": "balls", "exclusion": "exclusion"}


def grid(n: list[int], m: list[str], c: float, seeds: str, most: int) -> dict:
    """Sizes from m < n to n², m up to `most`; λ√m = c everywhere."""
    return {
        "base": {"flow.accuracy": "fast"},
        "axes": {"n": n, "m": m, "l1": [f"{c}/sqrt(m)"]},
        "exclude": [f"m > {most}"],
        "seeds": seeds,
    }


def regime(tables: Tables, name: str):
    """Rows of one regime."""
    frame = tables["counts"]
    return frame[REGIMES[name](frame)]


def exponent(which: str):
    """Fitted exponent of n or m for m ≥ 2n (Poisson regression)."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = regime(tables, "m ≥ 2n")
        try:
            fit = fit_power_law(f["n"], f["m"], f["polysemantic"], confidence)
        except BadInput:
            return unknown(len(f), "seeds")
        found = fit.n_exponent if which == "n" else fit.m_exponent
        if not all(map(math.isfinite, found)):
            return unknown(len(f), "seeds")
        return Effect(*found, len(f), "seeds", "Poisson regression")

    return effect


def ratio(name: str, theory: str):
    """Measured over predicted count in one regime."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = regime(tables, name)
        return count_per(f["polysemantic"], f[f"expected_{THEORIES[theory]}"], confidence)

    return effect


def at_n_squared(tables: Tables, confidence: float) -> Effect:
    """Polysemantic neurons per network at m = n²."""
    return count_per(regime(tables, "m = n²")["polysemantic"], 1.0, confidence)


def numbers(tables: Tables):
    """Measured over predicted, for every regime and theory."""
    found = [
        ({"regime": name, "theory": theory}, ratio(name, theory)(tables, SHOWN))
        for name in REGIMES
        for theory in THEORIES
    ]
    return table(found, "measured ÷ predicted")


def panel(tables: Tables) -> Panel:
    """Counts over n² against m/n², in which the law is one line."""
    frame, series = tables["counts"], []
    for n, part in frame.groupby("n"):
        groups = list(part.groupby("m"))
        effects = [count_per(g["polysemantic"], 1.0, SHOWN) for _, g in groups]
        series.append(points(f"n = {n} features", [m / n**2 for m, _ in groups], effects))
    ratios = frame["m"] / frame["n"] ** 2
    x = np.geomspace(ratios.min(), ratios.max(), 40)
    series.append(curve("the paper's law n²/4m", x, paper_count(1, 1) / x))
    return Panel(
        "How many neurons become polysemantic?", "neurons over features squared, m/n²",
        "polysemantic neurons per network", tuple(series),
        "Mean counts of converged flows with exact 95 % intervals. The law depends on m/n² alone, "
        "so all sizes should lie on one line.",
        "Counts against m/n² for each number of features, beside the line n²/4m.",
        x_log=True, y_log=True,
    )  # fmt: skip


CLAIM = Claim(
    number=1,
    name="count-law",
    statement=(
        "The number of polysemantic neurons is proportional to n²/m, about n²/4m, and "
        "negligible once m ≥ n²."
    ),
    source=f"{PAPER}, Section 4",
    reading=(
        "Fitted exponents of n and m within 0.2 of 2 and −1 for 2n ≤ m < n²; measured over "
        "n²/4m within 10 % there; at m = n² at most 0.05 per network. The table has the same "
        "for two other theories and for m < n and m = n."
    ),
    experiments={
        "counts": Experiment(
            grid([16, 32, 64, 128], ["3*n//4", "n", "2*n", "8*n", "n**2"], 0.5,
                 "round(max(24, min(5120/n, 48*m/n)))", 5000),
            grid([32, 64, 128], ["n//2", "3*n//4", "n", "2*n", "4*n", "8*n", "16*n", "n**2"], 0.1,
                 "1000", 20000),
        )
    },
    criteria=(
        Criterion("exponent of n, 2n ≤ m < n²", 1.8, 2.2, exponent("n")),
        Criterion("exponent of m, 2n ≤ m < n²", -1.2, -0.8, exponent("m")),
        Criterion("count ÷ (n²/4m), 2n ≤ m < n²", 0.9, 1.1, ratio("m ≥ 2n", "n²/4m")),
        Criterion("count per network at m = n²", -math.inf, 0.05, at_n_squared),
    ),
    panel=panel,
    numbers=numbers,
)  # fmt: skip
