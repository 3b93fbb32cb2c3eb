"""λ too small and λ too large: when does sparsity never come, and when does everything die?"""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, by_network, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, mean_share, resampled, share, share_by_seed, unknown
from polysem._claims.experiment import ANYWHEN, TRAINED, Experiment
from polysem._claims.panel import Panel, curve, points
from polysem._theory import FATAL_PULL, death_probability, typical_death_threshold

LEARNING_RATE = 1e-3
ABOVE_ALL = 1.6  # > 8/(3√3) = 1.5396: fatal from any start


def small_grid(n: int, m: int, c: list[float], seeds: int) -> dict:
    """Weak penalties with the default time budget 200/λ."""
    axes = {"l1": [f"{x}/sqrt(m)" for x in c]}
    return {"base": {"n": n, "m": m, "flow.accuracy": "fast"}, "axes": axes, "seeds": seeds}


def large_grid(n: int, m: list[int], seeds: int) -> dict:
    """λ through the crossover from life to death at every m."""
    axes = {"m": m, "l1": {"linear": [0.1, ABOVE_ALL, 16]}}
    return {"base": {"n": n}, "axes": axes, "seeds": seeds}


def adamw_grid(n: int, m: int, ratios: list[float], seeds: int) -> dict:
    """The authors' recipe; λ as multiples of the learning rate."""
    axes = {"l1": [ratio * LEARNING_RATE for ratio in ratios]}
    base = {"verb": "train", "recipe": "lecomte2023", "n": n, "m": m}
    return {"base": base, "axes": axes, "seeds": seeds}


def sparse_share(experiment: str, weakest: bool):
    """Share of networks that are sparse at the end, at the weakest (or strongest) λ."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables[experiment]
        f = where(f, l1=f["l1"].min() if weakest else f["l1"].max())
        return share(f["converged"].astype(bool).sum(), len(f), confidence, "seeds")

    return effect


def all_dead(tables: Tables, confidence: float) -> Effect:
    """Share of networks without a living feature at λ = 1.6."""
    f = tables["large"]
    f = f[np.isclose(f["l1"], ABOVE_ALL)]
    return share((f["dead_features"] == f["n"]).sum(), len(f), confidence, "seeds")


def median_death(frame, confidence: float) -> Effect:
    """λ at which half of the features die, over theory's; interpolated, bootstrap over seeds."""
    if frame.empty:
        return unknown(0, "seeds")
    dead = frame.pivot_table(index="seed", columns="l1", values="dead_features").dropna()
    l1, n = dead.columns.to_numpy(float), float(frame["n"].iloc[0])
    theory = typical_death_threshold(int(frame["m"].iloc[0]))

    def ratio(rows: np.ndarray) -> float:
        curve = np.maximum.accumulate(rows.mean(0) / n)
        return float(np.interp(0.5, curve, l1)) / theory

    return resampled(dead.to_numpy(), ratio, confidence)


def at_width(m_rank: int):
    """Median death λ over theory's at the smallest (0) or largest (−1) m."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables["large"]
        return median_death(where(f, m=sorted(f["m"].unique())[m_rank]), confidence)

    return effect


def width_of_crossover(tables: Tables, confidence: float) -> Effect:
    """Of networks at λ between half and twice the median death λ, the share with dead and living
    features side by side (no cliff)."""
    f = tables["large"]
    near = f[(f["dead_features"] > 0) & (f["l1"] < FATAL_PULL)]
    partly = near["dead_features"] < near["n"]
    return share_by_seed(*by_network(near, partly, ("m", "seed")), confidence)


def numbers(tables: Tables):
    """Median death λ by m, and sparse shares by λ."""
    found = []
    for m, f in tables["large"].groupby("m"):
        found.append(({"what": "median death λ ÷ theory", "m": m}, median_death(f, SHOWN)))
    for name in ("small", "AdamW"):
        groups = by(
            tables[name], ["m", "l1"],
            lambda f: share(f["converged"].astype(bool).sum(), len(f), SHOWN, "seeds"),
        )  # fmt: skip
        found += [({"what": f"share sparse, {name}", **p}, e) for p, e in groups]
    return table(found, "measured")


def panel(tables: Tables) -> Panel:
    """Death curves with theory."""
    series = []
    for m, f in tables["large"].groupby("m"):
        found = by(f, ["l1"], lambda g: mean_share(g["dead_features"] / g["n"], SHOWN))
        series.append(points(f"m = {m}", [p["l1"] for p, _ in found], [e for _, e in found]))
        x = np.linspace(0.1, ABOVE_ALL, 31)
        theory = [death_probability(int(m), v) for v in x]
        series.append(curve(f"theory, m = {m}", x, theory, like=f"m = {m}"))
    return Panel(
        "Which λ kills features?", "strength of the penalty, λ",
        "share of features dead at the end", tuple(series),
        "Means over seeds with 95 % intervals; dashed: mean-field theory without interference.",
        "Shares of dead features against λ for each m, beside theory.", share=True,
    )  # fmt: skip


CLAIM = Claim(
    number=9,
    name="lambda-range",
    statement=(
        "If λ is too small sparsity never develops; if it is too large all weights die "
        "first."
    ),
    source=f"{PAPER}, Section 3",
    reading=(
        "Too small: at the weakest λ (√m λ = 0.004) at most a quarter of flows end sparse "
        "although their time budget is 200/λ, and at λ = lr/100 at most a quarter of AdamW "
        f"runs. Too large: at λ = {ABOVE_ALL} all features of at least three quarters of "
        "networks die. Beside: the λ at which half of the features die is that of theory within "
        "15 %, for the smallest and the largest m; and death is a cliff: at most a quarter of "
        "networks with a dead feature have living ones."
    ),
    experiments={
        "small": Experiment(
            small_grid(16, 64, [0.004, 0.4], 28), small_grid(32, 128, [0.002, 0.02, 0.2], 64),
            accept=ANYWHEN,
        ),
        "AdamW": Experiment(
            adamw_grid(12, 48, [0.01, 1.0], 28), adamw_grid(32, 128, [0.01, 0.1, 1.0], 64),
            accept=TRAINED,
        ),
        "large": Experiment(
            large_grid(12, [16, 256], 14), large_grid(32, [32, 256, 2048], 64), accept=ANYWHEN
        ),
    },
    criteria=(
        Criterion("flows sparse at the weakest λ", -math.inf, 0.25, sparse_share("small", True)),
        Criterion("AdamW sparse at λ = lr/100", -math.inf, 0.25, sparse_share("AdamW", True)),
        Criterion(f"networks all dead at λ = {ABOVE_ALL}", 0.75, math.inf, all_dead),
        Criterion("median death λ ÷ theory, smallest m", 0.85, 1.15, at_width(0), False),
        Criterion("median death λ ÷ theory, largest m", 0.85, 1.15, at_width(-1), False),
        Criterion("partly dead of those with deaths", -math.inf, 0.25, width_of_crossover, False),
    ),
    panel=panel,
    numbers=numbers,
)  # fmt: skip
