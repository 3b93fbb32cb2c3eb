"""Death thresholds and expected deaths as labelled predictions."""

from __future__ import annotations

import math
from typing import Any

from polysem._theory import death, halfnormal
from polysem._theory.manifold import FATAL_PULL, surviving_weight
from polysem._theory.prediction import Prediction
from polysem._theory.quantiles import binomial_like_interval

SOURCE = "Polysem, docs/theory.md#death"
ALONE = "no interference"
GAUSSIAN = f"weights N(0, 1/m), {ALONE}"
CONTINUUM = 16  # weights from which the mean field over the smaller ones is good
ALONE_FROM = 16  # m/n from which interference hardly adds to the deaths, by measurement
MEAN_FIELD = f"{GAUSSIAN} (m ≥ {ALONE_FROM}n); mean field over the smaller weights, m ≥ {CONTINUUM}"
KILLS_MORE = "Interference kills more: expect more deaths at smaller λ for smaller m/n."


def threshold_predictions(n: int, m: int) -> list[Prediction]:
    """The λ at which features of m weights die; nothing here depends on λ."""
    one_feature = "The interval is for one feature: death is feature by feature."
    largest = [halfnormal.largest_quantile(m, q) / math.sqrt(m) for q in (0.025, 0.975)]
    return [
        Prediction(
            name="fatal_l1",
            label="λ above which every feature dies",
            value=FATAL_PULL,
            equation="8/(3√3)",
            source=SOURCE,
            domain=f"any start, {ALONE}",
        ),
        Prediction(
            name="sure_death_l1",
            label="λ above which a feature surely dies, median",
            value=death.median_sure_death_threshold(m),
            low=min(4 * largest[0], FATAL_PULL),
            high=min(4 * largest[1], FATAL_PULL),
            equation="min(4·max|W_ik(0)|, 8/(3√3)), where erf(√(m/2)·max)^m = 1/2",
            source=SOURCE,
            domain=GAUSSIAN,
            note=f"Sufficient, not necessary: a weaker λ may kill too. {one_feature}",
        ),
        Prediction(
            name="death_l1",
            label="λ at which half of the features die",
            value=death.typical_death_threshold(m),
            low=death.typical_death_threshold(m, 0.025),
            high=death.typical_death_threshold(m, 0.975),
            equation="τ reaches max|W_ik(0)| under a' = 4(1−‖W‖²)a, τ' = λ/a",
            source=SOURCE,
            domain=MEAN_FIELD,
            in_domain=m >= max(CONTINUUM, ALONE_FROM * n),
            note=f"{one_feature} {KILLS_MORE}",
        ),
        Prediction(
            name="sure_survival_l1",
            label="λ below which a typical feature surely lives",
            value=FATAL_PULL * min(1.0, math.sqrt(math.pi / (2 * m))),
            equation="8/(3√3)·‖W‖/‖W‖₁ = 8/(3√3)·√(π/2m)",
            source=SOURCE,
            domain=f"{GAUSSIAN}, m ≥ {CONTINUUM}",
            in_domain=m >= CONTINUUM,
        ),
    ]


def death_predictions(n: int, m: int, l1: float) -> list[Prediction]:
    """How many of n features die at this λ, and how large the survivors' weights are."""
    sure, typical = death.sure_death_probability(m, l1), death.death_probability(m, l1)
    survivor = surviving_weight(l1)
    return [
        Prediction(
            name="dead_features_sure",
            label="features that surely die",
            value=n * sure,
            **_ends(n, sure),
            equation="n·erf(λ/4·√(m/2))^m",
            source=SOURCE,
            domain=GAUSSIAN,
            note="A lower bound on deaths: the criterion is sufficient, not necessary.",
        ),
        Prediction(
            name="dead_features",
            label="features that die",
            value=n * typical,
            **_ends(n, typical),
            equation="n·erf(x_c/√2)^m, x_c the largest √m|W_ik(0)| that dies at λ",
            source=SOURCE,
            domain=MEAN_FIELD,
            in_domain=m >= max(CONTINUUM, ALONE_FROM * n),
            note=KILLS_MORE,
        ),
        Prediction(
            name="surviving_weight",
            label="|weight| of a surviving feature at the end",
            value=survivor,
            equation="upper root of w³ − w + λ/4 = 0",
            source="Polysem, docs/theory.md#slow-manifold",
            domain="one nonzero weight, no positive overlap, λ ≤ 8/(3√3)",
            in_domain=math.isfinite(survivor),
            note="" if math.isfinite(survivor) else "No weight survives this λ.",
        ),
    ]


def _ends(n: int, p: float) -> dict[str, Any]:
    low, high = binomial_like_interval(n * p, n * p * (1 - p))
    return {"low": low, "high": min(high, float(n))}
