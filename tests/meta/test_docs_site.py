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
    """Build once: docs/generated is shared, so two builds at a time would disturb each other."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", folder / "trees", ROOT / "docs", folder / "html"],
        env={k: v for k, v in os.environ.items() if k != "POLYSEM_CHECK_SHAPES"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_page_is_built_and_asks_for_nothing_outside(tmp_path):
    site = build(tmp_path)
    for page in ROOT.glob("docs/*.md"):
        assert (site / f"{page.stem}.html").is_file(), page
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert len(pages) > 10
    assert {p.name: asked for p in pages if (asked := outside(p.read_text()))} == {}


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
