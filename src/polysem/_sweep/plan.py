"""What is missing, in tasks: large cells cut into blocks of seeds, small ones put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from polysem._errors import BadInput
from polysem._sweep.cells import Cell, seed_ranges
from polysem._sweep.engine import Item, Task

BLOCK_SECONDS = 4.0  # of work in one part: what a kill can cost
BATCH_SECONDS = 1.0  # of work in one task of small parts: what handing it out is spread over
BATCH_ITEMS = 200
BLOCK_BYTES = 2**29  # of seeds kept together until their census is taken


@dataclass(frozen=True)
class Missing:
    """One item still to be computed, and its cell."""

    item: Item
    cell: Cell

    @property
    def seconds(self) -> float:
        """About how long it takes on a usual core."""
        return self.cell.seconds * self.item.count

    @property
    def memory(self) -> int:
        """Bytes that computing it needs."""
        return self.cell.fixed + self.cell.per_seed * self.item.count


def missing_items(
    cells: Iterable[Cell], held: Callable[[Cell], set[int]], skip: Collection[Item] = ()
) -> list[Missing]:
    """Seeds that are not `held`, the most costly first. `skip` — items that failed before."""
    failed: dict[str, set[int]] = {}
    for item in skip:
        failed.setdefault(item.cell, set()).update(range(item.first, item.first + item.count))
    found = []
    for cell in cells:
        wanted = range(cell.first, cell.first + cell.count)
        done = held(cell) | failed.get(cell.id, set())
        todo = [seed for seed in wanted if seed not in done]
        if todo and cell.together:
            todo = list(wanted)
        found += [Missing(item, cell) for item in _blocks(cell, todo)]
    found.sort(key=lambda missing: -missing.seconds)
    return found


def tasks_of(items: Iterable[Missing], folder: str, weights: bool) -> list[Task]:
    """Items in the order given, small ones together."""
    tasks: list[Task] = []
    batch: list[Missing] = []
    seconds = 0.0
    for missing in items:
        full = seconds + missing.seconds > BATCH_SECONDS or len(batch) >= BATCH_ITEMS
        if batch and full:
            tasks.append(task_of(batch, folder, weights))
            batch, seconds = [], 0.0
        batch.append(missing)
        seconds += missing.seconds
    if batch:
        tasks.append(task_of(batch, folder, weights))
    return tasks


def task_of(items: list[Missing], folder: str, weights: bool) -> Task:
    """One task of these items."""
    return Task(
        tuple(missing.item for missing in items),
        folder,
        weights,
        sum(missing.seconds for missing in items),
        max(missing.memory for missing in items),
    )


def check_memory(cells: Iterable[Cell], there: int | None) -> Cell:
    """The cell that needs most memory; raises `BadInput`, naming it, if it needs more than is
    `there` (bytes)."""
    largest = max(cells, key=least_memory)
    needed = least_memory(largest)
    if there is not None and needed > there:
        raise BadInput(
            f"The cell {largest.name} needs about {needed / 2**30:.1f} GiB of memory and this "
            f"machine has {there / 2**30:.1f} GiB; exclude it or make it smaller. Nothing was run."
        )
    return largest


def least_memory(cell: Cell) -> int:
    """Bytes of the smallest piece that a cell can be computed in."""
    return cell.fixed + cell.per_seed * (cell.count if cell.together else 1)


def _blocks(cell: Cell, seeds: list[int]) -> list[Item]:
    """Seeds of a cell as items of bounded time and memory."""
    if cell.together:
        most = cell.count
    else:
        by_time = BLOCK_SECONDS / max(cell.seconds, 1e-9)
        by_memory = BLOCK_BYTES // max(cell.per_seed, 1)
        most = int(max(1, min(by_time, by_memory)))
    return [
        Item(cell.id, cell.text, start, min(most, first + count - start))
        for first, count in seed_ranges(seeds)
        for start in range(first, first + count, most)
    ]
