"""A run: what was asked for, where it started, where it ended, and the census of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from polysem._census import Census, rule_named, take_census
from polysem._errors import BadInput
from polysem._flow.outcome import Outcome
from polysem._flow.spec import SimulateSpec
from polysem._types import Weights

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas
    import pyarrow

    from polysem._train.outcome import TrainOutcome
    from polysem._train.spec import TrainSpec

SOLVE_COLUMNS = (
    "outcome",
    "t",
    "steps",
    "rhs_evaluations",
    "wall_seconds",
    "method",
    "differing_winners",  # only where the solve was checked
)


@dataclass(frozen=True, eq=False)
class Run:
    """The result of `simulate` or `train`.

    `spec` — what was asked for. `seeds` — the seeds here, fewer than asked for if the run was
    interrupted. `start`, `end` — weights (seeds, n, m). `solves` — one mapping per seed: how it
    ended and what it cost. `trajectories` — per seed, name → array with time first, "t" among
    them. `provenance` — what made it.
    """

    spec: SimulateSpec | TrainSpec
    seeds: tuple[int, ...]
    start: Weights
    end: Weights
    solves: tuple[Mapping[str, Any], ...]
    trajectories: tuple[Mapping[str, np.ndarray], ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def census(self) -> Census:
        """Who represents what at the end, and what became of every collision at the start."""
        return self.counted_by("relative")

    def counted_by(self, rule: str) -> Census:
        """The census by the rule of that name, "relative" or "authors"."""
        return take_census(
            self.end,
            self.start,
            l1=self.spec.network.l1,
            rule=rule_named(rule),
            scale=1.0,
            seeds=list(self.seeds),
            outcomes=[str(outcome) for outcome in self.outcomes],
        )

    def layer(self, number: int, rule: str = "relative") -> Census:
        """The census at hidden layer `number` (1, 2, …) by the rule of that name.

        `census` is that of the last layer. Raises `BadInput` if there is no such layer.
        """
        kept = [layers["layers"] for layers in self.trajectories if "layers" in layers]
        count = kept[0].shape[1] if kept else 1
        if not 1 <= number <= count:
            raise BadInput(f"Layer {number} is not there; the hidden layers are 1 to {count}.")
        if not kept:
            return self.counted_by(rule)
        start, end = (np.stack([layers[side, number - 1] for layers in kept]) for side in (0, 1))
        return take_census(
            end,
            start,
            l1=self.spec.network.l1,
            rule=rule_named(rule),
            seeds=list(self.seeds),
            outcomes=[str(outcome) for outcome in self.outcomes],
        )

    @property
    def outcomes(self) -> list[Outcome] | list[TrainOutcome]:
        """How each seed ended; each has a `remedy` in words."""
        if self.spec.verb == "simulate":
            return [Outcome(solve["outcome"]) for solve in self.solves]
        from polysem._train.outcome import TrainOutcome

        return [TrainOutcome(solve["outcome"]) for solve in self.solves]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One mapping per seed: solve and census together, ready for JSON."""
        return [
            {
                **row,
                **{name: solve[name] for name in SOLVE_COLUMNS if name in solve},
                "remedy": outcome.remedy,
            }
            for row, solve, outcome in zip(
                self.census.to_dicts(), self.solves, self.outcomes, strict=True
            )
        ]

    def to_arrow(self) -> pyarrow.Table:
        """One row per seed."""
        from polysem._storage.tables import to_table

        return to_table(self.rows)

    def to_pandas(self) -> pandas.DataFrame:
        """One row per seed."""
        import pandas

        return pandas.DataFrame(self.rows)

    def trajectory(self) -> pandas.DataFrame:
        """One row per seed and recorded time; per-feature statistics as means over features."""
        import pandas

        return pandas.DataFrame(trajectory_rows(self.seeds, self.trajectories))

    def plot(self) -> matplotlib.figure.Figure:
        """Overview figure: weights at start and end, occupancy, and the speed of sparsification."""
        from polysem._plots.overview import plot_run

        return plot_run(self)

    def save(self, out: str | Path, *, overwrite: bool = False) -> Path:
        """Write the run folder; returns its path. Raises `BadInput` if it is not empty."""
        from polysem._run.folder import save_run

        return save_run(self, out, overwrite=overwrite)

    def report(self, path: str | Path) -> Path:
        """Write the self-contained page to `path` and return it."""
        from polysem._report.run_page import write_run_report

        return write_run_report(self, Path(path))

    def __repr__(self) -> str:
        network = self.spec.network
        counts: dict[str, int] = {}
        for outcome in self.outcomes:
            counts[str(outcome)] = counts.get(str(outcome), 0) + 1
        ended = ", ".join(f"{count} {name}" for name, count in counts.items())
        return (
            f"<{self.spec.verb} run: n={network.n}, m={network.m}, l1={network.l1:g}, "
            f"{len(self.seeds)} seeds ({ended})>\n{self.census}"
        )


def trajectory_rows(
    seeds: Sequence[int], trajectories: Sequence[Mapping[str, np.ndarray]]
) -> list[dict[str, Any]]:
    """Recorded statistics as rows: seed, t, one column per name; snapshots are left out."""
    rows = []
    for seed, kept in zip(seeds, trajectories, strict=False):
        columns = {name: _column(values) for name, values in _columns(kept)}
        rows += [
            {"seed": seed} | {name: column[index] for name, column in columns.items()}
            for index in range(len(kept.get("t", ())))
        ]
    return rows


def _columns(kept: Mapping[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Names and arrays fit for a table: a pair becomes two columns, snapshots none."""
    columns: list[tuple[str, np.ndarray]] = []
    for name, values in kept.items():
        if name.startswith("pair_") and values.ndim == 2:
            columns += [(f"{name}_{side}", values[:, i]) for i, side in enumerate("ij")]
        elif name not in ("weights", "layers"):
            columns.append((name, values))
    return columns


def _column(values: np.ndarray) -> list[float]:
    """Values over time, averaged over features where there is one per feature."""
    if values.ndim > 1:
        counted = np.maximum((~np.isnan(values)).sum(-1), 1)
        values = np.nansum(values.astype(np.float64), axis=-1) / counted
    return [float(value) for value in values]
