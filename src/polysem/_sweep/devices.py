"""Refusing cells for a device that this machine does not have, before each of them fails on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from polysem._errors import BadInput
from polysem._sweep.cells import Cell, spec_of
from polysem._sweep.plan import Missing

ANYWHERE = ("cpu", "auto")


def check_devices(cells: Iterable[Cell], missing: Callable[[], Sequence[Missing]]) -> None:
    """Raise `BadInput`, naming a cell, if one that is missing asks for a device that isn't there.

    `missing` — what is still to be computed; only looked up where a device isn't there, because
    a sweep finished elsewhere may well be loaded, or extended on other devices, here.
    """
    some = {cell.device: cell for cell in cells if cell.device not in ANYWHERE}
    refusals = {device: _refusal(cell) for device, cell in some.items()}
    if not any(refusals.values()):
        return
    for entry in missing():
        refusal = refusals.get(entry.cell.device)
        if refusal is not None:
            raise BadInput(f"In the cell {entry.cell.name}: {refusal} Nothing was run.")


def _refusal(cell: Cell) -> str | None:
    """Why a cell cannot be computed here; None if it can."""
    spec = spec_of(cell.text, cell.first, cell.count)
    try:
        if spec.verb == "simulate":
            from polysem._flow.batched.device import device_for

            device_for(spec.flow)
        else:
            from polysem._train.device import resolve_device

            resolve_device(spec.train.device, spec.train.dtype)
    except BadInput as error:
        return str(error)
    return None
