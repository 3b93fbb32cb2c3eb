"""Curved output activations. The reference stepper solves them; the fast engine does not."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from polysem._network.backend import namespace, positive_part
from polysem._network.elementwise import Elementwise
from polysem._types import Array


class SquaredRelu(Elementwise):
    """max(z, 0)²."""

    kind: Literal["squared_relu"] = "squared_relu"

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        return positive_part(z) ** 2

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        return 2 * positive_part(z)


class Tanh(Elementwise):
    """tanh z."""

    kind: Literal["tanh"] = "tanh"

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        return namespace(z).tanh(z)

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        return 1 - namespace(z).tanh(z) ** 2


class Sigmoid(Elementwise):
    """1/(1 + e^−z): ½ at zero, so that negative overlaps are rewarded."""

    kind: Literal["sigmoid"] = "sigmoid"

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        return _sigmoid(z)

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        s = _sigmoid(z)
        return s * (1 - s)


class Softplus(Elementwise):
    """log(1 + e^z)."""

    kind: Literal["softplus"] = "softplus"

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        xp, size = namespace(z), abs(z)
        # (z + |z|)/2 is max(z, 0), and half of it is its slope at 0, for autograd too
        return (z + size) / 2 + xp.log1p(xp.exp(-size))

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        return _sigmoid(z)


class Silu(Elementwise):
    """z/(1 + e^−z), also called swish."""

    kind: Literal["silu"] = "silu"

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        return z * _sigmoid(z)

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        s = _sigmoid(z)
        return s + z * s * (1 - s)


class Gelu(Elementwise):
    """z Φ(z) with the exact normal distribution function Φ."""

    kind: Literal["gelu"] = "gelu"

    def value(self, z: Array) -> Any:
        """σ(z), entry by entry."""
        return z * _normal_cdf(z)

    def slope(self, z: Array) -> Any:
        """σ'(z), entry by entry."""
        return _normal_cdf(z) + z * namespace(z).exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _sigmoid(z: Array) -> Any:
    """1/(1 + e^−z), without overflow."""
    return 0.5 * (1 + namespace(z).tanh(0.5 * z))


def _normal_cdf(z: Array) -> Any:
    """Φ(z)."""
    xp = namespace(z)
    if xp is np:
        from scipy.special import erf

        return 0.5 * (1 + erf(z / math.sqrt(2)))
    return 0.5 * (1 + xp.erf(z / math.sqrt(2)))
