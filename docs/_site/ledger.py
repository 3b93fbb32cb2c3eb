"""The stored results on the pages of claims.

python -m _site.ledger FOLDER FILE    (from docs/; `make docs-ledger`)

Runs what is missing of the quick claims in FOLDER and writes the verdicts, the numbers and the
points of every figure to FILE.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

LEFT_OUT = ("id", "statement", "source")  # the claim's file says them


def stored(ledger: Any) -> dict[str, Any]:
    """A `Ledger` as plain values, numbers to five digits."""
    from polysem._claims.words import number_rows

    claims = {}
    for one in ledger:
        row = {name: value for name, value in one.to_dict().items() if name not in LEFT_OUT}
        drawn = {"panel": asdict(one.panel), "beside": [asdict(p) for p in one.panels[1:]]}
        claims[one.claim.id] = _short({**row, **drawn, "numbers": number_rows(one.numbers)})
    return {"provenance": ledger.provenance, "claims": claims}


def panels(found: dict[str, Any]) -> list[Any]:
    """The figures of one stored claim."""
    return [_panel(values) for values in (found["panel"], *found.get("beside", ()))]


def _panel(values: dict[str, Any]) -> Any:
    from polysem._claims.panel import Panel, Series

    lists = ("x", "y", "low", "high")
    series = tuple(
        Series(**{k: _numbers(v) if k in lists else v for k, v in one.items()})
        for one in values["series"]
    )
    claimed = values.get("claimed")
    ends = claimed and tuple(
        (-1, 1)[i] * math.inf if end is None else end for i, end in enumerate(claimed)
    )
    return Panel(**{**values, "series": series, "claimed": ends})


def _numbers(values: Any) -> Any:
    """A list as it was; what is not finite is None in JSON."""
    return None if values is None else tuple(math.nan if v is None else v for v in values)


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_short(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value


def main(folder: str, file: str) -> None:
    """Compute and store."""
    import polysem

    ledger = polysem.claims(out=folder)
    text = json.dumps(stored(ledger), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    Path(file).write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
