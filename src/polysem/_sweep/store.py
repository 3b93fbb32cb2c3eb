"""The folder of a sweep.

spec.json             the grid, the schema, the axes
parts/                statistics, one row per cell and seed; a part that exists is whole
trajectories/         the same parts over time, if asked for
weights/              start and end, if asked for
failures/             cells that failed, with the reason
damaged/              parts that were found broken and were set aside

A part of one block of seeds is named by its cell and its seeds; `many-….parquet` holds many.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polysem._errors import BadInput
from polysem._storage.files import write_text
from polysem._sweep.engine import Item
from polysem._sweep.schema import SCHEMA
from polysem._sweep.sealed import (
    Damaged,
    check_sealed,
    newer,
    read_sealed,
    read_sealed_weights,
)

PARTS, TRAJECTORIES, WEIGHTS = "parts", "trajectories", "weights"
FAILURES, DAMAGED = "failures", "damaged"
MANY = "many-"
Block = tuple[int, int]
"""Seeds: (first, count)."""


@dataclass
class Coverage:
    """Which seeds of which cells are there, the parts that hold one block, and what is broken."""

    blocks: dict[str, list[Block]] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    damaged: list[tuple[str, str]] = field(default_factory=list)

    def add(self, cell: str, first: int, count: int) -> None:
        """Note that a block is there."""
        self.blocks.setdefault(cell, []).append((first, count))

    def seeds(self, cell: str) -> set[int]:
        """The seeds of a cell that are there."""
        return {
            s for first, count in self.blocks.get(cell, ()) for s in range(first, first + count)
        }


class Store:
    """A folder of a sweep, for reading; `open_for_writing` makes it one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, kind: str, name: str) -> Path:
        """The file of a part."""
        suffix = "safetensors" if kind == WEIGHTS else "parquet"
        return self.folder / kind / f"{name}.{suffix}"

    def holds(self, item: Item) -> bool:
        """True if the statistics of an item are there, as a part of its own."""
        return self.path(PARTS, item.name).is_file()

    def listing(self, kind: str) -> list[str]:
        """Names of the files of a kind, one look at the folder; temporary ones left out."""
        suffix = ".safetensors" if kind == WEIGHTS else ".parquet"
        try:
            with os.scandir(self.folder / kind) as entries:
                names = [entry.name for entry in entries]
        except FileNotFoundError:
            return []
        return sorted(n.removesuffix(suffix) for n in names if n.endswith(suffix) and n[0] != ".")

    def coverage(self, kind: str = PARTS) -> Coverage:
        """What is there and whole. Every part is checked to the last byte.

        A part of many may hold seeds that a loose part holds too (after a kill at the wrong
        moment); that does no harm.
        """
        found = Coverage()
        for name in self.listing(kind):
            path = self.path(kind, name)
            try:
                if name.startswith(MANY):
                    table = read_sealed(path).select(["cell", "seed"]).to_pydict()
                    for cell, seed in zip(table["cell"], table["seed"], strict=True):
                        found.add(cell, seed, 1)
                else:
                    (read_sealed_weights if kind == WEIGHTS else check_sealed)(path)
                    found.add(*block_of(name))
                    found.loose.append(name)
            except Damaged as how:
                found.damaged.append((name, str(how)))
            except (FileNotFoundError, ValueError) as error:
                if isinstance(error, BadInput):
                    raise
        return found

    def failures(self) -> Iterator[dict[str, Any]]:
        """The recorded failures."""
        for path in sorted((self.folder / FAILURES).glob("*.json")):
            try:
                yield json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue

    def record_failure(self, item: Item, reason: str, attempts: int, cell: str) -> None:
        """Keep the reason why an item failed. `cell` — its name in words."""
        facts = {
            "cell": item.cell, "name": cell, "first": item.first, "count": item.count,
            "reason": reason, "attempts": attempts, "spec": json.loads(item.text),
        }  # fmt: skip
        write_text(self.folder / FAILURES / f"{item.name}.json", json.dumps(facts, indent=2))

    def forget_failures(self, cells: set[str]) -> None:
        """Remove the recorded failures of cells that are to be tried again."""
        for path in (self.folder / FAILURES).glob("*.json"):
            if path.stem.partition("_")[0] in cells:
                path.unlink(missing_ok=True)

    def set_aside(self, kind: str, names: list[str]) -> None:
        """Move broken parts out of the way of those who read all parts."""
        (self.folder / DAMAGED).mkdir(exist_ok=True)
        for name in names:
            path = self.path(kind, name)
            os.replace(path, self.folder / DAMAGED / f"{kind}-{path.name}")

    def manifest(self) -> dict[str, Any]:
        """spec.json. Raises `BadInput` if it is not that of a sweep, or of a newer schema."""
        path = self.folder / "spec.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            assert found["verb"] == "sweep"
            schema = int(found["schema"])
        except (OSError, ValueError, KeyError, TypeError, AssertionError):
            raise BadInput(
                f"{str(self.folder)!r} does not hold a sweep that can be read."
            ) from None
        if schema > SCHEMA:
            raise newer(self.folder, schema)
        return found

    def prepare(self, manifest: Mapping[str, Any]) -> None:
        """Make the folders, remove what killed processes left, write spec.json."""
        for kind in (PARTS, TRAJECTORIES, WEIGHTS, FAILURES):
            (self.folder / kind).mkdir(exist_ok=True)
            for litter in (self.folder / kind).glob(".*.tmp"):
                litter.unlink(missing_ok=True)
        about = {"verb": "sweep", "schema": SCHEMA, **manifest}
        write_text(self.folder / "spec.json", json.dumps(about, indent=2, sort_keys=True))


def block_of(name: str) -> tuple[str, int, int]:
    """(cell, first seed, count) of the name of a part; raises `ValueError` for another file."""
    cell, _, seeds = name.partition("_s")
    first, _, last = seeds.partition("-")
    return cell, int(first), int(last) - int(first) + 1
