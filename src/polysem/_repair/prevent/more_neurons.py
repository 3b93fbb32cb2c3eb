"""More neurons: the plainest way, and it works like 1/m."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._network.spec import NetworkSpec
from polysem._repair.prevent.method import Method, Progress
from polysem._repair.prevent.relu_only import changed
from polysem._repair.prevent.shuffled import plain_expected
from polysem._repair.prevent.solving import Spec, solved
from polysem._run.run import Run
from polysem._theory.prediction import Prediction


class MoreNeurons(Method):
    """`times` as many neurons, a start of the same law and seed.

    Wider networks share no weight with the plain ones; that seeds have equal numbers pairs them in
    name only.
    """

    kind: Literal["more_neurons"] = "more_neurons"
    times: Annotated[float, Field(gt=1, le=1024)] = 4.0

    @property
    def does(self) -> str:
        """In a few words."""
        return f"{self.times:g} times as many neurons"

    def refusal(self, spec: Spec) -> str | None:
        """A start that was given cannot be drawn wider."""
        if spec.network.initial.kind == "given":
            return "its start was given as an array, which cannot be drawn for more neurons"
        return None

    def expected(self, n: int, m: int) -> Prediction:
        """As for a plain start on that many."""
        return plain_expected(n, self.neurons(m))

    def neurons(self, m: int) -> int:
        """m' = times · m, rounded up."""
        return -int(-self.times * m // 1)

    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """The same law on more neurons."""
        self.check(plain.spec)
        network = self._wider(plain.spec.network)
        spec = plain.spec.model_copy(update={"network": network})

        starts = np.stack([network.start(seed) for seed in plain.seeds])
        return solved(spec, starts, plain.seeds, workers, progress)

    def _wider(self, network: NetworkSpec) -> NetworkSpec:
        return changed(network, m=self.neurons(network.m))
