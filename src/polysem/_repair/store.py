"""A repair as files.

spec.json  provenance.json  repair.json  weights.safetensors  networks.parquet  effects.parquet
moved.parquet  left_alone.parquet  run/ (of a run)  report.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.provenance import provenance
from polysem._storage.tables import write_table
from polysem._storage.weights import write_arrays

if TYPE_CHECKING:
    from polysem._repair.result import Repair


def save(repair: Repair, folder: Path, overwrite: bool) -> Path:
    """Write the files into `folder`; raises `BadInput` if it holds something already."""
    check_out(folder, overwrite)
    prepare_out(folder, overwrite)
    spec = {"verb": "repair", "source": repair.source, **repair.settings}
    write_text(folder / "spec.json", json.dumps(spec, indent=1) + "\n")
    write_text(folder / "provenance.json", json.dumps(provenance(), indent=1) + "\n")
    text = json.dumps(as_object(repair), indent=1, allow_nan=False)
    write_text(folder / "repair.json", text + "\n")
    write_arrays(folder / "weights.safetensors", arrays(repair.model))
    for name in ("networks", "effects", "moved", "left_alone"):
        table = repair.table if name == "networks" else getattr(repair, name)
        write_table(folder / f"{name}.parquet", table.to_arrow())
    if not hasattr(repair.model, "state_dict"):
        repair.model.save(folder / "run")
    return folder


def arrays(model: Any) -> dict[str, Any]:
    """The repaired weights by name: a module's state, or start and end of a run."""
    if hasattr(model, "state_dict"):
        state = model.state_dict()
        return {name: values.detach().cpu().numpy() for name, values in state.items()}
    return {"start": model.start, "end": model.end}


def as_object(repair: Repair, rows: bool = False) -> dict[str, Any]:
    """Everything but the weights as one JSON object; with the record, if `rows`."""
    found: dict[str, Any] = {
        "source": repair.source,
        "method": repair.method,
        "summary": repair.summary(),
        "networks": repair.to_dicts(),
        "effects": repair.effects.to_dicts(),
        "settings": dict(repair.settings),
    }
    if rows:
        found["moved"] = repair.moved.to_dicts()
        found["left_alone"] = repair.left_alone.to_dicts()
    return found
