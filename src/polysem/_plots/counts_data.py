"""The numbers behind figures of polysemantic neurons against m: means, intervals, laws, axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from polysem._census import mean_count
from polysem._plots.colours import BALLS, BLUE, CYCLE, EXCLUSION, PAPER, VERMILLION, Look
from polysem._plots.labels import seeds_phrase, settings_line
from polysem._plots.ranges import doublings, log_range

ZERO_LABEL = "none seen: 95 % upper limit"
COLOURS = {"gradient flow": BLUE, "authors' recipe": VERMILLION}
MARKERS = (("o", "circle"), ("s", "square"), ("^", "triangle"), ("P", "plus"), ("X", "x"))


class Method(NamedTuple):
    """Means over seeds of one method; arrays (sizes,). `x` is m, shifted so as not to overlap."""

    name: str
    colour: str
    marker: tuple[str, str]
    m: np.ndarray
    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: np.ndarray

    @property
    def zero(self) -> np.ndarray:
        """True where no polysemantic neuron was seen in any seed."""
        return self.mean == 0


@dataclass(frozen=True)
class Law:
    """A theory curve over m."""

    name: str
    look: Look
    m: np.ndarray
    count: np.ndarray


class Counts(NamedTuple):
    """Everything on the figure; `published` is (m, count) or None."""

    methods: list[Method]
    laws: list[Law]
    published: tuple[np.ndarray, np.ndarray] | None
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]
    ticks: list[float]
    subtitle: str

    @property
    def any_zero(self) -> bool:
        """True if an upper limit is drawn."""
        return any(method.zero.any() for method in self.methods)


def prepare(
    frame: Any, n: int, published: Any = None, l1: float | str | None = None, note: str = ""
) -> Counts:
    """Means, intervals, laws and axes. Methods stand slightly apart."""
    frame = frame.dropna(subset=["polysemantic"])
    names = list(dict.fromkeys(frame["method"]))
    spare = iter([c for c in CYCLE if c not in COLOURS.values()] * (1 + len(names)))
    methods = [
        summarise(
            frame[frame["method"] == name],
            name,
            COLOURS.get(name) or next(spare),
            MARKERS[i % len(MARKERS)],
            1 + 0.03 * (i - (len(names) - 1) / 2),
        )
        for i, name in enumerate(names)
    ]
    shown = None
    if published is not None and len(published):
        shown = published["m"].to_numpy(float), published["count"].to_numpy(float)
    sizes = np.concatenate([frame["m"].to_numpy(float), *([shown[0]] if shown else [])])
    x_ends = log_range(sizes, margin=1.15)
    laws = theory(n, *x_ends)
    values = [v for s in methods for v in (s.mean, s.low, s.high, 0.5 * s.high[s.zero])]
    values += [law.count for law in laws]
    y_ends = log_range(*values, *([shown[1]] if shown else []))
    seeds = seeds_phrase(sorted({int(c) for s in methods for c in s.seeds}))
    line = settings_line(n, None, l1, seeds, note)
    return Counts(methods, laws, shown, x_ends, y_ends, doublings(sizes), line)


def summarise(part: Any, name: str, colour: str, marker: tuple[str, str], shift: float) -> Method:
    """Mean of every m with its exact Poisson interval."""
    groups = [(m, group["polysemantic"].to_numpy()) for m, group in part.groupby("m")]
    means = [mean_count(int(counts.sum()), len(counts)) for _, counts in groups]
    return Method(
        name,
        colour,
        marker,
        np.array([m for m, _ in groups], dtype=float),
        np.array([m for m, _ in groups], dtype=float) * shift,
        np.array([mean.mean for mean in means]),
        np.array([mean.low for mean in means]),
        np.array([mean.high for mean in means]),
        np.array([mean.seeds for mean in means]),
    )


def theory(n: int, low: float, high: float) -> list[Law]:
    """The three predicted counts between two sizes."""
    from polysem._theory.counts import balls_count, exclusion_count, paper_count

    m = np.unique(np.rint(np.geomspace(max(low, 1), max(high, 2), 80)))
    return [
        Law("n²/4m", PAPER, m, np.asarray(paper_count(n, m))),
        Law("signed balls in bins", BALLS, m, np.asarray(balls_count(n, m))),
        Law("random exclusion", EXCLUSION, m, np.asarray(exclusion_count(n, m))),
    ]
