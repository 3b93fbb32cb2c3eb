"""The folder of a benchmark: its settings, and the finished cells that a stopped run left there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from polysem._diagnose.benchmark.truth import Labelled, labelling
from polysem._errors import BadInput
from polysem._storage.files import check_out, prepare_out, write_text


def open_folder(
    out: Path,
    networks: int,
    first_seed: int,
    names: Sequence[str] | None,
    overwrite: bool = False,
    resume: bool = False,
    fitted: int = 0,
) -> None:
    """Make the folder, or go on with one of the same settings.

    Raises `BadInput` if it is not empty and neither `overwrite` nor `resume` was asked for, or if
    what is to be resumed has other settings or was labelled otherwise.
    """
    check_out(out, overwrite, resume)
    spec = json.dumps(
        {
            "verb": "benchmark-origin",
            "networks": networks,
            "fitted": fitted,
            "seed": first_seed,
            "families": None if names is None else list(names),
            "labelling": labelling(),
        },
        sort_keys=True,
    )
    file = out / "spec.json"
    if resume and file.is_file() and file.read_text(encoding="utf-8").strip() != spec:
        raise BadInput(
            f"{str(out)!r} holds a benchmark of other settings; resume with the same, "
            "or pass --overwrite to replace it."
        )
    prepare_out(out, overwrite)
    write_text(file, spec + "\n")


def kept_cell(file: Path | None, make: Callable[[], Labelled]) -> Labelled:
    """The finished cell in `file`, or else a new one, which is kept there.

    Raises `BadInput` for a file that cannot be read.
    """
    if file is not None and file.is_file():
        try:
            return Labelled(**json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            raise BadInput(
                f"The cell {str(file)!r} is damaged; remove it and run with --resume."
            ) from None
    own = make()
    if file is not None:
        write_text(file, json.dumps(asdict(own)))  # a cost may be infinite
    return own


def as_json(value: Any) -> str:
    """Indented text that every reader of JSON takes: no NaN, no infinity."""
    return json.dumps(value, indent=1, allow_nan=False) + "\n"
