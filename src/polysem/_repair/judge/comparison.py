"""The result of comparing methods: rows, effects, exclusions, a Pareto plot, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._census.tables import Table
from polysem._errors import BadInput
from polysem._network.problem import Problem
from polysem._repair.judge.arm import KINDS, Arm
from polysem._repair.judge.effects import PLAIN, effect_table
from polysem._repair.judge.measures import MEASURES, Measure

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas
    import pyarrow


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Plain networks and the same seeds under other methods, on both sides of the ledger.

    `arms` — one per method, "plain" first; each has its `run`, and `after` more training.
    `settings` — what was asked for; `confidence` — of every interval; `provenance` — what made it.
    Every loss is the plain network's own, on data that no training saw.
    """

    arms: tuple[Arm, ...]
    confidence: float = 0.95
    settings: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plain(self) -> Arm:
        """The plain networks."""
        return self.arms[0]

    @property
    def problem(self) -> Problem:
        """The loss that all are judged on."""
        return self.plain.run.spec.network.problem

    @property
    def measures(self) -> Mapping[str, Measure]:
        """What is measured of every network, by name."""
        return MEASURES

    @property
    def headline(self) -> str:
        """What was compared."""
        spec = self.plain.run.spec
        network, verb = spec.network, "flows" if spec.verb == "simulate" else "trainings"
        return (
            f"{len(self.plain.run.seeds)} plain {verb} of n = {network.n} features on m = "
            f"{network.m} neurons, λ = {network.l1:g}, and the same seeds under "
            f"{len(self.arms) - 1} methods"
        )

    @property
    def per_feature(self) -> int:
        """By how many features a loss is divided in the figure."""
        return self.plain.run.spec.network.n

    def __getitem__(self, name: str) -> Arm:
        """The arm of that name. Raises `BadInput` if there is none."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        names = ", ".join(arm.name for arm in self.arms)
        raise BadInput(f"There is no method {name!r} here; there are {names}.")

    @cached_property
    def rows(self) -> Table:
        """One row per method, seed and stage; see `judge.arm.KINDS` and `judge.measures`."""
        rows = [row for arm in self.arms for row in arm.rows(self.problem)]
        return Table.of(KINDS, {name: [row[name] for row in rows] for name in KINDS})

    @cached_property
    def effects(self) -> Table:
        """One row per method, control, stage and measure; see `judge.effects.KINDS`."""
        return effect_table(self.rows, self.arms, self.confidence, self.measures)

    @property
    def excluded(self) -> list[dict[str, Any]]:
        """Seeds that do not count: method, stage, seed, outcome, why."""
        names = ("method", "stage", "seed", "outcome", "why")
        return [{n: row[n] for n in names} for row in self.rows.to_dicts() if not row["used"]]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Of the excluded, those whose weights diverged or were not finite."""
        return [row for row in self.excluded if row["outcome"] in ("diverged", "bad_start")]

    def summary(self) -> list[dict[str, Any]]:
        """One row per method: means and effects of the chief measures against plain, at the end."""
        from polysem._repair.judge.words import summary_rows

        return summary_rows(self)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The effect table as plain dicts, fit for JSON."""
        return self.effects.to_dicts()

    def to_arrow(self) -> pyarrow.Table:
        """The effect table as an Arrow table."""
        return self.effects.to_arrow()

    def to_pandas(self) -> pandas.DataFrame:
        """The effect table as a pandas data frame."""
        return self.effects.to_pandas()

    def plot(self) -> matplotlib.figure.Figure:
        """Figure: polysemantic neurons against plain loss, one point per method."""
        from polysem._plots.pareto import plot_pareto

        return plot_pareto(self)

    def save(self, out: str | Path, *, overwrite: bool = False) -> Path:
        """Write the folder: every run, tables, figure and page. Raises `BadInput` if in use."""
        from polysem._repair.judge.folder import save_comparison

        return save_comparison(self, Path(out), overwrite=overwrite)

    def report(self, path: str | Path) -> Path:
        """Write the self-contained page to `path` and return it."""
        from polysem._report.comparison import comparison_page

        return comparison_page(self).write(Path(path))

    def __repr__(self) -> str:
        from polysem._repair.judge.words import in_words

        return "\n".join(in_words(self))


def names_of(arms: Sequence[Arm]) -> list[str]:
    """Names of the arms but the plain one."""
    return [arm.name for arm in arms if arm.name != PLAIN]
