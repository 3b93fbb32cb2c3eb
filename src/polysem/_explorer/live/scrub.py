"""The slider that goes back and forth in time."""

from __future__ import annotations

from pathlib import Path

import panel as pn
import param


class Scrub(pn.custom.JSComponent):
    """`at` — the moment shown, of those from 0 to `last`; `words` — when that is."""

    at = param.Integer(default=0)
    last = param.Integer(default=0)
    words = param.String(default="")

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    _stylesheets = [  # noqa: RUF012 - Panel's own name and kind
        "label { font-size: 13px; color: #1a1a1a; } input { width: 100%; margin: 6px 0; }"
        "input:focus-visible { outline: 3px solid #d55e00; outline-offset: 1px; }"
    ]
