"""How fast the ℓ1 norm and the number of nonzero weights fall."""

from __future__ import annotations

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, mean
from polysem._claims.experiment import ANYWHEN, Experiment
from polysem._claims.panel import Panel, curve, points
from polysem._claims.views import trajectories

WINDOW = (0.05, 0.2)  # of λt: long after 1/√m, long before one weight is left
ALONE, TOGETHER = 1, 64
EVERY = 4  # of the times recorded, those that are drawn


def grid(n: list[int], m: int, l1: float, seeds: int) -> dict:
    """One feature without interference, and many, recorded over time."""
    base = {
        "m": m, "l1": l1, "flow.t_max": 2 * WINDOW[1] / l1, "flow.accuracy": "fast",
        "record.what": ["l1_norm", "m_prime"], "record.per_decade": 24, "record.first": 1.0,
    }  # fmt: skip
    return {"base": base, "axes": {"n": n}, "seeds": f"round(max({seeds}, 32/n))"}


def per_seed(tables: Tables, n: int, of) -> np.ndarray:
    """`of`(1/√m + λt, frame of one seed) within the window, for every seed with n features."""
    f = where(tables["course"], n=n)
    found = []
    for _, one in f.groupby("seed"):
        lt = (one["l1"] * one["t"]).to_numpy()
        inside = (lt >= WINDOW[0]) & (lt <= WINDOW[1])
        if inside.sum() >= 3:
            found.append(of(one["m"].iloc[0] ** -0.5 + lt[inside], one[inside]))
    return np.array(found)


def exponent(column: str, n: int):
    """Slope of log column against log(1/√m + λt) within the window, per seed."""

    def effect(tables: Tables, confidence: float) -> Effect:
        def slope(x, one):
            return np.polyfit(np.log(x), np.log(one[column]), 1)[0]

        return mean(per_seed(tables, n, slope), confidence)

    return effect


def constant(column: str, power: int, n: int):
    """column·(1/√m + λt)^power, geometric mean over the window, per seed."""

    def effect(tables: Tables, confidence: float) -> Effect:
        def value(x, one):
            return float(np.exp(np.mean(np.log(one[column]) + power * np.log(x))))

        return mean(per_seed(tables, n, value), confidence)

    return effect


def numbers(tables: Tables):
    """Exponents and constants for both."""
    found = []
    for n in (ALONE, TOGETHER):
        for name, column, power in (("‖W‖₁", "l1_norm", 1), ("m'", "m_prime", 2)):
            place = {"features": n, "quantity": name}
            found.append(({**place, "what": "exponent"}, exponent(column, n)(tables, SHOWN)))
            what = f"times (1/√m + λt)^{power}"
            found.append(({**place, "what": what}, constant(column, power, n)(tables, SHOWN)))
    return table(found, "measured")


def panel(tables: Tables) -> Panel:
    """‖W‖₁ against λt, mean over seeds, with the textbook law."""
    series = []
    for n, words in ((ALONE, "one feature alone"), (TOGETHER, f"{TOGETHER} that interfere")):
        f = where(tables["course"], n=n)
        f = f[f["t"] > 0]
        f = f.assign(lt=f["l1"] * f["t"], step=np.round(24 * np.log10(f["t"])))
        groups = [g for _, g in f[f["step"] % EVERY == 0].groupby("step")]
        effects = [mean(g["l1_norm"], SHOWN) for g in groups]
        series.append(points(words, [g["lt"].mean() for g in groups], effects, line=True))
    x, m = np.geomspace(1e-3, 0.4, 40), tables["course"]["m"].iloc[0]
    series.append(curve("the paper's law 1/(1/√m + λt)", x, 1 / (m**-0.5 + x)))
    return Panel(
        "How fast does the ℓ1 norm of an encoding fall?", "λ times flow time, λt",
        "mean ‖W_i‖₁ of an encoding", tuple(series),
        f"Means over seeds with 95 % intervals, at a few of the times recorded; m = {m:,}.",
        "ℓ1 norms against λt, alone and interfering, beside the paper's law.",
        x_log=True, y_log=True,
    )  # fmt: skip


CLAIM = Claim(
    number=6,
    name="speed",
    statement="‖W_i‖₁ falls like 1/(λt) and the number of nonzero weights m' like 1/(λt)².",
    source=f"{PAPER}, Section 3",
    reading=(
        f"For λt between {WINDOW[0]} and {WINDOW[1]} the fitted exponents of 1/√m + λt are −1 "
        f"within 0.1 for ‖W‖₁ and −2 within 0.2 for m', for one feature alone and for {TOGETHER} "
        "that interfere. Beside: the constants in front are 1 within 10 %, as the textbook law "
        "‖W‖₁ = 1/(1/√m + λt), m' = ‖W‖₁² has it."
    ),
    experiments={
        "course": Experiment(
            grid([ALONE, TOGETHER], 4096, 2e-3, 12), grid([ALONE, TOGETHER], 65536, 5e-4, 64),
            accept=ANYWHEN, view=trajectories,
        )
    },
    criteria=(
        Criterion("exponent of ‖W‖₁, alone", -1.1, -0.9, exponent("l1_norm", ALONE)),
        Criterion("exponent of m', alone", -2.2, -1.8, exponent("m_prime", ALONE)),
        Criterion("exponent of ‖W‖₁, interfering", -1.1, -0.9, exponent("l1_norm", TOGETHER)),
        Criterion("exponent of m', interfering", -2.2, -1.8, exponent("m_prime", TOGETHER)),
        Criterion("(1/√m + λt)‖W‖₁, alone", 0.9, 1.1, constant("l1_norm", 1, ALONE), False),
        Criterion("(1/√m + λt)²m', alone", 0.9, 1.1, constant("m_prime", 2, ALONE), False),
    ),
    panel=panel,
    numbers=numbers,
)  # fmt: skip
