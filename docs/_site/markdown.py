"""Words and tables as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def plain(text: str) -> str:
    """Text that shows as it is."""
    return re.sub(r"([\\*_|<>`\[\]$])", r"\\\1", " ".join(str(text).split()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figure(path: str, alt: str, caption: str) -> str:
    """A picture with its caption."""
    return f":::{{figure}} {path}\n:alt: {plain(alt)}\n\n{plain(caption)}\n:::"
