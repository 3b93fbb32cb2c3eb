"""`polysem.prevent` at several widths: a folder of comparisons, and the trade-off in one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from polysem._errors import BadInput
from polysem._repair.judge.comparison import Comparison
from polysem._repair.judge.folder import load_comparison
from polysem._repair.judge.trade_off import TradeOff
from polysem._repair.prevent.choice import named
from polysem._repair.prevent.method import Method
from polysem._repair.prevent.plain import check_judgeable, plain_spec
from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.tables import write_table

OWN = (
    "run", "n", "l1", "seeds", "seed", "by", "methods", "further", "confidence", "workers",
    "progress",
)  # fmt: skip
"""What `prevent` takes itself; the rest are settings of the plain networks."""


def over_widths(
    prevent: Callable[..., Any],
    widths: Sequence[int],
    out: str | Path | None,
    overwrite: bool,
    resume: bool,
    report: bool,
    **said: Any,
) -> TradeOff:
    """`prevent` at each m of `widths`; methods that do not fit a width are left out there.

    Raises `BadInput` before anything is computed, for a method that fits none as well.
    """
    if not widths or len(set(widths)) != len(widths):
        raise BadInput(f"m = {list(widths)} is not allowed: give different widths.")
    folder = check_out(out, overwrite, resume)
    methods = _fitting(widths, said)
    if folder is not None:
        prepare_out(folder, overwrite)
        write_text(folder / "spec.json", json.dumps({"verb": "prevent", "widths": list(widths)}))
    found: list[Comparison] = []
    for m in widths:
        inner = None if folder is None else folder / f"m-{m}"
        asked = said | {"m": m, "methods": methods[m]}
        found.append(prevent(out=inner, resume=resume, report=report, **asked))
    result = TradeOff(tuple(found))
    if folder is not None:
        write_table(folder / "trade_off.parquet", result.table.to_arrow())
        write_text(folder / "answer.txt", "\n".join(result.answer()) + "\n")
        if report:
            result.report(folder / "report.html")
    return result


def _fitting(widths: Sequence[int], said: Mapping[str, Any]) -> dict[int, list[Method] | None]:
    """Width → the methods that were named and fit it; None for all that do, if none was named."""
    if said["run"] is not None:
        raise BadInput("A run has one width; for several give n and a list of m, without a run.")
    settings = {name: value for name, value in said.items() if name not in OWN}
    specs = {
        m: plain_spec(
            {"n": said["n"], "m": m, "l1": said["l1"]},
            said["seeds"],
            said["seed"],
            said["by"],
            settings,
        )
        for m in widths
    }
    for spec in specs.values():
        check_judgeable(spec)
    if said["methods"] is None:
        return dict.fromkeys(widths)
    wanted = named(said["methods"])
    for one in wanted:
        reasons = [one.refusal(spec) for spec in specs.values()]
        if None not in reasons:
            one.check(specs[widths[0]])
    found = {m: [one for one in wanted if one.refusal(spec) is None] for m, spec in specs.items()}
    for m, left in found.items():
        if not left:
            raise BadInput(f"No method that was named fits m = {m}; name another, or leave m out.")
    return dict(found)


def load_widths(folder: Path, widths: Sequence[int]) -> TradeOff:
    """Read back a folder of `over_widths`. Raises `BadInput` if a width is not whole."""
    return TradeOff(tuple(load_comparison(folder / f"m-{m}") for m in widths))
