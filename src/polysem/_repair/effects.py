"""Both sides of the ledger: repaired against the sham on the same networks, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from polysem._repair.result import Repaired

EFFECTS = {
    "quantity": "text",
    "before": "float",
    "sham": "float",
    "repaired": "float",
    "difference": "float",
    "low": "float",
    "high": "float",
    "pairs": "int",
    "paired_by": "text",
}
"""Columns: means over networks; `difference` — repaired minus sham with its 95 % interval
(Student's t over `pairs` pairs; unknown for fewer than two); `paired_by` — "network", or "batch"
if there is one network."""


def effects(networks: Sequence[Repaired]) -> list[dict[str, Any]]:
    """One row per quantity; of one network the loss and metric are paired batch by batch."""
    rows = [
        _over_networks("polysemantic neurons", networks, "count"),
        _share_removed(networks),
    ]
    if len(networks) > 1:
        rows.append(_over_networks("loss", networks, "loss"))
        rows.append(_over_networks("loss against sham, feature-worths", networks, "gap"))
        if all(n.metrics for n in networks):
            rows.append(_over_networks("metric", networks, "metric"))
        return rows
    one = networks[0]
    arms = (one.layer.before.losses, one.layer.sham.losses, one.layer.repaired.losses)
    rows.append(_over_batches("loss", [arm.double().tolist() for arm in arms]))
    rows.append(_difference("loss against sham, feature-worths", one.gaps, "batch"))
    if one.metrics:
        rows.append(_over_batches("metric", [list(values) for values in one.metrics]))
    return rows


def interval(differences: Sequence[float]) -> tuple[float | None, float | None]:
    """95 % interval of their mean by Student's t; unknown for fewer than two."""
    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2:
        return None, None
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / len(values) ** 0.5
    return float(values.mean()) - half, float(values.mean()) + half


def proportion(hits: int, of: int) -> tuple[float | None, float | None]:
    """Clopper and Pearson's exact 95 % interval."""
    if of == 0:
        return None, None
    from scipy.stats import beta

    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def _share_removed(networks: Sequence[Repaired]) -> dict[str, Any]:
    """Share of polysemantic neurons that are gone, against none before."""
    had = sum(n.layer.polysemantic[0] for n in networks)
    gone = max(0, had - sum(n.layer.polysemantic[1] for n in networks))
    low, high = proportion(gone, had)
    share = gone / had if had else None
    return _row("share removed", (None, None, share), share, low, high, had, "neuron")


def _over_networks(quantity: str, networks: Sequence[Repaired], column: str) -> dict[str, Any]:
    rows = [n.row() for n in networks]
    if column == "gap":
        return _difference(quantity, [row["gap"] for row in rows], "network")
    parts = [[row[f"{column}{arm}"] for row in rows] for arm in ("", "_sham", "_repaired")]
    return _paired(quantity, parts, "network")


def _over_batches(quantity: str, parts: list[list[float]]) -> dict[str, Any]:
    return _paired(quantity, parts, "batch")


def _paired(quantity: str, parts: list[list[float]], by: str) -> dict[str, Any]:
    differences = [b - a for a, b in zip(parts[1], parts[2], strict=True)]
    low, high = interval(differences)
    means = tuple(float(np.mean(part)) for part in parts)
    change = float(np.mean(differences))
    return _row(quantity, means, change, low, high, len(differences), by)


def _difference(quantity: str, differences: list[float], by: str) -> dict[str, Any]:
    low, high = interval(differences)
    change = float(np.mean(differences))
    return _row(quantity, (None, None, None), change, low, high, len(differences), by)


def _row(
    quantity: str,
    means: tuple[float | None, ...],
    difference: float | None,
    low: float | None,
    high: float | None,
    pairs: int,
    by: str,
) -> dict[str, Any]:
    before, sham, repaired = means
    return {
        "quantity": quantity,
        "before": before,
        "sham": sham,
        "repaired": repaired,
        "difference": difference,
        "low": low,
        "high": high,
        "pairs": pairs,
        "paired_by": by,
    }
