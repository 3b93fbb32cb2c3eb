"""What all views share: heading, links between views, style, and the rule to load nothing else."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn

from polysem._explorer.styles import style

VIEWS = {
    "live": ("Live", "Watch a collision"),
}
POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; base-uri 'none'; "
    "form-action 'self'"
)
"""What the browser may load: nothing from another host, whatever a page holds."""

TEMPLATE = """{% extends base %}
{% block title %}{{ heading }} · Polysem{% endblock %}
{% block preamble %}
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{{ style }}</style>
{% endblock %}
{% block contents %}
<header>
<h1>Polysem <span>{{ heading }}</span></h1>
<nav aria-label="Views">{{ links }}</nav>
</header>
<main>{{ embed(roots.main) }}</main>
{{ embed(roots.location) }}
{% endblock %}
"""


def page(view: str, content: Any) -> Any:
    """The page of a view with its content."""
    template: Any = pn.Template(TEMPLATE, nb_template=TEMPLATE)
    template.add_variable("heading", VIEWS[view][1])
    template.add_variable("policy", POLICY)
    template.add_variable("style", style("page.css"))
    template.add_variable("links", links(view))
    template.add_panel("main", content)
    template.location = True
    template.title = f"{VIEWS[view][1]} · Polysem"
    return template


def links(here: str) -> str:
    """The links to all views."""
    found = []
    for name, (short, words) in VIEWS.items():
        current = ' aria-current="page"' if name == here else ""
        found.append(f'<a href="{name}" title="{escape(words)}"{current}>{escape(short)}</a>')
    return "".join(found)
