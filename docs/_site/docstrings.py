"""Docstrings are plain prose with `code` in it; reStructuredText would read |W| and w_k its way."""

from __future__ import annotations

import re
from typing import Any

CODE = re.compile(r"(``[^`]+``|`[^`]+`)")
SPECIAL = re.compile(r"([*|\\]|_(?=\W|$))")


def readable(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Rewrite the lines of one docstring in place."""
    lines[:] = [_line(line) for line in lines]


def _line(text: str) -> str:
    if text.lstrip().startswith(">>>"):
        return text
    parts = CODE.split(text)
    for i, part in enumerate(parts):
        parts[i] = f"``{part.strip('`')}``" if i % 2 else SPECIAL.sub(r"\\\1", part)
    return "".join(parts)
