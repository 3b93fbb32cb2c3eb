"""Words on a page. Whatever they hold is shown as text, never as markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import panel as pn

from polysem._explorer.styles import style


def html(markup: str, **options: Any) -> Any:
    """A pane of markup made here, by the functions below; nothing unescaped may reach it."""
    options = {"sizing_mode": "stretch_width", "margin": (0, 10), **options}
    return pn.pane.HTML(markup, stylesheets=[style("inner.css")], **options)


def paragraph(text: str, kind: str = "") -> str:
    """`<p>`; `kind` is a class of the style sheet."""
    name = f' class="{kind}"' if kind else ""
    return f"<p{name}>{escape(text)}</p>"


def paragraphs(texts: Iterable[str]) -> str:
    """One paragraph each."""
    return "".join(paragraph(text) for text in texts)


def status(text: str) -> str:
    """A line that a screen reader says when it changes."""
    return f'<p role="status" aria-live="polite" class="status">{escape(text)}</p>'


def problem(text: str) -> str:
    """What is wrong with the value beside it; nothing if `text` is empty."""
    return f'<p role="alert" class="problem">{escape(text)}</p>' if text else ""


def heading(text: str, level: int = 2) -> str:
    """A heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


def code(text: str, title: str = "The Python that makes this") -> str:
    """Code to copy, folded away."""
    return (
        f"<details><summary>{escape(title)}</summary>"
        f'<pre tabindex="0"><code>{escape(text)}</code></pre></details>'
    )


def link(target: str, text: str) -> str:
    """A link to a view, opened in this tab."""
    return f'<p><a href="{escape(target, quote=True)}" target="_self">{escape(text)}</a></p>'
