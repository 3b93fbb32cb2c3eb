"""Parts written before a field existed, completed with what that field then was: its default."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from polysem._errors import BadInput
from polysem._sweep.cells import spec_of
from polysem._sweep.fields import VERBS, fields_of, flatten
from polysem._sweep.schema import arrow_schema, columns, spec_columns

if TYPE_CHECKING:
    import pyarrow


def completed(table: pyarrow.Table) -> pyarrow.Table:
    """A part's table with every column of the present schema, in its order; others after them.

    A column of the specification that is missing is read from the cells' canonical texts, in which
    a default is left out; any other missing column is unknown.
    """
    if any(table.schema.equals(schema) for schema in _complete()):
        return table
    names = table.column_names  # built anew at every look
    verb = table["verb"][0].as_py() if len(table) and "verb" in names else None
    if verb not in VERBS:
        return table
    kinds = columns(verb)
    there = set(names)
    missing = [name for name in kinds if name not in there]
    if missing:
        known = _from_texts(verb, table["spec"].to_pylist())
        import pyarrow as pa

        types = arrow_schema(kinds)
        for name in missing:
            values = [row.get(name) for row in known]
            table = table.append_column(types.field(name), pa.array(values, types.field(name).type))
    others = [name for name in table.column_names if name not in kinds]
    return table.select([*kinds, *others])


@cache
def _complete() -> tuple[pyarrow.Schema, ...]:
    """The schemas that lack nothing."""
    return tuple(arrow_schema(columns(verb)) for verb in VERBS)


def _from_texts(verb: str, texts: list[str]) -> list[dict[str, Any]]:
    """The columns of the specification, one mapping per row; empty where a text has no meaning
    any more."""
    from polysem._sweep.rows import as_stored

    fields, kinds = fields_of(verb), spec_columns(verb)
    by_text: dict[str, dict[str, Any]] = {}
    for text in set(texts):
        try:
            flat = flatten(spec_of(text, 0, 1).model_dump(mode="json"), fields)
        except BadInput:
            flat = {}
        by_text[text] = {
            column: as_stored(flat.get(path), kinds[column])
            for path, column in fields.columns.items()
        }
    return [by_text[text] for text in texts]
