"""Deeper networks: does the law of one layer hold in each, wherever the penalty is put?

With ℓ1 on the last code only, 112 networks of a width at quick size: with 96 the interval of the
exponent reached 0.8 of the way to the range, and other seeds could have left it open.
"""

from __future__ import annotations

import math

import numpy as np

from polysem._claims.claim import Claim
from polysem._claims.common import SHOWN, by, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, count_per, count_quotient, unknown
from polysem._claims.experiment import TRAINED, Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import with_layers
from polysem._theory import paper_count

ONE, LAST, EVERY, MLP = "one layer", "stack, last code", "stack, every code", "ReLU MLP"
SIMILAR = 2 / 3, 3 / 2
COMMON = {
    "verb": "train", "train.optimiser": "AdamW", "train.lr": 3e-3, "train.weight_decay": 0.0,
    "train.steps": 5000, "train.device": "cpu",
}  # fmt: skip


def grid(wiring: dict, n: int, m: list[str], seeds: int, l1: str, **more) -> dict:
    """One architecture at several widths."""
    base = {**COMMON, "n": n, "network.architecture": wiring, **more}
    return {"base": base, "axes": {"m": m, "l1": [l1]}, "seeds": seeds}


def stack(layers: int, penalised: str, seeds: int = 96) -> tuple[dict, dict]:
    """A tied linear stack with ℓ1 on codes, quick and full."""
    wiring = {"kind": "tied", "layers": layers, "penalised": penalised}
    more = {"network.penalty": {"on": "activations"}, "l1": "0.3/sqrt(m)"}
    return (
        grid(wiring, 16, ["2*n", "6*n"], seeds, **more),
        grid(wiring, 32, ["2*n", "4*n", "8*n"], 2 * seeds + 8, **more),
    )


def mlp() -> tuple[dict, dict]:
    """An untied autoencoder with two hidden ReLU layers, ℓ1 on all of its matrices."""
    wiring = {"kind": "untied", "layers": 2, "penalised": "every"}
    more = {"network.hidden": {"kind": "relu"}, "l1": "0.2/sqrt(m)"}
    return grid(wiring, 16, ["2*n"], 48, **more), grid(wiring, 32, ["2*n", "4*n"], 200, **more)


def layers(sweep, frame):
    """One row per seed and layer: counts, and how many of its pairs share in layer 1, too."""
    import pandas as pd

    from polysem._census import take_census

    found = []
    for row, states in with_layers(sweep, frame):
        pairs = []
        for layer, (start, end) in enumerate(states, start=1):
            counts = take_census(end[None], start[None], scale=1.0).to_dicts()[0]
            pairs.append(sharing(end))
            found.append({
                "n": row.n, "m": row.m, "seed": row.seed, "layer": layer,
                "polysemantic": counts["polysemantic"], "same_sign": counts["same_sign"],
                "opposite_sign": counts["opposite_sign"],
                "dead_features": counts["dead_features"], "of_first": len(pairs[-1] & pairs[0]),
            })  # fmt: skip
    return pd.DataFrame(found)


def sharing(W: np.ndarray) -> set[tuple[int, int]]:
    """Pairs of features that a neuron of W: (n, m) represents together (|w| > half a row norm)."""
    strong = np.abs(W) > 0.5 * np.linalg.norm(W, axis=1, keepdims=True)
    both = strong.astype(int) @ strong.T
    return {(int(i), int(j)) for i, j in zip(*np.nonzero(np.triu(both, 1)), strict=True)}


def layer_of(tables: Tables, name: str, layer: int):
    """Rows of one layer of one architecture."""
    return where(tables[name], layer=layer)


def fall(name: str, layer: int):
    """Exponent of m between the smallest and the largest width."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = layer_of(tables, name, layer)
        few, many = int(f["m"].min()), int(f["m"].max())
        wide, narrow = (where(f, m=m)["polysemantic"] for m in (many, few))
        found = count_quotient(wide, narrow, confidence)
        if not found.known or found.value == 0:
            return unknown(found.size, found.units)
        span = math.log(many / few)
        value, low, high = (_log(x) / span for x in (found.value, found.low, found.high))
        return Effect(value, low, high, found.size, found.units, found.method)

    return effect


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def over_one(name: str, layer: int, column: str = "polysemantic"):
    """Count at a layer over that of one layer of the same widths, trained alike."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f, one = layer_of(tables, name, layer), layer_of(tables, ONE, 1)
        few = f["m"].min()
        return count_quotient(
            where(f, m=few)[column], where(one, m=few)["polysemantic"], confidence
        )  # fmt: skip

    return effect


def groups(tables: Tables) -> list:
    """Counts by architecture, layer and width, and their signs and reuse."""
    found = []
    for name, f in tables.items():
        for column in ("polysemantic", "same_sign", "dead_features", "of_first"):
            effects = by(f, ["layer", "n", "m"], lambda g, c=column: count_per(g[c], 1.0, SHOWN))
            words = {"of_first": "pairs that share in layer 1, too"}.get(column, column)
            found += [({"network": name, "quantity": words, **p}, e) for p, e in effects]
    return found


def panel(tables: Tables) -> Panel:
    """Counts over n²/4m against m/n, every layer that is penalised."""
    series = []
    for name, f in tables.items():
        for layer, g in f.groupby("layer"):
            if name == LAST and layer < f["layer"].max():
                continue  # dense, nothing to count
            effects = by(
                g, ["n", "m"],
                lambda h: count_per(h["polysemantic"], paper_count(h["n"], h["m"]), SHOWN),
            )  # fmt: skip
            label = name if f["layer"].max() == 1 else f"{name}, layer {layer}"
            x = [p["m"] / p["n"] for p, _ in effects]
            series.append(points(label, x, [e for _, e in effects], line=True))
    return Panel(
        "Does each layer have its n²/4m?", "neurons per feature, m/n",
        "polysemantic neurons ÷ n²/4m", tuple(series),
        "A level line is a fall like 1/m. Networks trained alike (AdamW), exact 95 % intervals. "
        "Codes without penalty are dense and not counted.",
        "Counts over n²/4m by layer for one layer, stacks of two, and a ReLU MLP.", x_log=True,
    )  # fmt: skip


FALLS = -1.5, -0.5
STACK = {"accept": TRAINED, "sparse": True, "view": layers, "weights": True}

CLAIM = Claim(
    number=13,
    name="depth",
    statement="In deeper networks each layer has its n²/m polysemantic neurons.",
    source="Asked of this ledger, about the law of arXiv 2312.03096, Section 4",
    reading=(
        "Two hidden layers. With ℓ1 on the last code of a tied linear stack the count there, and "
        "with ℓ1 on every code the count at both layers, falls with m like a power between −1.5 "
        "and −0.5 (nearer to −1 than to 0 or −2), and the opposite-sign count at the last layer "
        "of an untied ReLU MLP is that of one tied layer within a factor of 3/2. Beside: the "
        "counts of the stacks at m = 2n are that of one tied layer within a factor of 3/2."
    ),
    experiments={
        ONE: Experiment(*stack(1, "last"), **STACK),
        LAST: Experiment(*stack(2, "last", 112), **STACK),
        EVERY: Experiment(*stack(2, "every", 64), **STACK),
        MLP: Experiment(*mlp(), **STACK),
    },
    criteria=(
        Criterion("exponent of m, last code penalised", *FALLS, fall(LAST, 2)),
        Criterion("exponent of m, every code, layer 1", *FALLS, fall(EVERY, 1)),
        Criterion("exponent of m, every code, layer 2", *FALLS, fall(EVERY, 2)),
        Criterion("opposite signs over one layer's, MLP", *SIMILAR,
                  over_one(MLP, 2, "opposite_sign")),
        Criterion("over one layer's, last code", *SIMILAR, over_one(LAST, 2), False),
        Criterion("over one layer's, every code, layer 1", *SIMILAR, over_one(EVERY, 1), False),
        Criterion("over one layer's, every code, layer 2", *SIMILAR, over_one(EVERY, 2), False),
    ),
    panel=panel,
    numbers=lambda tables: table(groups(tables), "per network"),
)  # fmt: skip
