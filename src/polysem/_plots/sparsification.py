"""Speed of sparsification: ‖W‖₁ and m' against time, on log axes, with the laws beside the data.

Data: a frame with columns `series` (name of the curve), `t`, `l1_norm`, `m_prime`, and `seed`
where a series holds several networks. Times ≤ 0 have no place on a log axis and are left out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import BLACK, BLUE, CYCLE, GREEN, GREY, ORANGE, Look
from polysem._plots.labels import settings_line
from polysem._plots.run_facts import subtitle

TITLE = "Speed of sparsification"
QUANTITIES = {
    "l1_norm": "ℓ1 norm, ‖W‖₁",
    "m_prime": "nonzero weights, m'",
}
LOOKS = {
    "flow, measured": Look(BLUE, "solid", "-"),
    "authors' simulation": Look(GREEN, "dotdash", "-."),
    "textbook law": Look(BLACK, "dashed", "--"),
    "corrected law": Look(ORANGE, "solid", "-"),
}
SHOWN_SEEDS = 8
LAW_POINTS = 120


class Curve(NamedTuple):
    """One line; several may share a series (one per seed)."""

    series: str
    look: Look
    t: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def law(self) -> bool:
        """True for theory, which is drawn thinner and above the data."""
        return self.series.endswith("law")


def prepare(frame: Any) -> list[Curve]:
    """The curves of a data frame, in the order in which the series appear, laws last."""
    frame = frame[frame["t"] > 0]
    names = list(dict.fromkeys(frame["series"]))
    spare = iter(CYCLE * (1 + len(names)))
    curves = []
    for name in sorted(names, key=lambda name: name.endswith("law")):
        look = LOOKS.get(name) or Look(next(spare), "solid", "-")
        part = frame[frame["series"] == name]
        groups = part.groupby("seed", sort=False, dropna=False) if "seed" in part else [(0, part)]
        for _, line in groups:
            line = line.sort_values("t")
            values = {q: line[q].to_numpy(float) for q in QUANTITIES}
            curves.append(Curve(name, look, line["t"].to_numpy(float), values))
    return curves


def frame_of_run(run: Any) -> Any:
    """The same frame from the trajectory of a run, with both laws; None if it was not recorded."""
    import pandas

    from polysem._theory.speed import sparsification, textbook

    if not run.trajectories or any(q not in run.trajectories[0] for q in QUANTITIES):
        return None
    rows = run.trajectory()
    rows = rows[np.isfinite(rows["l1_norm"]) & rows["seed"].isin(run.seeds[:SHOWN_SEEDS])]
    measured = rows[["seed", "t", *QUANTITIES]].assign(series=_measured(run))
    if not (rows["t"] > 0).any():
        return None
    network = run.spec.network
    times = rows["t"][rows["t"] > 0]
    t = np.geomspace(times.min(), times.max(), LAW_POINTS)
    scale = getattr(network.initial, "scale", None)
    laws = {"textbook law": textbook(network.m, network.l1, t)}
    if scale is not None:
        laws["corrected law"] = sparsification(network.m, network.l1, t, scale=scale)
    parts = [
        pandas.DataFrame(
            {"series": name, "t": t, "l1_norm": law.l1_norm, "m_prime": law.m_prime, "seed": -1}
        )
        for name, law in laws.items()
    ]
    return pandas.concat([measured, *parts], ignore_index=True)


def _measured(run: Any) -> str:
    return "flow, measured" if run.spec.verb == "simulate" else "training, measured"


def run_subtitle(run: Any) -> str:
    """n, m, λ and how many seeds are drawn."""
    shown = min(len(run.seeds), SHOWN_SEEDS)
    seeds = shown if shown == len(run.seeds) else f"first {shown} of {len(run.seeds):,} seeds"
    return subtitle(run, seeds)


def draw_mpl(
    frame: Any,
    *,
    n: int | None = None,
    m: int | None = None,
    l1: float | None = None,
    seeds: int | str | None = None,
    note: str = "",
) -> Any:
    """Matplotlib figure: ‖W‖₁ left, m' right."""
    from polysem._plots.mpl import new_figure, publication

    line = settings_line(n, m, l1, seeds, note)
    with publication():
        figure, axes = new_figure(TITLE, line, width=6.6, height=3.0, ncols=2)
        curves = prepare(frame)
        for ax, quantity in zip(axes, QUANTITIES, strict=True):
            paint(ax, curves, quantity)
        axes[0].legend(loc="lower left")
    return figure


def paint(ax: Any, curves: list[Curve], quantity: str, label: str | None = None) -> None:
    """Draw one quantity into Matplotlib axes."""
    from polysem._plots.mpl import plain_log

    labelled: set[str] = set()
    for curve in curves:
        ax.plot(
            curve.t,
            _positive(curve.values[quantity]),
            curve.look.style,
            color=curve.look.colour,
            linewidth=1.2 if curve.law else 1.6,
            alpha=1 if curve.law else 0.7,
            label=None if curve.series in labelled else curve.series,
        )
        labelled.add(curve.series)
    ax.set(xscale="log", yscale="log", xlabel="time t", ylabel=label or QUANTITIES[quantity])
    ax.grid(True)
    ax.set_ylim(*data_range(curves, quantity))
    plain_log(ax.xaxis)
    plain_log(ax.yaxis)
    if quantity == "m_prime" and curves:
        ax.axhline(1, color=GREY, linewidth=0.7, linestyle=":")


def data_range(curves: list[Curve], quantity: str) -> tuple[float, float]:
    """Ends of the log axis: what was measured fills it; a law may run out of it."""
    curves = [curve for curve in curves if not curve.law] or curves
    values = np.concatenate([curve.values[quantity] for curve in curves] or [np.ones(1)])
    values = values[np.isfinite(values) & (values > 0)]
    low, high = (float(values.min()), float(values.max())) if values.size else (1.0, 1.0)
    margin = max((high / low) ** 0.12, 1.3)
    return low / margin, high * margin


def draw_bokeh(
    frame: Any,
    *,
    n: int | None = None,
    m: int | None = None,
    l1: float | None = None,
    seeds: int | str | None = None,
    note: str = "",
) -> Any:
    """Bokeh layout: ‖W‖₁ above m', zoomed together in time."""
    from bokeh.layouts import column

    line = settings_line(n, m, l1, seeds, note)
    curves = prepare(frame)
    top = _bokeh_panel(curves, "l1_norm", line, {})
    bottom = _bokeh_panel(curves, "m_prime", line, {"x_range": top.x_range})
    return column(top, bottom, sizing_mode="stretch_width")


def _bokeh_panel(curves: list[Curve], quantity: str, line: str, ranges: dict[str, Any]) -> Any:
    from polysem._plots import bokeh_canvas
    from polysem._plots.bokeh_canvas import canvas, hover, legend

    ends = data_range(curves, quantity)
    plot = canvas(
        TITLE,
        line,
        "time t",
        QUANTITIES[quantity],
        height=360,
        x_axis_type="log",
        y_axis_type="log",
        y_range=ends,
        **ranges,
    )
    bokeh_canvas.plain_log(plot.yaxis, ends)
    entries: dict[str, list[Any]] = {}
    for curve in curves:
        drawn = plot.line(
            curve.t,
            _positive(curve.values[quantity]),
            color=curve.look.colour,
            line_dash=curve.look.dash,
            line_width=2,
            alpha=1 if curve.law else 0.7,
            name=curve.series,
        )
        entries.setdefault(curve.series, []).append(drawn)
    for renderers in entries.values():
        hover(plot, renderers, [("", "$name"), ("t", "$x{0.00}"), (quantity, "$y{0.000}")])
    legend(plot, list(entries.items()))
    return plot


def _positive(values: np.ndarray) -> np.ndarray:
    """What a log axis can show; the rest is a gap."""
    return np.where(values > 0, values, np.nan)
