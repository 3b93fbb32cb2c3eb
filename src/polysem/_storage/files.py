"""Writing files that are whole if they exist, into folders that were ours to write."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from polysem._errors import BadInput, RunFailed

OURS = "spec.json"  # a folder holding one was written by Polysem


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` only if the block succeeds.

    Raises `RunFailed` if the file cannot be written (no space left, folder gone, read-only); what
    was half-written is removed.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise RunFailed(_reason(path, error)) from error
        raise


def write_text(path: Path, text: str) -> None:
    """Write `text` as a whole file."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def check_out(out: str | Path | None, overwrite: bool = False, resume: bool = False) -> Path | None:
    """The output folder as a path, if it may be written; nothing is created or removed yet.

    Raises `BadInput` if it is a file, cannot be created, or exists and is not empty and neither
    `overwrite` nor `resume` was asked for; `overwrite` removes only folders that Polysem wrote.
    """
    if out is None:
        return None
    path = Path(out)
    try:
        there = bool(path.stat())
    except (FileNotFoundError, NotADirectoryError):
        there = False
    except (OSError, ValueError) as error:  # too long a name; a zero byte
        said = getattr(error, "strerror", None) or str(error)
        raise BadInput(
            f"The output cannot be named {str(path)[:80]!r}: {said[:1].lower()}{said[1:]}."
        ) from None
    if there and not path.is_dir():
        raise BadInput(f"The output {str(path)!r} is a file; name a folder that is new or empty.")
    if path.is_dir() and any(path.iterdir()):
        if not (overwrite or resume):
            raise BadInput(
                f"The output folder {str(path)!r} exists and is not empty; "
                "choose another, pass --overwrite to replace it, or --resume to go on with it."
            )
        if overwrite and not (path / OURS).is_file():
            raise BadInput(
                f"The output folder {str(path)!r} was not written by Polysem (it has no {OURS}), "
                "so --overwrite will not remove it; choose another folder."
            )
        if resume and not (path / OURS).is_file() and not all(map(_left_over, path.iterdir())):
            raise BadInput(
                f"The output folder {str(path)!r} was not written by Polysem (it has no {OURS}), "
                "so there is nothing to resume; choose another folder."
            )
    _check_writable(path)
    return path


def _left_over(path: Path) -> bool:
    """True for what a process killed in the middle of `whole_file` leaves."""
    return path.name.startswith(".") and path.suffix == ".tmp"


def prepare_out(path: Path, overwrite: bool = False) -> None:
    """Create the folder, removing an earlier run of Polysem's own first if `overwrite`."""
    try:
        if overwrite and path.is_dir() and (path / OURS).is_file():
            shutil.rmtree(path)
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(_reason(path, error)) from error


def _check_writable(path: Path) -> None:
    """Refuse a folder that cannot be created or written, before anything is computed."""
    parent = path.absolute()
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise BadInput(
            f"The output folder {str(path)!r} cannot be made: {str(parent)!r} is a file."
        )
    if not os.access(parent, os.W_OK | os.X_OK):
        raise BadInput(
            f"The output folder {str(path)!r} cannot be written (permission denied on "
            f"{str(parent)!r}); choose another folder."
        )


def _reason(path: Path, error: OSError) -> str:
    """One sentence on what the operating system refused."""
    said = error.strerror or type(error).__name__
    return (
        f"Could not write {str(path)!r}: {said[:1].lower()}{said[1:]}; "
        "what was finished before is kept. Free space or choose another folder, then run again."
    )
