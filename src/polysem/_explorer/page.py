"""What all views share: heading, links between views, style, and the rule to load nothing else."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn
from bokeh.models import CustomJS

from polysem._explorer.styles import style
from polysem._explorer.views import VIEWS, Entry

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
<a class="skip" href="#main">Skip to the page</a>
<div id="connection" role="alert" hidden><p></p><button type="button">Reload</button></div>
<p id="said" role="status" class="unseen"></p>
<header>
<h1>Polysem <span>{{ heading }}</span></h1>
<nav aria-label="Views">{{ links }}</nav>
</header>
<main id="main" tabindex="-1">{{ embed(roots.main) }}</main>
{{ embed(roots.location) }}
{% endblock %}
"""


def page(view: Entry, content: Any) -> Any:
    """The page of a view with its content."""
    template: Any = pn.Template(TEMPLATE, nb_template=TEMPLATE)
    template.add_variable("heading", view.words)
    template.add_variable("policy", POLICY)
    template.add_variable("style", style("page.css"))
    template.add_variable("links", links(view))
    template.add_panel("main", content)
    template.location = True
    template.title = f"{view.words} · Polysem"
    if pn.state.curdoc is not None:
        pn.state.curdoc.js_on_event("connection_lost", CustomJS(code=style("connection.js")))
    return template


def links(here: Entry) -> str:
    """The links to all views."""
    found = []
    for view in VIEWS:
        current = ' aria-current="page"' if view is here else ""
        words, title = escape(view.words), escape(view.title)
        found.append(f'<a href="{view.slug}" title="{words}"{current}>{title}</a>')
    return "".join(found)
