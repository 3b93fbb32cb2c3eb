"""How the time of a solve grows: with n at fixed m/n, and with m at fixed n.

    python -m benchmarks.flow_growth [--n-sizes 32 64 …] [--m-sizes 128 256 …] [--redo]

Per size the best of a few solves of each of three seeds, then the mean over seeds. An exponent is
the slope of the least-squares line through log(seconds) against log(size).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from benchmarks._case import Case
from benchmarks._command import parser
from benchmarks._store import Found, Store, parts_of
from benchmarks._table import flat_table
from benchmarks._timing import Whole, in_turns

N_SIZES = (32, 64, 128, 256, 512)
M_SIZES = (128, 256, 512, 1024, 2048, 4096, 8192)
RATIO, FIXED_N, L1 = 4, 128, 0.01
SEEDS, ROUNDS = 3, 3
CURVES = {"n": f"n, at m = {RATIO}n", "m": f"m, at n = {FIXED_N}"}


def case_of(curve: str, size: int, seed: int = 0) -> Case:
    """The problem at one point of a curve."""
    n, m = (size, RATIO * size) if curve == "n" else (FIXED_N, size)
    return Case(n, m, L1, seed)


def measure(curve: str, size: int) -> Found:
    """Seconds and right-hand sides of both presets, averaged over seeds."""
    found: Found = {"curve": curve, "size": size}
    cases = [case_of(curve, size, seed) for seed in range(SEEDS)]
    cases[0].solve(max_steps=3)
    for accuracy in ("fast", "tight"):
        solves = [Whole(partial(case.solve, accuracy=accuracy)) for case in cases]
        in_turns([*solves], ROUNDS)
        found[f"{accuracy}_seconds"] = float(np.mean([one.seconds for one in solves]))
        found[f"{accuracy}_rhs"] = float(np.mean([one.result.rhs_evaluations for one in solves]))
        found[f"{accuracy}_outcomes"] = sorted({str(one.result.outcome) for one in solves})
    return found


def points(parts: Mapping[str, Found], curve: str, accuracy: str) -> tuple[list[int], list[float]]:
    """Sizes and seconds of one stored curve, by size."""
    chosen = sorted((p["size"], p[f"{accuracy}_seconds"]) for p in parts.values() if _on(p, curve))
    return [size for size, _ in chosen], [seconds for _, seconds in chosen]


def exponent(sizes: list[int], seconds: list[float]) -> float | None:
    """b of the least-squares fit seconds = a·size^b in logarithms; None below three points."""
    if len(sizes) < 3:
        return None
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def exponents(parts: Mapping[str, Found]) -> dict[str, float]:
    """'n/fast', 'm/tight', … → fitted exponent, where there are points enough."""
    fits = {
        f"{curve}/{accuracy}": exponent(*points(parts, curve, accuracy))
        for curve in CURVES
        for accuracy in ("fast", "tight")
    }
    return {name: fit for name, fit in fits.items() if fit is not None}


def _on(part: Found, curve: str) -> bool:
    return part["curve"] == curve


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--n-sizes", type=int, nargs="+", default=N_SIZES)
    options.add_argument("--m-sizes", type=int, nargs="+", default=M_SIZES)
    given = options.parse_args(arguments)
    store = Store("flow_growth", given.results, given.redo)
    for curve, sizes in (("n", given.n_sizes), ("m", given.m_sizes)):
        for size in sizes:
            store.part(f"{curve}={size}", partial(measure, curve, size))
    parts = parts_of("flow_growth", given.results)
    store.derive("exponents", exponents(parts))
    print(table(parts))


def table(parts: Mapping[str, Found]) -> str:
    """Seconds at every size, and the exponents."""
    shown = ("size", "fast_seconds", "fast_rhs", "tight_seconds", "tight_rhs")
    texts = []
    for curve, name in CURVES.items():
        rows = [{key: p[key] for key in shown} for p in parts.values() if _on(p, curve)]
        fits = {name: fit for name, fit in exponents(parts).items() if name.startswith(curve)}
        said = ", ".join(f"{name[2:]} ∝ {curve}^{fit:.2f}" for name, fit in fits.items())
        if rows:
            texts.append(flat_table(f"Growth with {name}, λ = {L1}: {said}", rows))
    return "\n".join(texts)


if __name__ == "__main__":
    main()
