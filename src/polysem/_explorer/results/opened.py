"""A run, several runs or a sweep as one table with axes, whichever it was. Holds no widget."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from polysem._errors import BadInput
from polysem._explorer.jobs import Job
from polysem._explorer.shelf import Item
from polysem._plots.labels import plural
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
    """`table` — one row per network: cell, seed, settings, census. `axes` — its columns that differ
    by design. `said` — sentences about all of it; `cautions`. `found` — the `Run` or `Sweep`, None
    for runs together; `runs` — cell → the folder of its run, empty for a sweep."""

    table: pd.DataFrame
    axes: tuple[str, ...]
    said: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    found: Run | Sweep | None = None
    runs: Mapping[str, Path] = field(default_factory=dict)

    @property
    def is_run(self) -> bool:
        """True for a single run."""
        return isinstance(self.found, Run)


def open_item(item: Item) -> Opened:
    """Read a run or sweep. Raises `BadInput` if it cannot be read or holds nothing yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged parts: the page says so itself
        found = load(item.path)
    return opened_run(found, item.path) if isinstance(found, Run) else opened_sweep(found)


def open_together(job: Job, items: Sequence[Item]) -> Opened:
    """Read several runs as one table. Raises `BadInput` if none can be read."""
    import pandas as pd

    tables, runs, cautions = [], {}, []
    for i, item in enumerate(items):
        job.say(i / len(items), f"{i} of {len(items)} runs")
        try:
            one = open_item(item)
        except BadInput as error:
            cautions.append(str(error))
            continue
        tables.append(one.table.assign(cell=item.name, run=item.name))
        runs[item.name] = item.path
        cautions += [f"{item.name}: {caution}" for caution in one.cautions]
    if not tables:
        raise BadInput(" ".join(cautions) or "There is no run here.")
    table = pd.concat(tables, ignore_index=True)
    differ = [name for name in ("n", "m", "l1", "verb") if len(table[name].unique()) > 1]
    said = f"{plural(len(runs), 'run')} together: {sweep_page.lead(table)}"
    return Opened(table, (*differ, "run"), (said,), tuple(cautions), runs=runs)


def opened_run(run: Run, path: Path) -> Opened:
    """The table of a run, with the columns that a sweep would have."""
    from polysem._theory import balls_count, exclusion_count, paper_count

    network = run.spec.network
    laws = zip(EXPECTED, (paper_count, balls_count, exclusion_count), strict=True)
    shared = {"cell": ONLY_CELL, "verb": run.spec.verb, "n": network.n, "m": network.m}
    shared |= {"l1": network.l1}
    shared |= {f"expected_{name}": law(network.n, network.m) for name, law in laws}
    table = run.to_pandas().assign(**shared)
    said, cautions = tuple(words.summary(run)), run.census.warnings
    return Opened(table, ("seed",), said, cautions, run, {ONLY_CELL: path})


def opened_sweep(sweep: Sweep) -> Opened:
    """The table of a sweep. Raises `BadInput` if nothing is in it yet."""
    if not len(sweep):
        raise BadInput(
            "This sweep has computed nothing yet; press “Read again” when it has gone on."
        )
    table = sweep.to_pandas()
    said, cautions = (sweep_page.lead(table),), tuple(sweep_page.warnings_of(sweep))
    return Opened(table, sweep.axes, said, cautions, sweep)
