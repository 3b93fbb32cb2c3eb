"""The result of a diagnosis: one labelled object, the same for every tier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._census.tables import Table
from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.nulls.result import NullTest
from polysem._diagnose.rows import NOT_ASSESSABLE, NOT_POLYSEMANTIC, Finding, as_table

if TYPE_CHECKING:
    import pandas
    import pyarrow
    from matplotlib.figure import Figure

    from polysem._diagnose.capacity.measure import Capacity
    from polysem._diagnose.origin.layer import Origin
    from polysem._diagnose.profile import Profile


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """Which neurons of a layer are polysemantic, with evidence; and the origin, where it was asked.

    `tier` — "weights", "activations and labels" or "live model". `source` — what was diagnosed, in
    words. `findings` — one per neuron. `nulls` — tests of the layer. `problems` — everything not
    assessable. `capacity` — capacity measures, None without weights. `origin` — the matched
    retraining, None without a loss. `notes` — sentences to read with the numbers. `settings` — how
    it was made. `profile` — the strongest features of every neuron with all measures
    (`profile.table`: one row per neuron and feature), and the layer at other thresholds.
    """

    tier: str
    source: str
    findings: tuple[Finding, ...]
    nulls: tuple[NullTest, ...] = ()
    problems: tuple[NotAssessable, ...] = ()
    capacity: Capacity | None = None
    origin: Origin | None = None
    notes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    profile: Profile | None = None

    @cached_property
    def table(self) -> Table:
        """One row per neuron; columns and meanings: `polysem._diagnose.rows.KINDS`."""
        return as_table(list(self.findings))

    @property
    def polysemantic(self) -> list[int]:
        """Numbers of the polysemantic neurons."""
        return [f.neuron for f in self.findings if f.polysemantic]

    @property
    def verdicts(self) -> dict[str, int]:
        """Polysemantic neurons by verdict."""
        return dict(Counter(f.verdict for f in self.findings if f.polysemantic))

    def to_dicts(self) -> list[dict[str, Any]]:
        """One plain dict per neuron, fit for JSON: None for what is not known, never NaN."""
        return self.table.to_dicts()

    def to_arrow(self) -> pyarrow.Table:
        """One row per neuron as an Arrow table."""
        return self.table.to_arrow()

    def to_pandas(self) -> pandas.DataFrame:
        """One row per neuron as a pandas data frame."""
        return self.table.to_pandas()

    def summary(self) -> list[str]:
        """The result in words, one sentence each."""
        from polysem._diagnose.words import summary

        return summary(self)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write neurons.parquet, features.parquet and diagnosis.json; returns the folder.

        `polysem.load` reads it back. Raises `BadInput` if it holds something already.
        """
        from polysem._diagnose.store import save

        return save(self, Path(folder), overwrite)

    def report(self, path: str | Path) -> Path:
        """Write the self-contained page to `path` and return it."""
        from polysem._report.diagnosis_page import diagnosis_page

        return diagnosis_page(self).write(path)

    def plot(self) -> Figure:
        """Matplotlib figure: the neurons by kind, costs or thresholds, the layer's map, nulls."""
        from polysem._plots.diagnosis import plot_diagnosis

        return plot_diagnosis(self)

    def export_dictionary(self, folder: str | Path, **about: Any) -> Path:
        """Write the neuron basis as an identity dictionary for SAE benchmarks; see
        `polysem._diagnose.dictionary.export`."""
        from polysem._diagnose.dictionary import export

        return export(self, Path(folder), **about)

    def __repr__(self) -> str:
        return "\n".join(self.summary())

    def counts(self) -> dict[str, int]:
        """Neurons, polysemantic, monosemantic, silent and not assessable ones."""
        poly = sum(bool(f.polysemantic) for f in self.findings)
        unknown = sum(f.verdict == NOT_ASSESSABLE for f in self.findings)
        silent = sum(f.verdict == NOT_POLYSEMANTIC and not f.features for f in self.findings)
        return {
            "neurons": len(self.findings),
            "polysemantic": poly,
            "monosemantic": len(self.findings) - poly - unknown - silent,
            "silent": silent,
            "not_assessable": unknown,
        }
