"""A repair read back from its folder: what it said and recorded, and its weights by name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polysem._census.tables import Table
from polysem._errors import BadInput
from polysem._repair.effects import EFFECTS
from polysem._repair.intervention import MOVED
from polysem._repair.result import LEFT, NETWORKS

if TYPE_CHECKING:
    import numpy as np

TABLES = {"networks": NETWORKS, "effects": EFFECTS, "moved": MOVED, "left_alone": LEFT}


@dataclass(frozen=True, repr=False, eq=False)
class StoredRepair:
    """What `polysem.load` returns for the folder of a repair.

    `source`, `method`, `settings` and the tables `table`, `effects`, `moved`, `left_alone` — as of
    the `Repair`. Of a user's model only the weights are kept, in `weights`, for its
    `load_state_dict`; a repaired run is in the folder `run`, which `polysem.load` reads.
    """

    folder: Path
    source: str
    method: str
    settings: dict[str, Any]
    sentences: tuple[str, ...]
    table: Table
    effects: Table
    moved: Table
    left_alone: Table

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """The repaired weights by name."""
        from polysem._storage.weights import read_arrays

        return read_arrays(self.folder / "weights.safetensors")

    def summary(self) -> list[str]:
        """The result in words, one sentence each."""
        return list(self.sentences)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One plain dict per network."""
        return self.table.to_dicts()

    def report(self, path: str | Path) -> Path:
        """Write the self-contained page to `path` and return it."""
        from polysem._repair.page import write

        return write(self, Path(path))

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


def load_repair(folder: Path) -> StoredRepair:
    """Read what `Repair.save` wrote. Raises `BadInput` if a file is missing or damaged."""
    from polysem._storage.tables import read_table

    path = folder / "repair.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        read = {name: read_table(folder / f"{name}.parquet").to_pydict() for name in TABLES}
        tables = {name: Table.of(kinds, read[name]) for name, kinds in TABLES.items()}
        return StoredRepair(
            folder,
            said["source"],
            said["method"],
            said["settings"],
            tuple(said["summary"]),
            tables["networks"],
            tables["effects"],
            tables["moved"],
            tables["left_alone"],
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{str(folder)!r} holds no whole repair ({type(error).__name__}: {error}); "
            "repair again."
        ) from None
