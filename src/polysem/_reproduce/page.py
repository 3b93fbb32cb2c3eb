"""What a reproduction leaves behind: figures, tables, one page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from polysem._reproduce.compare import AGREES
from polysem._reproduce.drawings import DRAWINGS, drawn, size_note
from polysem._reproduce.gather import Frame
from polysem._reproduce.plan import FLOW, RECIPE
from polysem._storage.files import write_text
from polysem._storage.tables import write_table

if TYPE_CHECKING:
    from polysem._reproduce.reproduce import Reproduction

COLUMNS = {
    "quantity": "quantity",
    "method": "ours by",
    "published": "published",
    "ours": "ours",
    "low": "95 % from",
    "high": "to",
    "agreement": "agreement",
    "why they differ": "why they differ",
}
FRAMES = ("sparsification", "fourth_norm", "counts", "curves")


def write_outputs(result: Reproduction) -> None:
    """Write comparison.parquet, one Parquet per figure, figures/ and report.html."""
    import pyarrow

    from polysem._plots.save import save_figure

    folder = result.folder
    write_text(folder / "provenance.json", json.dumps(dict(result.provenance), indent=2))
    write_table(folder / "comparison.parquet", result.to_arrow())
    for name in FRAMES:
        frame = getattr(result.figures, name)
        write_table(folder / f"{name}.parquet", pyarrow.Table.from_pandas(frame))
    (folder / "figures").mkdir(exist_ok=True)
    for name in DRAWINGS:
        save_figure(drawn(result, name, "mpl"), folder / "figures" / f"{name}.svg")
    page_of(result).write(folder / "report.html")


def page_of(result: Reproduction) -> Any:
    """The report as a page."""
    from polysem._report.page import Page

    page = Page("Incidental polysemanticity, reproduced", findings(result))
    page.paragraph(
        "The paper: Lecomte, Thaman, Schaeffer, Bashkansky, Chow, Koyejo, What Causes "
        f"Polysemanticity?, arXiv 2312.03096. Sizes here: {size_note(result.plan)}."
    )
    for sentence in cautions(result):
        page.warning(sentence)
    for name, drawing in DRAWINGS.items():
        page.heading(drawing.title)
        page.figure(drawn(result, name, "bokeh"), drawing.caption, drawing.alt)
    page.heading("Published against ours")
    page.table(
        COLUMNS,
        result.rows,
        "Numbers are read off the published pictures. A row agrees if a test at the 5 % level, "
        "allowing for the error of reading a picture, finds no difference: with this many rows "
        "one or two disagreements are expected by chance.",
    )
    csv = result.to_pandas().to_csv(index=False)
    page.download("Download the table (CSV)", "comparison.csv", csv, "text/csv")
    page.heading("Settings")
    page.settings({name: getattr(result.plan, name) for name in vars(result.plan)})
    page.heading("What made this")
    page.settings(result.provenance)
    return page


def findings(result: Reproduction) -> str:
    """What was found, in plain words computed from the numbers."""
    counts = result.figures.counts
    flow = counts[(counts["method"] == FLOW) & (counts["outcome"] == "converged")]
    recipe = counts[(counts["method"] == RECIPE) & counts["countable"]]
    agree = sum(row["agreement"] == AGREES for row in result.rows)
    total, opposite = int(flow["polysemantic"].sum()), int(flow["opposite_sign"].sum())
    low, high = slope_interval(flow)
    return (
        f"{agree} of {len(result.rows)} published numbers agree with ours. In {len(flow)} "
        f"converged gradient flows {total} neurons became polysemantic although neurons were "
        f"plentiful; {opposite} of them hold two features of opposite sign, "
        f"{total - opposite} two of the same sign. From m = 2n on, their number falls with the "
        f"number of neurons m as m to the power {low:.2f} to {high:.2f} (95 % interval; n²/4m "
        f"says −1). The flow ended on the largest initial weight for "
        f"{flow['initial_argmax_won'].mean():.0%} of the features, the authors' AdamW for "
        f"{recipe['initial_argmax_won'].mean():.0%}."
    )


def slope_interval(flow: Frame) -> tuple[float, float]:
    """95 % interval of b in count ∝ m^b over m ≥ 2n, by Poisson regression; NaN if hopeless."""
    from polysem._theory import fit_power_law

    wide = flow[flow["m"] >= 2 * flow["n"]]
    if wide["m"].nunique() < 2 or wide["polysemantic"].sum() == 0:
        return np.nan, np.nan
    fit = fit_power_law(wide["n"].to_numpy(), wide["m"].to_numpy(), wide["polysemantic"].to_numpy())
    return float(fit.m_exponent.low), float(fit.m_exponent.high)


def cautions(result: Reproduction) -> list[str]:
    """What a reader should be warned of before believing the figures."""
    frames = (result.figures.counts, result.figures.curves)
    runs: Frame = pd.concat(frames).drop_duplicates(["method", "n", "m", "l1", "seed"])
    said = []
    recipe: Frame = runs[runs["method"] == RECIPE]
    unsettled = int((~recipe["converged"].astype(bool)).sum())
    if unsettled:
        said.append(
            f"{unsettled} of {len(recipe)} runs of the authors' recipe had not converged when "
            "their steps were done; they are counted as published, and counts of unconverged "
            "states depend on the threshold."
        )
    unfinished = int((runs[runs["method"] == FLOW]["outcome"] != "converged").sum())
    if unfinished:
        said.append(f"{unfinished} gradient flows did not reach a certified end state.")
    return said
