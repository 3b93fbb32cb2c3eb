"""A claim: what is said, where, how it is tested, and when it counts as true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from polysem._claims.decision import Criterion, Tables
from polysem._claims.experiment import Experiment
from polysem._claims.panel import Panel

ALPHA = 0.01


@dataclass(frozen=True, eq=False)
class Claim:
    """One entry of the ledger.

    `number`, `name` — its place and a word for it. `statement` — in the words of its source, as
    far as possible. `source` — section of arXiv 2312.03096 or a summary. `reading` — how the words
    are turned into numbers. `experiments` — name → sweep. `criteria` — what the claim says of
    which number. `alpha` — probability at most of a wrong verdict other than "inconclusive".
    `panel` — the figure, from the tables; `beside` — further ones. `numbers` — a table to show, as
    a data frame.
    """

    number: int
    name: str
    statement: str
    source: str
    reading: str
    experiments: Mapping[str, Experiment]
    criteria: tuple[Criterion, ...]
    panel: Callable[[Tables], Panel]
    numbers: Callable[[Tables], Any]
    beside: tuple[Callable[[Tables], Panel], ...] = ()
    alpha: float = ALPHA

    def __post_init__(self) -> None:
        if not any(criterion.central for criterion in self.criteria):
            raise ValueError(f"the claim {self.name!r} has no central criterion")

    @property
    def id(self) -> str:
        """Number and name: "05-winner"."""
        return f"{self.number:02d}-{self.name}"

    def is_called(self, word: str) -> bool:
        """True for its number, name or both."""
        return word in (str(self.number), f"{self.number:02d}", self.name, self.id)
