"""Files that say of themselves whether they are whole: one seal over all their bytes.

The footer of a table (Parquet), or the header of weights (safetensors), holds a BLAKE2b digest of
everything but the digest itself. It is an ordinary file for everyone else; a flipped bit or a
missing end shows when we read it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from polysem._errors import BadInput, RunFailed
from polysem._storage.files import whole_file
from polysem._sweep.engine import StorageLost
from polysem._sweep.schema import SCHEMA

if TYPE_CHECKING:
    import numpy as np
    import pyarrow

MARK = b"blake2b:"
DIGITS = 32
BLANK = b"0" * DIGITS
SEAL = "polysem.seal"  # under which the digest is kept
TO_SEAL = (MARK + BLANK).decode()
HEADER = 2**16  # bytes in which the header of weights lies


class Damaged(Exception):
    """A part that is not what was written; the message says how."""


def write_sealed(path: Path, table: pyarrow.Table, *, small: bool = True) -> None:
    """Write a table as a whole, sealed file that survives a power cut. Raises `StorageLost`.

    `small` — without compression and statistics, which cost more than they save in a few rows.
    """
    write_durably(path, seal(_parquet(table, small)))


def write_durably(path: Path, data: bytes | bytearray) -> None:
    """Write a temporary file, bring it to the disk, rename it. Raises `StorageLost`."""
    try:
        with whole_file(path) as temporary, open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except RunFailed as error:
        raise StorageLost(str(error)) from error


def read_sealed(path: Path) -> pyarrow.Table:
    """Read a sealed file. Raises `Damaged`; `BadInput` if a newer Polysem wrote it;
    `FileNotFoundError` if it has gone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = path.read_bytes()
    _check(data)
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        schema = int((file.metadata.metadata or {})[b"polysem.schema"])
        if schema > SCHEMA:
            raise newer(path, schema)
        return file.read(use_threads=False)
    except (pa.ArrowException, KeyError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise Damaged(f"it is no table of a sweep ({error})") from None


def check_sealed(path: Path) -> None:
    """Raise `Damaged` if a file is not whole, without reading its table."""
    _check(path.read_bytes())


def write_sealed_weights(
    path: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]
) -> None:
    """Write named arrays as a whole, sealed safetensors file. Raises `StorageLost`."""
    from safetensors.numpy import save

    write_durably(path, seal(bytearray(save(dict(arrays), {**facts, SEAL: TO_SEAL}))))


def read_sealed_weights(path: Path) -> dict[str, np.ndarray]:
    """Read a sealed safetensors file; one from before weights had seals need only be complete.
    Raises `Damaged`; `FileNotFoundError` if it has gone."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    data = path.read_bytes()
    if SEAL.encode() in data[:HEADER]:
        _check(data)
    try:
        return load(data)
    except SafetensorError as error:
        raise Damaged(f"it holds no weights ({error})") from None


def newer(path: Path, schema: int) -> BadInput:
    """The refusal of what a newer Polysem wrote."""
    return BadInput(
        f"{str(path)!r} was written by a newer Polysem (schema {schema}; this one knows up to "
        f"{SCHEMA}); nothing was changed. Upgrade Polysem, or choose another folder."
    )


def seal(data: bytearray) -> bytearray:
    """Fill in the digest of a file that was written with a blank one."""
    at = data.rfind(MARK + BLANK) + len(MARK)
    data[at : at + DIGITS] = _digest(data, at)
    return data


def _check(data: bytes) -> None:
    at = data.rfind(MARK) + len(MARK)
    if at < len(MARK) or len(data) < at + DIGITS:
        raise Damaged("its end is missing")
    if data[at : at + DIGITS] != _digest(data, at):
        raise Damaged("its bytes are not those that were written")


def _digest(data: bytes | bytearray, at: int) -> bytes:
    """Digest of all bytes but the digest at `at`."""
    whole = memoryview(data)
    found = hashlib.blake2b(whole[:at], digest_size=DIGITS // 2)
    found.update(whole[at + DIGITS :])
    return found.hexdigest().encode()


def _parquet(table: pyarrow.Table, small: bool) -> bytearray:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about: Mapping[str, str] = {
        "polysem.schema": str(SCHEMA),
        SEAL: TO_SEAL,
    }
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="none" if small else "zstd",
        use_dictionary=not small,
        write_statistics=not small,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(about)
    return bytearray(sink.getvalue())
