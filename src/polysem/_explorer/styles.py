"""The style sheets of this room."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def style(name: str) -> str:
    """A style sheet by its file's name."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
