"""Other winner-take-all mechanisms: which make codes sparse, and which collisions do they keep?"""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import SHOWN, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import (
    Effect,
    count_per,
    count_quotient,
    mean_share,
    share_by_seed,
    unknown,
)
from polysem._claims.experiment import TRAINED, Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import per_seed

L1 = "ℓ1"
LATE, EARLY = 1.0, 0.5  # of the training
PENALTIES: dict[str, dict] = {
    L1: {"l1": 0.1},
    "ℓ1.5": {"l1": 0.1, "penalty": {"entry_power": 1.5}},
    "squared row-ℓ1": {"l1": 0.1, "penalty": {"power": 2.0}},
}
ALONE: dict[str, dict] = {
    "top-1": {"hidden": {"kind": "top_k", "k": 1}},
    "softmax": {"hidden": {"kind": "softmax"}},
    "cubic": {"hidden": {"kind": "cubic"}},
    "layer norm": {"hidden": {"kind": "layer_norm"}, "lr": 1e-3},
    "RMS norm": {"hidden": {"kind": "rms_norm"}, "lr": 1e-3},
    "dropout": {"noise": {"kind": "dropout", "rate": 0.5}},
    "weight decay": {"decay": 0.1},
}
MECHANISMS = PENALTIES | ALONE
OTHERS = [name for name in MECHANISMS if name != L1]
MOSTLY = 0.5  # of the features, at least, whose codes are sparse
LOCAL = 0.5  # of a code's square in one neuron, at least


def grid(said: dict, n: int, m: int, steps: int, seeds: int) -> dict:
    """One mechanism under plain gradient descent (small steps along the flow), λ = 0 if it is no
    penalty; stopped half-way, too, to see what still moves."""
    base = {
        "verb": "train", "n": n, "m": m, "l1": said.get("l1", 0.0),
        "train.optimiser": "SGD", "train.lr": said.get("lr", 0.02), "train.device": "cpu",
        "train.weight_decay": said.get("decay", 0.0),
    }  # fmt: skip
    for axis in ("penalty", "hidden"):
        if axis in said:
            base[f"network.{axis}"] = said[axis]
    if "noise" in said:
        base["train.noise"] = said["noise"]
    return {
        "base": base,
        "axes": {"train.steps": [round(steps * EARLY), steps]},
        "seeds": seeds,
    }


def code(name: str):
    """The code of each feature alone, h(W_i)."""

    def view(row, start: np.ndarray, end: np.ndarray) -> dict[str, float]:
        from pydantic import TypeAdapter

        from polysem._network.hidden import Hidden

        said = MECHANISMS[name].get("hidden", {"kind": "identity"})
        h = TypeAdapter(Hidden).validate_python(said).value(end.astype(float))
        square = h**2
        largest = square.max(1) / square.sum(1).clip(1e-30)
        return {"local": float((largest >= LOCAL).mean())}

    return view


def of(tables: Tables, name: str, when: float = LATE):
    """Rows of a mechanism at the end, or half-way."""
    f = tables[name]
    if f.empty:
        return f
    return where(f, train_steps=f["train_steps"].max() if when == LATE else f["train_steps"].min())


def sparse(name: str, when: float = LATE):
    """Share of features with at least half of the square of their code in one neuron."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = of(tables, name, when)
        return unknown(0, "seeds") if f.empty else mean_share(f["local"], confidence)

    return effect


def over_l1(name: str):
    """Polysemantic neurons over those under ℓ1 at the same sizes."""

    def effect(tables: Tables, confidence: float) -> Effect:
        one, l1 = of(tables, name), of(tables, L1)
        return count_quotient(one["polysemantic"], l1["polysemantic"], confidence)

    return effect


def opposite(name: str):
    """Share of polysemantic neurons whose features have opposite signs."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = of(tables, name)
        return share_by_seed(f["opposite_sign"], f["polysemantic"], confidence)

    return effect


def numbers(tables: Tables):
    """Sparsity half-way and at the end, counts by sign, of every mechanism."""
    found = []
    for name in MECHANISMS:
        for when, words in ((EARLY, "half-way"), (LATE, "at the end")):
            place = {"mechanism": name, "quantity": f"codes in one neuron, {words}"}
            found.append((place, sparse(name, when)(tables, SHOWN)))
        for column in ("opposite_sign", "same_sign"):
            place = {"mechanism": name, "quantity": f"{column} per network"}
            found.append((place, count_per(of(tables, name)[column], 1.0, SHOWN)))
    return table(found, "measured")


def panel(tables: Tables) -> Panel:
    """Sparsity of codes, for every mechanism."""
    effects = [sparse(name)(tables, SHOWN) for name in MECHANISMS]
    return Panel(
        "Which mechanisms make codes sparse?", "mechanism",
        "share of codes in one neuron",
        (points("at the end of training", list(MECHANISMS), effects),),
        "Share of features with at least half of the square of their code in one neuron. Means "
        "over seeds with 95 % intervals.",
        "Shares for ten mechanisms.", share=True, claimed=(MOSTLY, 1.0),
    )  # fmt: skip


def count_panel(tables: Tables) -> Panel:
    """Counts by sign, for every mechanism."""
    series = []
    for column, words in (("opposite_sign", "opposite signs"), ("same_sign", "same sign")):
        effects = [count_per(of(tables, k)[column], 1.0, SHOWN) for k in MECHANISMS]
        series.append(points(words, list(MECHANISMS), effects))
    return Panel(
        "Which collisions do they keep?", "mechanism", "polysemantic neurons per network",
        tuple(series),
        "Mean counts with exact 95 % intervals. Where codes are not sparse there are no winners, "
        "and the counts mean little.",
        "Counts by sign for ten mechanisms.",
    )  # fmt: skip


KEEPERS = ["ℓ1.5", "squared row-ℓ1", "top-1", "softmax", "cubic"]

CLAIM = Claim(
    number=15,
    name="mechanisms",
    statement=(
        "Other winner-take-all mechanisms (norms, top-k, softmax, cubic units, other penalties, "
        "dropout, weight decay) make codes sparse and keep opposite-sign collisions, as ℓ1 does."
    ),
    source="Asked of this ledger, after arXiv 2312.03096, which has ℓ1 and noise",
    reading=(
        "Each mechanism, the last seven without any penalty, under plain gradient descent: at "
        "least half of all features have at least half of the square of their code in one neuron "
        "(top-1 by construction). Beside, for the five that can do so: the count of polysemantic "
        "neurons is at least half of that under ℓ1 at the same size, and at least three quarters "
        "of them hold opposite signs."
    ),
    experiments={
        name: Experiment(
            grid(said, 16, 32, 5000, 40), grid(said, 32, 64, 20_000, 200), accept=TRAINED,
            view=per_seed(code(name)), weights=True,
        )
        for name, said in MECHANISMS.items()
    },
    criteria=(
        *(Criterion(f"sparse codes, {k}", MOSTLY, math.inf, sparse(k)) for k in OTHERS),
        *(Criterion(f"count over ℓ1's, {k}", 0.5, math.inf, over_l1(k), False) for k in KEEPERS),
        *(Criterion(f"opposite signs, {k}", 0.75, math.inf, opposite(k), False) for k in KEEPERS),
    ),
    panel=panel,
    beside=(count_panel,),
    numbers=numbers,
)  # fmt: skip
