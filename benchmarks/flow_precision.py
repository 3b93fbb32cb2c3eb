"""Work and precision of ways to solve the flow, as ratios in one process on one thread.

    python benchmarks/flow_precision.py [--cases 64x256x0.005 …] [--seconds 20] [--out FILE]

Per case: the engine (fast, tight) to its certified end; proximal Euler (dt = .01) and SciPy's RK45
and LSODA to λt = 0.3; the authors' procedure (7,500 autograd AdamW steps). A method
that would take longer than --seconds is timed on a part and extrapolated linearly in its steps
("measured_share" < 1). Errors are against the engine in float64 at 1/10 of the tight tolerance:
largest weight error at λt = 0.3 and share of features with the same winner at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import torch
from scipy.integrate import solve_ivp
from threadpoolctl import threadpool_limits

from polysem._flow.engine import solve_engine
from polysem._flow.options import FlowOptions
from polysem._flow.reference import euler_step
from polysem._flow.stepper import Problem, SeedSolution
from polysem._network import smooth_force

CASES = [
    "32x128x0.01",
    "64x256x0.005",
    "256x256x0.01",
    "256x1024x0.01",
    "256x4096x0.01",
    "256x4096x0.001",
]
RESULTS = Path(__file__).parent / "results" / "flow_precision.json"
REFERENCE = 0.1  # of the tight tolerance
AUTHORS_STEPS = 7500
MIDWAY = 0.3  # in units of λt


class Silent:
    def wants(self, t):
        return False

    def offer(self, t, W):
        raise AssertionError

    def finish(self, t, W):
        return {"t": np.array([t])}


def engine(W0, l1, **options) -> SeedSolution:
    return solve_engine(W0, Problem(l1=l1), FlowOptions(**options), Silent())


def winners(W):
    k = np.abs(W).argmax(1)
    return k * np.sign(W[np.arange(len(W)), k])


def best_of(times, function) -> tuple[float, Any]:
    """Shortest wall time of a few runs, and the last result."""
    spent, result = [], None
    for _ in range(times):
        began = time.perf_counter()
        result = function()
        spent.append(time.perf_counter() - began)
    return min(spent), result


def timed_part(step, state, total, seconds):
    """Run `step` up to `total` times or for `seconds`; seconds for `total`, share run, state."""
    began, done = time.perf_counter(), 0
    while done < total and time.perf_counter() - began < seconds:
        state = step(state)
        done += 1
    return (time.perf_counter() - began) * total / done, done / total, state


def euler_row(W0, l1, t_end, exact, seconds):
    dt, total = 0.01, round(t_end / 0.01)
    took, share, W = timed_part(
        lambda W: euler_step(W, l1, dt), W0.astype("float32"), total, seconds
    )
    row = {"method": "proximal Euler dt=.01", "seconds": took, "rhs": total}
    if share == 1:
        row["same_winners"] = float((winners(W) == winners(exact)).mean())
    return row | {"measured_share": share}


def scipy_row(method, W0, l1, t_mid, exact_mid, seconds):
    began, calls = time.perf_counter(), 0

    def rhs(_, flat):
        nonlocal calls
        calls += 1
        if time.perf_counter() - began > seconds:
            raise TimeoutError
        W = flat.reshape(W0.shape)
        return (smooth_force(W) - l1 * np.sign(W)).ravel()

    row = {"method": f"SciPy {method} rtol=1e-3 to λt={MIDWAY}"}
    try:
        solution = solve_ivp(
            rhs, (0, t_mid), W0.ravel(), method, rtol=1e-3, atol=1e-4, t_eval=[t_mid]
        )
    except TimeoutError:
        return row | {"seconds_more_than": seconds, "rhs_more_than": calls}
    error = np.abs(solution.y[:, -1].reshape(W0.shape) - exact_mid).max()
    return row | {
        "seconds": time.perf_counter() - began,
        "rhs": calls,
        "error_midway": float(error),
    }


def authors_row(W0, l1, seconds):
    W = torch.nn.Parameter(torch.tensor(W0, dtype=torch.float32))
    optimiser, eye = torch.optim.AdamW([W], lr=1e-3), torch.eye(len(W0))

    def step(_):
        optimiser.zero_grad()
        loss = ((torch.relu(W @ W.T) - eye) ** 2).sum() + l1 * W.abs().sum()
        loss.backward()
        optimiser.step()

    took, share, _ = timed_part(step, None, AUTHORS_STEPS, seconds)
    row = {"method": "authors: 7500 autograd AdamW steps", "seconds": took}
    return row | {"rhs": AUTHORS_STEPS, "measured_share": share}


def engine_row(W0, l1, accuracy, t_mid, exact_mid, exact):
    engine(W0, l1, accuracy=accuracy, max_steps=3)
    took, s = best_of(3, lambda: engine(W0, l1, accuracy=accuracy))
    mid_took, mid = best_of(2, lambda: engine(W0, l1, accuracy=accuracy, t_max=t_mid))
    return {
        "method": f"Polysem {accuracy}",
        "seconds": took,
        "rhs": s.rhs_evaluations,
        "outcome": str(s.outcome),
        "seconds_midway": mid_took,
        "rhs_midway": mid.rhs_evaluations,
        "error_midway": float(np.abs(mid.end - exact_mid).max()),
        "same_winners": float((winners(s.end) == winners(exact.end)).mean()),
    }


def dense_rhs_seconds(W):
    """Measured time of 3 n² m flops: overlaps by symmetry, then one product."""
    G, F = np.empty((len(W), len(W)), W.dtype), np.empty_like(W)
    return best_of(5, lambda: (np.matmul(W, W.T, out=G), np.matmul(G, W, out=F)))[0]


def run_case(case, seconds):
    n, m, l1 = (float(x) for x in case.split("x"))
    n, m = int(n), int(m)
    W0 = np.random.default_rng(0).normal(0, m**-0.5, (n, m))
    t_mid = MIDWAY / l1
    exact_mid = engine(W0, l1, accuracy=REFERENCE, dtype="float64", t_max=t_mid).end
    exact = engine(W0, l1, accuracy=REFERENCE, dtype="float64")
    rows = [engine_row(W0, l1, a, t_mid, exact_mid, exact) for a in ("fast", "tight")]
    rows.append(euler_row(W0, l1, exact.t, exact.end, seconds))
    rows.append(authors_row(W0, l1, seconds))
    solvers = ["RK45", "LSODA"] if n * m <= 4096 else ["RK45"]  # LSODA's Jacobian is nm × nm
    rows += [scipy_row(method, W0, l1, t_mid, exact_mid, seconds) for method in solvers]
    floor = dense_rhs_seconds(W0.astype("float32"))
    for row in rows:
        if "rhs" in row:
            row["dense_floor_seconds"] = floor * row["rhs"]
        if "SciPy" in row["method"]:
            took = row.get("seconds", row.get("seconds_more_than"))
            row["fast_midway_is_quicker_by"] = took / rows[0]["seconds_midway"]
        elif "seconds" in row:
            row["fast_is_quicker_by"] = row["seconds"] / rows[0]["seconds"]
            row["tight_is_quicker_by"] = row["seconds"] / rows[1]["seconds"]
    return {
        "case": case,
        "l1_t_end": exact.t * l1,
        "reference_outcome": str(exact.outcome),
        "rows": rows,
    }


def machine():
    names = [x for x in _cpuinfo() if x.startswith("model name")]
    return {
        "cpu": names[0].split(":")[1].strip() if names else platform.processor(),
        "cores": os.cpu_count(),
        "threads_used": 1,
        "load_average_at_start": os.getloadavg(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "torch": torch.__version__.split("+")[0],
    }


def _cpuinfo():
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="+", default=CASES)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    threadpool_limits(1)
    found = {"machine": machine(), "cases": []}
    for case in given.cases:
        found["cases"].append(run_case(case, given.seconds))
        print(json.dumps(found["cases"][-1], indent=1), flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
