"""Links that are right on the code's host and on the site."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from _site import pictures

CODE_LINK = re.compile(r"\[`(\w+)`\]\((?:\.\./)+src/polysem/_(theory|network)/\w+\.py\)")
OTHERS = "<!-- guides named nowhere else -->"


def adapt(app: Any, docname: str, source: list[str]) -> None:
    """Code goes to the reference, pictures to their marks, pages left over to the index."""
    source[0] = CODE_LINK.sub(_reference, source[0])
    source[0] = pictures.shown(docname, source[0])
    if docname == "index":
        source[0] = source[0].replace(OTHERS, "\n".join(left_over(Path(app.srcdir), source[0])))


def left_over(folder: Path, index: str) -> list[str]:
    """Pages at the top that the index does not name."""
    lines = {line.strip() for line in index.splitlines()}
    return sorted(page.stem for page in folder.glob("*.md") if page.stem not in {*lines, "index"})


def _reference(match: re.Match[str]) -> str:
    """To the reference where it has the name, else to the file itself; it has no plain numbers."""
    import polysem

    name, room = match[1], getattr(polysem, match[2])
    public = name in room.__all__ and callable(getattr(room, name))
    return f"{{py:obj}}`{name} <polysem.{match[2]}.{name}>`" if public else match[0]
