"""One sweep at a time writes into a folder; the lock dies with its process, however it dies."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from polysem._errors import BadInput

NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for writing. Raises `BadInput`, saying who has it, if somebody does."""
    import fcntl

    with open(folder / NAME, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(
                f"Another sweep is writing into {str(folder)!r} ({_holder(folder)}); wait until "
                "it ends, or choose another folder."
            ) from None
        except OSError as error:
            raise BadInput(
                f"The folder {str(folder)!r} cannot be locked ({error.strerror}), so two sweeps "
                "could not be told apart there; choose one on another file system."
            ) from None
        file.truncate(0)
        file.write(json.dumps(_note()))
        file.flush()
        yield


def _note() -> dict[str, object]:
    return {
        "process": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _holder(folder: Path) -> str:
    try:
        note = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return f"process {note['process']} on {note['host']} since {note['since']}"
    except (OSError, ValueError, KeyError):
        return "it has just begun"
