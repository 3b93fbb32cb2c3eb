"""The table of a sweep: which columns, of which type, in which order. One schema per verb.

Every part has every column, so that parts can be read together by name or by position by anything
that reads Parquet.
"""

from __future__ import annotations

from dataclasses import fields as fields_of_class
from functools import cache
from typing import TYPE_CHECKING

from polysem._census.columns import KINDS
from polysem._flow.certificate import Certificate
from polysem._sweep.fields import fields_of

if TYPE_CHECKING:
    import pyarrow

SCHEMA = 1  # of folders and parts; raised when an older reader could misread a newer part
KEYS = {"cell": "text", "seed": "int", "verb": "text"}
SOLVE = {"t": "float", "steps": "int", "rhs_evaluations": "int", "method": "text"}
EXPECTED = ("paper", "balls", "exclusion")  # counts by theory, columns expected_*
TIMINGS = {"wall_seconds": "float", "started": "text", "block_seconds": "float"}
PROVENANCE = {
    "polysem": "text",
    "results_version": "int",
    "commit": "text",
    "dirty": "bool",
    "device": "text",
    "threads": "int",
    "machine": "text",
    "libraries": "text",
    "spec": "text",
}


@cache
def spec_columns(verb: str) -> dict[str, str]:
    """Column → kind of the fields of a specification."""
    fields = fields_of(verb)
    return {column: fields.leaves[path] for path, column in fields.columns.items()}


@cache
def columns(verb: str) -> dict[str, str]:
    """Column → kind of the table of statistics, in order."""
    census = {name: kind for name, kind in KINDS.items() if name != "seed"}
    return (
        KEYS
        | spec_columns(verb)
        | census
        | SOLVE
        | certificate_columns()
        | {f"expected_{law}": "float" for law in EXPECTED}
        | TIMINGS
        | PROVENANCE
    )


@cache
def certificate_columns() -> dict[str, str]:
    """Columns of the certificate, λ left out: it is a column already."""
    return {
        f"certificate_{field.name}": "int" if "int" in str(field.type) else "float"
        for field in fields_of_class(Certificate)
        if field.name != "l1"
    }


def arrow_schema(kinds: dict[str, str]) -> pyarrow.Schema:
    """Columns as an Arrow schema."""
    return _arrow_schema(tuple(kinds.items()))


@cache
def _arrow_schema(kinds: tuple[tuple[str, str], ...]) -> pyarrow.Schema:
    import pyarrow as pa

    types = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "text": pa.string(),
        "json": pa.string(),
    }
    return pa.schema([pa.field(name, types[kind]) for name, kind in kinds])
