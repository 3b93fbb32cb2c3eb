"""Repair as one of the methods: what was not prevented is taken out afterwards."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polysem._repair.options import RepairOptions
from polysem._repair.own import of_run
from polysem._repair.prevent.method import Method, Progress
from polysem._repair.prevent.solving import Spec
from polysem._repair.result import Repair
from polysem._repair.run_refusals import unrepairable
from polysem._repair.runs import ended, sham_of
from polysem._run.run import Run
from polysem._theory.counts import polysemantic_floor
from polysem._theory.prediction import Prediction


class Repaired(Method):
    """The plain networks, trained first and repaired then; see `polysem.repair`.

    `share` — of the training's cost that may be spent, the sham included; `steps` — of retraining.
    """

    kind: Literal["repair"] = "repair"
    share: Annotated[float, Field(gt=0, le=1)] = 0.05
    steps: Annotated[int, Field(ge=0, le=100_000)] = 100

    @property
    def does(self) -> str:
        """In a few words."""
        return f"repaired when trained, for {self.share:.0%} of the training's cost at most"

    @property
    def sham(self) -> Method | None:
        """Retrained as long, and nothing moved."""
        return RepairSham(share=self.share, steps=self.steps)

    def refusal(self, spec: Spec) -> str | None:
        """That of the repair of a run."""
        return unrepairable(spec)

    def expected(self, n: int, m: int) -> Prediction | None:
        """What must be shared."""
        return Prediction(
            name="repair_left",
            label="polysemantic neurons left",
            value=polysemantic_floor(n, m),
            equation="max(0, n − m)",
            source="pigeonhole; docs/repair.md",
            domain="no dead features, one-hot data",
            in_domain=True,
        )

    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """The repaired networks; those that are not finite stay as they are."""
        return self.outcome(plain).model

    def outcome(self, plain: Run) -> Repair:
        """The repair itself. Its model has all the networks of `plain`."""
        self.check(plain.spec)
        whole = np.isfinite(plain.end).all((1, 2))
        if whole.all():
            return of_run(plain, self._options(), None)
        some = [of_run(plain, self._options(int(i)), None) for i in np.flatnonzero(whole)]
        ends = plain.end.copy()
        for i, one in zip(np.flatnonzero(whole), some, strict=True):
            ends[i] = one.model.end[i]
        settings = self._options().model_dump(mode="json")
        model = ended(plain, ends, {"repaired": settings})
        done = tuple(one.networks[0] for one in some)
        sham = sham_of(plain, done, settings)
        return Repair(model, done, f"{len(done)} networks", "relocate", settings, sham)

    def _options(self, network: int | None = None) -> RepairOptions:
        return RepairOptions(share=self.share, steps=self.steps, further=0, network=network)


class RepairSham(Repaired):
    """What `Repaired` is compared with: the same data, steps and random numbers, nothing moved."""

    kind: Literal["repair_sham"] = "repair_sham"  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def does(self) -> str:
        """In a few words."""
        return "sham: retrained as long as the repaired networks, nothing moved"

    @property
    def sham(self) -> Method | None:
        """None: it is one."""
        return None

    def expected(self, n: int, m: int) -> Prediction | None:
        """No theory: it leaves what was there."""
        return None

    def run(self, plain: Run, workers: int | None = None, progress: Progress | None = None) -> Run:
        """The shams of the repair."""
        return self.outcome(plain).sham
