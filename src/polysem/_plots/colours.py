"""Colours and words that every figure shares: Okabe–Ito, safe for colour-blind readers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#666666", "#DDDDDD"

CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
OPPOSITE, SAME = BLUE, VERMILLION
DATA = BLUE


class Look(NamedTuple):
    """How one line is drawn: `dash` is Bokeh's name, `style` Matplotlib's."""

    colour: str
    dash: str
    style: str


PAPER = Look(BLACK, "dashed", "--")
BALLS = Look(ORANGE, "solid", "-")
EXCLUSION = Look(GREEN, "dotdash", "-.")
TEXTBOOK = Look(BLACK, "dashed", "--")
CORRECTED = Look(ORANGE, "solid", "-")


def diverging(steps: int = 255) -> list[str]:
    """Hex colours from vermillion (negative) over white (zero) to blue (positive)."""
    ends = [tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in (VERMILLION, BLUE)]
    colours = []
    for x in np.linspace(-1, 1, steps):
        end = np.array(ends[int(x > 0)])
        rgb = np.rint(255 + (end - 255) * abs(x) ** 0.8).astype(int)
        colours.append("#{:02x}{:02x}{:02x}".format(*rgb))
    return colours
