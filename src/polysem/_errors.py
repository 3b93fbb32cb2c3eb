"""Every error Polysem raises on purpose: what was received, what is allowed, what to do.

One base class, so that `except polysem.PolysemError` catches all of them and nothing else.
"""

from __future__ import annotations


class PolysemError(Exception):
    """Base class. `str(error)` is one sentence fit to show a user; `exit_code` is the CLI's."""

    exit_code = 1


class BadInput(PolysemError, ValueError):
    """What was asked for cannot be done as asked; nothing was computed or written."""

    exit_code = 2


class RunFailed(PolysemError, RuntimeError):
    """Something outside the computation stopped a run that had begun (a full disk, a lost folder).

    What was finished before stays readable.
    """

    exit_code = 1


def one_line(text: str) -> str:
    """Collapse white space, so that a message stays one sentence on one line."""
    return " ".join(text.split())
