"""Running the experiments of a claim and keeping what the rules allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._claims.claim import Claim
from polysem._claims.common import Frame
from polysem._claims.discover import all_claims
from polysem._claims.experiment import Experiment, Grid
from polysem._sweep.cells import cells_of
from polysem._sweep.grid import read_grid
from polysem._sweep.sweep import sweep

if TYPE_CHECKING:
    from polysem._sweep.engine import Engine
    from polysem._sweep.results import Sweep

UNSETTLED = "not sparse at the end"


@dataclass(frozen=True)
class Size:
    """How much to compute: `full` or quick, seeds from `first` on, at most `most` per cell."""

    full: bool = False
    first: int = 0
    most: int | None = None

    @property
    def name(self) -> str:
        """In a word, with what is unusual."""
        base = "full" if self.full else "quick"
        base += "" if self.most is None else f", at most {self.most} seeds per cell"
        return base + (f", seeds from {self.first} on" if self.first else "")

    def grid(self, experiment: Experiment) -> dict[str, Any]:
        """The grid of an experiment at this size."""
        grid: Grid = experiment.full if self.full else experiment.quick
        count = grid.get("seeds", 1)
        if self.most is not None:
            count = f"min({self.most}, {count})"
        return {**grid, "seeds": {"first": self.first, "count": count}}


@dataclass(frozen=True)
class Gathered:
    """What an experiment gave: the `table`, seeds `used`, seeds `excluded` by reason, and the
    folder of its `sweep` within the ledger's, which other experiments may share."""

    table: Any
    used: int
    excluded: Mapping[str, int]
    failures: tuple[Mapping[str, Any], ...]
    seconds: float
    sweep: str = ""


def gather(
    claim: Claim,
    folder: Path,
    size: Size,
    engine: Engine | None,
    progress: Callable[[str, Any], None] | None,
) -> dict[str, Gathered]:
    """Bring every experiment of a claim up to date in the ledger's `folder`; measure its table.

    `engine` — where to compute; None for this process.
    """
    found = {}
    for name, experiment in claim.experiments.items():
        place, keep = shared_sweep(claim, name)
        words = f"claim {claim.id}, {name}"
        made = sweep(
            size.grid(experiment),
            folder / place,
            workers=0 if engine is None else None,
            engine=engine,
            weights=keep,
            progress=None if progress is None else lambda tally, w=words: progress(w, tally),
        )
        found[name] = replace(allowed(experiment, made, size), sweep=place)
    return found


def shared_sweep(claim: Claim, name: str) -> tuple[str, bool]:
    """Where in the ledger's folder the sweep of an experiment lies, and whether it keeps weights.

    Experiments with the same grids, of any claims, share the sweep of the first of them. Where it
    lies does not depend on the claims that are asked for, so any of them goes on with it.
    """
    others = [one for one in all_claims() if one.id != claim.id]
    alike = [
        (f"{one.id}/{k}", experiment.weights)
        for one in sorted((*others, claim), key=lambda one: one.number)
        for k, experiment in one.experiments.items()
        if experiment.is_the_sweep_of(claim.experiments[name])
    ]
    return alike[0][0], any(weights for _, weights in alike)


def allowed(experiment: Experiment, made: Sweep, size: Size) -> Gathered:
    """The rows asked for at this size, less those that the rules exclude, as the view has them."""
    asked = asked_for(made, size.grid(experiment))
    kept, excluded = divide(experiment, asked)
    return Gathered(
        table=experiment.view(made, kept),
        used=len(kept),
        excluded=excluded,
        failures=tuple(made.failures),
        seconds=float(asked["wall_seconds"].sum()),
    )


def asked_for(made: Sweep, grid: Mapping[str, Any]) -> Frame:
    """Rows of the cells and seeds of a grid; the folder may hold those of other sizes too."""
    frame: Frame = made.to_pandas()
    wanted = {cell.id: cell for cell in cells_of(read_grid(grid))}
    frame = frame[frame["cell"].isin(list(wanted))]
    first = frame["cell"].map({k: c.first for k, c in wanted.items()})
    count = frame["cell"].map({k: c.count for k, c in wanted.items()})
    here = (frame["seed"] >= first) & (frame["seed"] < first + count)
    return frame[here].reset_index(drop=True)


def divide(experiment: Experiment, frame: Frame) -> tuple[Frame, dict[str, int]]:
    """Rows that may be used, and how many may not, by reason."""
    ended = frame["outcome"].isin(experiment.accept)
    reasons = Counter(frame["outcome"][~ended])
    unsettled = ended & ~frame["converged"].astype(bool) & experiment.sparse
    if unsettled.any():
        reasons[UNSETTLED] = int(unsettled.sum())
    return frame[ended & ~unsettled].reset_index(drop=True), dict(reasons)
