"""The rows of the work–precision table, one kind of method at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks._case import Case, Reference
from benchmarks._ode import Attempt, described, integrate, precision_of
from benchmarks._steppers import AUTHORS_STEPS, EULER_DT, AuthorsAdamW, ProximalEuler
from benchmarks._store import Found
from benchmarks._timing import Steps, Whole

ACCURACIES = {"fast": "fast", "tight": "tight", "tight/10": 0.1}


def whole_solves(case: Case) -> dict[str, Whole]:
    """Polysem at each accuracy, to its certified end; compiled and warm."""
    for accuracy in ACCURACIES.values():
        case.solve(accuracy=accuracy, max_steps=3)
    return {
        name: Whole(lambda accuracy=accuracy: case.solve(accuracy=accuracy))
        for name, accuracy in ACCURACIES.items()
    }


def polysem_row(name: str, whole: Whole, case: Case, reference: Reference) -> Found:
    """One accuracy of Polysem: work and errors at the end and midway."""
    accuracy = ACCURACIES[name]
    midway = Whole(lambda: case.solve(accuracy=accuracy, t_max=case.midway))
    for _ in range(3):
        midway.turn()
    return {
        "method": f"Polysem {name}",
        "dtype": "float32",
        "seconds": whole.seconds,
        "rhs": whole.result.rhs_evaluations,
        "outcome": str(whole.result.outcome),
        "measured_share": 1.0,
        **reference.errors_at_end(whole.result.end),
        "seconds_midway": midway.seconds,
        "rhs_midway": midway.result.rhs_evaluations,
        **reference.error_midway(midway.result.end),
    }


@dataclass
class StepperRow:
    """A rival of identical steps and what its row says. `midway` — its step at λt = 0.3, if any."""

    method: str
    timed: Steps
    midway: int | None

    def row(self, reference: Reference, seconds: float) -> Found:
        """Run it on for its errors if that takes at most `seconds`; the best turns give its time.

        Without the time for that the errors are left out.
        """
        errors: Found = {}
        if self.midway is not None:
            errors["seconds_midway"] = self.midway * self.timed.per_step
            if self.timed.advance_to(self.midway, seconds):
                errors |= reference.error_midway(self.timed.kept[self.midway])
        if self.timed.advance_to(self.timed.total, seconds):
            errors |= reference.errors_at_end(self.timed.kept[self.timed.total])
        return {
            "method": self.method,
            "dtype": "float32",
            "seconds": self.timed.seconds,
            "rhs": self.timed.total,
            "measured_share": self.timed.measured_share,
            **errors,
        }


def stepper_rows(case: Case, reference: Reference) -> list[StepperRow]:
    """Proximal Euler to the reference's end time, and the authors' procedure."""
    W0 = case.start()
    euler, authors = ProximalEuler(W0, case.l1), AuthorsAdamW(W0, case.l1)
    total, midway = (int(np.ceil(t / EULER_DT)) for t in (reference.t_end, case.midway))
    keep = (midway, total)
    return [
        StepperRow(
            f"proximal Euler dt={EULER_DT}", Steps(euler.step, total, euler.weights, keep), midway
        ),
        StepperRow(
            f"authors: {AUTHORS_STEPS} autograd AdamW steps",
            Steps(authors.step, AUTHORS_STEPS, authors.weights, (AUTHORS_STEPS,)),
            None,
        ),
    ]


def ode_row(solver: str, case: Case, reference: Reference, seconds: float) -> Found:
    """An off-the-shelf solver to the reference's end time, or as far as it comes."""
    W0 = case.start()
    attempt = integrate(solver, W0, case.l1, [case.midway, reference.t_end], seconds)
    named = {"method": described(solver, W0.shape), "dtype": precision_of(solver)}
    return named | read_attempt(attempt, reference)


def read_attempt(attempt: Attempt, reference: Reference) -> Found:
    """The row of a solver: measured where it arrived, a lower bound where it ran out of time."""
    arrived = len(attempt.legs) == 2
    seconds, rhs = attempt.legs[1][1:] if arrived else (attempt.seconds_spent, attempt.rhs)
    row: Found = {"seconds": seconds, "rhs": rhs, "at_least": not arrived}
    row |= {"measured_share": 1.0 if arrived else min(attempt.t / reference.t_end, 1.0)}
    if attempt.trouble is not None:
        row["trouble"] = attempt.trouble
    if attempt.legs:
        W, seconds_midway, rhs_midway = attempt.legs[0]
        row |= {"seconds_midway": seconds_midway, "rhs_midway": rhs_midway}
        row |= reference.error_midway(W)
    if arrived:
        row |= reference.errors_at_end(attempt.legs[1][0])
    return row
