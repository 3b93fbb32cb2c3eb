"""What a ledger would cost: cells, networks, time and memory of every claim; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polysem._claims.claim import Claim
from polysem._claims.gather import Size, shared_sweep
from polysem._sweep.forecast import Forecast, duration
from polysem._sweep.sweep import sweep


@dataclass(frozen=True)
class Planned:
    """The `forecast` of the sweep in the folder `place` of the ledger, and the `claim` and the
    experiment that need it first."""

    claim: str
    experiment: str
    place: str
    forecast: Forecast


@dataclass(frozen=True)
class LedgerForecast:
    """What `claims` would do: one `Planned` per sweep, at the size `size`."""

    sweeps: tuple[Planned, ...]
    size: str

    @property
    def seconds(self) -> float:
        """Estimated wall time; the sweeps go one after another."""
        return sum(one.forecast.seconds for one in self.sweeps)

    @property
    def core_seconds(self) -> float:
        """Estimated work on one core."""
        return sum(one.forecast.core_seconds for one in self.sweeps)

    @property
    def largest_bytes(self) -> int:
        """Memory of the cell that needs most."""
        return max(one.forecast.largest_bytes for one in self.sweeps)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One mapping per sweep, ready for JSON."""
        return [
            {
                "claim": one.claim,
                "experiment": one.experiment,
                "cells": one.forecast.cells,
                "seeds": one.forecast.seeds,
                "seeds_missing": one.forecast.seeds_missing,
                "core_seconds": one.forecast.core_seconds,
                "seconds": one.forecast.seconds,
                "memory_mib": one.forecast.largest_bytes / 2**20,
                "disk_mib": one.forecast.disk_bytes / 2**20,
            }
            for one in self.sweeps
        ]

    def __str__(self) -> str:
        low, high = (
            sum(getattr(one.forecast, end) for one in self.sweeps) for end in ("low", "high")
        )
        missing = sum(one.forecast.seeds_missing for one in self.sweeps)
        return (
            f"{len(self.sweeps)} sweeps, {missing} networks are missing ({self.size})"
            f"\nabout {duration(self.seconds)} (between {duration(low)} and {duration(high)}), "
            "calibrated on this machine"
            f"\nlargest cell: {self.largest_bytes / 2**20:.0f} MiB of memory"
        )


def plan(claims: Sequence[Claim], folder: Path, size: Size, workers: int | None) -> LedgerForecast:
    """Forecast every sweep that these claims need and `folder` does not hold, each once."""
    found: dict[str, Planned] = {}
    for claim in claims:
        for name, experiment in claim.experiments.items():
            place, keep = shared_sweep(claim, name)
            if place in found:
                continue
            told = sweep(
                size.grid(experiment), folder / place, dry_run=True, workers=workers, weights=keep
            )
            found[place] = Planned(claim.id, name, place, told)
    return LedgerForecast(tuple(found.values()), size.name)
