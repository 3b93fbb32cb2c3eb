"""The one-feature logit that turns a cost into a probability, and its figures under splits."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize

from polysem._diagnose.benchmark.figures import auc, calibration_error
from polysem._diagnose.origin.costs import squashed
from polysem._diagnose.origin.removal import EPSILON

RIDGE = 0.01


def fit_logit(costs: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """(intercept, slope) of P(removable) = σ(intercept + slope·s), with a slight ridge.

    The ridge keeps the slope finite where the classes do not overlap.
    """
    s = np.array([squashed(float(c)) for c in costs])

    def loss(w: np.ndarray) -> float:
        z = w[0] + w[1] * s
        return float(np.logaddexp(0, np.where(label, -z, z)).sum() + RIDGE * (w**2).sum())

    found = minimize(loss, np.zeros(2), method="BFGS")
    return float(found.x[0]), float(found.x[1])


def predict(weights: tuple[float, float], costs: np.ndarray) -> np.ndarray:
    """P(removable) of each cost."""
    s = np.array([squashed(float(c)) for c in costs])
    return 1 / (1 + np.exp(-np.clip(weights[0] + weights[1] * s, -50, 50)))


def split_figures(table: dict[str, np.ndarray]) -> dict[str, Any]:
    """ECE under a split by network (every other one) and with each whole family left out."""
    score, label = table["score"], table["truth"] <= EPSILON
    by_network, by_family = np.full(len(score), np.nan), np.full(len(score), np.nan)
    networks = [f"{cell} {seed}" for cell, seed in zip(table["cell"], table["seed"], strict=True)]
    number = np.unique(networks, return_inverse=True)[1]
    for group in (0, 1):
        here = number % 2 == group
        if here.any() and (~here).any():
            by_network[here] = predict(fit_logit(score[~here], label[~here]), score[here])
    families = {}
    for name in np.unique(table["family"]):
        here = table["family"] == name
        if (~here).any():
            by_family[here] = predict(fit_logit(score[~here], label[~here]), score[here])
        families[str(name)] = {
            "neurons": int(here.sum()),
            "removable_share": float(label[here].mean()),
            "auc": auc(score[here], label[here]),
        }
    areas = [f["auc"] for f in families.values() if f["auc"] is not None]
    return {
        "ece_new_networks": _error(by_network, label),
        "ece_left_out_family": _error(by_family, label),
        "worst_family_auc": min(areas) if areas else None,
        "families": families,
    }


def _error(p: np.ndarray, label: np.ndarray) -> float | None:
    known = np.isfinite(p)
    return calibration_error(p[known], label[known])
