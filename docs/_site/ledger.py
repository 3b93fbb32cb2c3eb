"""The stored results on the pages of claims.

python -m _site.ledger FOLDER FILE [SEED]    (from docs/; `make docs-ledger`)

Runs what is missing of the quick claims in FOLDER, on networks numbered from SEED on, and writes
the verdicts, the numbers and the points of every figure to FILE.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

LEFT_OUT = ("id", "statement", "source")  # the claim's file says them


def stored(ledger: Any) -> dict[str, Any]:
    """A `Ledger` as plain values, numbers to five digits."""
    from polysem._claims.stored import drawn_claim

    claims = {}
    for one in ledger:
        row = {name: value for name, value in one.to_dict().items() if name not in LEFT_OUT}
        claims[one.claim.id] = _short({**row, **drawn_claim(one)})
    return {"provenance": ledger.provenance, "claims": claims}


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_short(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value


FRESH = 830_000  # networks that no experiment and no rule was made on


def main(folder: str, file: str, seed: str = str(FRESH)) -> None:
    """Compute and store."""
    import polysem

    ledger = polysem.claims(out=folder, seed=int(seed))
    text = json.dumps(stored(ledger), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    Path(file).write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
