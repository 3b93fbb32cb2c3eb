"""Batches of seeds on a graphics processor, against the engine on one thread of the host.

    python -m benchmarks.gpu [--cases 256x1024x0.01x64 …] [--device cuda] [--redo]

Per case, of n×m×λ×seeds: right-hand sides a second of the whole batch and of the engine; seconds
to λt = 0.3, when most weights have died, and to the certified end; what a step of the batch takes
before and after that moment, which shows whether seeds that have become sparse should go back to
the host; features whose winner is another than the engine's. The engine solves the first seeds
only ("engine_seeds") and its seconds are scaled to all. Prints JSON with the device's
description. Without a graphics processor it says so in one sentence and measures nothing;
`--device cpu` tries the program.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
import torch

from benchmarks._case import Case, winners
from benchmarks._command import parser
from benchmarks._store import Found, Store
from polysem import flow
from polysem._flow.batched import solve_batch
from polysem._flow.batched.device import exact_arithmetic, free_memory
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._network import Problem

CASES = ["256x1024x0.01x64", "256x4096x0.001x16"]
ENGINE_SEEDS = 2
WARM_UP_STEPS = 5
SIDE = 4096  # of the square product that measures the rate of the device


@dataclass(frozen=True)
class Group:
    """`seeds` starts of one case, numbered from 0."""

    case: Case
    seeds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From '256x1024x0.01x64'."""
        case, seeds = text.rsplit("x", 1)
        return cls(Case.parse(case), int(seeds))

    @property
    def name(self) -> str:
        return f"{self.case.name}x{self.seeds}"

    def seed(self, number: int) -> Case:
        return Case(self.case.n, self.case.m, self.case.l1, number)

    def starts(self) -> np.ndarray:
        """(seeds, n, m)."""
        return np.stack([self.seed(number).start() for number in range(self.seeds)])


def solve(group: Group, starts: np.ndarray, device: str, **settings: Any) -> tuple[float, Any]:
    """Wall seconds and solutions of all seeds on the device."""
    problem = Problem(group.case.l1)
    options = flow.FlowOptions.build(device=device, **settings)
    recorders = [TrajectoryRecorder(RecordOptions(what=()), problem) for _ in starts]
    began = time.perf_counter()
    solved = solve_batch(starts, problem, options, recorders)
    return time.perf_counter() - began, solved


def engine(group: Group, **settings: Any) -> tuple[float, list[flow.SeedSolution]]:
    """Wall seconds and solutions of the first seeds, by the engine on one thread."""
    numbers = range(min(ENGINE_SEEDS, group.seeds))
    began = time.perf_counter()
    solved = [group.seed(number).solve(**settings) for number in numbers]
    return time.perf_counter() - began, solved


def total(solved: list[flow.SeedSolution]) -> int:
    """Right-hand sides of all seeds."""
    return sum(s.rhs_evaluations for s in solved)


def longest(solved: list[flow.SeedSolution]) -> int:
    """Steps of the batch: those of the seed that tried most."""
    return max(s.rhs_evaluations for s in solved)


def measure(group: Group, device: str, accuracy: str) -> Found:
    """One case at one accuracy."""
    starts, t_mid = group.starts(), group.case.midway
    solve(group, starts, device, max_steps=WARM_UP_STEPS)
    engine(group, max_steps=WARM_UP_STEPS)
    mid_seconds, mid = solve(group, starts, device, accuracy=accuracy, t_max=t_mid)
    seconds, end = solve(group, starts, device, accuracy=accuracy)
    engine_mid_seconds, _ = engine(group, accuracy=accuracy, t_max=t_mid)
    engine_seconds, theirs = engine(group, accuracy=accuracy)
    scale = group.seeds / len(theirs)
    pairs = [(a.end, b.end) for a, b in zip(end[: len(theirs)], theirs, strict=True)]
    return {
        "case": group.name,
        "accuracy": accuracy,
        "outcomes": sorted({str(s.outcome) for s in end}),
        "seconds": seconds,
        "rhs": total(end),
        "rhs_per_second": total(end) / seconds,
        "seconds_midway": mid_seconds,
        "step_seconds_before_midway": mid_seconds / longest(mid),
        "step_seconds_after_midway": (seconds - mid_seconds) / max(longest(end) - longest(mid), 1),
        "engine_seeds": len(theirs),
        "engine_seconds_scaled": engine_seconds * scale,
        "engine_seconds_midway_scaled": engine_mid_seconds * scale,
        "engine_rhs_per_second": total(theirs) / engine_seconds,
        "quicker_than_engine_by": engine_seconds * scale / seconds,
        "winners_differing_per_seed": [int((winners(a) != winners(b)).sum()) for a, b in pairs],
        "largest_weight_difference": max(float(np.abs(a - b).max()) for a, b in pairs),
    }


def description(name: str) -> Found:
    """What the device is, and its measured rate of float32 products without TF32."""
    device = torch.device(name)
    facts: Found = {"device": name, "free_memory_gb": round(free_memory(device) / 2**30, 1)}
    if name == "cuda":
        about = torch.cuda.get_device_properties(device)
        facts |= {
            "model": about.name,
            "memory_gb": round(about.total_memory / 2**30, 1),
            "multiprocessors": about.multi_processor_count,
            "cuda": torch.version.cuda,
        }
    return facts | {"float32_product_flops_per_second": product_rate(device)}


def product_rate(device: torch.device) -> float:
    """Flops per second of a large float32 product."""
    side = SIDE if device.type != "cpu" else SIDE // 8
    with exact_arithmetic(device):
        A = torch.ones(side, side, device=device)
        best = np.inf
        for _ in range(5):
            began = time.perf_counter()
            float((A @ A)[0, 0])  # waits for the device
            best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best


def found_device() -> str | None:
    """The graphics processor that is there."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--cases", nargs="+", default=CASES, help="nxmxλxseeds")
    options.add_argument("--device", choices=("cuda", "mps", "cpu"), default=found_device())
    given = options.parse_args(arguments)
    if given.device is None:
        print("No graphics processor is at hand (neither cuda nor mps), so nothing is measured.")
        return
    store = Store("gpu", given.results, given.redo)
    about = store.part("device", partial(description, given.device))
    for text in given.cases:
        group = Group.parse(text)
        for accuracy in ("fast", "tight"):
            key = f"{group.name}, {accuracy}"
            found = store.part(key, partial(measure, group, given.device, accuracy))
            print(json.dumps({"on": about, **found}, indent=1, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
