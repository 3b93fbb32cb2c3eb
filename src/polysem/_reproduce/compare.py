"""The table "published | ours | agreement | why they differ", computed from the measurements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import stats

from polysem._reproduce import published
from polysem._reproduce.gather import Figures, Frame
from polysem._reproduce.plan import FLOW, L1, RECIPE, Plan
from polysem._theory import garwood

READING_ERROR = 0.05  # relative error of a number read off a published figure
ERROR_RATE = 0.05  # chance of calling two equal quantities different, per row
AGREES, DIFFERS = "agrees", "differs"
Row = dict[str, Any]


def compare(plan: Plan, figures: Figures) -> list[Row]:
    """One row per published number: quantity, method, published, ours, low, high, agreement, why.

    `low`, `high` — 95 % interval of ours. A row agrees if a test at the 5 % level, allowing for
    the error of reading a picture, finds no difference.
    """
    return [
        *_sparsification(figures.sparsification),
        *_fourth_norms(figures.fourth_norm),
        *_counts(plan, figures.counts),
        *_correlation(plan, figures),
        *_curves(plan, figures.curves),
    ]


def _sparsification(frame: Frame) -> Iterator[Row]:
    flow = frame[frame["series"] == "flow, measured"]
    logs = np.log(flow["t"].clip(lower=1e-9))
    for t, m_prime, l1_norm in published.SPARSIFICATION:
        for name, theirs in (("m_prime", m_prime), ("l1_norm", l1_norm)):
            ours = float(np.exp(np.interp(np.log(t), logs, np.log(flow[name]))))
            spread = 2 / np.sqrt(m_prime) if name == "m_prime" else 0.0
            slack = spread + 2 * READING_ERROR
            symbol = "neurons left m'" if name == "m_prime" else "‖W‖₁"
            yield _row(
                f"sparsification: {symbol} at t = {t:g}",
                FLOW,
                theirs,
                (ours, ours * (1 - slack), ours * (1 + slack)),
                abs(np.log(ours / theirs)) <= np.log1p(slack),
                "one random encoding each; a late reading depends on its few largest weights",
            )


def _fourth_norms(frame: Frame) -> Iterator[Row]:
    for (noise, std), theirs in published.FOURTH_NORMS.items():
        some = frame[(frame["noise"] == noise) & (frame["std"] == std)]
        last = some[some["step"] == some["step"].max()]["fourth_norm"].to_numpy()
        half = float(stats.t.ppf(1 - ERROR_RATE / 2, len(last) - 1) * stats.sem(last))
        mean = float(last.mean())
        slack = np.sqrt(2) * half + READING_ERROR * theirs  # theirs is a mean of five as well
        yield _row(
            f"fourth norm, {noise} noise σ = {std:g}, step {some['step'].max():,.0f}",
            RECIPE,
            theirs,
            (mean, mean - half, mean + half),
            abs(mean - theirs) <= slack,
            "other random starts; the published runs share one noise vector among all instances",
        )


def _counts(plan: Plan, frame: Frame) -> Iterator[Row]:
    for method in (FLOW, RECIPE):
        for m in plan.widths:
            some = frame[(frame["method"] == method) & (frame["m"] == m)]
            wide = m * published.N // plan.n
            if wide not in published.COUNTS:
                continue
            theirs = published.COUNTS[wide]
            yield _count_row(plan, method, m, wide, theirs, some)


def _count_row(plan: Plan, method: str, m: int, wide: int, theirs: float, some: Frame) -> Row:
    """Counts as multiples of n²/4m, so that smaller networks can be held against theirs."""
    counted = some[some["countable"]]
    total, runs = int(counted["polysemantic"].sum()), len(counted)
    unit, their_unit = plan.n**2 / (4 * m), published.N**2 / (4 * wide)
    low, high = garwood(total)
    p = two_poisson_p(
        total, runs * unit, round(theirs * published.SEEDS), published.SEEDS * their_unit
    )
    settled = int(counted["converged"].sum())
    return _row(
        f"polysemantic neurons ÷ (n²/4m) at m = {m // plan.n}n, λ = {L1:g}",
        method,
        theirs / their_unit,
        (total / runs / unit, low / runs / unit, high / runs / unit),
        p > ERROR_RATE,
        _why_count(method, settled, runs, plan.n == published.N),
    )


def _why_count(method: str, settled: int, runs: int, same_size: bool) -> str:
    size = "" if same_size else f"ours has n smaller than {published.N}; "
    if method == FLOW:
        return f"{size}certified end states against AdamW stopped after 7,500 steps"
    return f"{size}{settled} of {runs} of our recipe runs had converged when they were stopped"


def _correlation(plan: Plan, figures: Figures) -> Iterator[Row]:
    theirs = published.CORRELATION_DIAGONAL * np.sqrt(published.CORRELATION_M)
    for method, matrix in figures.correlations.items():
        values = np.diag(matrix) * np.sqrt(plan.widest)
        mean, half = float(values.mean()), float(1.96 * stats.sem(values))
        slack = half + READING_ERROR * theirs
        why = "the flow ends on the largest initial weights, AdamW mostly on others"
        yield _row(
            f"start·end of one feature ÷ (1/√m), m = {plan.widest}",
            method,
            theirs,
            (mean, mean - half, mean + half),
            abs(mean - theirs) <= slack,
            why if method == FLOW else f"published at m = {published.CORRELATION_M}",
        )


def _curves(plan: Plan, frame: Frame) -> Iterator[Row]:
    ends = {plan.n: 0, 16 * plan.n: 1}
    for l1, medians in published.CURVES.items():
        for m, which in ends.items():
            some = frame[(frame["l1"] == l1) & (frame["m"] == m) & (frame["method"] == RECIPE)]
            if some.empty:
                continue
            unit, their_unit = plan.n**2 / (4 * m), published.N**2 / (4 * 16**which * published.N)
            values = some[some["countable"]]["polysemantic"].to_numpy(float) / unit
            median = float(np.median(values))
            half = 1.253 * 1.96 * float(stats.sem(values))  # of a median of about normal counts
            theirs = medians[which] / their_unit
            yield _row(
                f"median polysemantic neurons ÷ (n²/4m), λ = {l1:g}, m = {m // plan.n}n",
                RECIPE,
                theirs,
                (median, median - half, median + half),
                abs(median - theirs) <= np.sqrt(2) * half + READING_ERROR * theirs,
                "" if plan.n == published.N else f"ours has n smaller than {published.N}",
            )


def _row(
    quantity: str,
    method: str,
    theirs: float,
    ours: tuple[float, float, float],
    agrees: bool | np.bool_,
    why: str,
) -> Row:
    value, low, high = ours
    return {
        "quantity": quantity,
        "method": method,
        "published": float(theirs),
        "ours": value,
        "low": low,
        "high": high,
        "agreement": AGREES if agrees else DIFFERS,
        "why they differ": "" if agrees else why,
    }


def two_poisson_p(a: int, exposure_a: float, b: int, exposure_b: float) -> float:
    """Exact p-value that two Poisson counts have the same rate per exposure (conditional test)."""
    if a + b == 0:
        return 1.0
    return float(stats.binomtest(a, a + b, exposure_a / (exposure_a + exposure_b)).pvalue)
