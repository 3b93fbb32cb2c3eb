"""Each statistic of the layer against its null, in standard deviations of the null.

Data: a `Diagnosis` with nulls.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polysem._plots.colours import GREY, PALE, VERMILLION
from polysem._plots.labels import number

TITLE = "More than chance? The layer against its nulls"
X_LABEL = "standard deviations from the mean of the null"
NOTHING = "No null could be drawn."
HALF = 0.15  # height of a bar: its words stand above it
FAR = 20.0  # drawn at the edge, with its number


class Tests(NamedTuple):
    """One entry per null, from the bottom up: observed z (cut at ±`FAR`), the null's 95 %."""

    z: np.ndarray
    low: np.ndarray
    high: np.ndarray
    labels: list[str]
    against: list[str]
    said: list[str]
    observed: list[str]
    p: list[float]


def prepare(diagnosis: Any) -> Tests | None:
    """z and the middle 95 % of every null; a null that does not vary has no width."""
    tests = [test for test in reversed(diagnosis.nulls) if np.isfinite(test.observed)]
    if not tests:
        return None
    scaled = [(t.null - t.null.mean()) / _spread(t.null) for t in tests]
    bands = np.array([np.quantile(values, (0.025, 0.975)) for values in scaled])
    return Tests(
        np.clip([_deviations(t) for t in tests], -FAR, FAR),
        bands[:, 0],
        bands[:, 1],
        [t.statistic for t in tests],
        [t.null_model for t in tests],
        [_said(t) for t in tests],
        [f"{number(t.observed)}; null {number(float(t.null.mean()))}" for t in tests],
        [t.p for t in tests],
    )


def _spread(null: np.ndarray) -> float:
    return (float(null.std(ddof=1)) if len(null) > 1 else 0.0) or 1.0


def _deviations(test: Any) -> float:
    """z; at the edge where the null does not vary and something else was observed."""
    if np.isfinite(test.z):
        return float(test.z)
    away = test.observed - float(test.null.mean())
    return 0.0 if abs(away) < 1e-9 else float(np.sign(away)) * FAR


def _said(test: Any) -> str:
    z = f"z {test.z:.1f}" if np.isfinite(test.z) else "the null does not vary"
    return f"{z}, p {test.p:.2g}"


def paint(ax: Any, data: Tests) -> None:
    """Draw into Matplotlib axes."""
    place = np.arange(len(data.z))
    ax.barh(
        place, data.high - data.low, 2 * HALF, left=data.low, color=PALE, label="95 % of the null"
    )
    ax.plot(data.z, place, "D", color=VERMILLION, ms=4, label="this layer")
    ax.axvline(0, color=GREY, linewidth=0.6)
    reach = max(3.0, float(np.abs(data.z).max()))
    for y, (statistic, against, said) in enumerate(
        zip(data.labels, data.against, data.said, strict=True)
    ):
        text = f"{_short(statistic)}\nagainst {_short(against)}: {said}"
        above = {"textcoords": "offset points", "ha": "center", "va": "bottom"}
        ax.annotate(text, (0, y + HALF), (0, 2), size=5.5, **above)
    ax.set(xlabel=X_LABEL, yticks=[], xlim=(-1.15 * reach, 1.15 * reach))
    ax.set_ylim(-1.1, len(place))
    ax.legend(loc="lower right", fontsize=6, ncols=2)


def _short(text: str, most: int = 60) -> str:
    text = text.partition(" (")[0].replace("$", r"\$")
    return text if len(text) <= most else f"{text[: most - 1]}…"


def draw_bokeh(diagnosis: Any) -> Any:
    """Bokeh figure."""
    from bokeh.models import LabelSet, Span

    from polysem._plots.bokeh_canvas import canvas, hover, legend, nothing_to_show, source

    data = prepare(diagnosis)
    if data is None:
        return nothing_to_show(TITLE, "", NOTHING)
    reach = 1.15 * max(3.0, float(np.abs(data.z).max()))
    place = np.arange(len(data.z), dtype=float)
    plot = canvas(
        TITLE, "", X_LABEL, "", height=140 + 62 * len(place), x_range=(-reach, reach),
        y_range=(-0.6, len(place) - 0.2),
    )  # fmt: skip
    table = source(
        z=data.z,
        y=place,
        low=data.low,
        high=data.high,
        left=np.full(len(place), -reach),
        statistic=data.labels,
        against=data.against,
        said=data.said,
        observed=data.observed,
        words=[f"{one} – {said}" for one, said in zip(data.labels, data.said, strict=True)],
        model=[f"against {one}" for one in data.against],
    )
    bands = plot.hbar("y", 0.28, left="low", right="high", color=PALE, source=table)
    dots = plot.scatter("z", "y", marker="diamond", size=13, color=VERMILLION, source=table)
    plot.add_layout(Span(location=0, dimension="height", line_color=GREY))
    for text, offset in (("words", 30), ("model", 14)):
        labels = LabelSet(
            x="left", y="y", text=text, source=table, x_offset=4, y_offset=offset,
            text_font_size="11px", text_color="#333333" if text == "words" else GREY,
        )  # fmt: skip
        plot.add_layout(labels)
    plot.yaxis.visible = plot.ygrid.visible = False
    hover(plot, [dots, bands], [("", "@statistic"), ("observed", "@observed"), ("", "@said")])
    legend(plot, [("this layer", [dots]), ("middle 95 % of the null", [bands])])
    return plot
