"""One prediction, and an ordered table of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polysem._config import unknown_name
from polysem._errors import BadInput

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Prediction:
    """A number that theory gives, with where it comes from and where it holds.

    `name` — identifier; `label` — the same in words, with units where there are any.
    `value` — expectation unless the label says otherwise: a float, or an array; NaN where it could
    not be computed, and then `note` says why.
    `low`, `high` — a 95 % interval for a single run under the same assumptions, or None.
    `equation`, `source` — what was evaluated, and who derived it.
    `domain` — where it holds, in words; `in_domain` — whether these arguments are there.
    """

    name: str
    label: str
    value: float | np.ndarray
    equation: str
    source: str
    domain: str
    in_domain: bool = True
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def interval(self) -> str:
        """'8 to 21', or '' where there is no interval."""
        if self.low is None or self.high is None:
            return ""
        return f"{shown(self.low)} to {shown(self.high)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; NaN and infinity become None."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("value", "low", "high"):
            fields[name] = _json_number(fields[name])
        return fields

    def __repr__(self) -> str:
        between = f"  [{self.interval}]" if self.interval else ""
        outside = "" if self.in_domain else "  (outside its domain)"
        lines = [
            f"{self.label}: {shown(self.value)}{between}{outside}",
            f"  {self.equation}",
            f"  {self.source}; holds for {self.domain}",
        ]
        return "\n".join([*lines, f"  {self.note}"] if self.note else lines)


class Predictions(Sequence[Prediction]):
    """Ordered predictions; `predictions["name"]` or `predictions[0]`.

    Lists as an aligned table; `to_pandas()`, `to_arrow()` and `to_dicts()` give the same rows.
    """

    def __init__(
        self, items: Sequence[Prediction], title: str = "", n: int = 0, m: int = 0
    ) -> None:
        self._items = tuple(items)
        self.title = title
        self.n, self.m = n, m

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(item.name for item in self._items)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self.names:
                raise BadInput(unknown_name(key, list(self.names), "prediction"))
            return self._items[self.names.index(key)]
        if isinstance(key, slice):
            return Predictions(self._items[key], self.title, self.n, self.m)
        return self._items[key]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self._items)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary of plain JSON types per prediction."""
        return [item.to_dict() for item in self._items]

    def to_arrow(self) -> pa.Table:
        """A pyarrow table; array values are in `values`, and `value` is null there."""
        import pyarrow as pa

        rows = [_columns(row) for row in self.to_dicts()]
        return pa.Table.from_pylist(rows, schema=pa.schema(_schema()))

    def to_pandas(self) -> pd.DataFrame:
        """The same table for pandas."""
        return self.to_arrow().to_pandas()

    def plot(self) -> matplotlib.figure.Figure:
        """Figure: predicted counts against m for this n, with intervals at this m."""
        from polysem._plots.predictions import plot_predictions

        return plot_predictions(self)

    def __repr__(self) -> str:
        rows = [
            (item.label, shown(item.value), item.interval, "" if item.in_domain else "outside")
            for item in self._items
        ]
        head = ("prediction", "value", "95 % of runs", "domain")
        width = [max(len(row[k]) for row in [head, *rows]) for k in range(4)]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(row, width, strict=True)).rstrip()
            for row in [head, *rows]
        ]
        lines.insert(1, "  ".join("─" * w for w in width))
        return "\n".join([self.title, *lines] if self.title else lines)


def shown(value: Any) -> str:
    """A number, or a few, to four significant digits: '14.1', '1.2e+08', '—' where unknown."""
    if isinstance(value, np.ndarray):
        return ", ".join(shown(float(one)) for one in value.ravel())
    if not math.isfinite(value):
        return "—" if math.isnan(value) else "∞"
    if value == round(value) and abs(value) < 1e7:
        return f"{value:.0f}"
    return f"{value:.4g}"


def _json_number(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_json_number(one) for one in value.tolist()]
    return value if value is None or math.isfinite(value) else None


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    many = isinstance(row["value"], list)
    return row | {"value": None if many else row["value"], "values": row["value"] if many else None}


def _schema() -> list[tuple[str, Any]]:
    import pyarrow as pa

    words = ("equation", "source", "domain", "note")
    return [
        ("name", pa.string()),
        ("label", pa.string()),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        ("values", pa.list_(pa.float64())),
        ("in_domain", pa.bool_()),
        *((name, pa.string()) for name in words),
    ]
