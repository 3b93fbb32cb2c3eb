"""Reading .npy files. Files that hold pickled objects are refused, never opened."""

from __future__ import annotations

import math
import tokenize
from pathlib import Path
from typing import BinaryIO

import numpy as np

from polysem._census.matrix_info import Stored
from polysem._errors import BadInput, one_line

MAGIC = b"\x93NUMPY"
HEADER_TROUBLE = (ValueError, SyntaxError, TypeError, tokenize.TokenError, MemoryError)  # NumPy's


def read_npy(path: Path, key: str | None) -> Stored:
    """The one array of a .npy file; `BadInput` if it is none, pickled, or cut short."""
    if key is not None:
        raise BadInput(f"{path} holds one array without a name; leave out the key {key!r}.")
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
        if start != MAGIC:
            raise BadInput(_not_npy(path, start))
        file.seek(0)
        _check_header(path, file)
        file.seek(0)
        return Stored(np.lib.format.read_array(file, allow_pickle=False))


def _check_header(path: Path, file: BinaryIO) -> None:
    """Refuse by the header alone: objects, records, or more data promised than there is."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read = np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
    except HEADER_TROUBLE as error:
        reason = one_line(str(error)).rstrip(".")
        raise BadInput(f"{path} is corrupt: its header cannot be read ({reason}).") from None
    if any(length < 0 for length in shape):
        raise BadInput(f"{path} is corrupt: its header gives the shape {shape}.")
    if dtype.hasobject:
        raise BadInput(
            f"{path} holds pickled Python objects, which can run code when they are opened, so "
            "Polysem does not; save a plain array of numbers with numpy.save."
        )
    if dtype.kind not in "fiu":
        raise BadInput(f"{path} holds {dtype} values; encodings must be real numbers.")
    promised = math.prod(shape) * dtype.itemsize
    present = path.stat().st_size - file.tell()
    if present < promised:
        raise BadInput(
            f"{path} is cut short: its header promises {promised} bytes of numbers and "
            f"{present} are there; copy or save it again."
        )


def _not_npy(path: Path, start: bytes) -> str:
    if not start:
        return f"{path} is empty (0 bytes)."
    if start.startswith(b"PK"):
        return (
            f"{path} is an archive (.npz or .zip) under the name of a .npy file; save the one "
            "matrix with numpy.save."
        )
    if start.startswith(b"\x80"):
        return (
            f"{path} is a pickle, which can run code when it is opened, so Polysem does not; "
            "save the matrix with numpy.save."
        )
    return f"{path} is not a .npy file (its first bytes are not NumPy's); save it with numpy.save."
