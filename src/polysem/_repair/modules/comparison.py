"""A comparison of methods on a user's own model: the same tables, figure and page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polysem._census.tables import Table
from polysem._errors import BadInput
from polysem._repair.judge.arm import kinds_with
from polysem._repair.judge.comparison import Comparison
from polysem._repair.judge.folder import finish
from polysem._repair.judge.measures import Measure
from polysem._repair.modules.measures import MEASURES
from polysem._storage.files import check_out, prepare_out, write_text
from polysem._storage.weights import write_arrays

KINDS = kinds_with(MEASURES)
"""As of runs: one row per method, seed and stage, "end" or "after" training once more."""


@dataclass(frozen=True)
class ModuleArm:
    """`name`, `does`, `sham` — as of runs. `table` — its rows. `models` — one per seed, trained;
    none if it was read back. `expected` — there is no theory of a user's model."""

    name: str
    does: str
    table: tuple[Mapping[str, Any], ...]
    sham: str | None = None
    models: tuple[Any, ...] = ()
    expected: None = None


class ModuleComparison(Comparison):
    """What `polysem.prevent` returns for a user's own model; see `Comparison`.

    `arms` — `ModuleArm`s, whose `models` are the trained ones.
    """

    @property
    def measures(self) -> Mapping[str, Measure]:
        """What is measured of every model, by name."""
        return MEASURES

    @property
    def headline(self) -> str:
        """What was compared."""
        asked = self.settings
        return (
            f"{asked['seeds']} plain trainings of {asked['model']}, {asked['encoder']} to "
            f"{asked['decoder']}, and the same seeds under {len(self.arms) - 1} methods"
        )

    @property
    def per_feature(self) -> int:
        """The loss is shown as the user's function gives it."""
        return 1

    @property
    def rows(self) -> Table:  # pyright: ignore[reportIncompatibleVariableOverride]
        """One row per method, seed and stage; see `KINDS`."""
        rows = [row for arm in self.arms for row in arm.table]  # pyright: ignore[reportAttributeAccessIssue]
        return Table.of(KINDS, {name: [row[name] for row in rows] for name in KINDS})

    def save(self, out: str | Path, *, overwrite: bool = False) -> Path:
        """Write the folder: weights of every model, tables, figure and page."""
        path = check_out(out, overwrite)
        assert path is not None
        prepare_out(path, overwrite)
        write(self, path)
        return path


def write(result: ModuleComparison, path: Path, report: bool = True) -> None:
    """The files of a comparison, into a folder that is ready."""
    arms = [{"name": a.name, "does": a.does, "sham": a.sham} for a in result.arms]
    spec = {"verb": "prevent", "module": True, "settings": dict(result.settings)}
    spec |= {"confidence": result.confidence, "arms": arms}
    write_text(path / "spec.json", json.dumps(spec))
    for place, arm in enumerate(result.arms):
        models: tuple[Any, ...] = arm.models  # pyright: ignore[reportAttributeAccessIssue]
        (path / "weights").mkdir(exist_ok=True)
        arrays = {
            f"{number}/{name}": values.detach().cpu().numpy()
            for number, model in enumerate(models)
            for name, values in model.state_dict().items()
        }
        write_arrays(path / "weights" / f"{place:02d}.safetensors", arrays)
    finish(result, path, report)


def read(folder: Path, spec: Mapping[str, Any]) -> ModuleComparison:
    """Read back what `write` wrote, without the models. Raises `BadInput` if a file is missing."""
    from polysem._storage.tables import read_table

    try:
        rows = read_table(folder / "rows.parquet").to_pylist()
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(folder)!r} holds no whole comparison: {error}.") from None
    arms = tuple(
        ModuleArm(
            a["name"], a["does"], tuple(r for r in rows if r["method"] == a["name"]), a["sham"]
        )
        for a in spec["arms"]
    )
    return ModuleComparison(arms, spec["confidence"], spec["settings"], provenance)  # pyright: ignore[reportArgumentType]
