"""A page: blocks in order, written as ONE file that opens offline and asks for nothing else.

page = Page("My run", "What this is.")
page.heading("Results"); page.paragraph("…"); page.figure(plot, "What one sees.", "Bars …")
page.write(Path("report.html"))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from polysem._report import markup
from polysem._storage.files import write_text

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
"""What the browser may load: nothing from outside, whatever the page holds."""

DRAW = """
const items = JSON.parse(document.getElementById("figures").textContent);
for (const item of items) Bokeh.embed.embed_item(item);
"""


class Page:
    """Blocks of a page; every text is shown as text, never as markup.

    `title` — heading and window title. `lead` — first paragraph.
    """

    def __init__(self, title: str, lead: str = "") -> None:
        self.title = title
        self.lead = lead
        self._blocks: list[str] = []
        self._figures: list[Any] = []

    def heading(self, text: str, anchor: str = "") -> None:
        """A section heading; `anchor` — a name that links on this page can lead to."""
        place = f' id="{escape(anchor)}"' if anchor else ""
        self._blocks.append(f"<h2{place}>{escape(text)}</h2>")

    def paragraph(self, text: str) -> None:
        """A paragraph."""
        self._blocks.append(markup.paragraph(text))

    def warning(self, text: str) -> None:
        """A loud box: something to know before believing the numbers."""
        self._blocks.append(markup.warning(text))

    def table(
        self,
        columns: Mapping[str, str],
        rows: Sequence[Mapping[str, Any]],
        caption: str,
        bar: str = "",
        links: Mapping[int, str] | None = None,
    ) -> None:
        """A table: `columns` maps keys of the rows to headings.

        `bar` — a column of shares, 0 to 1, drawn as bars. `links` — row → anchor on this page.
        """
        self._blocks.append(markup.table(columns, rows, caption, bar, links))

    @contextmanager
    def fold(self, anchor: str, title: str) -> Iterator[None]:
        """What is added inside the block is hidden until a click, or a link to `anchor`, opens it;
        only blocks without figures."""
        outside, self._blocks = self._blocks, []
        try:
            yield
        finally:
            inside, self._blocks = "\n".join(self._blocks), outside
        self._blocks.append(markup.fold(anchor, title, inside))

    def settings(self, values: Mapping[str, Any]) -> None:
        """A list of names and values."""
        self._blocks.append(markup.settings(values))

    def download(self, label: str, name: str, data: str | bytes, mime: str = "text/plain") -> None:
        """A link with the file `name` in it; keep it small."""
        self._blocks.append(markup.download(label, name, data, mime))

    def figure(self, plot: Any, caption: str, alt: str) -> None:
        """A Bokeh figure with its caption; `alt` says in words what it shows."""
        self._figures.append(plot)
        self._blocks.append(markup.figure(f"figure-{len(self._figures)}", caption, alt))

    @property
    def blocks(self) -> str:
        """The markup of all blocks, for a page that is served rather than written."""
        return "\n".join(self._blocks)

    def html(self) -> str:
        """The whole page."""
        style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
        blocks = "\n".join(self._blocks)
        lead = markup.paragraph(self.lead, "lead") if self.lead else ""
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="generator" content="Polysem">\n<link rel="icon" href="data:,">\n'
            f"<title>{escape(self.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
            f"<header><h1>{escape(self.title)}</h1>{lead}</header>\n<main>\n{blocks}\n</main>\n"
            f"<footer>Made by Polysem.</footer>\n{self._scripts()}</body>\n</html>\n"
        )

    def write(self, path: str | Path) -> Path:
        """Write the page to `path` and return it. Raises `RunFailed` if it cannot be written."""
        path = Path(path)
        write_text(path, self.html())
        return path

    def _scripts(self) -> str:
        """The figures and, once, the library that draws them."""
        if not self._figures:
            return ""
        from bokeh.core.types import ID
        from bokeh.embed import json_item
        from bokeh.resources import Resources

        library = "\n".join(Resources(mode="inline", minified=True, components=["bokeh"]).js_raw)
        items = [json_item(plot, ID(f"figure-{i}")) for i, plot in enumerate(self._figures, 1)]
        return (
            f'<script type="application/json" id="figures">{markup.script_json(items)}</script>\n'
            f"<script>\n{library}\n</script>\n<script>{DRAW}</script>\n"
        )
