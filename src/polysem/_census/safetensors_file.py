"""Reading .safetensors files: finding the matrix meant, in any of the usual number types."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from polysem._census.matrix_info import Stored
from polysem._errors import BadInput, one_line

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
}
LISTED = 20  # tensors named in one message


@dataclass(frozen=True)
class Entry:
    """One tensor of a file: its type, its shape and where its bytes begin."""

    dtype: str
    shape: tuple[int, ...]
    offset: int

    @property
    def is_matrix(self) -> bool:
        """True for a matrix or a batch of matrices."""
        return len(self.shape) in (2, 3)


def read_safetensors(path: Path, key: str | None) -> Stored:
    """The tensor called `key`, or the only matrix, or `start` and `end` of a Polysem run."""
    entries = read_header(path)
    if key is not None:
        return _stored(path, entries, _known(path, entries, key))
    if _is_polysem_run(entries):
        start = _array(path, "start", entries["start"])
        return Stored(_array(path, "end", entries["end"]), start, "end", entries["end"].dtype)
    matrices = [name for name, entry in entries.items() if entry.is_matrix]
    if len(matrices) != 1:
        problem = f"{len(matrices)} matrices; name one with key" if matrices else "no matrix"
        raise BadInput(f"{path} holds {problem}: {_listing(entries, matrices)}.")
    return _stored(path, entries, matrices[0])


def read_header(path: Path) -> dict[str, Entry]:
    """Names, types, shapes and places of all tensors; `BadInput` if the file is not sound."""
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
    except (SafetensorError, ValueError) as error:
        reason = one_line(str(error)).rstrip(".")
        raise BadInput(
            f"{path} is not a sound .safetensors file ({reason}); copy or save it again."
        ) from None
    with path.open("rb") as file:  # sound, so the header can be read as the format says
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    return {
        name: Entry(
            header[name]["dtype"],
            tuple(header[name]["shape"]),
            8 + length + header[name]["data_offsets"][0],
        )
        for name in sorted(names)
    }


def _is_polysem_run(entries: Mapping[str, Entry]) -> bool:
    """True if there are `start` and `end` of one shape (seeds, n_features, n_neurons)."""
    shapes = {entries[name].shape for name in ("start", "end") if name in entries}
    return {"start", "end"} <= entries.keys() and len(shapes) == 1 and len(shapes.pop()) == 3


def _known(path: Path, entries: Mapping[str, Entry], key: str) -> str:
    if key in entries:
        return key
    close = difflib.get_close_matches(key, entries, n=1, cutoff=0.5)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    listing = _listing(entries, list(entries))
    raise BadInput(f"{path} has no tensor {key!r}{hint}; the tensors there: {listing}.")


def _listing(entries: Mapping[str, Entry], names: list[str]) -> str:
    """'a (64, 256), b (3,) and 7 more': the tensors named, or all if `names` is empty."""
    names = names or list(entries)
    if not names:
        return "none"
    shown = ", ".join(f"{name} {entries[name].shape}" for name in names[:LISTED])
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{shown}{more}"


def _stored(path: Path, entries: Mapping[str, Entry], key: str) -> Stored:
    return Stored(_array(path, key, entries[key]), key=key, dtype=entries[key].dtype)


def _array(path: Path, key: str, entry: Entry) -> np.ndarray:
    """The tensor as an array; bfloat16 is the upper half of float32, exactly."""
    count = int(np.prod(entry.shape, dtype=np.int64))
    if entry.dtype == "BF16":
        halves = np.fromfile(path, "<u2", count, offset=entry.offset)
        return (halves.astype(np.uint32) << 16).view(np.float32).reshape(entry.shape)
    if entry.dtype not in DTYPES:
        raise BadInput(
            f"Tensor {key!r} in {path} is of type {entry.dtype}; convert it to float32 first."
        )
    return np.fromfile(path, DTYPES[entry.dtype], count, offset=entry.offset).reshape(entry.shape)
