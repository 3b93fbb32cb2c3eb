"""Bringing the folder of a sweep up to date: repair, look what is missing, run it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from polysem._errors import BadInput
from polysem._sweep.cells import Cell
from polysem._sweep.compact import compact_where_it_pays, drop_doubles
from polysem._sweep.engine import Engine, Item
from polysem._sweep.fields import fields_of
from polysem._sweep.grid import Grid
from polysem._sweep.in_process import InProcess
from polysem._sweep.interrupts import Interrupts
from polysem._sweep.local_processes import LocalProcesses
from polysem._sweep.machine import cores_there, memory_there
from polysem._sweep.plan import Missing, missing_items
from polysem._sweep.points import Points
from polysem._sweep.runner import Runner
from polysem._sweep.store import PARTS, TRAJECTORIES, WEIGHTS, Coverage, Store
from polysem._sweep.watching import Watching
from polysem._sweep.work import work

MEMORY_SHARE = 0.9  # of the machine's that the tasks under way may need together
POOL_PAYS_SECONDS = 4.0  # expected work that repays starting worker processes


@dataclass(frozen=True)
class Asked:
    """How to run a sweep; what the keywords of `sweep` say."""

    workers: int | None
    limit_seconds: float | None
    retries: int
    retry_failed: bool
    weights: bool
    cluster: str | None = None

    @property
    def elsewhere(self) -> bool:
        """True if cells are computed on other machines, whose memory this one does not know."""
        return self.cluster is not None and not self.cluster.startswith("local:")

    def at_once(self) -> int | None:
        """Tasks at once, if that is known."""
        if self.cluster is None:
            return self.workers
        from polysem._sweep.dask_places import place_of

        return place_of(self.cluster).threads()

    def on_cluster(self, engine: Engine | None) -> AbstractContextManager[Engine | None]:
        """The engine on the cluster, if one was asked for; else the one given."""
        if self.cluster is None:
            return nullcontext(engine)
        from polysem._sweep.dask_engine import DaskEngine
        from polysem._sweep.dask_places import place_of

        return DaskEngine(place_of(self.cluster), self.limit_seconds)

    def engine(self, missing: Sequence[Missing]) -> Engine:
        """The engine for this work: worker processes, unless they cost more than they save."""
        seconds = sum(entry.seconds for entry in missing)
        little = self.workers is None and self.limit_seconds is None
        if self.workers == 0 or (little and seconds < POOL_PAYS_SECONDS):
            return InProcess()
        return local_processes(self.workers, self.limit_seconds)

    def check(self, engine: Engine | None) -> None:
        """Raise `BadInput` for settings that cannot be."""
        if self.workers is not None and self.workers < 0:
            raise BadInput(f"workers = {self.workers} is not allowed; 0 computes in this process.")
        if self.cluster is not None:
            from polysem._sweep.dask_places import place_of

            if engine is not None or self.workers is not None:
                raise BadInput("cluster says where to compute; leave out workers and engine.")
            place_of(self.cluster)
        if self.retries < 0:
            raise BadInput(f"retries = {self.retries} is not allowed; 0 or more are needed.")
        if self.limit_seconds is not None:
            if not self.limit_seconds > 0:
                raise BadInput(
                    f"limit_seconds = {self.limit_seconds} is not allowed; use more than 0."
                )
            if self.workers == 0 and engine is None:
                raise BadInput("limit_seconds needs worker processes; use workers of at least 1.")


def local_processes(
    workers: int | None = None, limit_seconds: float | None = None
) -> LocalProcesses:
    """Worker processes, by default one per core, within the memory of this machine."""
    there = memory_there()
    budget = None if there is None else int(MEMORY_SHARE * there)
    return LocalProcesses(workers or cores_there(), limit_seconds, budget)


def kept_workers(workers: int | None) -> AbstractContextManager[LocalProcesses | None]:
    """Worker processes for many sweeps, one after the other; None, this process, for 0 of them.

    Raises `BadInput` for fewer.
    """
    Asked(workers, None, 0, False, False).check(None)
    return nullcontext(None) if workers == 0 else local_processes(workers)


def bring_up_to_date(
    store: Store,
    grid: Grid,
    cells: list[Cell],
    asked: Asked,
    engine: Engine | None,
    watching: Watching,
) -> None:
    """Bring the folder up to date; it is locked."""
    store.prepare(_manifest(store, grid))
    for kind in (PARTS, TRAJECTORIES):
        drop_doubles(store, kind)
    _repair(store, (PARTS, TRAJECTORIES, *((WEIGHTS,) if asked.weights else ())))
    if asked.retry_failed:
        store.forget_failures({cell.id for cell in cells})
    missing, skipped = look(store, cells, asked)
    tally = watching.begin(missing, skipped)
    try:
        with Interrupts(_say) as interrupts:
            Runner(
                store, engine or asked.engine(missing), work, interrupts, tally,
                watching, asked.retries, asked.weights,
            ).run(missing)  # fmt: skip
            compact_where_it_pays(store)
    finally:
        watching.end()


def look(store: Store, cells: list[Cell], asked: Asked) -> tuple[list[Missing], list[Item]]:
    """What is missing in a folder, and what is left out because it failed before."""
    parts = store.coverage()
    over_time = store.coverage(TRAJECTORIES) if any(cell.over_time for cell in cells) else None
    weighed = store.coverage(WEIGHTS) if asked.weights else None

    def held(cell: Cell) -> set[int]:
        seeds = parts.seeds(cell.id)
        if over_time is not None and cell.over_time:
            seeds &= over_time.seeds(cell.id)
        return seeds if weighed is None else seeds & weighed.seeds(cell.id)

    failed = [] if asked.retry_failed else list(store.failures())
    known = {cell.id for cell in cells}
    skipped = [
        Item(facts["cell"], "", facts["first"], facts["count"])
        for facts in failed
        if facts["cell"] in known
    ]
    return missing_items(cells, held, skipped), skipped


def _repair(store: Store, kinds: Sequence[str]) -> None:
    """Set broken parts aside, naming them, so that their cells are computed anew."""
    for kind in kinds:
        found: Coverage = store.coverage(kind)
        for name, how in found.damaged:
            _say(f"The part {kind}/{name} is damaged ({how}); its cells are computed anew.")
        if found.damaged:
            store.set_aside(kind, [name for name, _ in found.damaged])


def _manifest(store: Store, grid: Grid) -> dict[str, Any]:
    """What spec.json says: the grid, the grids before it, the columns of the axes."""
    fields = fields_of(grid.verb)
    points = Points(grid, {}, fields)
    axes = [
        column
        for axis in points.paths
        for path, column in fields.columns.items()
        if path == axis or path.startswith(f"{axis}.")
    ]
    now = grid.model_dump(mode="json")
    earlier: list[Any] = []
    if (store.folder / "spec.json").is_file():
        before = store.manifest()
        earlier = [old for old in (*before.get("earlier", ()), before["grid"]) if old != now]
        axes += [axis for axis in before.get("axes", ()) if axis not in axes]
    return {"grid": now, "axes": axes, "earlier": earlier}


def _say(sentence: str) -> None:
    """A remark for people."""
    print(sentence, file=sys.stderr, flush=True)
