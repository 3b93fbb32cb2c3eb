"""Headline figures by name, read from the stored results; targets are set in these names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks._store import RESULTS, Found, parts_of
from benchmarks._timing import OUT_OF_TIME
from benchmarks.flow_growth import exponents

PRESETS = ("fast", "tight")
RIVALS = {"euler": "proximal Euler", "authors": "authors:"}
OFF_THE_SHELF = ("SciPy", "torchdiffeq")
STEP_SIZE = 2**14  # weights; a step on fewer is all overhead


@dataclass(frozen=True)
class Figure:
    """One number. `at_least` — a slow rival was stopped, so the true one is larger."""

    value: float
    at_least: bool = False


def figures(folder: Path = RESULTS) -> dict[str, Figure]:
    """Every figure that the stored results give."""
    found: dict[str, Figure] = {}
    for part in parts_of("flow_precision", folder).values():
        found |= _precision(part)
    found |= _train_step(parts_of("train_step", folder))
    found |= _collisions(parts_of("flow_collisions", folder))
    for name, fit in exponents(parts_of("flow_growth", folder)).items():
        found[f"growth/{name}"] = Figure(fit)
    for name, part in parts_of("flow_cold_start", folder).items():
        found[f"cold_start/{name}"] = Figure(part["empty_cache_seconds"])
    for name, part in parts_of("flow_memory", folder).items():
        found[f"memory/{name}/gb"] = Figure(part["peak_gb"])
        found[f"memory/{name}/minutes"] = Figure(part["seconds"] / 60)
    found |= _sweeps(parts_of("sweep_overhead", folder))
    kills = [part["kills"] for part in parts_of("sweep_kill", folder).values() if part["sound"]]
    return found | ({"sweep/kills": Figure(max(kills))} if kills else {})


def row_of(part: Found, method: str) -> Found:
    """The row whose method begins so."""
    return next(row for row in part["rows"] if row["method"].startswith(method))


def slowest_claim(part: Found, preset: str) -> Found | None:
    """The off-the-shelf solver over which the preset wins least; None without one to compare.

    Left out, being no comparison: solvers more accurate than the preset at λt = 0.3, and those
    that gave up for another reason than their budget of seconds.
    """
    own = row_of(part, f"Polysem {preset}")["weight_error_midway"]
    fair = [
        row
        for row in part["rows"]
        if row["method"].startswith(OFF_THE_SHELF)
        and row.get("trouble", OUT_OF_TIME) == OUT_OF_TIME
        and row.get("weight_error_midway", own) >= own
    ]
    return min(fair, key=lambda row: row[f"ratio_to_{preset}"], default=None)


def _precision(part: Found) -> dict[str, Figure]:
    found = {}
    for preset in PRESETS:
        name = f"precision/{part['case']}/{preset}"
        own = row_of(part, f"Polysem {preset}")
        found[f"{name}/same_winners"] = Figure(1 - own["winners_differing"])
        for rival, method in RIVALS.items():
            found[f"{name}/{rival}"] = Figure(row_of(part, method)[f"ratio_to_{preset}"])
        solver = slowest_claim(part, preset)
        if solver is not None:
            ratio = solver[f"ratio_to_{preset}"]
            found[f"{name}/ode"] = Figure(ratio, bool(solver["at_least"]))
    return found


def _train_step(parts: Mapping[str, Found]) -> dict[str, Figure]:
    large = [part for part in parts.values() if part["n"] * part["m"] >= STEP_SIZE]
    if not large:
        return {}
    return {
        f"train_step/worst/{name}": Figure(min(part[name] for part in large))
        for name in ("ratio", "of_product_rate")
    }


def _collisions(parts: Mapping[str, Found]) -> dict[str, Figure]:
    found = {}
    if "whole" in parts:
        found["collisions/minutes"] = Figure(parts["whole"]["seconds"] / 60)
    if "whole, fast" in parts:
        found["collisions/minutes_fast"] = Figure(parts["whole, fast"]["seconds"] / 60)
    if "two cores, whole" in parts:
        found["collisions/speed_up"] = Figure(parts["two cores, whole"]["speed_up"])
    return found


SWEEPS = {
    "cell": ("in process", "ms"),
    "cell_on_dask": ("dask", "ms"),
    "resume/seconds": ("resume", "seconds"),
    "resume/mib": ("resume", "MiB"),
    "reading": ("reading", "as_left"),
    "speed_up": ("two workers", "speed_up"),
}


def _sweeps(parts: Mapping[str, Found]) -> dict[str, Figure]:
    return {
        f"sweep/{name}": Figure(parts[part][key])
        for name, (part, key) in SWEEPS.items()
        if part in parts
    }
