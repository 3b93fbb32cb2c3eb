"""`polysem.reproduce`: the paper's five figures, measured again, and a table of agreement."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._errors import BadInput
from polysem._reproduce.cells import CellProgress, run_cells
from polysem._reproduce.plan import FULL, QUICK, Plan
from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.provenance import provenance

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from polysem._reproduce.gather import Figures


@dataclass(frozen=True, eq=False)
class Reproduction:
    """What `reproduce` measured. `rows` — published against ours; `figures` — the data behind."""

    plan: Plan
    figures: Figures
    rows: list[dict[str, Any]]
    folder: Path
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_pandas(self) -> pandas.DataFrame:
        """The table "published | ours | agreement | why they differ"."""
        import pandas

        return pandas.DataFrame(self.rows)

    def to_arrow(self) -> pyarrow.Table:
        """The same as an Arrow table."""
        from polysem._storage.tables import to_table

        return to_table(self.rows)

    def plot(self, name: str = "counts") -> Any:
        """A Matplotlib figure: sparsification, fourth_norm, counts, correlation_flow,
        correlation_recipe or curves. Raises `BadInput` for another name.
        """
        from polysem._reproduce.drawings import drawn

        return drawn(self, name, "mpl")

    def __repr__(self) -> str:
        agree = sum(row["agreement"] == "agrees" for row in self.rows)
        return (
            f"<Reproduction of arXiv 2312.03096, {self.plan.name} sizes (n={self.plan.n}): "
            f"{agree} of {len(self.rows)} published numbers agree; {self.folder}/report.html>"
        )


def reproduce(
    out: str | Path,
    *,
    full: bool = False,
    plan: Plan | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    progress: CellProgress | None = None,
) -> Reproduction:
    """Measure the five published figures and write them, a table and a report to `out`.

    `full` — the published sizes (hours); otherwise smaller ones (minutes), said on the figures.
    `plan` — other sizes. `cluster` — compute on Dask, as for `sweep`, instead of on `workers`
    processes. `resume` — go on with an interrupted reproduction: at most the cells
    under way are lost. Raises `BadInput` for a folder that may not be written.
    """
    plan = plan or (FULL if full else QUICK)
    folder = check_out(out, overwrite, resume)
    assert folder is not None
    spec = json.dumps({"verb": "reproduce", **asdict(plan)}, sort_keys=True)
    if resume and (folder / "spec.json").is_file():
        _check_same(folder, spec)
    prepare_out(folder, overwrite)
    write_text(folder / "spec.json", spec)
    began = time.perf_counter()
    run_cells(plan.cells(), folder / "cells", workers, progress, cluster)
    result = assemble(plan, folder, seconds=round(time.perf_counter() - began, 1))

    from polysem._reproduce.page import write_outputs

    write_outputs(result)
    return result


def reload(folder: Path) -> Reproduction:
    """The finished reproduction in `folder`; raises `BadInput` if there is none."""
    try:
        spec = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
        assert spec.pop("verb") == "reproduce"
        settings: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in spec.items()
        }
        plan = Plan(**settings)
    except (OSError, ValueError, KeyError, TypeError, AssertionError):
        raise BadInput(f"{str(folder)!r} does not hold a reproduction that can be read.") from None
    return assemble(plan, folder)


def assemble(plan: Plan, folder: Path, **facts: Any) -> Reproduction:
    """Put the finished cells in `folder` together; raises `BadInput` if one is missing."""
    from polysem._reproduce.compare import compare
    from polysem._reproduce.gather import gather

    figures = gather(plan, folder / "cells")
    about = provenance(device="cpu", **facts)
    return Reproduction(plan, figures, compare(plan, figures), folder, about)


def _check_same(folder: Path, spec: str) -> None:
    if (folder / "spec.json").read_text(encoding="utf-8") != spec:
        raise BadInput(
            f"{str(folder)!r} holds a result of other settings; resume with the same, "
            "or pass --overwrite to replace it."
        )
