"""Reading .csv files: comma-separated numbers, with an optional header row of names."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np

from polysem._census.matrix_info import Stored
from polysem._errors import BadInput


def read_csv(path: Path, key: str | None) -> Stored:
    """The matrix of a .csv file, float64.

    A first row with a cell that is not a number is taken as a header, and so is a first row that
    counts 0, 1, 2, … (what data-frame libraries write for unnamed columns). If the header's
    first cell is empty, the first column is an index and is left out. The notes say so.
    """
    if key is not None:
        raise BadInput(f"{path} holds one table without a name; leave out the key {key!r}.")
    first = _first_row(path)
    header, indexed = _is_header(first), first[0].strip() == "" and len(first) > 1
    columns = range(1, len(first)) if indexed else None
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "loadtxt: input contained no data", UserWarning)
            matrix = np.loadtxt(
                path,
                delimiter=",",
                skiprows=_first_line(path) + header,
                usecols=columns,
                ndmin=2,
                comments=None,
                quotechar='"',
                encoding="utf-8-sig",
            )
    except ValueError:
        raise BadInput(_first_fault(path, header, indexed, len(first))) from None
    if matrix.size == 0:
        raise BadInput(f"{path} has a header row and no numbers below it.")
    return Stored(matrix, notes=_notes(header, indexed))


def _notes(header: bool, indexed: bool) -> tuple[str, ...]:
    notes = []
    if header:
        notes.append("The first row was taken as a header and left out.")
    if indexed:
        notes.append("The first column, without a name, was taken as an index and left out.")
    return tuple(notes)


def _first_row(path: Path) -> list[str]:
    """Cells of the first row that is not blank; `BadInput` if there is none or no comma."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            row = next((row for row in csv.reader(file) if not _blank(row)), None)
    except (UnicodeDecodeError, csv.Error):
        raise BadInput(f"{path} is not text in UTF-8; save it as comma-separated text.") from None
    if row is None:
        raise BadInput(f"{path} is empty.")
    if len(row) == 1 and any(mark in row[0] for mark in ";\t"):
        raise BadInput(f"{path} separates its columns with {_mark(row[0])}; use commas.")
    return row


def _blank(row: list[str]) -> bool:
    return len(row) < 2 and not "".join(row).strip()


def _first_line(path: Path) -> int:
    """Number of blank lines before the first row."""
    with path.open(encoding="utf-8-sig") as file:
        return next(i for i, line in enumerate(file) if line.strip())


def _mark(text: str) -> str:
    return "semicolons" if ";" in text else "tabs"


def _is_header(row: list[str]) -> bool:
    """True for a row with a cell that is not a number, or one that counts 0, 1, 2, …."""
    counts = len(row) > 1 and [cell.strip() for cell in row] == [str(i) for i in range(len(row))]
    return counts or not all(_is_number(cell) for cell in row)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _first_fault(path: Path, header: bool, indexed: bool, width: int) -> str:
    """One sentence on the first row that does not fit."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        reader = csv.reader(file)
        rows = ((reader.line_num, row) for row in reader if not _blank(row))
        for place, (line, row) in enumerate(rows):
            if place == 0 and header:
                continue
            if len(row) != width:
                return (
                    f"{path} is not a matrix: the number of cells is {len(row)} in line {line} and "
                    f"{width} in the first row."
                )
            for column, cell in enumerate(row):
                if not _is_number(cell) and not (indexed and column == 0):
                    what = f"{cell[:40]!r}" if cell.strip() else "an empty cell"
                    return (
                        f"{path} is not a matrix of numbers: line {line}, column {column + 1} "
                        f"holds {what}; only the first row may hold names."
                    )
    return f"{path} is not a comma-separated matrix of numbers."
