"""Seconds and peak memory of the diagnosis' pure measures, each in a process of its own (Linux).

    python -m benchmarks.diagnose_speed [--small] [--redo] [--threads 2]

labels   1,536 neurons × 3,000 samples × 40 features: every measure, 1,000 permutations for both
         label nulls                                             (target: 20 s on 2 cores)
stream   10⁶ samples of 1,536 neurons × 40 features in batches   (target: below 2 GB)
weights  65,536 neurons × 1,000 features: capacity, spectrum, spread, duplicates, slots, the count
         by rule                                                 (target: 60 s)

"cpu_seconds" is what the process used; on a shared machine it says more than "seconds". --small
runs a twentieth of each, to try the script; its results are not stored.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._command import parser
from benchmarks._store import Found, Store
from benchmarks._table import flat_table
from benchmarks.flow_memory import peak

NEURONS, SAMPLES, FEATURES, DRAWS = 1536, 3000, 40, 1000
STREAM, BATCH = 1_000_000, 4096
WIDE, MANY = 65_536, 1000


def recording(samples: int, neurons: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Activations, float32, half of them rectified, and labels that drive them."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((samples, FEATURES)) < 0.1).astype(np.float32)
    drive = np.random.default_rng(1).standard_normal((FEATURES, neurons), dtype=np.float32)
    x = rng.standard_normal((samples, neurons), dtype=np.float32) + 0.3 * labels @ drive
    x[:, ::2] = np.maximum(x[:, ::2], 0)
    return x, labels


def labels(scale: float) -> Found:
    """Every measure and both label nulls."""
    from polysem._diagnose.inputs.recording import Recording
    from polysem._diagnose.nulls.labels import CountRule, auroc_null, correlation_null
    from polysem._diagnose.selectivity.measure import measure_selectivity
    from polysem._diagnose.selectivity.relatedness import Relatedness

    draws = int(DRAWS * scale)
    x, y = recording(SAMPLES, NEURONS)
    measure_selectivity(Recording.of(x[:50, :2], y[:50]))  # compiles
    laps, found = Laps(), Recording.of(x, y)
    measure_selectivity(found)
    laps("measures")
    rule = CountRule(0.65, Relatedness.from_labels(found.labels))
    auroc_null(found.activations, found.labels, draws, rule=rule)
    laps("auroc_null")
    correlation_null(found.activations, found.labels, draws)
    laps("correlation_null")
    return laps.found | {"draws": draws}


def stream(scale: float) -> Found:
    """A stream that is made as it is read; "reading" is the time without any measure."""
    from polysem._diagnose.streaming.stream import stream_selectivity

    count = int(STREAM * scale) // BATCH
    for _ in batches(1):
        pass
    laps = Laps()
    for _ in batches(count):
        pass
    laps("reading")
    found = stream_selectivity(batches(count))
    laps("all")
    return laps.found | {"samples": count * BATCH, "worst_bound": float(found.auroc_bound.max())}


def batches(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    return (recording(BATCH, NEURONS, seed) for seed in range(count))


def weights(scale: float) -> Found:
    """The weights tier, at float32; a third of the neurons double another one."""
    from polysem._census.rules import Relative
    from polysem._diagnose.capacity import neurons, spectrum
    from polysem._diagnose.capacity.features import capacity_of_gram, capacity_shortage, gram
    from polysem._diagnose.inputs.layer import Layer

    rng = np.random.default_rng(0)
    wide = int(WIDE * scale)
    W = rng.standard_normal((MANY, wide), dtype=np.float32)
    W[:, wide // 3 * 2 :] = 2 * W[:, : wide - wide // 3 * 2]
    laps = Laps()
    W = Layer.of(W).weights
    products = gram(W)
    capacity = capacity_of_gram(products)
    capacity_shortage(W, capacity)
    laps("capacity")
    sigma = spectrum.singular_values(W)
    ranks = spectrum.effective_rank(sigma), spectrum.participation_ratio(sigma)
    laps("spectrum")
    for spread in (neurons.effective_features, neurons.fourth_norms, neurons.kurtosis):
        spread(W)
    laps("spread")
    groups = neurons.duplicate_groups(W)
    laps("duplicates")
    shared = (Relative().represents(W).sum(0) >= 2).sum()
    laps("count")
    found = {"distinct_neurons": len(np.unique(groups)), "polysemantic": int(shared)}
    return laps.found | found | {"effective_rank": ranks[0], "participation_ratio": ranks[1]}


class Laps:
    """Seconds since the last lap, by name, and what the process used in all."""

    def __init__(self) -> None:
        self.began, self.cpu = time.perf_counter(), time.process_time()
        self.last, self._laps = self.began, {}

    def __call__(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = now - self.last
        self.last = now

    @property
    def found(self) -> Found:
        return {
            "seconds": self.last - self.began,
            "cpu_seconds": time.process_time() - self.cpu,
            "peak_gb": peak() / 1e9,
        } | {f"{name}_seconds": lap for name, lap in self._laps.items()}


PARTS: dict[str, Callable[[float], Found]] = {
    "labels": labels,
    "stream": stream,
    "weights": weights,
}


def measure(name: str, scale: float, threads: int) -> Found:
    """Start a process for one part and read what it found."""
    command = [sys.executable, "-m", "benchmarks.diagnose_speed", "--child", name]
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    done = subprocess.run(
        [*command, "--scale", str(scale)],
        cwd=Path(__file__).parents[1],
        env=os.environ | dict.fromkeys(names, str(threads)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {"part": name, "threads": threads} | json.loads(done.stdout)


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--small", action="store_true", help="a twentieth, not stored")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--child", choices=PARTS, help="measure in this very process")
    options.add_argument(
        "--scale", type=float, default=1.0, help="share of the full size (--child)"
    )
    given = options.parse_args(arguments)
    if given.child:
        print(json.dumps(PARTS[given.child](given.scale)))
    elif given.small:
        print(json.dumps([measure(name, 0.05, given.threads) for name in PARTS], indent=1))
    else:
        store = Store("diagnose_speed", given.results, given.redo)
        for name in PARTS:
            found = store.part(name, partial(measure, name, 1.0, given.threads))
            print(flat_table(f"Diagnosis: {name}", [found]))


if __name__ == "__main__":
    main()
