"""The result table: one row per neuron, the same columns for every tier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from polysem._census.tables import Table

KINDS = {
    "neuron": "int",
    "name": "text",
    "features": "text",
    "strengths": "text",
    "groups": "int",
    "polysemantic": "bool",
    "selectivity": "float",
    "selectivity_low": "float",
    "selectivity_high": "float",
    "score": "float",
    "score_p": "float",
    "verdict": "text",
    "probability": "float",
    "cost": "float",
    "cost_low": "float",
    "cost_high": "float",
    "layer_count_falls": "bool",
    "init_caused": "bool",
    "evidence": "text",
}
"""`neuron`, `name` — which. `features`, `strengths` — what it responds to, strongest first, and how
strongly (signed). `groups` — of features that are not related to each other; `polysemantic` — two
or more. `selectivity` with its interval — for the strongest feature. `score`, 0 to 1 — strength of
the second group relative to what is possible; `score_p` — of the score under its null. `verdict`,
`probability` (of being removable), `cost` with its range, `layer_count_falls`, `init_caused` — the
origin test; from weights alone `probability` is the final-state score, the weaker
evidence, and there is no verdict. `evidence` — in words. Unknown values are empty, never NaN."""

NOT_POLYSEMANTIC = "not polysemantic"
CANNOT_BE_TOLD = "cannot be told"
NOT_ASSESSABLE = "not assessable"
ORIGIN_UNKNOWN = "polysemantic, origin unknown"
MONOSEMANTIC = "monosemantic"
SILENT = "represents nothing"


@dataclass(frozen=True)
class Finding:
    """One neuron's row; what is not known stays None."""

    neuron: int
    name: str
    features: tuple[str, ...] = ()
    strengths: tuple[float, ...] = ()
    groups: int | None = None
    polysemantic: bool | None = None
    selectivity: float | None = None
    selectivity_low: float | None = None
    selectivity_high: float | None = None
    score: float | None = None
    score_p: float | None = None
    verdict: str = CANNOT_BE_TOLD
    probability: float | None = None
    cost: float | None = None
    cost_low: float | None = None
    cost_high: float | None = None
    layer_count_falls: bool | None = None
    init_caused: bool | None = None
    evidence: str = ""

    @property
    def kind(self) -> str:
        """What the neuron is in a word or two: its verdict if it is polysemantic or was tested."""
        if self.verdict == NOT_ASSESSABLE:
            return NOT_ASSESSABLE
        if self.polysemantic or self.cost is not None:
            return ORIGIN_UNKNOWN if self.verdict == CANNOT_BE_TOLD else self.verdict
        return MONOSEMANTIC if self.features else SILENT

    def row(self) -> dict[str, Any]:
        """The row with lists as text."""
        values = {name: getattr(self, name) for name in KINDS}
        values["features"] = ", ".join(self.features)
        values["strengths"] = ", ".join(f"{s:+.3g}" for s in self.strengths)
        return {name: _known(value) for name, value in values.items()}


def _known(value: Any) -> Any:
    """Plain Python values; None for anything that is not finite."""
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def as_table(findings: list[Finding]) -> Table:
    """All rows as a table."""
    rows = [finding.row() for finding in findings]
    return Table.of(KINDS, {name: [row[name] for row in rows] for name in KINDS})
