"""Fourth norm Σ_k W_ik⁴ under hidden-layer noise: mean curves with a band over seeds, log-log.

Data: a frame with columns `noise` ("bipolar", "gaussian", …), `std`, `seed`, `step`,
`fourth_norm` (mean over features). Steps ≤ 0 have no place on a log axis and are left out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import CYCLE, GREY
from polysem._plots.intervals import bootstrap_mean
from polysem._plots.labels import seeds_phrase, settings_line
from polysem._plots.ranges import log_range, positive

TITLE = "Fourth norm under noise"
X_LABEL, Y_LABEL = "training step", "fourth norm, Σ w⁴ of an encoding"
START_LABEL = "random start, 3/m"


class Curve(NamedTuple):
    """Mean over seeds with its band; all arrays (steps,)."""

    noise: str
    std: float
    colour: str
    step: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


class FourthNorm(NamedTuple):
    """Curves by noise; `start` is the expectation 3/m, None if m is not given."""

    curves: dict[str, list[Curve]]
    start: float | None
    ends: tuple[float, float]
    subtitle: str


def prepare(
    frame: Any, n: int | None, m: int | None, l1: float | None, note: str = ""
) -> FourthNorm:
    """Means and 95 % bootstrap bands (seeds resampled) of every noise and strength."""
    frame = frame[frame["step"] > 0]
    strengths = sorted(frame["std"].unique())
    colours = dict(zip(strengths, CYCLE * len(strengths), strict=False))
    curves: dict[str, list[Curve]] = {noise: [] for noise in dict.fromkeys(frame["noise"])}
    seeds = []
    for (noise, std), part in frame.groupby(["noise", "std"]):
        wide = part.pivot_table(index="seed", columns="step", values="fourth_norm").dropna(axis=1)
        mean, low, high = bootstrap_mean(wide.to_numpy())
        step = wide.columns.to_numpy(float)
        curves[str(noise)].append(
            Curve(str(noise), float(std), colours[std], step, mean, low, high)
        )
        seeds.append(len(wide))
    start = None if m is None else 3 / m
    every = [v for group in curves.values() for c in group for v in (c.mean, c.low, c.high)]
    ends = log_range(*every, [start or np.nan])
    return FourthNorm(curves, start, ends, settings_line(n, m, l1, seeds_phrase(seeds), note))


def draw_mpl(
    frame: Any,
    *,
    n: int | None = None,
    m: int | None = None,
    l1: float | None = None,
    note: str = "",
) -> Any:
    """Matplotlib figure: one panel per kind of noise, one curve per strength."""
    from polysem._plots.mpl import new_figure, publication

    data = prepare(frame, n, m, l1, note)
    count = max(len(data.curves), 1)
    with publication():
        figure, axes = new_figure(
            TITLE,
            data.subtitle,
            width=max(3.3 * count, 4.6),
            height=3.0,
            ncols=count,
            sharey=True,
            squeeze=False,
        )
        for ax, (noise, curves) in zip(axes[0], data.curves.items(), strict=False):
            paint(ax, data, curves)
            ax.set_title(f"{noise} noise", loc="left")
        axes[0, 0].set_ylabel(Y_LABEL)
    return figure


def paint(ax: Any, data: FourthNorm, curves: list[Curve]) -> None:
    """Draw the curves of one noise into Matplotlib axes."""
    from polysem._plots.mpl import plain_log

    for curve in curves:
        ax.fill_between(curve.step, curve.low, curve.high, color=curve.colour, alpha=0.2, lw=0)
        ax.plot(curve.step, positive(curve.mean), color=curve.colour, label=f"σ = {curve.std:g}")
    if data.start is not None:
        ax.axhline(data.start, color=GREY, linestyle=":", linewidth=1, label=START_LABEL)
    ax.set(xscale="log", yscale="log", xlabel=X_LABEL, ylim=data.ends)
    plain_log(ax.xaxis)
    plain_log(ax.yaxis)
    ax.grid(True)
    ax.legend(loc="upper left")


def draw_bokeh(
    frame: Any,
    *,
    n: int | None = None,
    m: int | None = None,
    l1: float | None = None,
    note: str = "",
) -> Any:
    """Bokeh layout: one figure per kind of noise, zoomed together."""
    from bokeh.layouts import column

    data = prepare(frame, n, m, l1, note)
    plots: list[Any] = []
    for noise, curves in data.curves.items():
        ranges = (
            {"y_range": data.ends}
            if not plots
            else {
                "x_range": plots[0].x_range,
                "y_range": plots[0].y_range,
            }
        )
        plots.append(_bokeh_panel(data, noise, curves, ranges))
    return column(*plots, sizing_mode="stretch_width")


def _bokeh_panel(data: FourthNorm, noise: str, curves: list[Curve], ranges: dict[str, Any]) -> Any:
    from polysem._plots.bokeh_canvas import canvas, hover, legend, source

    plot = canvas(
        f"{TITLE}: {noise}",
        data.subtitle,
        X_LABEL,
        Y_LABEL,
        height=360,
        x_axis_type="log",
        y_axis_type="log",
        **ranges,
    )
    entries = []
    for curve in curves:
        table = source(step=curve.step, mean=positive(curve.mean), low=curve.low, high=curve.high)
        band = plot.varea("step", "low", "high", source=table, color=curve.colour, alpha=0.2)
        line = plot.line("step", "mean", source=table, color=curve.colour, line_width=2)
        rows = [
            ("σ", f"{curve.std:g}"),
            ("step", "@step{0,0}"),
            ("mean", "@mean{0.0000}"),
            ("95 % band", "@low{0.0000} – @high{0.0000}"),
        ]
        hover(plot, [line], rows)
        entries.append((f"σ = {curve.std:g}", [line, band]))
    if data.start is not None and curves:
        ends = [float(min(c.step.min() for c in curves)), float(max(c.step.max() for c in curves))]
        line = plot.line(ends, [data.start] * 2, color=GREY, line_dash="dotted", line_width=2)
        entries.append((START_LABEL, [line]))
    legend(plot, entries)
    return plot
