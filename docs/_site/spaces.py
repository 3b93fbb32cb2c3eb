"""A number and its percent sign stay on one line; sources keep the plain space that one types."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

PERCENT = re.compile(r"(?<=\d) (?=%)")
BETWEEN = "\u00a0"
AS_TYPED = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


def keep(_app: Any, doctree: nodes.document) -> None:
    """Join them in running text and tables; code and output stay as they are."""
    for text in list(doctree.findall(nodes.Text)):
        if PERCENT.search(text) and not _typed(text):
            text.parent.replace(text, nodes.Text(PERCENT.sub(BETWEEN, text)))


def _typed(node: nodes.Node) -> bool:
    return node is not None and (isinstance(node, AS_TYPED) or _typed(node.parent))
