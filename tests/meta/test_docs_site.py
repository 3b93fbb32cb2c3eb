"""The documentation site builds without a warning, and asks for nothing outside."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the site needs the extra `docs`; `make test` installs it")
ROOT = Path(__file__).resolve().parents[2]
LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
KEPT = {"canonical", "next", "prev", "search", "index", "author"}  # links nothing is loaded from


class Requests(HTMLParser):
    """What a browser would load for a page by itself."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        wanted = values.get(LOADS.get(tag, ""))
        if wanted and not (tag == "link" and values.get("rel") in KEPT):
            self.found.append(wanted)


def outside(text: str) -> list[str]:
    loaded = Requests(text).found + re.findall(r"""url\(["']?([^"')]+)""", text)
    return [one for one in loaded if re.match(r"(https?:)?//", one)]


def build(folder: Path) -> Path:
    """What `make docs` does; other builds may run meanwhile."""
    done = subprocess.run(
        [sys.executable, "-m", "_site.build", folder / "html"],
        cwd=ROOT / "docs",
        env={k: v for k, v in os.environ.items() if k != "POLYSEM_CHECK_SHAPES"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture
def builder(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    from _site import build  # pyright: ignore[reportMissingImports]

    return build


def test_a_build_has_a_copy_of_its_own(builder, tmp_path):
    places = [tmp_path / "one", tmp_path / "two"]
    one, two = (builder.copy(place) for place in places if place.mkdir() is None)
    (one / "generated").mkdir()
    assert not (two / "generated").exists()
    assert (two / "index.md").read_text() == (ROOT / "docs" / "index.md").read_text()
    assert (places[0] / "benchmarks" / "results").is_dir()
    assert not (one / "_build").exists()


def test_a_finished_site_takes_the_place_of_the_old_one(builder, tmp_path):
    out = tmp_path / "deep" / "out"
    for text in ("first", "second"):
        html = tmp_path / text
        html.mkdir()
        for name in ("index", text):
            (html / f"{name}.html").write_text(text)
        builder.put(html, out)
        assert {p.name for p in out.iterdir()} == {"index.html", f"{text}.html"}
    assert [p.name for p in out.parent.iterdir()] == ["out"]


def test_only_a_site_is_replaced(builder, tmp_path):
    (tmp_path / "html").mkdir()
    mine, work = tmp_path / "mine", tmp_path / "work"
    mine.write_text("mine")
    work.mkdir()
    (work / "thesis.txt").write_text("mine")
    for out in (mine, work):
        with pytest.raises(SystemExit, match="something other than a site"):
            builder.put(tmp_path / "html", out)
    assert mine.read_text() == (work / "thesis.txt").read_text() == "mine"


def test_every_page_is_built_and_asks_for_nothing_outside(tmp_path):
    site = build(tmp_path)
    for page in ROOT.glob("docs/*.md"):
        assert (site / f"{page.stem}.html").is_file(), page
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert len(pages) > 10
    assert {p.name: asked for p in pages if (asked := outside(p.read_text()))} == {}


def test_names_in_tables_break_at_their_joints_and_nowhere_else(builder):
    from _site import breaks  # pyright: ignore[reportMissingImports]

    name = '<code><span class="pre">{}</span></code>'
    page = {"body": f"<p>{name.format('a_b')}</p><td>{name.format('time_limit')} a_b 0.1</td>"}
    breaks.allow(None, "", "", page, None)
    broken = name.format("time_<wbr>limit")
    assert page["body"] == f"<p>{name.format('a_b')}</p><td>{broken} a_b 0.1</td>"
    assert breaks.JOINT.sub("|", "--data k_hot:k=2,p=0.1") == "--data k_|hot:|k=|2,|p=|0.1"


@pytest.mark.parametrize(
    ("typed", "rst"),
    [
        ("|W| and w_", r"\|W\| and w\_"),
        ("**two words**: `a` or ``b``", "**two words**: ``a`` or ``b``"),
        ("`train`(model)", r"``train``\ (model)"),
        ("n`m`, *options", r"n\ ``m``, \*options"),
    ],
)
def test_docstrings_keep_their_code_and_their_bold_words(builder, typed, rst):
    from _site import docstrings  # pyright: ignore[reportMissingImports]

    lines = [typed]
    docstrings.readable(None, "", "", None, None, lines)
    assert lines == [rst]


def test_a_name_that_the_reference_does_not_have_leads_to_its_file(builder):
    from _site import links  # pyright: ignore[reportMissingImports]

    constant = "[`FATAL_PULL`](../src/polysem/_theory/manifold.py)"
    function = "[`upper_root`](../src/polysem/_theory/manifold.py)"
    adapted = links.CODE_LINK.sub(links._reference, f"{constant} {function}")
    assert adapted == constant + " {py:obj}`upper_root <polysem.theory.upper_root>`"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise ValueError", ValueError),
        ("import warnings; warnings.warn('old')", UserWarning),
        ("x = 1  # and no picture", FileNotFoundError),
    ],
)
def test_a_page_whose_code_fails_or_warns_stops_the_build(builder, tmp_path, code, error):
    from _site import pictures  # pyright: ignore[reportMissingImports]

    (tmp_path / "a.md").write_text(f"```python\n{code}\n```\n\n<!-- picture a.svg: An a. -->\n")
    with pytest.raises(error):
        pictures.make(tmp_path, tmp_path / "made")


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/mathjax.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/a.css">',
        "<style>@font-face { src: url(https://fonts.example/a.woff) }</style>",
    ],
)
def test_this_test_can_fail(text):
    assert outside(text)
