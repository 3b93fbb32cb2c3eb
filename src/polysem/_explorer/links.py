"""The link that restores a view: its choices as a query string."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


def query(values: Mapping[str, Any]) -> str:
    """`?n=64&m=256`; what is None or empty is left out."""
    said = {name: str(value) for name, value in values.items() if value not in (None, "")}
    return f"?{urlencode(said)}" if said else ""


def asked(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The arguments of a request as text, the last of each name."""
    return {
        name: values[-1].decode("utf-8", "replace")
        for name, values in arguments.items()
        if isinstance(values, list) and values and isinstance(values[-1], bytes)
    }
