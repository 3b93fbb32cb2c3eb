"""The page toolkit: one file, nothing from outside, everything escaped."""

import json
import re
from html.parser import HTMLParser

import pytest
from bokeh.plotting import figure
from bokeh.resources import Resources

from polysem._errors import RunFailed
from polysem._plots.bokeh_canvas import canvas, legend, source
from polysem._report.page import Page

HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)> $$x^2$$ & \"q\""


class Elements(HTMLParser):
    """Every start tag with its attributes, and all visible text."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text, self._inside = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self.text.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def hostile_page():
    page = Page(HOSTILE, HOSTILE)
    page.heading(HOSTILE)
    page.paragraph(HOSTILE)
    page.warning(HOSTILE)
    page.table({"a": HOSTILE, "b": "b"}, [{"a": HOSTILE, "b": 1}, {"a": "x", "b": None}], HOSTILE)
    page.settings({HOSTILE: {HOSTILE: HOSTILE}})
    page.download(HOSTILE, HOSTILE, HOSTILE, "text/csv")
    plot = canvas(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    points = plot.scatter("x", "y", source=source(x=[1], y=[2], name=[HOSTILE]))
    legend(plot, [(HOSTILE, [points])])
    page.figure(plot, HOSTILE, HOSTILE)
    return page


def test_hostile_text_is_shown_as_text_and_adds_no_element():
    elements = Elements(hostile_page().html())
    assert len(elements.of("script")) == 3  # figures, Bokeh, the line that draws
    assert elements.of("img") == []
    assert "".join(elements.text).count("<script>alert('x')</script>") >= 10
    assert elements.of("a")[0]["download"] == HOSTILE
    assert elements.of("figure")[0]["aria-label"] == HOSTILE


def test_nothing_is_fetched_from_outside():
    html = hostile_page().html()
    elements = Elements(html)
    for _, attributes in elements.found:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert (attributes.get(name) or "data:").startswith("data:")
    outside_bokeh = html[: html.index('<script type="application/json"')]
    assert "url(" not in outside_bokeh
    assert "@import" not in outside_bokeh
    policy = next(a["content"] for a in elements.of("meta") if "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_bokeh_is_there_once_and_only_its_core():
    page = hostile_page()
    page.figure(figure(), "second", "second")
    html = page.html()
    library = "\n".join(Resources(mode="inline", minified=True, components=["bokeh"]).js_raw)
    assert html.count(library) == 1
    assert len(html) - len(library) < 60_000


def test_bokeh_never_typesets_hostile_text():
    """Bokeh fetches MathJax for text with $$…$$; PlainText keeps it from looking."""
    items = figures_of(hostile_page().html())
    texts = [t for t in strings(items) if "$$x^2$$" in t]
    assert texts
    plain = [o for o in objects(items) if o.get("name") == "PlainText"]
    assert sum(o["attributes"].get("text") == HOSTILE for o in plain) == 4  # titles and axes


def test_without_figures_there_is_no_script():
    page = Page("Plain")
    page.paragraph("text")
    assert "<script" not in page.html()


def test_head_says_language_charset_and_viewport():
    elements = Elements(Page("T").html())
    assert elements.of("html") == [{"lang": "en"}]
    assert {"charset": "utf-8"} in elements.of("meta")
    assert any(a.get("name") == "viewport" for a in elements.of("meta"))


def test_columns_of_numbers_are_right_aligned_and_unknown_is_a_dash():
    page = Page("T")
    page.table({"a": "A", "b": "B"}, [{"a": "x", "b": 1.23456}, {"a": "y", "b": None}], "C")
    html = page.html()
    assert '<th scope="col">A</th><th scope="col" class="number">B</th>' in html
    assert '<td class="number">1.235</td>' in html
    assert '<td class="number">–</td>' in html


def test_a_page_is_written_whole_or_not_at_all(tmp_path):
    path = Page("T").write(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(RunFailed, match="Could not write"):
        Page("T").write(tmp_path / "missing" / "page.html")


def figures_of(html):
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', html, re.S)
    assert found is not None
    return json.loads(found[1])


def objects(value):
    """Every mapping inside a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


def strings(value):
    """Every string inside a JSON value."""
    for item in objects({"": value}):
        yield from (v for v in item.values() if isinstance(v, str))
        for values in item.values():
            if isinstance(values, list):
                yield from (v for v in values if isinstance(v, str))
