"""The scalars of one step for many seeds: `engine.coefficients`, with one entry per seed.

They are worked out on the host in float64 and go to the device in one piece.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from polysem._flow.engine.motion import CROSSING

SERIES_BELOW = 0.02  # as in `engine.coefficients.averages`


class Averaging(NamedTuple):
    """What `multipliers` needs of a, h and the line through the forcings R1 (last), R2 (earlier).

    With v(0) = v: mean = mean_v·v + mean_1·R1 + mean_2·R2; forcing at the middle of the step
    r = middle_1·R1 + middle_2·R2; end = end_v·v + end_r·r. Each (seeds,), or (seeds, 1, 1) on the
    device.
    """

    a: torch.Tensor
    h: torch.Tensor
    mean_v: torch.Tensor
    mean_1: torch.Tensor
    mean_2: torch.Tensor
    middle_1: torch.Tensor
    middle_2: torch.Tensor
    end_v: torch.Tensor
    end_r: torch.Tensor


class Moving(NamedTuple):
    """What moving the weights needs: how far `ahead` the midpoint lies, 4h, λh, crossing, 1/h."""

    ahead: torch.Tensor
    push: torch.Tensor
    loss: torch.Tensor
    crossing: torch.Tensor
    per_h: torch.Tensor


class Step(NamedTuple):
    """The scalars of one step: to choose the multipliers, to check them, to move the weights."""

    choose: Averaging
    check: Averaging
    move: Moving
    any_crosses: bool


def scalars(
    a: np.ndarray,
    h: np.ndarray,
    ages: np.ndarray,
    last_h: np.ndarray,
    l1: float,
    like: torch.Tensor,
) -> Step:
    """Scalars of steps `h`: (seeds,) after steps `last_h`, on the device and in the type of `like`.

    `ages`: (2, seeds), how long ago the middles of the last two steps were; infinite if there
    was none, which leaves a constant line.
    """
    crossing = a * h <= CROSSING
    choose = averaging(a, h, -ages[0], -ages[1], trust_in_slope(a * h))
    check = averaging(a, h, h / 2, -ages[0], np.ones_like(h))
    move = (h / 2 / last_h, 4 * h, l1 * h, crossing, 1 / h)
    packed = torch.from_numpy(np.stack([*choose, *check, *move])).to(like.dtype)
    waits = like.device.type != "cuda"
    there = packed[:, :, None, None].to(like.device, non_blocking=not waits).unbind()
    size = len(Averaging._fields)
    return Step(
        Averaging(*there[:size]),
        Averaging(*there[size : 2 * size]),
        Moving(*there[2 * size :]),
        bool(crossing.any()),
    )


def averaging(
    a: np.ndarray, h: np.ndarray, last: np.ndarray, earlier: np.ndarray, trust: np.ndarray
) -> tuple[np.ndarray, ...]:
    """The fields of `Averaging`; forcings were at times `last`, `earlier` from the step's start."""
    x = a * h
    phi1, phi2, phi3 = _phi(x)
    slope = trust / (last - earlier)
    now, before = 1 - last * slope, last * slope
    r0, r1 = h * phi2, h**2 * phi3
    mean_1, mean_2 = r0 * now + r1 * slope, r0 * before - r1 * slope
    middle_1, middle_2 = now + slope * h / 2, before - slope * h / 2
    return a, h, phi1, mean_1, mean_2, middle_1, middle_2, np.exp(-x), h * phi1


def trust_in_slope(x: np.ndarray) -> np.ndarray:
    """See `engine.coefficients.trust_in_slope`."""
    return 0.4 + 0.6 / (1 + (x / 4) ** 2)


def _phi(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The functions φ₁, φ₂, φ₃ of `engine.coefficients.averages`."""
    safe = np.maximum(x, SERIES_BELOW)
    phi1 = -np.expm1(-safe) / safe
    phi2 = (1 - phi1) / safe
    phi3 = (1 / 2 - phi2) / safe
    small = x < SERIES_BELOW
    return (
        np.where(small, 1 - x / 2 + x**2 / 6 - x**3 / 24, phi1),
        np.where(small, 1 / 2 - x / 6 + x**2 / 24 - x**3 / 120, phi2),
        np.where(small, 1 / 6 - x / 24 + x**2 / 120, phi3),
    )
