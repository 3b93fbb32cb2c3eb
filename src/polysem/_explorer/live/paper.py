"""The figures of the live view for paper: Matplotlib, the numbers and colours of the page."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._explorer.live import words
from polysem._explorer.live.course import LOOKS, MEASURED, QUANTITIES
from polysem._explorer.live.moment import Moment
from polysem._explorer.live.planes import FORCE_LOOKS, REACH, STATES, arrow_tips, state_masks
from polysem._explorer.live.weights_map import TICKS
from polysem._plots.colours import BLACK, BLUE, GREY
from polysem._plots.labels import settings_line
from polysem._plots.mpl import diverging_map, new_figure, publication

MARKERS = {"circle": "o", "square": "s", "x": "x"}  # Bokeh's names and Matplotlib's
SQUARE = {"width": 3.6, "height": 3.9}


def _line(now: Moment) -> str:
    """What was run, and when this is."""
    settings = now.settings
    note = f"seed {settings.seed}, {words.time_of(now.frame, settings)}"
    return settings_line(settings.n, settings.m, settings.l1, None, note)


def weights(now: Moment) -> Any:
    """The weight matrix, coloured by the signed root of the weights as on the page."""
    picture = now.frame.picture.astype(np.float64)
    rows, columns = picture.shape
    with publication():
        figure, ax = new_figure("Weights W", _line(now), height=2.8)
        image = ax.imshow(
            _root(picture), cmap=diverging_map(), vmin=-1, vmax=1, aspect="auto",
            extent=(0, columns, rows, 0), interpolation="nearest",
        )  # fmt: skip
        ax.set(xlabel=f"{now.settings.m:,} neurons, contested ones first", xticks=[], yticks=[])
        ax.set_ylabel(f"{now.settings.n:,} features")
        bar = figure.colorbar(image, ax=ax, ticks=_root(np.array(TICKS)))
        bar.ax.set_yticklabels([f"{tick:g}" for tick in TICKS])
    return figure


def _root(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.sqrt(np.minimum(np.abs(values), 1))


def _plane(title: str, line: str, x_label: str, y_label: str) -> tuple[Any, Any]:
    figure, ax = new_figure(title, line, **SQUARE)
    ax.axhline(0, color=GREY, linewidth=0.6)
    ax.axvline(0, color=GREY, linewidth=0.6)
    ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel=x_label, ylabel=y_label)
    return figure, ax


def collisions(now: Moment) -> Any:
    """All colliding pairs in the plane of their two weights."""
    with publication():
        figure, ax = _plane(
            "Collisions", _line(now), "weight of the stronger feature",
            "weight of the weaker feature",
        )  # fmt: skip
        for state, mask in state_masks(now.opening.pairs, now.frame.resolved).items():
            label, marker, colour = STATES[state]
            x, y = now.frame.weights[mask].T
            ax.scatter(x, y, 16, marker=MARKERS[marker], color=colour, alpha=0.7, label=label)
        ax.legend(loc="upper right", fontsize=6)
    return figure


def phase(now: Moment) -> Any:
    """The chosen pair: its way, its place, the three forces."""
    pairs, frame = now.opening.pairs, now.frame
    i, j, k = (int(a[now.pair]) for a in (pairs.larger, pairs.smaller, pairs.neuron))
    way = now.history.way(now.pair)
    with publication():
        figure, ax = _plane(
            "Phase portrait of one pair", _line(now), f"weight of feature {i} on neuron {k}",
            f"weight of feature {j} on neuron {k}",
        )  # fmt: skip
        ax.plot(*way.T, color=GREY, linewidth=1.2, label="way so far")
        x, y = frame.weights[now.pair]
        ax.plot([x], [y], "o", color=BLACK, ms=5, label="now")
        for name, tip in arrow_tips(frame, now.pair).items():
            label, colour = FORCE_LOOKS[name]
            ax.quiver(
                x, y, tip[0] - x, tip[1] - y, angles="xy", scale_units="xy", scale=1,
                color=colour, width=0.009, label=label, zorder=3,
            )  # fmt: skip
        ax.legend(loc="upper right", fontsize=6)
    return figure


def course(now: Moment) -> Any:
    """‖W‖₁ and m' so far, on log axes, with the laws."""
    later = [frame for frame in now.history.frames if frame.t > 0]
    with publication():
        figure, axes = new_figure(
            "How encodings become sparse", _line(now), width=6.6, height=3.0, ncols=2
        )
        for ax, (name, label) in zip(axes, QUANTITIES.items(), strict=True):
            t = [frame.t for frame in later]
            values = [getattr(frame, name) for frame in later]
            ax.plot(t, values, "-o", ms=2, color=BLUE, label=MEASURED)
            ax.set(xscale="log", yscale="log", xlabel="time t", ylabel=label)
            if now.settings.flows is False:
                ax.set_xlabel("steps")
            ax.autoscale(False)  # a law may run out of what was measured
            for law in now.laws.laws if now.laws is not None else ():
                look = LOOKS[law.name]
                ax.plot(law.t, getattr(law, name), look.style, color=look.colour, label=law.name)
        axes[0].legend(loc="lower left", fontsize=6)
    return figure
