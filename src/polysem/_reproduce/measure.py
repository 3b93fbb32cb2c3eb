"""The measurements that cells make. Each gives rows (plain values) and arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from polysem._run.run import Run
from polysem._types import Weights

Measured = tuple[list[dict[str, Any]], dict[str, np.ndarray]]
AUTHORS_SCALE = 0.9  # of the N(0, 1/m) start in their one-encoding script
POINTS_PER_DECADE = 20  # times kept of the authors' one-encoding simulation, log-spaced


def flow(
    n: int, m: int, l1: float, seed: int, seeds: int, accuracy: Literal["tight", "fast"] = "tight"
) -> Measured:
    """Gradient flow to its certified end: census rows, and start·end summed over seeds."""
    from polysem._run.simulate import simulate

    run = simulate(n, m, l1, seeds, seed=seed, accuracy=accuracy, record=(), workers=1)
    return _census_of(run)


def recipe(n: int, m: int, l1: float, seed: int, seeds: int, steps: int) -> Measured:
    """The authors' AdamW procedure: census rows, and start·end summed over seeds."""
    from polysem._run.train import train

    how = {"recipe": "lecomte2023", "steps": steps, "record": (), "device": "cpu", "workers": 1}
    return _census_of(train(n, m, l1, seeds, seed=seed, **how))


def noise(noise: str, std: float, steps: int, seeds: int) -> Measured:
    """The authors' noise procedure: mean fourth norm of every seed against the step."""
    from polysem._run.train import train

    run = train(
        recipe="lecomte2023-noise",
        noise={"kind": noise, "std": std, "shared": "batch"},
        seeds=seeds,
        steps=steps,
        record=("fourth_norm",),
        per_decade=10,
        device="cpu",
        workers=1,
    )
    rows = [
        {"noise": noise, "std": std, "seed": seed, "step": float(step), "fourth_norm": float(value)}
        for seed, kept in zip(run.seeds, run.trajectories, strict=True)
        for step, value in zip(kept["t"], kept["fourth_norm"].mean(-1), strict=True)
    ]
    return rows, {}


def sparsification(m: int, l1: float, seed: int) -> Measured:
    """One encoding without interference, four ways, in the authors' units of time.

    The authors' script drops the factor 4 of the gradient: dw/dt = (1 − ‖w‖²) w − λ sign(w). Our
    flow at 4λ, with time counted four times, is the same equation.
    """
    from polysem._run.simulate import simulate
    from polysem._theory import sparsification as corrected
    from polysem._theory import textbook

    start = np.random.default_rng(seed).standard_normal((1, m)).astype(np.float32)
    start *= np.float32(AUTHORS_SCALE / np.sqrt(m))
    run = simulate(l1=4 * l1, start=start, record=("l1_norm", "m_prime"), per_decade=15, workers=1)
    kept = run.trajectories[0]
    rows = _series("flow, measured", 4 * kept["t"], kept["l1_norm"][:, 0], kept["m_prime"][:, 0])
    rows += _series("authors' simulation", *authors_simulation(start[0].astype(float), l1))
    times = np.geomspace(1, 4 * kept["t"][-1], 80)
    for name, law in (
        ("textbook law", textbook(m, l1, times)),
        ("corrected law", corrected(m, 4 * l1, times / 4, scale=AUTHORS_SCALE)),
    ):
        rows += _series(name, times, np.maximum(law.l1_norm, 1), np.maximum(law.m_prime, 1))
    return rows, {}


def authors_simulation(
    w: np.ndarray, l1: float, step: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Explicit Euler on |w|, discarding what falls to zero: times, ‖w‖₁ and m' at log-spaced times.

    Written from the description of the published script (no factor 4, no reactivation, dead
    weights removed, until one weight is left).
    """
    w = np.sort(np.abs(w))[::-1].copy()
    kept: list[tuple[float, float, float]] = []
    due, t = 0.0, 0.0
    while len(w) > 1:
        if t >= due:
            kept.append((t, float(w.sum()), float(len(w))))
            due = max(t + step, t * 10 ** (1 / POINTS_PER_DECADE))
        w += ((1 - w @ w) * w - l1) * step
        t += step
        if w[-1] <= 0:  # the order is kept, so the smallest dies first
            w = w[: np.searchsorted(-w, 0.0)]
    times, l1_norm, m_prime = np.array(kept).T
    return times, l1_norm, m_prime


def _series(
    name: str, t: np.ndarray, l1_norm: np.ndarray, m_prime: np.ndarray
) -> list[dict[str, Any]]:
    return [
        {"series": name, "t": float(a), "l1_norm": float(b), "m_prime": float(c)}
        for a, b, c in zip(t, l1_norm, m_prime, strict=True)
    ]


def _census_of(run: Run) -> Measured:
    network = run.spec.network
    rows = [{**row, "n": network.n, "m": network.m, "l1": network.l1} for row in run.rows]
    return rows, {"start_end": start_end(run.start, run.end)}


def start_end(start: Weights, end: Weights) -> np.ndarray:
    """Σ over seeds of start_i·end_j: (n, n), the published "weight correlation" times seeds.

    Seeds that are not finite are left out.
    """
    finite = np.isfinite(end).all((-1, -2))
    products = start[finite] @ end[finite].swapaxes(-1, -2)
    return products.sum(0, dtype=np.float64)


MEASURES: dict[str, Callable[..., Measured]] = {
    "flow": flow,
    "recipe": recipe,
    "noise": noise,
    "sparsification": sparsification,
}
