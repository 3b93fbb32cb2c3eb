"""The curve that turns a cost into a probability, and its figures under splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from polysem._diagnose.benchmark.figures import ambiguous, auc, calibration_error, error_if_exact
from polysem._diagnose.origin.costs import squashed
from polysem._diagnose.origin.shams import EPSILON
from polysem._diagnose.origin.verdict import chance, lapsed

RIDGE = 0.001
STARTS = (-3.0, -20.0)
"""Slopes from which the curve is looked for; the likelihood has flat parts."""
Table = dict[str, np.ndarray]


@dataclass(frozen=True)
class Curve:
    """P(removable) of a cost; `intercept`, `slope`, `lapse` as in `verdict.Calibration`."""

    intercept: float
    slope: float
    lapse: float

    def predict(self, costs: np.ndarray, unsettled: np.ndarray) -> np.ndarray:
        """P(removable) of each cost."""
        p = chance(self.intercept + self.slope * _scaled(costs))
        return np.where(unsettled, lapsed(p, self.lapse), p)


def fit_curve(costs: np.ndarray, label: np.ndarray, unsettled: np.ndarray) -> Curve:
    """The most likely `Curve`, with a slight ridge on its slope and on its value at ε.

    The ridge keeps the slope finite where the classes do not overlap. One imaginary unsettled
    neuron turned out by chance alone, so that a few that did not make no certainty; without any
    the lapse is ½.
    """
    s = _scaled(costs) - squashed(EPSILON)
    side = np.where(label, 1, -1)

    def loss(w: np.ndarray) -> float:
        certain = chance(side * (w[0] + w[1] * s))  # P(what it is)
        share = _lapse_of(w)
        p = np.where(unsettled, lapsed(certain, share), certain)
        told = -np.log(np.clip(p, 1e-300, 1)).sum() - np.log(2 * share)
        return float(told + RIDGE * (w[:2] ** 2).sum())

    # Bounded: after too long a first step the lapse would stay at ½, where nothing pulls it back.
    box = ((None, None), (None, None), (-8, 8))
    tries = [
        minimize(loss, np.array([0.0, slope, -1.0]), method="L-BFGS-B", bounds=box)
        for slope in STARTS
    ]
    w = min(tries, key=lambda one: one.fun).x
    lapse = _lapse_of(w) if unsettled.any() else 0.5
    return Curve(float(w[0] - w[1] * squashed(EPSILON)), float(w[1]), float(lapse))


def _lapse_of(w: np.ndarray) -> float:
    return float(0.5 / (1 + np.exp(-w[2])))


def unsettled_rows(table: Table) -> np.ndarray:
    """Rows whose seeds, or whose layer's shams, differ by more than ε (`verdict.unsettled`)."""
    spread = table["score_high"] - table["score_low"]
    return (table["jumped"] > 0) | ~(spread <= EPSILON)


def split_figures(table: Table) -> dict[str, Any]:
    """Figures of the probability, predicted from other networks and from other families.

    Of networks: every other one. `worst_family_auc` — of the cost itself.
    """
    label = table["truth"] <= EPSILON
    networks = [f"{cell} {seed}" for cell, seed in zip(table["cell"], table["seed"], strict=True)]
    by_network = _predicted(table, label, np.unique(networks, return_inverse=True)[1] % 2)
    by_family = _predicted(table, label, table["family"])
    families = {}
    for name in np.unique(table["family"]):
        here = table["family"] == name
        families[str(name)] = {
            "neurons": int(here.sum()),
            "removable_share": float(label[here].mean()),
            "auc": auc(table["score"][here], label[here]),
        }
    areas = [f["auc"] for f in families.values() if f["auc"] is not None]
    return {
        "new_networks": probability_figures(by_network, table),
        "left_out_family": probability_figures(by_family, table),
        "worst_family_auc": min(areas) if areas else None,
        "families": families,
    }


def probability_figures(p: np.ndarray, table: Table) -> dict[str, Any]:
    """ECE of the probabilities of `table`'s rows, and their AUC; rows without one are left out."""
    known = np.isfinite(p)
    label, unclear = table["truth"] <= EPSILON, ambiguous(table) & known
    return {
        "ece": calibration_error(p[known], label[known]),
        "ece_if_exact": error_if_exact(p[known]),
        "auc_probability": auc(-p[known], label[known]),
        "auc_probability_ambiguous_cells": auc(-p[unclear], label[unclear]),
    }


def _predicted(table: Table, label: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """P(removable) of each row from the rows of other groups; NaN without others."""
    score, unsettled = table["score"], unsettled_rows(table)
    p = np.full(len(score), np.nan)
    for group in np.unique(groups):
        here = groups == group
        if not here.all():
            fitted = fit_curve(score[~here], label[~here], unsettled[~here])
            p[here] = fitted.predict(score[here], unsettled[here])
    return p


def _scaled(costs: np.ndarray) -> np.ndarray:
    return np.array([squashed(float(c)) for c in costs])
