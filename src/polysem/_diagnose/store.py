"""A diagnosis as files, and back: spec.json, provenance.json, neurons.parquet, features.parquet,
diagnosis.json, capacity.safetensors (weights)."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polysem._diagnose.capacity.measure import Capacity
from polysem._diagnose.capacity.slots import Slots
from polysem._diagnose.diagnosis import Diagnosis
from polysem._diagnose.inputs.problems import NotAssessable
from polysem._diagnose.nulls.result import NullTest
from polysem._diagnose.profile import Profile, Sweep
from polysem._diagnose.rows import Finding
from polysem._errors import BadInput
from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.provenance import provenance
from polysem._storage.tables import read_table, write_table
from polysem._storage.weights import read_arrays, write_arrays

VERSION = 1
PAIRS = ("neuron", "rank", "feature", "name", "strength", "share", "group", "represented")


def save(diagnosis: Diagnosis, folder: Path, overwrite: bool) -> Path:
    """Write the files into `folder`; raises `BadInput` if it holds something already."""
    check_out(folder, overwrite)
    prepare_out(folder, overwrite)
    spec = {"verb": "diagnose", "tier": diagnosis.tier, **diagnosis.settings}
    write_text(folder / "spec.json", json.dumps(spec, indent=1) + "\n")
    write_text(folder / "provenance.json", json.dumps(provenance(), indent=1) + "\n")
    write_table(folder / "neurons.parquet", diagnosis.to_arrow())
    if diagnosis.profile is not None:
        write_table(folder / "features.parquet", diagnosis.profile.table.to_arrow())
    if diagnosis.capacity is not None:
        write_arrays(folder / "capacity.safetensors", _arrays(diagnosis.capacity))
    text = json.dumps(as_object(diagnosis) | {"stored": _stored(diagnosis)}, allow_nan=False)
    write_text(folder / "diagnosis.json", text + "\n")
    return folder


def as_object(diagnosis: Diagnosis, rows: bool = False) -> dict[str, Any]:
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


def load(folder: Path) -> Diagnosis:
    """Read what `save` wrote. Raises `BadInput` if a file is missing or damaged."""
    stored = _stored_part(folder)
    try:
        rows = read_table(folder / "neurons.parquet").to_pylist()
        profile = stored["profile"]
        return Diagnosis(
            stored["tier"],
            stored["source"],
            tuple(_finding(row, *lists) for row, lists in zip(rows, stored["lists"], strict=True)),
            tuple(_null(one) for one in stored["nulls"]),
            tuple(NotAssessable(**one) for one in stored["problems"]),
            _capacity(folder, stored["capacity"]),
            _origin(stored["origin"]),
            tuple(stored["notes"]),
            stored["settings"],
            None if profile is None else _profile(folder, profile, len(rows)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{str(folder)!r} holds no whole diagnosis ({type(error).__name__}: {error}); "
            "diagnose again."
        ) from None


def _stored_part(folder: Path) -> dict[str, Any]:
    path = folder / "diagnosis.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["stored"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(f"{str(path)!r} is missing or damaged; diagnose again.") from None
    if stored.get("version", 0) > VERSION:
        raise BadInput(f"{str(folder)!r} was written by a newer Polysem; update Polysem.")
    return stored


def _stored(diagnosis: Diagnosis) -> dict[str, Any]:
    """What the tables do not hold."""
    profile, capacity = diagnosis.profile, diagnosis.capacity
    return plain(
        {
            "version": VERSION,
            "tier": diagnosis.tier,
            "source": diagnosis.source,
            "lists": [(f.features, f.strengths) for f in diagnosis.findings],
            "nulls": diagnosis.nulls,
            "problems": diagnosis.problems,
            "capacity": None if capacity is None else _numbers(capacity),
            "origin": diagnosis.origin,
            "notes": diagnosis.notes,
            "settings": diagnosis.settings,
            "profile": None
            if profile is None
            else {
                "names": profile.names,
                "words": profile.words,
                "sweep": profile.sweep,
                "kept": profile.feature.shape[1],
            },
        }
    )


def plain(value: Any) -> Any:
    """Dataclasses, configurations, arrays and tuples as JSON values; NaN and infinity as words."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float, str)) else value


def _finding(row: dict[str, Any], features: list[str], strengths: list[Any]) -> Finding:
    known = {f.name for f in fields(Finding)}
    kept = {name: value for name, value in row.items() if name in known}
    pairs = {"features": tuple(features), "strengths": tuple(map(float, strengths))}
    return Finding(**(kept | pairs))


def _null(stored: dict[str, Any]) -> NullTest:
    null = np.array([float(v) for v in stored["null"]])
    return NullTest(**(stored | {"observed": float(stored["observed"]), "null": null}))


def _arrays(capacity: Capacity) -> dict[str, np.ndarray]:
    values = {f.name: getattr(capacity, f.name) for f in fields(capacity)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def _numbers(capacity: Capacity) -> dict[str, Any]:
    arrays = _arrays(capacity)
    return {f.name: getattr(capacity, f.name) for f in fields(capacity) if f.name not in arrays}


def _capacity(folder: Path, stored: dict[str, Any] | None) -> Capacity | None:
    if stored is None:
        return None
    arrays = read_arrays(folder / "capacity.safetensors")
    problems = tuple(NotAssessable(**one) for one in stored["problems"])
    given: dict[str, Any] = (
        stored | arrays | {"problems": problems, "slots": Slots(**stored["slots"])}
    )
    for name in ("effective_rank", "participation_ratio"):
        given[name] = float(given[name])
    return Capacity(**given)


def _profile(folder: Path, stored: dict[str, Any], neurons: int) -> Profile:
    table = read_table(folder / "features.parquet")
    row = table["neuron"].to_numpy()
    place = table["rank"].to_numpy() - 1
    shape = (neurons, stored["kept"])

    def spread(name: str, kind: type, missing: float) -> np.ndarray:
        found = np.full(shape, missing, dtype=kind)
        values = table[name].to_numpy(zero_copy_only=False)
        found[row, place] = values.astype(kind)
        return found

    sweep = dict(stored["sweep"])
    for name in ("thresholds", "polysemantic", "monosemantic", "silent"):
        sweep[name] = np.array([_number(v) for v in sweep[name]])
        if name != "thresholds":
            sweep[name] = sweep[name].astype(np.int64)
    measures = [name for name in table.column_names if name not in PAIRS]
    return Profile(
        spread("feature", np.int32, -1),
        spread("strength", np.float32, 0),
        spread("share", np.float32, 0),
        spread("group", np.int32, 0),
        tuple(stored["names"]),
        stored["words"],
        Sweep(**sweep),
        {name: spread(name, np.float32, np.nan) for name in measures},
    )


def _origin(stored: dict[str, Any] | None) -> Any:
    """The origin test; torch is loaded for it."""
    if stored is None:
        return None
    from polysem._diagnose.origin.layer import Origin
    from polysem._diagnose.origin.removal import Removal
    from polysem._diagnose.origin.retrain import Horizon
    from polysem._diagnose.origin.together import Together

    together = stored["together"]
    if together is not None:
        floats = {name: float(together[name]) for name in ("share", "cost")}
        together = Together(**(together | floats))
    return Origin(
        removals=tuple(Removal(**_removal(one)) for one in stored["removals"]),
        together=together,
        horizon=Horizon.build(**stored["horizon"]),
        seeds=tuple(stored["seeds"]),
        init_caused={int(k): bool(v) for k, v in stored["init_caused"].items()},
        recorded=tuple(Removal(**_removal(one)) for one in stored.get("recorded", ())),
    )


def _removal(stored: dict[str, Any]) -> dict[str, Any]:
    """Lists as tuples, words for infinities as numbers."""
    words = ("inf", "-inf", "nan")
    found = {}
    for name, value in stored.items():
        if isinstance(value, list):
            value = tuple(float(v) if v in words else v for v in value)
        found[name] = float(value) if value in words else value
    return found
