"""Few neurons make polysemanticity necessary: the phase diagram from m = n/4 to n².

At m = n² 144 networks at quick size: with 72 "at most 5 % are polysemantic" was left open once.
"""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, count_per, mean, mean_share, share
from polysem._claims.experiment import SETTLED, Experiment
from polysem._claims.panel import Panel, curve, points
from polysem._claims.views import per_seed
from polysem._theory import polysemantic_ceiling, polysemantic_floor


def grid(n: list[int], ratios: list[str], seeds: int) -> dict:
    """All widths, one λ√m."""
    axes = {"n": n, "m": ratios, "l1": ["0.2/sqrt(m)"]}
    return {
        "base": {"flow.t_max": "4000"},
        "axes": axes,
        "seeds": f"round(max({seeds}, min(192, 6*m/n)))",
    }


def state(row, start: np.ndarray, end: np.ndarray) -> dict[str, float]:
    """Reconstruction loss per feature beyond what λ shrinks, and signed slots taken."""
    G = end.astype(float) @ end.T
    loss = np.maximum(G, 0)
    np.fill_diagonal(loss, np.diag(G) * (np.diag(G) < 0.01))  # a dead feature costs 1, below
    dead = np.diag(G) < 0.01
    strong = np.abs(end) > 0.5 * np.sqrt(np.diag(G))[:, None].clip(1e-12)
    taken = ((end > 0) & strong).any(0).sum() + ((end < 0) & strong).any(0).sum()
    return {
        "ratio": row.m / row.n,
        "loss_per_feature": float(((loss**2).sum() + dead.sum()) / row.n),
        "slots_taken": float(taken / (2 * row.m)),
        "at_floor": float(row.polysemantic == polysemantic_floor(row.n, row.m)),
    }


def between(tables: Tables, low: float, high: float):
    """Rows with low ≤ m/n ≤ high."""
    f = tables["phases"]
    return f[(f["ratio"] >= low) & (f["ratio"] <= high)]


def any_polysemantic(low: float, high: float):
    """Share of networks with a polysemantic neuron."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = between(tables, low, high)
        return share((f["polysemantic"] > 0).sum(), len(f), confidence, "seeds")

    return effect


def beyond_floor(tables: Tables, confidence: float) -> Effect:
    """Networks with n/2 < m < n that have more polysemantic neurons than they need."""
    f = between(tables, 0.51, 0.99)
    return share((f["at_floor"] == 0).sum(), len(f), confidence, "seeds")


def share_with(name: str, low: float, high: float, ratio: float):
    """Share of networks at one m/n in which a column lies between `low` and `high`."""

    def effect(tables: Tables, confidence: float) -> Effect:
        values = between(tables, ratio, ratio)[name]
        return share(values.between(low, high).sum(), len(values), confidence, "seeds")

    return effect


def most(says: str, effect) -> Criterion:
    """More than half of the networks; beside the claim."""
    return Criterion(says, 0.5, math.inf, effect, central=False)


def per_network(counts, confidence: float) -> Effect:
    """A count per network."""
    return count_per(counts, 1.0, confidence)


SHOWN_AS = {
    "polysemantic": per_network,
    "same_sign": per_network,
    "dead_features": per_network,
    "slots_taken": mean_share,
    "loss_per_feature": mean,
}


def numbers(tables: Tables):
    """Slots, loss, dead features and counts by m/n."""
    found = []
    for name, of in SHOWN_AS.items():
        groups = by(tables["phases"], ["n", "m"], lambda f, c=name, e=of: e(f[c], SHOWN))
        found += [({"quantity": name, **p}, e) for p, e in groups]
    return table(found, "mean")


def panel(tables: Tables) -> Panel:
    """Polysemantic neurons over n against m/n, between floor and ceiling."""
    series = []
    for n, f in tables["phases"].groupby("n"):
        found = by(f, ["m"], lambda g: mean_share(g["polysemantic"] / g["n"], SHOWN))
        series.append(points(f"n = {n} features", [p["m"] / n for p, _ in found],
                             [e for _, e in found]))  # fmt: skip
    x = np.geomspace(0.2, (tables["phases"]["m"] / tables["phases"]["n"]).max(), 90)
    series.append(curve("fewest possible", x, polysemantic_floor(1000, np.rint(1000 * x)) / 1000))
    series.append(curve("most possible", x, polysemantic_ceiling(1000, np.rint(1000 * x)) / 1000))
    return Panel(
        "When is polysemanticity necessary?", "neurons per feature, m/n",
        "polysemantic neurons per feature", tuple(series),
        "Means over seeds with 95 % intervals. Left of m/n = 1 some are necessary (pigeonhole: "
        "the fewest possible is above 0); right of it all are incidental.",
        "Counts per feature against m/n, between the fewest and the most possible.", x_log=True,
    )  # fmt: skip


CLAIM = Claim(
    number=10,
    name="necessary",
    statement="Polysemanticity is necessary when m ≪ n, and then only.",
    source=f"{PAPER}, Section 1 (incidental against necessary polysemanticity)",
    reading=(
        "For m ≤ 3n/4 at least 80 % of networks have a polysemantic neuron; at m = n² at most 5 "
        "% have one. Beside: for n/2 < m < n at most a quarter of networks have more than the "
        "pigeonhole demands; most networks at m = n/2 take all signed slots (≥ 95 %) and do so "
        "at no cost (loss per feature ≤ 0.01); most at m = n/4 pay (≥ 0.1)."
    ),
    experiments={
        "phases": Experiment(
            grid([24], ["n//4", "n//2", "3*n//4", "n", "2*n", "n**2"], 16),
            grid([32, 64], ["n//4", "3*n//8", "n//2", "5*n//8", "3*n//4", "n", "3*n//2", "2*n",
                            "4*n", "n**2"], 200),
            accept=SETTLED, view=per_seed(state), weights=True,
        )
    },
    criteria=(
        Criterion("any polysemantic, m ≤ 3n/4", 0.8, math.inf, any_polysemantic(0, 0.75)),
        Criterion("any polysemantic, m = n²", -math.inf, 0.05, any_polysemantic(20, math.inf)),
        Criterion("more than needed, n/2 < m < n", -math.inf, 0.25, beyond_floor, False),
        most("all slots taken, m = n/2", share_with("slots_taken", 0.95, 2, 0.5)),
        most("free, m = n/2", share_with("loss_per_feature", 0, 0.01, 0.5)),
        most("costly, m = n/4", share_with("loss_per_feature", 0.1, 99, 0.25)),
    ),
    panel=panel,
    numbers=numbers,
)  # fmt: skip
