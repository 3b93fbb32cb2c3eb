"""What a sweep has found: one tidy table, trajectories, failures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._errors import BadInput, RunFailed
from polysem._sweep.complete import completed
from polysem._sweep.schema import PROVENANCE, TIMINGS
from polysem._sweep.sealed import Damaged, read_sealed, read_sealed_weights
from polysem._sweep.store import MANY, PARTS, TRAJECTORIES, WEIGHTS, Store, block_of

if TYPE_CHECKING:
    import pandas
    import polars  # pyright: ignore[reportMissingImports]
    import pyarrow

LOOKS = 50  # at a folder whose parts are being joined while we read


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep as it lies in its folder, finished or not.

    `table` — one row per cell and seed: specification, outcome, census, theory's expected counts
    (expected_*), timings, provenance; sorted by the axes. `axes` — columns of the axes.
    `grid` — what was asked for last. `failures` — one mapping per cell and block of seeds that was
    given up, with the reason. `damaged` — (part, how) of parts that were left out; running the
    sweep again computes them anew.
    """

    folder: Path
    table: pyarrow.Table
    axes: tuple[str, ...]
    grid: Mapping[str, Any]
    failures: tuple[Mapping[str, Any], ...] = ()
    damaged: tuple[tuple[str, str], ...] = ()

    def to_arrow(self) -> pyarrow.Table:
        """One row per cell and seed."""
        return self.table

    def to_pandas(self) -> pandas.DataFrame:
        """One row per cell and seed."""
        return self.table.to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """One row per cell and seed. Raises `BadInput` if polars is not installed."""
        try:
            import polars  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise BadInput("to_polars needs the package polars: pip install polars.") from None
        frame = polars.from_arrow(self.table)
        assert isinstance(frame, polars.DataFrame)
        return frame

    def without_timings(self) -> pyarrow.Table:
        """The columns that depend on the cells alone, not on when, where and how fast they were
        computed: equal for equal sweeps, byte for byte."""
        here = {*TIMINGS, *PROVENANCE} - {"spec", "results_version"}
        return self.table.drop_columns([name for name in here if name in self.table.column_names])

    @cached_property
    def trajectories(self) -> pyarrow.Table:
        """One row per cell, seed and recorded time; no rows if nothing was recorded."""
        import pyarrow as pa

        tables, _ = read_parts(Store(self.folder), TRAJECTORIES)
        if not tables:
            return pa.table({"cell": pa.array([], pa.string()), "seed": pa.array([], pa.int64())})
        return _once(pa.concat_tables(tables, promote_options="default"), ("cell", "seed", "t"))

    def weights(self, cell: str) -> dict[int, dict[str, Any]]:
        """Seed → {"start", "end"} weights (n, m) of a cell, if they were kept; of networks with
        more than one tied layer, too, {"layers"}: (2, layers, n, m), the encodings of every layer
        at the start and at the end. Raises `BadInput` if there are none, or if a file is damaged.
        """
        store = Store(self.folder)
        found: dict[int, dict[str, Any]] = {}
        for name in store.listing(WEIGHTS):
            of, first, count = block_of(name)
            if of == cell:
                try:
                    arrays = read_sealed_weights(store.path(WEIGHTS, name))
                except Damaged as how:
                    raise BadInput(
                        f"The weights {name!r} are damaged ({how}); sweep again with weights=True "
                        "to compute them anew."
                    ) from None
                for i in range(count):
                    found[first + i] = {name: array[i] for name, array in arrays.items()}
        if not found:
            raise BadInput(f"No weights of the cell {cell!r} were kept; sweep with weights=True.")
        return found

    def plot(
        self,
        x: str | None = None,
        y: str | None = None,
        by: str | None = None,
        facet: str | None = None,
        *,
        x_log: bool | None = None,
        y_log: bool | None = None,
    ) -> Any:
        """Matplotlib figure of column `y` (polysemantic, if not said) against `x`, a colour for
        each value of `by`, a panel for each of `facet` ("none" for no colours, no panels);
        `x_log`, `y_log` for logarithmic axes. What is not said is chosen.

        Raises `BadInput` for a column that cannot be drawn, or if nothing has been computed yet.
        """
        from polysem._plots.sweep import draw_mpl
        from polysem._plots.sweep_choice import choose

        if not len(self):
            raise BadInput(f"The sweep {str(self.folder)!r} has computed nothing yet.")
        frame = self.to_pandas()
        return draw_mpl(frame, choose(frame, self.axes, x, y, by, facet, x_log=x_log, y_log=y_log))

    def report(
        self,
        path: str | Path,
        x: str | None = None,
        y: str | None = None,
        by: str | None = None,
        facet: str | None = None,
    ) -> Path:
        """Write one self-contained offline page to `path`; the columns as for `plot`. Raises
        `BadInput` for a column that cannot be drawn, `RunFailed` if writing fails."""
        from polysem._report.sweep_page import write_sweep_report

        return write_sweep_report(self, path, x=x, y=y, by=by, facet=facet)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        cells = len(set(self.table["cell"].to_pylist()))
        axes = ", ".join(self.axes) or "none"
        return (
            f"<Sweep {str(self.folder)!r}: {cells} cells, {len(self)} seeds, axes {axes}, "
            f"{len(self.failures)} failures>"
        )


def load_sweep(path: str | Path) -> Sweep:
    """Read the folder of a sweep, also while it runs. Raises `BadInput` if it is not one, or if a
    newer Polysem wrote it."""
    import warnings

    store = Store(Path(path))
    manifest = store.manifest()
    tables, damaged = read_parts(store, PARTS)
    for name, how in damaged:
        warnings.warn(
            f"The part {name!r} is damaged ({how}) and was left out; sweep again to compute it "
            "anew.",
            stacklevel=3,
        )
    verb = str(manifest["grid"].get("base", {}).get("verb", "simulate"))
    axes = tuple(manifest.get("axes", ()))
    table = _joined(tables, axes, verb)
    return Sweep(
        folder=store.folder,
        table=table,
        axes=tuple(axis for axis in axes if _said(table, axis)),
        grid=manifest["grid"],
        failures=tuple(store.failures()),
        damaged=tuple(damaged),
    )


def read_parts(store: Store, kind: str) -> tuple[list[pyarrow.Table], list[tuple[str, str]]]:
    """Every whole part, and (name, how) of the damaged ones. A part that disappears while we read
    has been joined with others, so we look again."""
    tables: dict[str, pyarrow.Table] = {}
    damaged: dict[str, str] = {}
    for _ in range(LOOKS):
        gone = False
        for name in store.listing(kind):
            if name in tables or name in damaged:
                continue
            try:
                tables[name] = completed(read_sealed(store.path(kind, name)))
            except Damaged as how:
                damaged[name] = str(how)
            except FileNotFoundError:
                gone = True
        if not gone:
            many_last = sorted(tables, key=lambda name: not name.startswith(MANY))
            return [tables[name] for name in many_last], sorted(damaged.items())
        time.sleep(0.05)
    raise RunFailed(f"The parts in {str(store.folder)!r} change too quickly to be read; try again.")


def _said(table: pyarrow.Table, axis: str) -> bool:
    """True if a column has values: of a group of settings, an axis rarely uses all."""
    if axis not in table.column_names:
        return False
    return len(table) == 0 or table[axis].null_count < len(table)


def _joined(tables: list[pyarrow.Table], axes: tuple[str, ...], verb: str) -> pyarrow.Table:
    """All rows once, sorted by the axes, then by cell and seed."""
    import pyarrow as pa

    from polysem._sweep.schema import arrow_schema, columns

    if not tables:
        return arrow_schema(columns(verb)).empty_table()
    joined = pa.concat_tables(tables, promote_options="default")
    known = [name for name in axes if name in joined.column_names]
    return _once(joined, (*known, "cell", "seed"))


def _once(table: pyarrow.Table, order: tuple[str, ...]) -> pyarrow.Table:
    """Sorted rows without those that are there twice (a sweep was killed while joining parts)."""
    import numpy as np
    import pyarrow.compute as pc

    keys = list(dict.fromkeys(order))
    table = table.sort_by([(name, "ascending") for name in keys]).combine_chunks()
    if len(table) < 2:
        return table
    first = np.ones(len(table), dtype=bool)
    same = np.ones(len(table) - 1, dtype=bool)
    for name in ("cell", "seed", *({"t"} & set(keys))):
        column = table[name].combine_chunks()
        same &= np.asarray(pc.equal(column[1:], column[:-1]))  # pyright: ignore[reportAttributeAccessIssue]
    first[1:] = ~same
    return table.filter(first) if not first.all() else table
