"""A diagnosis as files: spec.json, provenance.json, neurons.parquet, diagnosis.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.provenance import provenance
from polysem._storage.tables import write_table


def save(diagnosis: Any, folder: Path, overwrite: bool) -> Path:
    """Write the files into `folder`; raises `BadInput` if it holds something already."""
    check_out(folder, overwrite)
    prepare_out(folder, overwrite)
    spec = {"verb": "diagnose", "tier": diagnosis.tier, **diagnosis.settings}
    write_text(folder / "spec.json", json.dumps(spec, indent=1) + "\n")
    write_text(folder / "provenance.json", json.dumps(provenance(), indent=1) + "\n")
    write_table(folder / "neurons.parquet", diagnosis.to_arrow())
    text = json.dumps(as_object(diagnosis), indent=1, allow_nan=False)
    write_text(folder / "diagnosis.json", text + "\n")
    return folder


def as_object(diagnosis: Any, rows: bool = False) -> dict[str, Any]:
    """Everything but the table (with it, if `rows`) as one JSON object."""
    found: dict[str, Any] = {
        "tier": diagnosis.tier,
        "source": diagnosis.source,
        "counts": diagnosis.counts(),
        "verdicts": diagnosis.verdicts,
        "summary": diagnosis.summary(),
        "problems": [str(row) for row in diagnosis.problems],
        "settings": diagnosis.settings,
    }
    if diagnosis.origin is not None and diagnosis.origin.together is not None:
        phi = diagnosis.origin.together
        found["removable_together"] = {"removed": phi.removed, "polysemantic": phi.polysemantic}
    if rows:
        found["neurons"] = diagnosis.to_dicts()
    return found
