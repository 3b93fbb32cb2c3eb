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
if there is one network. "…, trained on": after more training without a mask, of sham and repaired
network alike; `before` is that of the same networks before the repair."""


def effects(networks: Sequence[Repaired]) -> list[dict[str, Any]]:
    """One row per quantity; of one network the loss and metric are paired batch by batch.

    Behind them the same for networks that were trained on, where that was done: of those in which
    something was moved.
    """
    count, share = "polysemantic neurons", _share_removed(networks)
    on = [n for n in networks if n.layer.further is not None]
    if len(networks) > 1:
        rows = [_over_networks(count, networks, "count"), share, *_costs(networks)]
        return rows + ([_over_networks(count, on, "count", ON), *_costs(on, ON)] if on else [])
    one = networks[0]
    rows = [_over_networks(count, networks, "count"), share]
    if one.layer.active is not None:
        rows.append(_over_networks("polysemantic by activations", networks, "active"))
    rows += _batches(one)
    return rows + ([_over_networks(count, on, "count", ON), *_batches(one, ON)] if on else [])


ON = "_further"
WORDS = {"": "", ON: ", trained on"}


def _costs(networks: Sequence[Repaired], stage: str = "") -> list[dict[str, Any]]:
    """Loss and metric, paired by network."""
    rows = [
        _over_networks("loss", networks, "loss", stage),
        _difference(
            f"loss against sham, feature-worths{WORDS[stage]}",
            [n.row()[f"gap{stage}"] for n in networks],
            "network",
        ),
    ]
    if all(n.metrics for n in networks):
        rows.append(_over_networks("metric", networks, "metric", stage))
    return rows


def _batches(one: Repaired, stage: str = "") -> list[dict[str, Any]]:
    """Loss and metric of one network, paired by batch."""
    layer = one.layer
    sham, repaired = layer.further if stage and layer.further else (layer.sham, layer.repaired)
    losses = [arm.losses.double().tolist() for arm in (layer.before, sham, repaired)]
    gaps = one.gaps_further if stage else one.gaps
    rows = [
        _paired(f"loss{WORDS[stage]}", losses, "batch"),
        _difference(f"loss against sham, feature-worths{WORDS[stage]}", gaps or [], "batch"),
    ]
    if one.metrics:
        first = one.metrics[0]
        parts = [first, *(one.metrics[3:] if stage else one.metrics[1:3])]
        rows.append(_paired(f"metric{WORDS[stage]}", [list(values) for values in parts], "batch"))
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


def _over_networks(
    quantity: str, networks: Sequence[Repaired], column: str, stage: str = ""
) -> dict[str, Any]:
    rows = [n.row() for n in networks]
    arms = ("", f"_sham{stage}", f"_repaired{stage}")
    parts = [[row[f"{column}{arm}"] for row in rows] for arm in arms]
    return _paired(f"{quantity}{WORDS[stage]}", parts, "network")


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
