"""The text alternative of a figure on a page, which changes with the figure."""

from __future__ import annotations

from typing import Any


def describe(plot: Any, words: str) -> None:
    """Say what a Bokeh figure shows to those who cannot see it; sent only if it changed."""
    if plot.html_attributes.get("aria-label") != words:
        plot.html_attributes = {"role": "img", "aria-label": words}
