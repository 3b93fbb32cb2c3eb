"""Docstrings are plain prose with `code` and **words** in it; reStructuredText would read |W| and
w_k its way."""

from __future__ import annotations

import re
from typing import Any

MARKED = re.compile(r"(``[^`]+``|`[^`]+`|\*\*[^\s*][^*]*\*\*)")
SPECIAL = re.compile(r"([*|\\]|_(?=\W|$))")
BEFORE, AFTER = re.compile(r"[\s\"'(\[{<\-/:]$"), re.compile(r"[\s\"')\]}>\-/\\:.,;!?]")


def readable(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Rewrite the lines of one docstring in place."""
    lines[:] = [_line(line) for line in lines]


def _line(text: str) -> str:
    if text.lstrip().startswith(">>>"):
        return text
    parts = MARKED.split(text)
    for i in range(0, len(parts), 2):
        parts[i] = SPECIAL.sub(r"\\\1", parts[i])
    for i in range(1, len(parts), 2):
        mark = parts[i] if parts[i].startswith("*") else f"``{parts[i].strip('`')}``"
        parts[i] = _apart(parts[i - 1], mark, parts[i + 1])
    return "".join(parts)


def _apart(before: str, mark: str, after: str) -> str:
    """Marks may not touch a word or a bracket: an escaped space, which is not shown, parts them."""
    opens = "" if not before or BEFORE.search(before) else "\\ "
    closes = "" if not after or AFTER.match(after) else "\\ "
    return f"{opens}{mark}{closes}"
