"""Pigeonholes: are there enough neurons for the features?"""

from __future__ import annotations

from dataclasses import dataclass

from polysem._theory import features_without_slot, polysemantic_floor, signed_slots


@dataclass(frozen=True)
class Slots:
    """Room for `features` live features on `neurons` neurons.

    Two ways of counting, both given, since neither holds for every network: one slot a neuron
    (`slack`: neurons − features; below 0 some neuron must be shared), and two signed slots a
    neuron, for a neuron with a positive and a negative feature (`signed_slack`: 2·neurons −
    features; below 0 two features must share a sign on a neuron). Networks whose features need two
    neurons each, such as absolute values, have less room than either says.
    """

    features: int
    neurons: int

    @property
    def slack(self) -> int:
        """neurons − features."""
        return self.neurons - self.features

    @property
    def signed_slack(self) -> int:
        """2·neurons − features."""
        return int(signed_slots(self.neurons)) - self.features

    @property
    def at_least_shared(self) -> int:
        """Neurons that must hold two features if every feature has a signed slot to itself."""
        return int(polysemantic_floor(self.features, self.neurons)) if self.features else 0

    @property
    def without_slot(self) -> int:
        """Features that cannot have a signed slot to themselves."""
        return int(features_without_slot(self.features, self.neurons)) if self.features else 0
