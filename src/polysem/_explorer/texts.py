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


SAY = """
const said = document.getElementById("said")
const read = text => new DOMParser().parseFromString(text, "text/html").body.textContent
if (said) said.textContent = read(cb_obj.text)
"""
"""Screen readers hear changes of an element that stays; a pane puts a new one in place of it."""


def status(text: str) -> str:
    """A line that stands out."""
    return paragraph(text, "status")


def status_line(text: str = "") -> Any:
    """A pane for `status`, which a screen reader says when it changes."""
    pane = html(status(text))
    pane.jscallback(text=SAY)
    return pane


def problem(text: str) -> str:
    """What is wrong with the value beside it; nothing if `text` is empty."""
    return f'<p role="alert" class="problem">{escape(text)}</p>' if text else ""


def heading(text: str, level: int = 2) -> str:
    """A heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


COPY = (
    "const code = this.parentNode.querySelector('code'); const say = t => this.textContent = t;"
    "const range = document.createRange(); range.selectNodeContents(code);"
    "const chosen = getSelection(); chosen.removeAllRanges(); chosen.addRange(range);"
    "navigator.clipboard ? navigator.clipboard.writeText(code.textContent)"
    ".then(() => say('Copied'), () => say('Selected: press Ctrl-C'))"
    ": say('Selected: press Ctrl-C')"
)
"""Browsers give a page the clipboard only on this machine or over TLS; elsewhere it is selected."""


def code(text: str, title: str = "The Python that makes this") -> str:
    """Code to copy, folded away."""
    button = f'<button type="button" class="copy" onclick="{escape(COPY)}">Copy</button>'
    return (
        f"<details><summary>{escape(title)}</summary>{button}"
        f'<pre tabindex="0"><code>{escape(text)}</code></pre></details>'
    )


def fold(title: str, inside: str) -> str:
    """Markup made here that is folded away."""
    return f"<details><summary>{escape(title)}</summary>{inside}</details>"


def figure_words(caption: str, alt: str) -> str:
    """What a figure shows: a caption to read, and `alt` for those who cannot see it."""
    return f'<p class="caption">{escape(caption)}</p><p class="unseen">{escape(alt)}</p>'


def link(target: str, text: str) -> str:
    """A link to a view, opened in this tab."""
    return f'<p><a href="{escape(target, quote=True)}" target="_self">{escape(text)}</a></p>'
