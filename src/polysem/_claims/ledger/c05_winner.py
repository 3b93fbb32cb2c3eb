"""Does the largest initial weight win? By m/n², λ and optimiser; and a better predictor."""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, mean, mean_share
from polysem._claims.experiment import ANYWHEN, TRAINED, Experiment
from polysem._claims.panel import Panel, Series, points
from polysem._claims.views import features

RELAXATION = 3.0  # flow time without λ; norms settle within t ≈ 1


def flow_grid(n: list[int], share: list[float], c: list[float], seeds: int) -> dict:
    """m as shares of n², λ√m = c."""
    return {
        "base": {"flow.accuracy": "fast"},
        "axes": {
            "n": n,
            "m": [f"round({s}*n**2)" for s in share],
            "l1": [f"{x}/sqrt(m)" for x in c],
        },
        "seeds": seeds,
    }


def relaxed_grid(n: list[int], share: list[float], seeds: int) -> dict:
    """The same starts, relaxed without λ for a short time."""
    axes = {"n": n, "m": [f"round({s}*n**2)" for s in share]}
    base = {"flow.accuracy": "fast", "l1": 0.0, "flow.t_max": RELAXATION}
    return {"base": base, "axes": axes, "seeds": seeds}


def adamw_grid(n: list[int], share: list[float], seeds: int) -> dict:
    """The authors' recipe."""
    axes = {"n": n, "m": [f"round({s}*n**2)" for s in share]}
    return {"base": {"verb": "train", "recipe": "lecomte2023"}, "axes": axes, "seeds": seeds}


def won(tables: Tables, experiment: str, at: float, confidence: float, n: int | None = None):
    """Share of features represented by their initial argmax at m/n² = `at`; mean over seeds."""
    f = tables[experiment]
    f = f[(f["m"] / f["n"] ** 2).round(3) == at]
    f = f if n is None else where(f, n=n)
    return mean_share(f.groupby(["n", "seed"])["first_choice_represents"].mean(), confidence)


def criterion(
    words: str, experiment: str, at: float, least: float = 0.5, central: bool = True
) -> Criterion:
    """The initial argmax wins at least so often."""

    def effect(tables: Tables, confidence: float) -> Effect:
        return won(tables, experiment, at, confidence)

    return Criterion(f"argmax wins, {words}", least, math.inf, effect, central)


def predicted(tables: Tables):
    """One row per feature: winner of the flow beside the argmax after relaxation without λ."""
    keys = ["n", "m", "seed", "feature"]
    relaxed = tables["relaxed"][[*keys, "neuron"]].rename(columns={"neuron": "relaxed"})
    return tables["flow"].merge(relaxed, on=keys)


def better(tables: Tables, confidence: float) -> Effect:
    """How much oftener the relaxed argmax is the winner than the initial one; mean over seeds."""
    f = predicted(tables)
    gain = (f["relaxed"] == f["neuron"]).astype(float) - (f["first_choice"] == f["neuron"])
    return mean(gain.groupby([f["n"], f["m"], f["seed"]]).mean(), confidence)


def groups(tables: Tables) -> list:
    """Shares won, by method, n, m and λ."""
    found = []
    for name in ("flow", "AdamW"):
        for (n, m, l1), f in tables[name].groupby(["n", "m", "l1"]):
            place = {"method": name, "n": n, "m": m, "m/n²": m / n**2, "λ√m": l1 * m**0.5}
            won_share = f.groupby("seed")["first_choice_represents"].mean()
            found.append((place, mean_share(won_share, SHOWN)))
    for (n, m, l1), f in predicted(tables).groupby(["n", "m", "l1"]):
        place = {"method": "relaxed argmax", "n": n, "m": m, "m/n²": m / n**2, "λ√m": l1 * m**0.5}
        hits = (f["relaxed"] == f["neuron"]).astype(float).groupby(f["seed"]).mean()
        found.append((place, mean_share(hits, SHOWN)))
    return found


def drawn(name: str, frame, hit: str) -> Series:
    """Share of features with `hit` against m/n², all n together: mean over seeds."""
    keys = [(frame["m"] / frame["n"] ** 2).round(5).rename("at"), frame["n"], frame["seed"]]
    means = frame[hit].astype(float).groupby(keys).mean().reset_index(name="hit")
    found = by(means, ["at"], lambda f: mean(f["hit"], SHOWN))
    return points(name, [p["at"] for p, _ in found], [e for _, e in found], line=True)


def panel(tables: Tables) -> Panel:
    """Share against m/n², by method and λ√m."""
    flow = predicted(tables)
    flow = flow.assign(c=(flow["l1"] * flow["m"] ** 0.5).round(3))
    flow = flow.assign(guessed=flow["relaxed"] == flow["neuron"])
    strengths = list(flow.groupby("c"))
    won = "first_choice_represents"
    series = [drawn(f"flow, λ√m = {c:g}", f, won) for c, f in strengths]
    series += [drawn(f"relaxed argmax, λ√m = {c:g}", f, "guessed") for c, f in strengths]
    series.append(drawn("AdamW", tables["AdamW"], won))
    return Panel(
        "Does the largest initial weight win?", "neurons over features squared, m/n²",
        "share of features for which it does", tuple(series),
        "Share of features that end on their initial argmax under the flow and the authors' "
        "AdamW. Relaxed argmax: that end under the flow on their argmax after a short relaxation "
        "without λ. All n together; means over seeds with 95 % intervals.",
        "Share won against m/n² for flow, AdamW and the relaxed argmax.", x_log=True, share=True,
        claimed=(0.5, 1.0),
    )  # fmt: skip


CLAIM = Claim(
    number=5,
    name="winner",
    statement="Winner takes all: the largest initial weight of a feature wins.",
    source=f"{PAPER}, Section 3",
    reading=(
        "The initial argmax represents its feature at the end for more than half of the "
        "features: under the flow at m = n² and m = n²/8, and under the authors' AdamW at m = "
        "n²/8. Beside: for at least 90 % under the flow at m = n²; and the argmax after a short "
        "relaxation without λ predicts no better (gain ≤ 0)."
    ),
    experiments={
        "flow": Experiment(
            flow_grid([16, 32], [0.03125, 0.125, 1.0], [0.5, 2.0], 10),
            flow_grid([32, 64, 128], [0.03125, 0.125, 0.5, 1.0], [0.05, 0.5, 2.0], 64),
            view=features, weights=True,
        ),
        "relaxed": Experiment(
            relaxed_grid([16, 32], [0.03125, 0.125, 1.0], 10),
            relaxed_grid([32, 64, 128], [0.03125, 0.125, 0.5, 1.0], 64),
            accept=ANYWHEN, view=features, weights=True,
        ),
        "AdamW": Experiment(
            adamw_grid([32], [0.125], 8), adamw_grid([32, 64, 128], [0.03125, 0.125, 0.5], 32),
            accept=TRAINED, sparse=True, view=features, weights=True,
        ),
    },
    criteria=(
        criterion("flow, m = n²", "flow", 1.0),
        criterion("flow, m = n²/8", "flow", 0.125),
        criterion("AdamW, m = n²/8", "AdamW", 0.125),
        criterion("flow, m = n², nearly always", "flow", 1.0, 0.9, False),
        Criterion("gain of the relaxed argmax over the initial one", -math.inf, 0.0, better, False),
    ),
    panel=panel,
    numbers=lambda tables: table(groups(tables), "share"),
)  # fmt: skip
