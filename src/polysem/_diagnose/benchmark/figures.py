"""How good the score is against the truth: figures of one set of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import rankdata

from polysem._diagnose.origin.shams import EPSILON
from polysem._diagnose.origin.verdict import BETWEEN, DEAR, REMOVABLE, UNKNOWN, verdict_of

STILL_CHEAP = 0.05


def auc(score: np.ndarray, label: np.ndarray) -> float | None:
    """P(a removable neuron has the lower cost) + ½ P(equal); None with one class only."""
    positive, negative = int(label.sum()), int((~label).sum())
    if not (positive and negative):
        return None
    ranks = rankdata(-score)
    area = (ranks[label].sum() - positive * (positive + 1) / 2) / (positive * negative)
    return float(area)


def calibration_error(p: np.ndarray, label: np.ndarray, bins: int = 10) -> float | None:
    """ECE: mean |share − p| over ten bins of p, weighted by their sizes; None for no rows."""
    if not len(p):
        return None
    place = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [
        (place == b).sum() * abs(label[place == b].mean() - p[place == b].mean())
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps) / len(p))


def error_if_exact(p: np.ndarray, draws: int = 1000) -> list[float] | None:
    """ECE of labels drawn from p itself: mean, 5 % and 95 % of the draws (seed 0); None for no p.

    So much shows a probability that is exact, for chance alone. Neurons are drawn independently.
    """
    if not len(p):
        return None
    rng = np.random.default_rng(0)
    found = [calibration_error(p, rng.random(len(p)) < p) or 0.0 for _ in range(draws)]
    return [float(q) for q in (np.mean(found), *np.quantile(found, (0.05, 0.95)))]


def kappa(one: np.ndarray, other: np.ndarray) -> float | None:
    """Cohen's κ of two labellings; None where either gives one class only."""
    agreed = float((one == other).mean()) if len(one) else 1.0
    chance = one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean()) if len(one) else 1.0
    return None if chance >= 1 else float((agreed - chance) / (1 - chance))


def ambiguous(table: dict[str, np.ndarray]) -> np.ndarray:
    """Rows of cells in which 10 % to 90 % of the neurons are removable."""
    label, found = table["truth"] <= EPSILON, np.zeros(len(table["truth"]), dtype=bool)
    for cell in np.unique(table["cell"]):
        here = table["cell"] == cell
        found |= here & (0.1 <= label[here].mean() <= 0.9)
    return found


def figures(table: dict[str, np.ndarray]) -> dict[str, Any]:
    """Figures of the score on the rows of `table` (columns of `label_network`).

    It decides where it does not abstain: "removable" is right if the truth is ≤ ε, "necessary" and
    "horizon-dependent" if it is not.
    """
    score, truth, said = table["score"], table["truth"], verdicts(table)
    label, unclear = truth <= EPSILON, ambiguous(table)
    strict = label & (table["truth_falls"] >= 1)
    strict_score = np.where(table["score_falls"] >= 1, score, np.maximum(score, 1.0) + score)
    low, high, decided = said == REMOVABLE, said == DEAR, said != UNKNOWN
    right = (low == label)[decided]
    return {
        "neurons": len(score),
        "removable_share": _mean(label),
        "auc": auc(score, label),
        "auc_with_count_clause": auc(strict_score, strict),
        "auc_ambiguous_cells": auc(score[unclear], label[unclear]),
        "ambiguous_neurons": int(unclear.sum()),
        "auc_static": auc(table["static"], label),
        "rank_correlation": _rank(score, truth),
        "decides": _mean(decided),
        "right_where_it_decides": _mean(right),
        "says_horizon_dependent": _mean(said == BETWEEN),
        "removable_stays_cheap": _mean(table["long"][low] <= STILL_CHEAP),
        "necessary_stays_costly": _mean(table["long"][high] > STILL_CHEAP),
        "kappa_of_truth": kappa(table["truth"] <= EPSILON, table["again"] <= EPSILON),
        "kappa_of_truth_ambiguous": kappa(
            table["truth"][unclear] <= EPSILON, table["again"][unclear] <= EPSILON
        ),
    }


def verdicts(table: dict[str, np.ndarray]) -> np.ndarray:
    """What is said of every row; evaluation is exact in every family."""
    columns = (table[name].tolist() for name in ("score", "score_low", "score_high"))
    return np.array([verdict_of(*row) for row in zip(*columns, strict=True)])


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _rank(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's rank correlation; None where it is not defined."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
