"""A census as one figure: features per neuron, and what became of the collisions."""

from __future__ import annotations

from typing import Any

from polysem._plots import fates, occupancy
from polysem._plots.overview import panel
from polysem._plots.run_facts import subtitle


def plot_census(census: Any) -> Any:
    """Matplotlib figure (1 × 2 panels) of a `Census`; panels without data say why."""
    from polysem._plots.mpl import new_figure, publication

    with publication():
        figure, axes = new_figure(f"census: {subtitle(census)}", width=8.0, height=3.2, ncols=2)
        panel(axes[0], occupancy.TITLE, occupancy.prepare(census), occupancy.paint)
        panel(axes[1], fates.TITLE, fates.prepare(census), fates.paint, fates.NOTHING)
    return figure
