"""The picture of the stored results, docs/performance.svg: time and error, and growth.

python -m benchmarks.draw
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._figures import row_of
from benchmarks._store import RESULTS, Found, parts_of
from benchmarks.flow_growth import CURVES, FIXED_N, L1, RATIO, exponent, points
from benchmarks.paragraph import SHOWN
from polysem._plots.colours import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from polysem._plots.mpl import new_figure, publication, say_nothing_to_show
from polysem._storage.files import whole_file

PICTURE = Path(__file__).parents[1] / "docs" / "performance.svg"
PRESETS = {"fast": (SKY, "s"), "tight": (BLUE, "o")}
RIVALS = {  # beginning of the method's name → words in the picture, colour, height of the words
    "proximal Euler": ("proximal Euler", VERMILLION, 3),
    "SciPy RK45": ("SciPy RK45", GREEN, 4),
    "SciPy LSODA": ("SciPy LSODA", ORANGE, 3),
    "torchdiffeq": ("torchdiffeq dopri5", PURPLE, -8),
}


def draw(folder: Path = RESULTS, picture: Path = PICTURE, case: str = SHOWN) -> None:
    """Write the picture of what `folder` holds."""
    with publication():
        figure, axes = new_figure(
            "How fast, how exact, and how the time grows",
            width=8,
            height=3.1,
            ncols=3,
            width_ratios=(1.5, 1, 1),
        )
        growth = parts_of("flow_growth", folder)
        _work_and_precision(axes[0], parts_of("flow_precision", folder).get(case))
        for ax, curve in zip(axes[1:], CURVES, strict=True):
            _growth(ax, growth, curve)
        with whole_file(picture) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None})


def _work_and_precision(ax: Any, part: Found | None) -> None:
    """Error midway against seconds to the end: lower left is better."""
    if part is None:
        say_nothing_to_show(ax, "Work and precision were not measured yet.")
        return
    n, m, l1 = part["case"].split("x")
    _title(ax, f"One problem: {n} features, {int(m):,} neurons, λ = {l1}")
    _polysem(ax, part)
    unknown = _above_all(part)
    for method, (words, colour, height) in RIVALS.items():
        row = row_of(part, method)
        error = row.get("weight_error_midway")
        _rival(ax, row, unknown if error is None else error, words, colour, height)
    ax.set(xlabel="seconds to the end state, one core (left is faster)")
    ax.set_ylabel("largest weight error on the way\n(lower is better)")
    ax.margins(0.14, 0.14)
    authors = row_of(part, "authors:")["seconds"]
    ax.axvline(authors, color=GREY, linestyle=":", linewidth=1)
    words = "authors' AdamW,\nwhich ends elsewhere"
    _say(ax, authors, ax.get_ylim()[0], words, GREY, (4, 3))


def _polysem(ax: Any, part: Found) -> None:
    rows = [row for row in part["rows"] if row["method"].startswith("Polysem")]
    x, y = ([row[key] for row in rows] for key in ("seconds", "weight_error_midway"))
    ax.loglog(x, y, "o-", color=BLUE)
    for row, a, b in zip(rows, x, y, strict=True):
        _say(ax, a, b, row["method"], BLUE)


def _rival(ax: Any, row: Found, error: float, words: str, colour: str, height: int) -> None:
    """A point; with an arrow to the right if it was stopped before its end."""
    stopped = row.get("at_least", False)
    ax.loglog([row["seconds"]], [error], marker=">" if stopped else "o", color=colour)
    words += " (stopped" * stopped
    words += ", error unknown" * ("weight_error_midway" not in row) + ")" * stopped
    _say(ax, row["seconds"], error, words, colour, (-5, height), "right")


def _above_all(part: Found) -> float:
    """Where to put a method of unknown error: above every known one."""
    return 4 * max(row.get("weight_error_midway", 0) for row in part["rows"])


def _growth(ax: Any, parts: dict[str, Found], curve: str) -> None:
    """Seconds against size with the fitted power law."""
    sizes, _ = points(parts, curve, "tight")
    if not sizes:
        say_nothing_to_show(ax, "Growth was not measured yet.")
        return
    for preset, (colour, marker) in PRESETS.items():
        _, seconds = points(parts, curve, preset)
        slope = exponent(sizes, seconds)
        label = preset if slope is None else f"{preset}: ∝ {curve}$^{{{slope:.1f}}}$"
        ax.loglog(sizes, seconds, marker, color=colour, label=label)
        if slope is not None:
            middle = np.exp(np.mean(np.log(seconds)) - slope * np.mean(np.log(sizes)))
            ax.plot(sizes, middle * np.array(sizes, float) ** slope, color=colour, linewidth=1)
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=45)
    ax.xaxis.minorticks_off()
    words = {"n": f"More features (m = {RATIO}n)", "m": f"More neurons (n = {FIXED_N})"}
    _title(ax, f"{words[curve]}, λ = {L1}")
    ax.set(xlabel={"n": "features n", "m": "neurons m"}[curve], ylabel="seconds, one core")
    ax.legend()


def _title(ax: Any, words: str) -> None:
    ax.set_title(words, loc="left", color=BLACK, fontsize=7)


def _say(
    ax: Any,
    x: float,
    y: float,
    words: str,
    colour: str,
    offset: tuple[float, float] = (5, 3),
    side: str = "left",
) -> None:
    halo = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
    placed = {"textcoords": "offset points", "ha": side, "color": colour, "fontsize": 6}
    ax.annotate(words, (x, y), offset, bbox=halo, **placed)


def main() -> None:
    draw()


if __name__ == "__main__":
    main()
