"""The dry run: how many cells, how long, how much memory; nothing is stored."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from polysem._sweep.cells import Cell, spec_of
from polysem._sweep.plan import Missing, check_memory, least_memory

PROBES = 3
PROBE_SECONDS = 1.0  # of expected work in one probe
PART_BYTES = 20_000  # of a loose part; joined ones need a tenth


@dataclass(frozen=True)
class Forecast:
    """What a sweep would do.

    `cells`, `seeds` — wanted. `cells_missing`, `seeds_missing` — not there yet. `core_seconds` —
    estimated work of the missing ones on one core of this machine; `low` and `high` span what the
    probes disagreed by. `seconds` — the same spread over `workers`. `largest` — the cell that
    needs most memory, `largest_bytes` how much. `disk_bytes` — about, weights included. `failed` —
    items that failed before and would be left out.
    """

    cells: int
    seeds: int
    cells_missing: int
    seeds_missing: int
    workers: int
    core_seconds: float
    seconds: float
    low: float
    high: float
    largest: str
    largest_bytes: int
    disk_bytes: int
    failed: int = 0

    def to_dict(self) -> dict[str, object]:
        """Plain values, fit for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.cells} cells, {self.seeds} seeds; {self.cells_missing} cells and "
            f"{self.seeds_missing} seeds are missing"
            + (f" ({self.failed} failed before: --retry-failed)" if self.failed else "")
            + f"\nabout {duration(self.seconds)} on {self.workers} workers (between "
            f"{duration(self.low)} and {duration(self.high)}), calibrated on this machine"
            f"\nlargest cell: {self.largest_bytes / 2**20:.0f} MiB of memory ({self.largest})"
            f"\nabout {self.disk_bytes / 2**20:.1f} MiB on disk"
        )


def forecast(
    cells: Sequence[Cell],
    missing: Sequence[Missing],
    *,
    workers: int,
    memory: int | None,
    weights: bool,
    failed: int = 0,
) -> Forecast:
    """Estimate a sweep, timing a few of its own cells here. Raises `BadInput` for a cell that
    cannot fit, naming it."""
    largest = check_memory(cells, memory)
    factors = calibrate([entry.cell for entry in missing])
    expected = sum(entry.seconds for entry in missing)
    core_seconds = expected * math.exp(sum(map(math.log, factors)) / len(factors))
    longest = max((entry.seconds for entry in missing), default=0.0)
    wall = max(expected / workers, longest) / max(expected, 1e-12)
    kept = sum(8 * entry.cell.n * entry.cell.m * entry.item.count for entry in missing)
    return Forecast(
        cells=len(cells),
        seeds=sum(cell.count for cell in cells),
        cells_missing=len({entry.item.cell for entry in missing}),
        seeds_missing=sum(entry.item.count for entry in missing),
        workers=workers,
        core_seconds=core_seconds,
        seconds=core_seconds * wall,
        low=expected * min(factors) * wall,
        high=expected * max(factors) * wall,
        largest=largest.name,
        largest_bytes=least_memory(largest),
        disk_bytes=PART_BYTES * len(missing) + (kept if weights else 0),
        failed=failed,
    )


def calibrate(cells: Sequence[Cell]) -> list[float]:
    """Measured over expected seconds of a few probes: cells of the sweep, made short enough."""
    from polysem._sweep.work import solved

    by_cost = sorted({cell.id: cell for cell in cells}.values(), key=lambda cell: cell.seconds)
    if not by_cost:
        return [1.0]
    affordable = [cell for cell in by_cost if cell.seconds <= PROBE_SECONDS] or by_cost[:1]
    chosen = {affordable[(len(affordable) - 1) * i // (PROBES - 1)].id: i for i in range(PROBES)}
    probes = [shortened(cell) for cell in affordable if cell.id in chosen]
    factors = []
    for number, (spec, expected) in enumerate((*probes[:1], *probes)):
        began = time.perf_counter()
        solved(spec)
        if number > 0:  # the first loads kernels and is not counted
            factors.append((time.perf_counter() - began) / expected)
    return factors


def shortened(cell: Cell) -> tuple[object, float]:
    """One seed of a cell made small enough for a probe, and the seconds expected of it."""
    from polysem._sweep.cost import seconds_of_seed

    spec = spec_of(cell.text, cell.first, cell.count if cell.together else 1)
    if spec.verb == "train":
        steps = spec.train.steps * PROBE_SECONDS / max(seconds_of_seed(spec), PROBE_SECONDS)
        train = spec.train.model_copy(update={"steps": max(1, int(steps))})
        spec = spec.model_copy(update={"train": train})
    while seconds_of_seed(spec) > PROBE_SECONDS and spec.network.n > 8:
        sizes = {"n": spec.network.n // 2, "m": max(1, spec.network.m // 2)}
        network = spec.network.model_copy(update=sizes)
        record = spec.record.model_copy(update={"what": (), "pair": None})
        spec = spec.model_copy(update={"network": network, "record": record})
    return spec, seconds_of_seed(spec) * spec.seeds


def duration(seconds: float) -> str:
    """A time in words."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} seconds"
