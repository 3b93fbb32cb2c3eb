"""The activation function h of the hidden layer in x̂ = σ(h(X W) Wᵀ).

Each law has `value`, h(z) over the last axis (neurons), and `pull`, the derivative of a loss by z
from its derivative by h(z). A new one is a class with `kind`, `value`, `pull`, and one word in
`Hidden`.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, Literal

from pydantic import Field

from polysem._config import Config
from polysem._network.backend import namespace
from polysem._types import Array

EPS = 1e-5  # of the norms, as in torch


class HiddenActivation(Config):
    """A function of one hidden vector."""

    def must_fit(self, m: int) -> None:
        """Raise `ValueError` if the function makes no sense for m neurons."""

    @abstractmethod
    def value(self, z: Array) -> Any:
        """h(z): (…, m), shape of z."""

    @abstractmethod
    def pull(self, z: Array, d: Array) -> Any:
        """dL/dz for dL/dh(z) = d: shape of z."""


class HiddenIdentity(HiddenActivation):
    """z itself: the base model."""

    kind: Literal["identity"] = "identity"

    def value(self, z: Array) -> Any:
        """h(z)."""
        return z

    def pull(self, z: Array, d: Array) -> Any:
        """d."""
        return d


class HiddenRelu(HiddenActivation):
    """max(z, 0)."""

    kind: Literal["relu"] = "relu"

    def value(self, z: Array) -> Any:
        """h(z)."""
        return z * (z > 0)

    def pull(self, z: Array, d: Array) -> Any:
        """d where z > 0."""
        return d * (z > 0)


class Cubic(HiddenActivation):
    """z³."""

    kind: Literal["cubic"] = "cubic"

    def value(self, z: Array) -> Any:
        """h(z)."""
        return z**3

    def pull(self, z: Array, d: Array) -> Any:
        """3 z² d."""
        return 3 * z**2 * d


class TopK(HiddenActivation):
    """The k components of largest size, |z|; the others are 0."""

    kind: Literal["top_k"] = "top_k"
    k: Annotated[int, Field(ge=1)] = 1

    def must_fit(self, m: int) -> None:
        """There must be k neurons."""
        if self.k > m:
            raise ValueError(f"hidden: k = {self.k} neurons cannot be kept, there are m = {m}")

    def value(self, z: Array) -> Any:
        """h(z)."""
        return z * self._kept(z)

    def pull(self, z: Array, d: Array) -> Any:
        """d where a component is kept."""
        return d * self._kept(z)

    def _kept(self, z: Array) -> Any:
        """True for the k largest; of equals, the first."""
        xp, size = namespace(z), abs(z)
        settings = {"stable": True} if xp.__name__ == "torch" else {"kind": "stable"}
        return xp.argsort(xp.argsort(-size, **settings), **settings) < self.k


class Softmax(HiddenActivation):
    """e^{z_k} over their sum: positive, adding up to 1."""

    kind: Literal["softmax"] = "softmax"

    def value(self, z: Array) -> Any:
        """h(z)."""
        xp = namespace(z)
        grown = xp.exp(z - xp.amax(z, -1)[..., None])
        return grown / grown.sum(-1)[..., None]

    def pull(self, z: Array, d: Array) -> Any:
        """h ∘ (d − h·d)."""
        h = self.value(z)
        return h * (d - (h * d).sum(-1)[..., None])


class RmsNorm(HiddenActivation):
    """z over its root mean square, √(mean z² + 1e-5)."""

    kind: Literal["rms_norm"] = "rms_norm"

    def value(self, z: Array) -> Any:
        """h(z)."""
        return z / self._size(z)

    def pull(self, z: Array, d: Array) -> Any:
        """(d − h mean(h d))/size."""
        h = self.value(z)
        return (d - h * (h * d).mean(-1)[..., None]) / self._size(z)

    def _size(self, z: Array) -> Any:
        return namespace(z).sqrt((z**2).mean(-1)[..., None] + EPS)


class LayerNorm(HiddenActivation):
    """z less its mean, over the standard deviation √(var z + 1e-5)."""

    kind: Literal["layer_norm"] = "layer_norm"

    def value(self, z: Array) -> Any:
        """h(z)."""
        return RmsNorm().value(_centred(z))

    def pull(self, z: Array, d: Array) -> Any:
        """The RMS norm's, with both ends centred."""
        return _centred(RmsNorm().pull(_centred(z), d))


def _centred(z: Array) -> Any:
    return z - z.mean(-1)[..., None]


Hidden = Annotated[
    HiddenIdentity | HiddenRelu | Cubic | TopK | Softmax | RmsNorm | LayerNorm,
    Field(discriminator="kind"),
]
