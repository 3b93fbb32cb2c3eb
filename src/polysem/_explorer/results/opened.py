"""A run or a sweep as one table with axes, whichever it was. Holds no widget."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from polysem._errors import BadInput
from polysem._explorer.shelf import Item
from polysem._report import sweep_page, words
from polysem._run.run import Run
from polysem._sweep.load import load

if TYPE_CHECKING:
    import pandas as pd

    from polysem._sweep.results import Sweep

EXPECTED = ("paper", "balls", "exclusion")
ONLY_CELL = "run"  # the cell of all networks of a run


@dataclass(frozen=True, eq=False)
class Opened:
    """`found` — the `Run` or `Sweep`. `table` — one row per network: cell, seed, settings, census.
    `axes` — its columns that differ by design. `said` — sentences about all of it; `cautions`."""

    found: Run | Sweep
    table: pd.DataFrame
    axes: tuple[str, ...]
    said: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def is_run(self) -> bool:
        """True for a run: one cell, its weights at hand."""
        return isinstance(self.found, Run)


def open_item(item: Item) -> Opened:
    """Read a run or sweep. Raises `BadInput` if it cannot be read or holds nothing yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged parts: the page says so itself
        found = load(item.path)
    return opened_run(found) if isinstance(found, Run) else opened_sweep(found)


def opened_run(run: Run) -> Opened:
    """The table of a run, with the columns that a sweep would have."""
    from polysem._theory import balls_count, exclusion_count, paper_count

    network = run.spec.network
    laws = zip(EXPECTED, (paper_count, balls_count, exclusion_count), strict=True)
    shared = {"cell": ONLY_CELL, "verb": run.spec.verb, "n": network.n, "m": network.m}
    shared |= {"l1": network.l1}
    shared |= {f"expected_{name}": law(network.n, network.m) for name, law in laws}
    table = run.to_pandas().assign(**shared)
    return Opened(run, table, ("seed",), tuple(words.summary(run)), run.census.warnings)


def opened_sweep(sweep: Sweep) -> Opened:
    """The table of a sweep. Raises `BadInput` if nothing is in it yet."""
    if not len(sweep):
        raise BadInput(
            "This sweep has computed nothing yet; press “Read again” when it has gone on."
        )
    table = sweep.to_pandas()
    return Opened(
        sweep, table, sweep.axes, (sweep_page.lead(table),), tuple(sweep_page.warnings_of(sweep))
    )
