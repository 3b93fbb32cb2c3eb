"""A small labelled table: named columns of equal length, given out as dicts, Arrow or pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas
    import pyarrow

KINDS = ("int", "float", "bool", "text", "ints", "floats")
_DTYPE = {"int": np.int64, "float": np.float64, "bool": np.bool_}
_BLANK = {"int": 0, "float": 0.0, "bool": False, "text": ""}


@dataclass(frozen=True, repr=False)
class Table:
    """Columns of equal length, by name.

    `columns` — name → array; a masked array where some values are unknown. `kinds` — name → one of
    "int", "float", "bool", "text", or "ints" and "floats" for a list in every row. Unknown values
    leave as None (dicts), null (Arrow) and NA (pandas); NaN never does.
    """

    columns: Mapping[str, np.ndarray]
    kinds: Mapping[str, str]

    @classmethod
    def of(cls, kinds: Mapping[str, str], values: Mapping[str, Any]) -> Table:
        """Make one from sequences or arrays; None, NaN and masked values become unknown."""
        columns = {name: column(values[name], kind) for name, kind in kinds.items()}
        if len({len(c) for c in columns.values()}) > 1:
            raise ValueError(
                f"columns of unequal length: { {k: len(c) for k, c in columns.items()} }"
            )
        return cls(columns, dict(kinds))

    @classmethod
    def joined(cls, kinds: Mapping[str, str], parts: Sequence[Table]) -> Table:
        """The rows of all `parts`, one below the other."""
        return cls.of(
            kinds, {name: [v for part in parts for v in part[name].tolist()] for name in kinds}
        )

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return list(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def to_dicts(self) -> list[dict[str, Any]]:
        """One plain dict per row, fit for JSON."""
        values = [c.tolist() for c in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*values, strict=True)]

    def to_arrow(self) -> pyarrow.Table:
        """The same as an Arrow table; column types do not depend on the values."""
        import pyarrow as pa

        types = {
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "text": pa.string(),
            "ints": pa.list_(pa.int64()),
            "floats": pa.list_(pa.float64()),
        }
        arrays = {n: pa.array(c.tolist(), types[self.kinds[n]]) for n, c in self.columns.items()}
        return pa.table(arrays)

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a pandas data frame with nullable types, so that counts stay integers."""
        import pandas as pd

        types = {"int": "Int64", "float": "Float64", "bool": "boolean", "text": "string"}
        columns = {
            n: pd.Series(c.tolist(), dtype=types.get(self.kinds[n], "object"))
            for n, c in self.columns.items()
        }
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        return f"Table of {len(self)} rows: {', '.join(self.columns)}"


def column(values: Any, kind: str) -> np.ndarray:
    """One column: an array of the kind's type, masked where a value is None, NaN or masked."""
    if kind in ("ints", "floats"):
        lists = np.empty(len(values), dtype=object)
        lists[:] = [list(v) for v in values]
        return lists
    if isinstance(values, np.ndarray) and not np.ma.isMaskedArray(values) and kind in _DTYPE:
        return _checked(values, kind)
    items = values.tolist() if isinstance(values, np.ndarray) else list(values)
    unknown = np.array([v is None or v != v for v in items], dtype=bool)
    filled = [_BLANK[kind] if u else v for v, u in zip(items, unknown, strict=True)]
    array = np.array(filled, dtype=_DTYPE.get(kind, np.str_))
    return np.ma.MaskedArray(array, unknown) if unknown.any() else array


def _checked(values: np.ndarray, kind: str) -> np.ndarray:
    """A plain numeric array in the kind's type, with NaN masked."""
    unknown = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)
    if unknown.any():
        return np.ma.MaskedArray(np.where(unknown, 0, values).astype(_DTYPE[kind]), unknown)
    return values.astype(_DTYPE[kind])
