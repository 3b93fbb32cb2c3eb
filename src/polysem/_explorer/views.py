"""The views, and what the shell asks of each: a page built from a session, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from polysem._errors import BadInput
from polysem._explorer.shelf import COLLECTIONS, HERE, Shelf


@dataclass(frozen=True)
class Session:
    """What a page is built from: `typed` — the arguments of its link, which may hold anything;
    `shelf` — the results that may be opened."""

    typed: Mapping[str, str]
    shelf: Shelf


class View(Protocol):
    """One page of one browser tab. `layout` — to lay out; `period` — milliseconds between ticks.

    `state` gives what its link must hold to restore it (None and "" are left out); `tick` is
    called again and again and alone may change the document; `close` frees its work.
    """

    layout: Any
    period: int

    def state(self) -> Mapping[str, Any]:
        """What the link must hold."""
        ...

    def tick(self) -> None:
        """Called every `period`."""
        ...

    def close(self) -> None:
        """The page was closed."""
        ...


@dataclass(frozen=True)
class Entry:
    """A view among others. `slug` — its address; `title`; `words` — its heading; `verbs` — whose
    results it shows; `home` — "module:Class", loaded when a page is built."""

    slug: str
    title: str
    words: str
    verbs: tuple[str, ...]
    home: str

    def build(self, session: Session) -> View:
        """A new page."""
        module, _, name = self.home.partition(":")
        return getattr(import_module(f"polysem._explorer.{module}"), name)(session)


VIEWS = (
    Entry("live", "Live", "Watch a collision", (), "live.view:LiveView"),
    Entry(
        "results", "Results", "Runs and sweeps", ("simulate", "train", "sweep"),
        "results.view:ResultsView",
    ),
    Entry(
        "neurons", "Neurons", "Diagnosed neurons", ("diagnose",), "neurons.view:NeuronsView"
    ),
    Entry("claims", "Claims", "What is said and what holds", ("claims",), "claims.view:ClaimsView"),
)  # fmt: skip


def entry(slug: str) -> Entry:
    """The view of that address."""
    return next(one for one in VIEWS if one.slug == slug)


def landing(shelf: Shelf) -> Entry:
    """The view to open first: that of the folder itself, else the first that has something to
    show; the live one if none has."""
    verbs = {item.name: item.verb for item in shelf.items() if not item.problem}
    there = {verbs[HERE]} if HERE in verbs else set(verbs.values())
    return next((one for one in VIEWS if there & set(one.verbs)), VIEWS[0])


def check_readable(folder: str | Path) -> None:
    """Raise `BadInput` unless a folder can be explored: a result that a view shows and that can be
    read, or a folder that holds results (of which the views say what is wrong with each)."""
    shelf = Shelf(folder)
    shelf.check()
    if HERE not in [item.name for item in shelf.items()]:
        return
    item = shelf.open(HERE)
    shown = {verb for one in VIEWS for verb in one.verbs}
    if item.verb not in {*shown, *COLLECTIONS}:
        raise BadInput(
            f"{str(folder)!r} is a result of {item.verb!r}, which the explorer does not show; it "
            f"shows those of {', '.join(sorted(shown))}. “polysem report” makes a page of others."
        )
    if item.verb == "claims":
        from polysem._claims.stored import read_ledger

        read_ledger(item.path)
    elif item.verb in shown:
        from polysem._sweep.load import load

        load(item.path)
