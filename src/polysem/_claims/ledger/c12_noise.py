"""Noise instead of a penalty: does the sign of its excess kurtosis decide about sparsity?"""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, difference, mean, unknown
from polysem._claims.experiment import TRAINED, Experiment
from polysem._claims.panel import Panel, curve, points

STD = 0.2
KURTOSES = (-2.0, -1.0, 0.0, 2.0)


def grid(steps: int, seeds: int) -> dict:
    """The noise recipe with three-point noise of one variance and several kurtoses, and Gaussian.

    Noise is drawn per seed (`shared`: sample or batch), so that seeds are independent.
    """
    laws = [
        {"kind": "three_point", "excess": k, "std": STD, "shared": shared}
        for k in KURTOSES
        for shared in ("sample", "batch")
    ]
    laws += [{"kind": "gaussian", "std": STD, "shared": "sample"}]
    base = {
        "verb": "train", "recipe": "lecomte2023-noise", "train.steps": steps, "train.device": "cpu",
    }  # fmt: skip
    return {"base": base, "axes": {"train.noise": laws}, "seeds": seeds}


def fourth(tables: Tables, kind: str, excess: float | None = None, shared: str = "sample"):
    """Fourth norms at the end, one per seed."""
    f = tables["noise"]
    f = f[(f["train_noise_kind"] == kind) & (f["train_noise_shared"] == shared)]
    return (
        f["fourth_norm"] if excess is None else f[f["train_noise_excess"] == excess]["fourth_norm"]
    )


def above_neutral(excess: float, shared: str = "sample"):
    """Fourth norm with this kurtosis less that with excess 0, noise shared alike."""

    def effect(tables: Tables, confidence: float) -> Effect:
        one, zero = (fourth(tables, "three_point", k, shared) for k in (excess, 0.0))
        return difference(one, zero, confidence)

    return effect


def gaussian_growth(tables: Tables, confidence: float) -> Effect:
    """Fourth norm under Gaussian noise over that of random unit encodings, 3/(m + 2)."""
    values = fourth(tables, "gaussian")
    if values.empty:
        return unknown(0, "seeds")
    return mean(values / (3 / (tables["noise"]["m"].iloc[0] + 2)), confidence)


def groups(tables: Tables) -> list:
    """Fourth norms by law."""
    found = [
        ({"law": "three-point", "excess": k, "shared": s},
         mean(fourth(tables, "three_point", k, s), SHOWN))
        for s in ("sample", "batch")
        for k in KURTOSES
    ]  # fmt: skip
    gaussian = mean(fourth(tables, "gaussian"), SHOWN)
    return [*found, ({"law": "Gaussian", "excess": 0.0, "shared": "sample"}, gaussian)]


def panel(tables: Tables) -> Panel:
    """Fourth norm against kurtosis."""
    found, series = groups(tables), []
    for law, shared in (
        ("three-point", "sample"),
        ("three-point", "batch"),
        ("Gaussian", "sample"),
    ):
        part = [(p, e) for p, e in found if (p["law"], p["shared"]) == (law, shared)]
        x = [p["excess"] for p, _ in part]
        label = f"{law}, one noise vector per {shared}"
        series.append(points(label, x, [e for _, e in part], line=True))
    m = int(tables["noise"]["m"].iloc[0])
    series.append(curve("random unit encodings, 3/(m + 2)", [-2, 2], [3 / (m + 2)] * 2))
    return Panel(
        "Which noise makes encodings sparse?", "excess kurtosis of the noise, at one variance",
        "mean fourth norm (1: one neuron)", tuple(series),
        f"Trained without a penalty under noise of σ = {STD}. Means over seeds with 95 % "
        "intervals.",
        "Fourth norms against the excess kurtosis of the noise.",
    )  # fmt: skip


CLAIM = Claim(
    number=12,
    name="noise",
    statement="Noise with negative excess kurtosis induces sparsity; Gaussian noise does not.",
    source=f"{PAPER}, Section 4",
    reading=(
        "At equal variance and no penalty, the fourth norm ends higher with excess kurtosis −2 "
        "than with 0 (by 0.02 or more); and under Gaussian noise it is that of random unit "
        "encodings within 25 %. Beside: kurtosis +2 does not raise it (≤ 0); one noise vector "
        "for a batch does the same (0.02 or more)."
    ),
    experiments={
        "noise": Experiment(grid(6_000, 16), grid(100_000, 200), accept=TRAINED),
    },
    criteria=(
        Criterion("fourth norm, kurtosis −2 less 0", 0.02, math.inf, above_neutral(-2.0)),
        Criterion("fourth norm, Gaussian over random", 0.75, 1.25, gaussian_growth),
        Criterion("fourth norm, kurtosis +2 less 0", -math.inf, 0.0, above_neutral(2.0), False),
        Criterion(
            "fourth norm, kurtosis −2 less 0, noise per batch",
            0.02,
            math.inf,
            above_neutral(-2.0, "batch"),
            False,
        ),
    ),
    panel=panel,
    numbers=lambda tables: table(groups(tables), "fourth norm"),
)
