"""Noise on the hidden layer: its excess kurtosis, not its variance, is for or against sparsity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._repair.prevent.method import Method, Progress
from polysem._repair.prevent.solving import Spec, solved
from polysem._run.run import Run
from polysem._train.options import TrainOptions
from polysem._train.spec import TrainSpec


class Noise(Method):
    """Three-point noise of standard deviation `std` and excess kurtosis `excess` during training.

    Positive kurtosis costs fourth norm where overlaps are negative (see `implicit_penalty` in
    theory). The sham is the same noise with excess kurtosis 0. Needs an optimiser: the flow has no
    noise.
    """

    kind: Literal["noise"] = "noise"
    std: Annotated[float, Field(gt=0, le=10)] = 0.1
    excess: Annotated[float, Field(ge=-2, le=1e4)] = 3.0

    @property
    def does(self) -> str:
        """In a few words."""
        return f"trained with noise, σ = {self.std:g}, excess kurtosis {self.excess:g}"

    @property
    def sham(self) -> Noise | None:
        """The same variance without excess."""
        return None if self.excess == 0 else Noise(std=self.std, excess=0.0)

    def refusal(self, spec: Spec) -> str | None:
        """Only a training without noise."""
        if not isinstance(spec, TrainSpec):
            return "gradient flow has no noise; compare trainings (by = 'train')"
        if spec.train.noise.kind != "none":
            return f"this network is trained with noise of kind {spec.train.noise.kind!r} already"
        return None

    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """The same training with noise."""
        self.check(plain.spec)
        assert isinstance(plain.spec, TrainSpec)  # that is what was checked
        law = {"kind": "three_point", "std": self.std, "excess": self.excess}
        train = TrainOptions.build(**{**plain.spec.train.model_dump(), "noise": law})
        spec = plain.spec.model_copy(update={"train": train})
        return solved(spec, plain.start, plain.seeds, workers, progress)
