"""`polysem.claims`: run the experiments of claims, judge them, write the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from polysem._claims.discover import claims_called
from polysem._claims.folder import checked_folder, own_folder, write_outputs
from polysem._claims.gather import Size, gather
from polysem._claims.judgement import Judgement, judgement
from polysem._claims.planning import LedgerForecast, plan
from polysem._errors import BadInput
from polysem._storage.provenance import provenance
from polysem._sweep.session import kept_workers

if TYPE_CHECKING:
    import pandas
    import pyarrow

Progress = Callable[[str, Any], None]
"""Called with (claim and experiment, `Tally` of its sweep) after each task."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """Claims with their verdicts. `judgements` — one per claim; `folder` — where it all lies."""

    judgements: tuple[Judgement, ...]
    folder: Path
    size: Size
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One mapping per claim, ready for JSON."""
        return [one.to_dict() for one in self.judgements]

    @property
    def verdicts(self) -> dict[str, str]:
        """Claim → verdict."""
        return {one.claim.id: str(one.verdict) for one in self.judgements}

    @property
    def failures(self) -> int:
        """Cells that could not be computed."""
        return sum(one.failures for one in self.judgements)

    def to_pandas(self) -> pandas.DataFrame:
        """One row per criterion, with claim and verdict."""
        import pandas

        return pandas.DataFrame(self._criteria())

    def to_arrow(self) -> pyarrow.Table:
        """The same as an Arrow table."""
        from polysem._storage.tables import to_table

        return to_table(self._criteria())

    def plot(self, claim: str | int) -> Any:
        """The figure of one claim (Matplotlib). Raises `BadInput` for one that is not here."""
        from polysem._plots.claims import draw_mpl

        return draw_mpl(self[claim].panel)

    def report(self, path: str | Path) -> Path:
        """Write the self-contained page to `path` and return it."""
        from polysem._report.claims import ledger_page

        return ledger_page(self).write(path)

    def __getitem__(self, claim: str | int) -> Judgement:
        for one in self.judgements:
            if one.claim.is_called(str(claim)):
                return one
        raise BadInput(f"The ledger has no claim {claim!r}; it has {', '.join(self.verdicts)}.")

    def __iter__(self) -> Iterator[Judgement]:
        return iter(self.judgements)

    def __len__(self) -> int:
        return len(self.judgements)

    def __repr__(self) -> str:
        lines = [f"  {name:<24} {verdict}" for name, verdict in self.verdicts.items()]
        return (
            "\n".join([f"<Ledger of {len(self)} claims ({self.size.name}), {self.folder}", *lines])
            + ">"
        )

    def _criteria(self) -> list[dict[str, Any]]:
        return [
            {"claim": one.claim.id, "verdict": str(one.verdict), **row}
            for one in self.judgements
            for row in one.finding_rows
        ]


@overload
def claims(
    *ids: str | int,
    out: str | Path = "claims",
    full: bool = False,
    seed: int = 0,
    seeds: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    dry_run: Literal[False] = False,
) -> Ledger: ...


@overload
def claims(
    *ids: str | int,
    out: str | Path = "claims",
    full: bool = False,
    seed: int = 0,
    seeds: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    dry_run: Literal[True],
) -> LedgerForecast: ...


def claims(
    *ids: str | int,
    out: str | Path = "claims",
    full: bool = False,
    seed: int = 0,
    seeds: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> Ledger | LedgerForecast:
    """Test claims about incidental polysemanticity and write the ledger to the folder `out`.

    `ids` — numbers or names, all by default. `full` — sizes at which intervals are tight (hours),
    else quick ones (minutes). `seed` — number of the first seed: another one repeats everything on
    fresh networks. `seeds` — at most so many per cell, to try things out. `workers` — processes,
    as in `sweep`. The sweeps lie in `out`/<claim>/<experiment>, those that several claims need with
    the first; run again and only what is missing is computed. `dry_run` — compute nothing; give
    the number of cells and networks, the estimated time and memory.

    Raises `BadInput` for unknown claims and for a folder that holds something else.
    """
    chosen = claims_called(ids)
    if seeds is not None and seeds < 1:
        raise BadInput(f"seeds = {seeds} is not allowed; at least 1 is needed.")
    if seed < 0:
        raise BadInput(f"seed = {seed} is not allowed; 0 or more is needed.")
    size = Size(full, seed, seeds)
    if dry_run:
        return plan(chosen, checked_folder(out), size, workers)
    folder = own_folder(out)
    found = []
    with kept_workers(workers) as engine:
        for claim in chosen:
            data = gather(claim, folder, size, engine, progress)
            found.append(judgement(claim, size, data))
    result = Ledger(tuple(found), folder, size, provenance(size=size.name))
    write_outputs(result)
    return result
