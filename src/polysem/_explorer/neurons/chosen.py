"""What was opened, and which of its neurons is looked at, for everything that shows or saves it."""

from __future__ import annotations

from typing import Any, NamedTuple

from polysem._explorer.neurons.listing import Wanted, listed


class Chosen(NamedTuple):
    """A `Diagnosis`, the `folder` it is from, the number of a `neuron`, and what is `wanted` of
    the neurons listed."""

    diagnosis: Any
    folder: str
    neuron: int
    wanted: Wanted

    @property
    def finding(self) -> Any:
        """What was found about the neuron."""
        return self.diagnosis.findings[self.neuron]

    @property
    def listed(self) -> list[Any]:
        """The findings in the list."""
        return listed(self.diagnosis, self.wanted)
