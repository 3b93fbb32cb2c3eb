"""Results on disk: one JSON file per benchmark, one part per measurement, always whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._machine import conditions, machine, one_thread
from polysem._storage.files import write_text

RESULTS = Path(__file__).parent / "results"
Found = dict[str, Any]


class Store:
    """The parts of one benchmark measured so far.

    Each part is {"conditions": …, "found": …}, written as soon as it is measured; a part that is
    there already is kept unless `redo`. Parts of two machines are never mixed.
    """

    def __init__(self, name: str, folder: Path = RESULTS, redo: bool = False) -> None:
        self.path = folder / f"{name}.json"
        self.redo = redo
        self.content = read(name, folder) or {"benchmark": name, "machine": machine(), "parts": {}}

    def part(self, key: str, measure: Callable[[], Found]) -> Found:
        """What is stored as `key`, or what `measure()` finds now."""
        parts = self.content["parts"]
        if key in parts and not self.redo:
            return parts[key]["found"]
        if self.content["machine"] != (here := machine()):
            if not self.redo and parts:
                raise SystemExit(f"{self.path.name} is of another machine or versions: use --redo")
            self.content |= {"machine": here, "parts": {}}
            parts = self.content["parts"]
        one_thread()
        with conditions() as record:
            found = measure()
        parts[key] = {"conditions": record, "found": found}
        self._write()
        return found

    def derive(self, key: str, value: Any) -> None:
        """Keep what follows from all parts beside them."""
        self.content[key] = value
        self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(self.content, indent=1, ensure_ascii=False) + "\n")


def read(name: str, folder: Path = RESULTS) -> dict[str, Any] | None:
    """The stored results of one benchmark, or None if there are none."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def parts_of(name: str, folder: Path = RESULTS) -> dict[str, Found]:
    """What was found, by part; empty if nothing was measured."""
    content = read(name, folder) or {"parts": {}}
    return {key: part["found"] for key, part in content["parts"].items()}
