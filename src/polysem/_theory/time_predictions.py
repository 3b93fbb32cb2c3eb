"""Speed of sparsification and time to convergence as labelled predictions."""

from __future__ import annotations

import math

from polysem._theory import halfnormal
from polysem._theory.prediction import Prediction
from polysem._theory.speed import half_time
from polysem._theory.tail import convergence_times

DOCS = "Polysem, docs/theory.md"
SMALL_C = 1.0  # λ√m up to which the encodings keep their length near 1 from the start
ENDS = (0.025, 0.975)
_WHO = {"one": "a feature", "all": "the last feature"}
_FEATURES = {"one": 1, "all": None}  # None: all n


def start_predictions(m: int) -> list[Prediction]:
    """One feature at the start: a half-normal row."""
    norm = halfnormal.MEAN_START * math.sqrt(m)
    spread = 1.96 * math.sqrt(1 - 2 / math.pi)  # sd of √m|w|, hence of ‖W‖₁ whatever m
    return [
        Prediction(
            name="start_l1_norm",
            label="‖W‖₁ of a feature at the start",
            value=norm,
            low=max(0.0, norm - spread),
            high=norm + spread,
            equation="√(2m/π)",
            source=f"textbook (half-normal mean); {DOCS}#half-normal",
            domain="weights N(0, 1/m), m ≥ 10",
            in_domain=m >= 10,
            note="The interval is for one feature.",
        )
    ]


def scaled_time_predictions(n: int, m: int) -> list[Prediction]:
    """λt at which features are 1-sparse, the same for every small λ."""
    return [_scaled_time(n, m, who) for who in ("one", "all")]


def time_predictions(n: int, m: int, l1: float) -> list[Prediction]:
    """The same in flow time t, and the time at which half of the weights are gone."""
    small = l1 * math.sqrt(m) <= SMALL_C
    return [_half_time(m, l1, small), *(_time(n, m, l1, who) for who in ("one", "all"))]


def _scaled_time(n: int, m: int, who: str) -> Prediction:
    law, features = convergence_times(m), _FEATURES[who] or n
    low, high = (law.quantile(q, features) for q in ENDS)
    return Prediction(
        name=f"{who}_sparse_scaled_time",
        label=f"λt at which {_WHO[who]} is 1-sparse, median",
        value=law.quantile(0.5, features),
        low=low,
        high=high,
        equation="λt₁ = ∫ dτ/√Σ_k max(|w_k(0)|−τ, 0)² up to the second-largest |w_k(0)|",
        source=f"{DOCS}#time-to-convergence",
        domain=f"weights N(0, 1/m), λ√m ≤ {SMALL_C:g}, no interference, m ≥ 2n",
        in_domain=m >= 2 * n,
        note="Features that lose a same-sign collision come later.",
    )


def _time(n: int, m: int, l1: float, who: str) -> Prediction:
    scaled = _scaled_time(n, m, who)
    ends = {}
    if l1 > 0:
        ends = {"low": (scaled.low or 0.0) / l1, "high": (scaled.high or 0.0) / l1}
    return Prediction(
        name=f"{who}_sparse_time",
        label=f"flow time t at which {_WHO[who]} is 1-sparse, median",
        value=float(scaled.value) / l1 if l1 > 0 else math.inf,
        **ends,
        equation="t = λt₁/λ",
        source=scaled.source,
        domain=scaled.domain,
        in_domain=scaled.in_domain and 0 < l1 * math.sqrt(m) <= SMALL_C,
        note=scaled.note if l1 > 0 else "Without ℓ1 nothing becomes sparse.",
    )


def _half_time(m: int, l1: float, small: bool) -> Prediction:
    value = half_time(m, l1)
    note = ""
    if l1 == 0:
        note = "Without ℓ1 nothing becomes sparse."
    elif math.isnan(value):
        note = "λ√m is above 1.93: the encoding first shrinks, and this law has no solution."
    return Prediction(
        name="half_time",
        label="flow time t at which half of the weights are zero",
        value=value,
        equation="t = (1/λ√m) ∫₀ᵘ ρ dv/√I₂(v), erfc(u/√2) = 1/2",
        source=f"{DOCS}#speed-of-sparsification",
        domain=f"weights N(0, 1/m), m ≥ 100, λ√m ≤ {SMALL_C:g}, no interference",
        in_domain=m >= 100 and small and l1 > 0,
        note=note,
    )
