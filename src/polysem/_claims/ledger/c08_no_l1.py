"""Without ℓ1: is anything sparse, and does a neuron count mean anything there?"""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, count_per, mean, mean_share
from polysem._claims.experiment import ANYWHEN, TRAINED, Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import per_seed

ROTATIONS = 8
HALF_NORMAL = 2 / math.pi  # effective neurons over m of a random dense row


def flow_grid(n: int, m: list[int], seeds: int) -> dict:
    """Three penalties from the same starts: none, ℓ2, and ℓ1 as the control that is sparse."""
    kinds = [(0.0, 0.0), (0.0, 0.2), (0.05, 0.0)]
    return {
        "base": {"n": n, "flow.t_max": 400.0, "flow.accuracy": "fast"},
        "axes": {
            "m": m,
            "l1": [l1 for l1, _ in kinds],
            "penalty.l2": [l2 for _, l2 in kinds],
        },
        "zip": [["l1", "penalty.l2"]],
        "seeds": seeds,
    }


def adamw_grid(n: int, m: list[int], seeds: int) -> dict:
    """The authors' recipe with λ = 0; Adam's steps do know the axes."""
    base = {"verb": "train", "recipe": "lecomte2023", "n": n, "l1": 0.0}
    return {"base": base, "axes": {"m": m}, "seeds": seeds}


def concentration(row, start: np.ndarray, end: np.ndarray) -> dict[str, float]:
    """Fourth norm over that of the same encodings in random other bases, and effective neurons
    over what a random dense row has."""
    m = end.shape[1]
    rng = np.random.default_rng(int(row.seed))
    rotated = []
    for _ in range(ROTATIONS):
        Q = np.linalg.qr(rng.standard_normal((m, m)))[0]
        rotated.append(((end @ Q) ** 4).sum())
    size = np.abs(end).sum(1) ** 2 / (end**2).sum(1).clip(1e-30)
    return {
        "over_rotated": float((end.astype(float) ** 4).sum() / np.mean(rotated)),
        "dense_ratio": float(size.mean() / (HALF_NORMAL * m)),
    }


CASES = {
    "no penalty": ("flow", 0.0, 0.0),
    "ℓ2": ("flow", 0.0, 0.2),
    "ℓ1": ("flow", 0.05, 0.0),
    "no penalty, AdamW": ("AdamW", 0.0, 0.0),
}


def rows_of(tables: Tables, case: str):
    """The rows of one case."""
    name, l1, l2 = CASES[case]
    return where(tables[name], l1=l1, penalty_l2=l2)


def measured(case: str, column: str):
    """Mean of a column over seeds of one case."""

    def effect(tables: Tables, confidence: float) -> Effect:
        return mean(rows_of(tables, case)[column], confidence)

    return effect


SHOWN_AS = {
    "over_rotated": mean,
    "dense_ratio": mean,
    "zero_share": mean_share,
    "polysemantic": lambda counts, confidence: count_per(counts, 1.0, confidence),
}


def numbers(tables: Tables):
    """Concentration, effective neurons and the (meaningless) count of every case."""
    found = []
    for case in CASES:
        for column, of in SHOWN_AS.items():
            groups = by(rows_of(tables, case), ["m"], lambda f, c=column, e=of: e(f[c], SHOWN))
            found += [({"case": case, "quantity": column, **p}, e) for p, e in groups]
    return table(found, "mean")


def panel(tables: Tables) -> Panel:
    """Fourth norm over that of rotated encodings."""
    effects = [measured(case, "over_rotated")(tables, SHOWN) for case in CASES]
    return Panel(
        "Do encodings prefer neurons to other directions?", "penalty",
        "fourth norm ÷ that in random other bases", (points("end states", list(CASES), effects),),
        "1: neurons are no better directions than random ones. Means over seeds with 95 % "
        "intervals; eight random rotations each. ℓ1 is the control that is sparse.",
        "Ratios of fourth norms without penalty, with ℓ2, with ℓ1, and under AdamW.", y_log=True,
        claimed=(0.9, 1.1),
    )  # fmt: skip


CLAIM = Claim(
    number=8,
    name="no-l1",
    statement="Without ℓ1 there is no sparsity; ℓ2 does not make it either.",
    source=f"{PAPER}, Section 3",
    reading=(
        "At the end of a flow without penalty, and with ℓ2, the fourth norm of the encodings is "
        "within 10 % of that of the same encodings in random bases (so that neurons mean "
        "nothing there, and a count of polysemantic ones neither), and their effective number "
        "of neurons within 10 % of a random dense row's. Beside: the same for AdamW without "
        "penalty; with ℓ1 the same measure is at least 3."
    ),
    experiments={
        "flow": Experiment(
            flow_grid(32, [64], 12), flow_grid(64, [64, 256], 64), accept=ANYWHEN,
            view=per_seed(concentration), weights=True,
        ),
        "AdamW": Experiment(
            adamw_grid(32, [64], 24), adamw_grid(64, [64, 256], 32), accept=TRAINED,
            view=per_seed(concentration), weights=True,
        ),
    },
    criteria=(
        Criterion("over rotated, no penalty", 0.9, 1.1, measured("no penalty", "over_rotated")),
        Criterion("over rotated, ℓ2", 0.9, 1.1, measured("ℓ2", "over_rotated")),
        Criterion("effective neurons, no penalty", 0.9, 1.1, measured("no penalty", "dense_ratio")),
        Criterion("effective neurons, ℓ2", 0.9, 1.1, measured("ℓ2", "dense_ratio")),
        Criterion(
            "over rotated, no penalty, AdamW", 0.9, 1.1,
            measured("no penalty, AdamW", "over_rotated"), False,
        ),
        Criterion("over rotated, ℓ1", 3.0, math.inf, measured("ℓ1", "over_rotated"), False),
    ),
    panel=panel,
    numbers=numbers,
)  # fmt: skip
