"""What is between the inputs and the outputs: tied or untied, how many layers, which biases.

    codes h_0 = x,  h_ℓ = h(h_{ℓ−1} W_ℓ + c_ℓ),  ℓ = 1 … layers
    tied:   x̂ = σ(h_L W_Lᵀ … W_1ᵀ + b)          untied:  x̂ = σ(h_L D + b)

W_1 is (n, m), the other W_ℓ are (m, m), D is (m, n). The default is the base model's: one tied
layer without biases. With an identity hidden activation more layers are a linear stack, with
another an MLP.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._config import Config
from polysem._network.initial.law import standard_normal
from polysem._types import Weights

Layers = Annotated[int, Field(ge=1, le=4)]
FURTHER = 0x6C617965  # sets the further matrices of a seed apart from its first


class Wiring(Config):
    """What both kinds have.

    `layers` — hidden layers of m neurons each. `penalised` — "every" layer or the "last".
    `output_bias`, `hidden_bias` — trained, from 0.
    """

    layers: Layers = 1
    penalised: Literal["every", "last"] = "every"
    output_bias: bool = False
    hidden_bias: bool = False

    @property
    def plain(self) -> bool:
        """True for one tied layer without biases, the network whose gradient flow is solved."""
        return False

    @property
    @abstractmethod
    def tied(self) -> bool:
        """True if the decoder is made of the encoder's matrices."""

    def shapes(self, n: int, m: int) -> dict[str, tuple[int, ...]]:
        """Name → shape of everything that is trained: W1 … W4, D, b, c1 … c4."""
        numbers = range(1, self.layers + 1)
        found: dict[str, tuple[int, ...]] = {
            f"W{layer}": (n if layer == 1 else m, m) for layer in numbers
        }
        if not self.tied:
            found["D"] = (m, n)
        if self.output_bias:
            found["b"] = (n,)
        if self.hidden_bias:
            found |= {f"c{layer}": (m,) for layer in numbers}
        return found

    def start(self, W1: Weights, seed: int) -> dict[str, Weights]:
        """All starting values of one seed: W1 as given, N(0, 1/m) matrices, biases 0; float32."""
        n, m = W1.shape
        found = {"W1": W1.astype(np.float32)}
        for place, (name, shape) in enumerate(self.shapes(n, m).items()):
            if name == "W1":
                continue
            if len(shape) == 1:
                found[name] = np.zeros(shape, np.float32)
                continue
            sequence = np.random.SeedSequence(seed, spawn_key=(FURTHER, place))
            own = int(sequence.generate_state(1, np.uint64)[0])
            if name == "D":  # as likely as a transposed W_1
                found[name] = standard_normal(n, m, own, 1.0)[0].T
            else:
                found[name] = standard_normal(m, m, own, 1.0)[0]
        return found


class Tied(Wiring):
    """The decoder is the transposed encoder, one and the same parameter."""

    kind: Literal["tied"] = "tied"

    @property
    def plain(self) -> bool:
        """True with one layer and no biases."""
        return self.layers == 1 and not (self.output_bias or self.hidden_bias)

    @property
    def tied(self) -> bool:
        """True."""
        return True


class Untied(Wiring):
    """The decoder is a matrix D of its own, one for any number of layers."""

    kind: Literal["untied"] = "untied"

    @property
    def tied(self) -> bool:
        """False."""
        return False


Architecture = Annotated[Tied | Untied, Field(discriminator="kind")]
