"""A diagnosis as one figure: kinds of neurons, each neuron, the map, costs, thresholds, nulls."""

from __future__ import annotations

from typing import Any

from polysem._plots import (
    diagnosis_costs,
    diagnosis_kinds,
    diagnosis_map,
    diagnosis_neurons,
    diagnosis_nulls,
    diagnosis_thresholds,
)
from polysem._plots.overview import panel

PARTS = (
    (diagnosis_kinds, ""),
    (diagnosis_neurons, diagnosis_neurons.NOTHING),
    (diagnosis_map, diagnosis_map.NOTHING),
    (diagnosis_costs, diagnosis_costs.NOTHING),
    (diagnosis_thresholds, diagnosis_thresholds.NOTHING),
    (diagnosis_nulls, diagnosis_nulls.NOTHING),
)


def plot_diagnosis(diagnosis: Any) -> Any:
    """Matplotlib figure (2 × 3 panels) of a `Diagnosis`; panels without data say why."""
    from polysem._plots.mpl import new_figure, publication

    with publication():
        title = diagnosis.source.replace("$", r"\$")
        title = title if len(title) <= 110 else f"{title[:109]}…"
        figure, axes = new_figure(title, width=11.5, height=6.4, nrows=2, ncols=3)
        for ax, (part, without) in zip(axes.flat, PARTS, strict=True):
            panel(ax, part.TITLE, part.prepare(diagnosis), part.paint, without)
    return figure
