"""One page of a run: weights before and after, fates, occupancy, counts and speed."""

from __future__ import annotations

from typing import Any

from polysem._plots import fates, occupancy, polysemantic, sparsification, weights
from polysem._plots.run_facts import subtitle

NO_WEIGHTS = "No seed has finite weights."
NO_SPEED = "l1_norm and m_prime were not recorded."


def plot_run(run: Any) -> Any:
    """Matplotlib figure (2 × 3 panels) of a `Run`; panels without data say why."""
    from polysem._plots.mpl import new_figure, publication

    with publication():
        title = f"{run.spec.verb}: {subtitle(run)}"
        figure, axes = new_figure(title, width=10.5, height=5.6, nrows=2, ncols=3)
        _weights(run, axes[0, 0], axes[0, 1])
        panel(axes[0, 2], polysemantic.TITLE, polysemantic.prepare(run), polysemantic.paint)
        panel(axes[1, 0], occupancy.TITLE, occupancy.prepare(run), occupancy.paint)
        panel(axes[1, 1], fates.TITLE, fates.prepare(run), fates.paint, fates.NOTHING)
        _speed(run, axes[1, 2])
    return figure


def panel(ax: Any, title: str, data: Any, paint: Any, without: str = NO_WEIGHTS) -> None:
    """One panel with its title, or the reason why it is empty."""
    from polysem._plots.mpl import say_nothing_to_show

    ax.set_title(title, loc="left")
    if data is None:
        say_nothing_to_show(ax, without)
    else:
        paint(ax, data)


def _weights(run: Any, *axes: Any) -> None:
    from polysem._plots.mpl import say_nothing_to_show

    view = weights.prepare(run)
    for i, ax in enumerate(axes):
        if view is None:
            say_nothing_to_show(ax, NO_WEIGHTS)
        else:
            weights.paint(ax, view, view.panels[i])
            ax.set_title(("Weights at the start", "Weights at the end")[i], loc="left")


def _speed(run: Any, ax: Any) -> None:
    from polysem._plots.mpl import boxed_legend, say_nothing_to_show

    frame = sparsification.frame_of_run(run)
    ax.set_title(sparsification.TITLE, loc="left")
    if frame is None:
        say_nothing_to_show(ax, NO_SPEED)
        return
    sparsification.paint(ax, sparsification.prepare(frame), "m_prime")
    boxed_legend(ax, loc="lower left")
