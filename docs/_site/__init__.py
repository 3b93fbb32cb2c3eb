"""What the site adds to Sphinx: equations as MathML, docstrings as they are, generated pages."""

from __future__ import annotations

from typing import Any

from _site import breaks, docstrings, links, maths, pages, spaces


def setup(app: Any) -> dict[str, Any]:
    """Connect everything."""
    maths.setup(app)
    app.connect("builder-inited", lambda app: pages.write(app.srcdir))
    app.connect("autodoc-process-docstring", docstrings.readable)
    app.connect("source-read", links.adapt)
    app.connect("doctree-read", spaces.keep)
    app.connect("html-page-context", breaks.allow)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
