"""Pictures that a page's own code makes: its Python blocks are run, and what they save is kept.

Warnings are errors there, as in the tests, which leave the code of these pages to the build.

A name that begins with / is a picture that another page has: a path from the top of the site.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import tempfile
import warnings
from pathlib import Path

BLOCK = re.compile(
    r"(<!-- not run: .+?-->\n+)?^```python\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE
)
MARK = re.compile(r"<!-- picture (\S+): (.+?) -->", flags=re.DOTALL)


def make(srcdir: Path, folder: Path) -> None:
    """Run every page that marks a picture, and keep its pictures in `folder`/<page>."""
    for page in sorted(srcdir.rglob("*.md")):
        names = own(page.read_text(encoding="utf-8"))
        if names and "generated" not in page.parts:
            run(page, names, folder / page.stem)


def own(text: str) -> list[str]:
    """The pictures that the code of a page makes."""
    return [name for name, _ in MARK.findall(text) if not name.startswith("/")]


def shown(docname: str, text: str) -> str:
    """The page's text with its pictures in place of the marks."""
    stem = docname.rsplit("/", 1)[-1]

    def figure(match: re.Match[str]) -> str:
        name, says = match[1], " ".join(match[2].split())
        path = name if name.startswith("/") else f"/generated/pictures/{stem}/{name}"
        return f":::{{figure}} {path}\n:alt: {says}\n\n{says}\n:::"

    return MARK.sub(figure, text)


def run(page: Path, names: list[str], folder: Path) -> None:
    """Run the code of a page from top to bottom, and keep these pictures in `folder`."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    code = [block for not_run, block in found if not not_run]
    space: dict[str, object] = {"__name__": page.stem}
    with tempfile.TemporaryDirectory() as place, _inside(place):
        for block in code:
            exec(compile(block, page.name, "exec"), space)
        folder.mkdir(parents=True)
        for name in names:
            shutil.copy(name, folder / name)


@contextlib.contextmanager
def _inside(place: str):
    """Work in a folder, silently."""
    before = os.getcwd()
    os.chdir(place)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        os.chdir(before)
