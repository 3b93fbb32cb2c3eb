"""Links that are right on the code's host and on the site."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from _site import pictures

CODE_LINK = re.compile(r"\[`(\w+)`\]\((?:\.\./)+src/polysem/_theory/\w+\.py\)")
OTHERS = "<!-- guides named nowhere else -->"


def adapt(app: Any, docname: str, source: list[str]) -> None:
    """Code goes to the reference, pictures to their marks, pages left over to the index."""
    source[0] = CODE_LINK.sub(r"{py:obj}`\1 <polysem.theory.\1>`", source[0])
    source[0] = pictures.shown(docname, source[0])
    if docname == "index":
        source[0] = source[0].replace(OTHERS, "\n".join(left_over(Path(app.srcdir), source[0])))


def left_over(folder: Path, index: str) -> list[str]:
    """Pages at the top that the index does not name."""
    lines = {line.strip() for line in index.splitlines()}
    return sorted(page.stem for page in folder.glob("*.md") if page.stem not in {*lines, "index"})
