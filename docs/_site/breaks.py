"""Long names in tables may go on in the next line, after _ / = : or a comma, and nowhere else."""

from __future__ import annotations

import re
from typing import Any

CELL = re.compile(r"<td\b.*?</td>", flags=re.DOTALL)
CODE = re.compile(r'(?<=<span class="pre">)[^<]+(?=</span>)')
JOINT = re.compile(r"(?<=[_/=:,])(?=[\w\"{])")


def allow(_app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Mark the places in every table of a page; what one copies stays as it was."""
    if body := context.get("body"):
        context["body"] = CELL.sub(lambda cell: CODE.sub(_marked, cell[0]), body)


def _marked(code: re.Match[str]) -> str:
    return JOINT.sub("<wbr>", code[0])
