"""What every way of preventing collisions has: a name, what it changes, what theory expects."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from polysem._config import Config
from polysem._errors import BadInput
from polysem._network.spec import NetworkSpec
from polysem._repair.intervention import Intervened, as_batch, record
from polysem._repair.prevent.solving import Spec, solved
from polysem._run.run import Run
from polysem._theory.prediction import Prediction
from polysem._types import Weights

Progress = Callable[[int, int], None]


class Method(Config):
    """One way of preventing collisions, run on the seeds of a plain run and paired with it.

    Subclasses have a `kind`, which names them on the command line.
    """

    @property
    def name(self) -> str:
        """Its kind with the settings that are not the default: "leak:slope=0.1"."""
        fields = type(self).model_fields
        said = [
            f"{name}={getattr(self, name):g}"
            if isinstance(getattr(self, name), float)
            else f"{name}={getattr(self, name)}"
            for name, field in fields.items()
            if name != "kind" and getattr(self, name) != field.default
        ]
        kind = str(getattr(self, "kind", type(self).__name__))
        return f"{kind}:{','.join(said)}" if said else kind

    @property
    @abstractmethod
    def does(self) -> str:
        """What it does, in a few words."""

    @property
    def sham(self) -> Method | None:
        """The control that changes as much without preventing anything; None if plain is that."""
        return None

    def refusal(self, spec: Spec) -> str | None:
        """Why it cannot be applied to a run of this specification; None if it can."""
        return None

    def expected(self, n: int, m: int) -> Prediction | None:
        """Polysemantic neurons that theory expects to be left; None where there is no theory."""
        return None

    @abstractmethod
    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """The same seeds, prevented. Raises `BadInput` with the reason of `refusal`."""

    def check(self, spec: Spec) -> None:
        """Raise `BadInput` where `refusal` has a reason."""
        reason = self.refusal(spec)
        if reason is not None:
            raise BadInput(f"The method {self.name!r} cannot be used here: {reason}.")


class StartMethod(Method):
    """Another start, made from the plain start seed by seed; an `Intervention`."""

    @abstractmethod
    def change(self, W: Weights, seed: int) -> Sequence[dict]:
        """Change one float start W: (n_features, n_neurons) in place; the rows of the record."""

    def fits(self, n: int, m: int) -> str | None:
        """Why there is no such start for these sizes; None if there is."""
        return None

    def refusal(self, spec: Spec) -> str | None:
        """That of the sizes."""
        return self.fits(spec.network.n, spec.network.m)

    def apply(self, W: Weights, seeds: Sequence[int] | None = None) -> Intervened:
        """The changed starts with a record of the largest weights moved; see `Intervention`."""
        batch, labels = as_batch(W, seeds)
        reason = self.fits(*batch.shape[1:])
        if reason is not None:
            raise BadInput(f"The method {self.name!r} cannot be used here: {reason}.")
        if not np.isfinite(batch).all():
            raise BadInput("Some starting weights are not finite; mend them first.")
        rows = [r for one, seed in zip(batch, labels, strict=True) for r in self.change(one, seed)]
        return Intervened(batch, record(rows))

    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """The plain loss from the changed starts."""
        self.check(plain.spec)
        starts = self.apply(plain.start, plain.seeds).W
        return solved(plain.spec, starts, plain.seeds, workers, progress)


class LossMethod(Method):
    """Another loss from the same start."""

    @abstractmethod
    def network(self, plain: NetworkSpec) -> NetworkSpec:
        """The network whose loss is used instead."""

    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """The changed loss from the plain starts."""
        self.check(plain.spec)
        spec = plain.spec.model_copy(update={"network": self.network(plain.spec.network)})
        return solved(spec, plain.start, plain.seeds, workers, progress)
