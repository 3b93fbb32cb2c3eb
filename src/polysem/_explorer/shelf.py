"""The results that pages may open: those in the folder given to `polysem explore`, no others."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from polysem._errors import BadInput

DEEPEST = 4  # levels below the folder at which results are looked for
MOST = 500  # results listed
MOST_FILES = 200_000  # files of one result that are looked at before it is opened
COLLECTIONS = ("claims", "reproduce")  # results that hold sweeps of their own
HERE = "."
SPEC = "spec.json"


@dataclass(frozen=True)
class Item:
    """One result. `name` — its place in the folder, "." for the folder itself; `verb` — what wrote
    it, "" if that cannot be read, and then `problem` says why."""

    name: str
    path: Path
    verb: str
    problem: str = ""


class Shelf:
    """The results under a folder; None for no folder. Every question looks at the disk anew."""

    def __init__(self, root: str | Path | None = None) -> None:
        self.given = None if root is None else str(root)
        self.root = None if root is None else Path(root).resolve()

    def items(self, verbs: Collection[str] = ()) -> list[Item]:
        """What is there, by name; only of those verbs if any are given (and what is unreadable)."""
        if self.root is None or not self.root.is_dir():
            return []
        found: list[Item] = []
        for item in _results(self.root, self.root, 0):
            if not verbs or item.verb in verbs or item.problem:
                found.append(item)
            if len(found) >= MOST:
                break
        return sorted(found, key=lambda item: item.name)

    def open(self, name: str, verbs: Collection[str] = ()) -> Item:
        """The result of that name, safe to read. Raises `BadInput` if there is none of these verbs,
        or if reading it would lead out of the folder."""
        for item in self.items():
            if item.name == name:
                break
        else:
            raise BadInput(f"There is no result “{name[:80]}” in the folder that was opened.")
        if item.problem:
            raise BadInput(item.problem)
        if verbs and item.verb not in verbs:
            raise BadInput(f"“{name}” is a result of {item.verb}; it has another view.")
        assert self.root is not None
        _check_stays_inside(item, self.root)
        return item

    def check(self) -> None:
        """Raise `BadInput` unless at least one result can be opened."""
        if self.root is None:
            return
        if not self.root.is_dir():
            raise BadInput(f"There is no folder {self.given!r} to explore.")
        items = self.items()
        if not items:
            raise BadInput(
                f"{self.given!r} holds no result of Polysem; give the folder of a run, a sweep, "
                "claims or a diagnosis, or one that holds some."
            )
        problems = [item.problem for item in items]
        if all(problems):
            raise BadInput(problems[0])


def _results(folder: Path, root: Path, depth: int) -> Iterator[Item]:
    """Results in a folder and below it; links to folders are not followed."""
    item = _item(folder, root)
    if item is not None:
        yield item
        if item.verb not in COLLECTIONS:
            return
    if depth == DEEPEST:
        return
    try:
        with os.scandir(folder) as entries:
            below = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in below:
        if not name.startswith("."):
            yield from _results(folder / name, root, depth + 1)


def _item(folder: Path, root: Path) -> Item | None:
    """The result in a folder; None if it is not one."""
    spec = folder / SPEC
    if not (spec.is_file() or spec.is_symlink()):
        return None
    name = folder.relative_to(root).as_posix()
    shown = HERE if name == HERE else f"“{name}”"
    if not spec.resolve().is_relative_to(root) or not spec.is_file():
        return Item(name, folder, "", f"{SPEC} in {shown} is a link that leads out of the folder.")
    try:
        verb = json.loads(spec.read_text(encoding="utf-8"))["verb"]
        assert isinstance(verb, str)
    except (OSError, ValueError, KeyError, TypeError, AssertionError):
        problem = f"{SPEC} in {shown} cannot be read; it was damaged, or not written by Polysem."
        return Item(name, folder, "", problem)
    return Item(name, folder, verb)


def _check_stays_inside(item: Item, root: Path) -> None:
    """Raise `BadInput` if a file of a result is a link that leads out, or no file at all."""
    seen = 0
    for folder, folders, files in os.walk(item.path):
        for name in (*folders, *files):
            seen += 1
            path = Path(folder, name)
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise BadInput(
                    f"“{item.name}” holds the link “{name}” that leads out of the folder; it is "
                    "not opened."
                )
            if name in files and path.exists() and not path.is_file():
                raise BadInput(f"“{name}” in “{item.name}” is not a file; it is not opened.")
        if seen > MOST_FILES:
            raise BadInput(f"“{item.name}” has more than {MOST_FILES:,} files; it is not opened.")
