"""What the methods that change the output ask of the plain network."""

from __future__ import annotations

from polysem._network.activation import Relu
from polysem._network.spec import NetworkSpec


def not_relu(network: NetworkSpec) -> str | None:
    """Why the output of `network` cannot be replaced by another rectifier; None if it can."""
    if not isinstance(network.activation, Relu):
        return f"it changes a ReLU output, and this network's output is {network.activation.kind!r}"
    return None


def changed(network: NetworkSpec, **laws: object) -> NetworkSpec:
    """The network with other laws, checked. Raises `BadInput` if they do not go together."""
    return NetworkSpec.build(**{**network.model_dump(), **laws})
