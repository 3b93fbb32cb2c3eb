"""Tables as Parquet with plain column names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._errors import BadInput
from polysem._storage.files import whole_file

if TYPE_CHECKING:
    import pyarrow


def to_table(rows: Sequence[Mapping[str, Any]]) -> pyarrow.Table:
    """Rows of equal keys as an Arrow table."""
    import pyarrow

    return pyarrow.Table.from_pylist([dict(row) for row in rows])


def write_table(path: Path, table: pyarrow.Table) -> None:
    """Write a whole Parquet file."""
    import pyarrow.parquet

    with whole_file(path) as temporary:
        pyarrow.parquet.write_table(table, temporary, compression="zstd")


def read_table(path: Path) -> pyarrow.Table:
    """Read a Parquet file; raises `BadInput` if it is not one."""
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise BadInput(f"{str(path)!r} is not a whole Parquet file: {error}.") from None
