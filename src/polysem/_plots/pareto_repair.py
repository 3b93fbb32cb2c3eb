"""Both sides of the ledger of a repair: polysemantic neurons against loss, arm by arm.

Data: a `Repair`, just made or read back. Points: the networks as they were, the sham, the repaired
ones, and the last two trained on without a mask. Means over networks; their intervals need five.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polysem._intervals import FEWEST
from polysem._plots.pareto import (
    Ends,
    Point,
    count_ends,
    draw_bokeh,
    draw_mpl,
    front,
    look,
    loss_ends,
)

Y_LABEL = "loss, of the data it is judged by"
ARMS = {
    "before": "",
    "sham": "_sham",
    "repaired": "_repaired",
    "sham, trained on": "_sham_further",
    "repaired, trained on": "_repaired_further",
}
"""Arm in words → end of its columns in `Repair.table`."""


def prepare(repair: Any) -> list[Point]:
    """The arms that there are; of networks that were trained on, those in which features moved."""
    rows = repair.to_dicts()
    found = []
    for place, (name, end) in enumerate(ARMS.items()):
        known = [row for row in rows if row[f"count{end}"] is not None]
        if known:
            counts = [row[f"count{end}"] for row in known]
            losses = [row[f"loss{end}"] for row in known]
            found.append((place, name, _ends(counts, count_ends), _ends(losses, loss_ends)))
    chosen = front([(x[0], y[0]) for _, _, x, y in found])
    return [
        Point(name, x, y, i in chosen, *look(place)) for i, (place, name, x, y) in enumerate(found)
    ]


def _ends(values: Sequence[float], interval: Any) -> Ends:
    if len(values) >= FEWEST:
        return interval(values)
    mean = sum(values) / len(values)
    return mean, mean, mean


def subtitle(repair: Any) -> str:
    """What was repaired, and how."""
    return f"{repair.source}; {repair.method}"


def plot_repair(repair: Any) -> Any:
    """Matplotlib figure."""
    return draw_mpl(prepare(repair), subtitle(repair), Y_LABEL)


def draw_repair(repair: Any) -> Any:
    """Bokeh figure."""
    return draw_bokeh(prepare(repair), subtitle(repair), Y_LABEL)
