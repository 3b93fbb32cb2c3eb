"""Matrices from .npy, .safetensors, .parquet files and checkpoints; no code of a file ever runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polysem._census.matrices import PICKLES
from polysem._census.npy_file import HEADER_TROUBLE, MAGIC
from polysem._census.safetensors_file import read_header, read_safetensors
from polysem._diagnose.inputs import checkpoint
from polysem._errors import BadInput, one_line

SUFFIXES = (".npy", ".safetensors", ".parquet", *checkpoint.SUFFIXES)
KEYED = (".safetensors", *checkpoint.SUFFIXES)


@dataclass(frozen=True)
class StoredMatrix:
    """An array as it lies in a file; `columns` — its names, where the format has them.

    A .npy array stays on disk and is read where it is touched, so a stream needs no more memory
    than a batch.
    """

    array: np.ndarray
    columns: tuple[str, ...] | None = None


def read_array(path: str | Path, key: str | None = None) -> StoredMatrix:
    """Read a matrix; `key` names the tensor of a .safetensors file or checkpoint. `BadInput`."""
    path = Path(path)
    suffix = path.suffix.lower()
    try:
        there = path.is_file()
    except (OSError, ValueError):  # a name too long, or with a null character
        there = False
    if not there:
        raise BadInput(f"{str(path)!r} is not a file; give a .npy, .safetensors or .parquet file.")
    if suffix in (*PICKLES, ".npz") and suffix not in SUFFIXES:
        raise BadInput(
            f"{path} is a {suffix} file, which Polysem does not open (pickles can run code); save "
            "the array with numpy.save or safetensors."
        )
    if suffix not in SUFFIXES:
        raise BadInput(
            f"{path} has the extension {suffix or '(none)'!r}; allowed are {', '.join(SUFFIXES)}."
        )
    if key is not None and suffix not in KEYED:
        raise BadInput(f"{path} holds one array without a name; leave out the key {key!r}.")
    try:
        return _read(path, suffix, key)
    except (OSError, MemoryError) as error:
        reason = one_line(getattr(error, "strerror", None) or str(error) or "not enough memory")
        raise BadInput(f"{path} cannot be read: {reason.rstrip('.')}.") from None


def _read(path: Path, suffix: str, key: str | None) -> StoredMatrix:
    if suffix == ".parquet":
        return _parquet(path)
    if suffix == ".npy":
        return StoredMatrix(_npy(path))
    if suffix in checkpoint.SUFFIXES:
        return StoredMatrix(checkpoint.read_checkpoint(path, key))
    return StoredMatrix(_safetensors(path, key))


def _npy(path: Path) -> np.ndarray:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise BadInput(f"{path} is not a .npy file; save it with numpy.save.")
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except HEADER_TROUBLE as error:
        reason = one_line(str(error)).rstrip(".")
        raise BadInput(
            f"{path} holds no plain array of numbers, or is cut short ({reason}); save it again "
            "with numpy.save."
        ) from None


def _safetensors(path: Path, key: str | None) -> np.ndarray:
    """The tensor called `key`, or the only matrix; booleans, never found in weights, included."""
    entries = read_header(path)
    matrices = [name for name, entry in entries.items() if entry.is_matrix]
    name = matrices[0] if key is None and len(matrices) == 1 else key
    entry = entries.get(name or "")
    if entry is None or entry.dtype != "BOOL":
        return read_safetensors(path, key).end
    count = int(np.prod(entry.shape, dtype=np.int64))
    values = np.fromfile(path, np.uint8, count, offset=entry.offset)
    return values.astype(bool).reshape(entry.shape)


def _parquet(path: Path) -> StoredMatrix:
    """One column of the table per neuron or feature, under its name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()  # read_table stumbles over equal names
    except pa.ArrowException as error:
        reason = one_line(str(error))[:120].rstrip(".")
        raise BadInput(f"{path} is not a sound .parquet file ({reason}).") from None
    index = _index(table)
    table = table.select([i for i, name in enumerate(table.column_names) if name not in index])
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if not (
            pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)
        ):
            raise BadInput(
                f"Column {name!r} of {path} holds {kind} values; every column must hold real "
                "numbers, so leave this one out."
            )
        columns.append(np.asarray(column.to_pandas(), dtype=np.float64))
    if not columns:
        raise BadInput(f"{path} has no columns.")
    return StoredMatrix(np.stack(columns, axis=1), tuple(table.column_names))


def _index(table: Any) -> tuple[str, ...]:
    """Columns that pandas wrote for the row names of its frame: no neurons and no features."""
    try:
        about = (table.schema.pandas_metadata or {}).get("index_columns", ())
    except (ValueError, AttributeError):  # another program's
        about = ()
    return tuple(name for name in about if isinstance(name, str))
