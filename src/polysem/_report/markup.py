"""Small pieces of HTML. Whatever comes from outside is escaped here and nowhere else."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph, with a CSS class if `kind` is given."""
    return f"<p{_class(kind)}>{escape(text)}</p>"


def warning(text: str) -> str:
    """A loud box that screen readers announce."""
    return f'<div class="warning" role="alert">{escape(text)}</div>'


def table(
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    caption: str,
    bar: str = "",
    links: Mapping[int, str] | None = None,
) -> str:
    """`columns`: key → heading. Columns of numbers are right-aligned; None shows as a dash.

    `bar` — a key whose values, 0 to 1, get a bar behind them. `links` — row → part of this page
    (an anchor) to which its first cell leads.
    """
    numeric = {key: all(is_number(row.get(key)) for row in rows) for key in columns}
    head = "".join(
        f'<th scope="col"{_class("number" if numeric[key] else "")}>{escape(heading)}</th>'
        for key, heading in columns.items()
    )
    body = "".join(
        "<tr>"
        + "".join(
            _cell(
                row.get(key),
                numeric[key],
                row.get(key) if key == bar else None,
                (links or {}).get(number, "") if place == 0 else "",
            )
            for place, key in enumerate(columns)
        )
        + "</tr>\n"
        for number, row in enumerate(rows)
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def settings(values: Mapping[str, Any]) -> str:
    """Names and values; a mapping inside a mapping becomes `outer.inner`."""
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(cell(value))}</dd>\n" for name, value in flat(values)
    )
    return f"<dl>{lines}</dl>"


def download(label: str, name: str, data: str | bytes, mime: str) -> str:
    """A link that holds the file itself."""
    raw = data.encode() if isinstance(data, str) else data
    coded = base64.b64encode(raw).decode()
    return (
        f'<a class="download" download="{escape(name)}" '
        f'href="data:{escape(mime)};base64,{coded}">{escape(label)}</a>'
    )


def figure(place: str, caption: str, alt: str) -> str:
    """Room for a figure that the script fills; `alt` is what it shows, for those who cannot see."""
    return (
        f'<figure role="group" aria-label="{escape(alt)}"><div class="plot" id="{place}"></div>'
        f"<noscript><p>This figure needs JavaScript. It shows: {escape(alt)}</p></noscript>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def script_json(value: Any) -> str:
    """JSON that is safe inside a script element: no `<`, so no end tag and no comment."""
    text = json.dumps(value, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def cell(value: Any) -> str:
    """A value as a table shows it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(item) for item in value)
    return str(value)


def is_number(value: Any) -> bool:
    """True for what is right-aligned: numbers, and the unknown among them."""
    if value is None:
        return True
    return isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_))


def flat(values: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """(name, value) pairs of a nested mapping, names joined by dots."""
    pairs: list[tuple[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            pairs += flat(value, f"{above}{name}.")
        else:
            pairs.append((f"{above}{name}", value))
    return pairs


def fold(anchor: str, title: str, inside: str) -> str:
    """A part that opens on a click, or when a link leads to `anchor`."""
    return (
        f'<details><summary>{escape(title)}</summary><div id="{escape(anchor)}">{inside}</div>'
        "</details>"
    )


def _cell(value: Any, numeric: bool, bar: Any = None, link: str = "") -> str:
    text = escape(cell(value))
    if link:
        text = f'<a href="#{escape(link)}">{text}</a>'
    style = ""
    if isinstance(bar, (int, float)) and math.isfinite(bar):
        style = f' style="--bar:{100 * min(max(bar, 0), 1):.0f}%"'
    kind = " ".join(name for name, on in (("number", numeric), ("bar", style)) if on)
    return f"<td{_class(kind)}{style}>{text}</td>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
