"""Many small parts into few large ones, so that reading stays quick and nothing is ever missing.

The large part is written whole before the small ones are removed. Whoever dies in between leaves
rows twice, never none; they are the same rows, and `load` and the next sweep drop one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from polysem._sweep.complete import completed
from polysem._sweep.sealed import Damaged, read_sealed, write_sealed
from polysem._sweep.store import MANY, PARTS, TRAJECTORIES, Store, block_of

if TYPE_CHECKING:
    import pyarrow

LOOSE = 256  # parts of one block that may lie about
ROWS = 50_000  # of a large part: what one broken file can cost


def compact(store: Store, kind: str, names: Iterable[str]) -> list[str]:
    """Join the parts of these names into parts of many; returns the names of the broken ones."""
    tables: list[pyarrow.Table] = []
    taken: list[str] = []
    damaged: list[str] = []
    rows = 0
    for name in names:
        try:
            tables.append(completed(read_sealed(store.path(kind, name))))
            taken.append(name)
            rows += len(tables[-1])
        except Damaged:
            damaged.append(name)
        except FileNotFoundError:
            continue
        if rows >= ROWS:
            _join(store, kind, taken, tables)
            tables, taken, rows = [], [], 0
    if len(taken) > 1:
        _join(store, kind, taken, tables)
    return damaged


def compact_where_it_pays(store: Store, least: int = LOOSE) -> None:
    """Join loose parts if there are many, and parts of many that have become many themselves."""
    for kind in (PARTS, TRAJECTORIES):
        names = store.listing(kind)
        loose = [name for name in names if not name.startswith(MANY)]
        if len(loose) >= least:
            compact(store, kind, loose)
        many = [name for name in names if name.startswith(MANY)]
        if len(many) >= least // 8:
            small = [name for name in many if store.path(kind, name).stat().st_size < 2**20]
            if len(small) >= least // 8:
                compact(store, kind, small)


def drop_doubles(store: Store, kind: str) -> None:
    """Remove loose parts whose every seed a part of many holds too, after a kill in between."""
    names = store.listing(kind)
    loose = [name for name in names if not name.startswith(MANY)]
    if len(loose) == len(names):
        return
    wanted = {block_of(name)[0] for name in loose}
    there: set[tuple[str, int]] = set()
    for name in names:
        if name.startswith(MANY):
            try:
                table = read_sealed(store.path(kind, name)).select(["cell", "seed"]).to_pydict()
            except Damaged:
                continue
            rows = zip(table["cell"], table["seed"], strict=True)
            there.update(row for row in rows if row[0] in wanted)
    for name in loose:
        cell, first, count = block_of(name)
        if all((cell, seed) in there for seed in range(first, first + count)):
            store.path(kind, name).unlink(missing_ok=True)


def _join(store: Store, kind: str, names: list[str], tables: list[pyarrow.Table]) -> None:
    import pyarrow as pa

    joined = pa.concat_tables(tables, promote_options="default").combine_chunks()
    digest = hashlib.sha256(" ".join(sorted(names)).encode()).hexdigest()[:16]
    name = f"{MANY}{digest}"
    write_sealed(store.path(kind, name), joined, small=False)
    for old in names:
        if old != name:
            store.path(kind, old).unlink(missing_ok=True)
