"""Expected number of polysemantic neurons at the end of a run: closed forms, vectorised.

Every function takes n features and m neurons (whole numbers ≥ 1, or arrays that broadcast) and
returns an expectation per run, a float for scalar input. Errors: `BadInput`. Derivations and
domains: docs/theory.md#counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._theory.checks import sizes


def paper_count(n: Any, m: Any) -> Any:
    """n²/4m, the paper's estimate; meant for m ≫ n. arXiv 2312.03096, Section 4."""
    n, m = sizes(n, m)
    return _plain(n**2 / (4 * m))


def opposite_pairs(n: Any, m: Any) -> Any:
    """C(n,2)/2m: expected pairs of features on one neuron with opposite signs.

    Exact when every feature lands on one of 2m signed slots at random, independently; pairs, not
    neurons, so a neuron with three features can count twice.
    """
    n, m = sizes(n, m)
    return _plain(n * (n - 1) / (4 * m))


def balls_count(n: Any, m: Any) -> Any:
    """m[1 − 2(1−1/2m)^n + (1−1/m)^n]: neurons that get a positive and a negative feature.

    Signed balls in bins: every feature lands on one of 2m signed slots at random, independently.
    Measured to fit the flow for m ≥ 2n.
    """
    n, m = sizes(n, m)
    return _plain(m * both_signs_probability(n, m))


def exclusion_count(n: Any, m: Any) -> Any:
    """n(n−1)/(2(2m−1)): neurons with both slots taken when each slot holds one feature at most.

    Random exclusion: n distinct slots out of 2m, uniformly. For n ≥ 2m all slots are taken and the
    count is m. Measured to fit the flow for m < n.
    """
    n, m = sizes(n, m)
    return _plain(np.where(n >= 2 * m, m, n * (n - 1) / (2 * (2 * m - 1))))


def polysemantic_floor(n: Any, m: Any) -> Any:
    """min(max(0, n − m), m): the fewest polysemantic neurons if no feature dies (pigeonhole).

    Two features at most share a neuron, so n features on u neurons leave n − u of them shared,
    and u ≤ m.
    """
    n, m = sizes(n, m)
    return _plain(np.minimum(np.maximum(0, n - m), m))


def polysemantic_ceiling(n: Any, m: Any) -> Any:
    """min(⌊n/2⌋, m): the most neurons that can hold one positive and one negative feature."""
    n, m = sizes(n, m)
    return _plain(np.minimum(np.floor(n / 2), m))


def signed_slots(m: Any) -> Any:
    """2m: places for features, one positive and one negative on each neuron."""
    _, m = sizes(1, m)
    return _plain(2 * m)


def features_without_slot(n: Any, m: Any) -> Any:
    """max(0, n − 2m): features that find no place of their own whatever the dynamics."""
    n, m = sizes(n, m)
    return _plain(np.maximum(0, n - 2 * m))


def both_signs_probability(n: Any, m: Any) -> np.ndarray:
    """P(one given neuron gets both signs) under signed balls in bins, accurate however small.

    1 − 2(1−h)^n + (1−2h)^n with h = 1/2m, rearranged as ((1−h)^n − 1)² + ((1−2h)^n − (1−h)^2n):
    the plain sum loses every digit once n/m is below 1e-8.
    """
    n, m = np.asarray(n, dtype=float), np.asarray(m, dtype=float)
    h = 1 / (2 * m)
    with np.errstate(divide="ignore"):  # m = 1: log 0 = −∞ is meant
        one = n * np.log1p(-h)
        two_against_one = n * np.log1p(-((h / (1 - h)) ** 2))
    value = np.expm1(one) ** 2 + np.exp(2 * one) * np.expm1(two_against_one)
    return np.where(n < 2, 0.0, np.clip(value, 0.0, 1.0))


def _plain(value: Any) -> Any:
    """A float for a scalar, else the array."""
    value = np.asarray(value, dtype=float)
    return float(value) if value.ndim == 0 else value
