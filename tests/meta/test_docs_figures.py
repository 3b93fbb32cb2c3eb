"""The gallery has every figure: its file, the code that draws it, and its picture."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GALLERY = (ROOT / "docs" / "figures.md").read_text()
DRAWS = re.compile(r"^def (draw_mpl|draw_bokeh|paint|plot_\w+)\(", flags=re.MULTILINE)
FILES = [p for p in (ROOT / "src/polysem/_plots").glob("*.py") if DRAWS.search(p.read_text())]


def sections(page: str) -> dict[str, str]:
    """File name to what the gallery says of it."""
    parts = re.split(r"^### `(\w+\.py)`$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def missing(page: str, file: str) -> str:
    """What the gallery lacks of one figure file; '' if nothing."""
    text = sections(page).get(file)
    if text is None:
        return "section"
    saved = re.findall(r"""(?:savefig\(|draw\(\w+, )"([^"]+)"\)""", text)
    if not saved:
        return "code that saves it"
    shown = [Path(name).name for name in re.findall(r"<!-- picture (\S+): .{30,}? -->", text)]
    stored = re.search(r"<!-- picture /generated/", text)
    return "" if shown == saved or (stored and shown) else "picture"


def test_there_are_figures():
    assert len(FILES) >= 20


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.name)
def test_the_gallery_has(file):
    assert missing(GALLERY, file.name) == ""


def test_the_gallery_names_no_file_that_is_gone():
    assert set(sections(GALLERY)) <= {file.name for file in FILES}


@pytest.mark.parametrize(
    ("taken", "by", "lacks"),
    [
        ("### `fates.py`\n", "", "section"),
        ('fates.draw_mpl(run).savefig("fates.svg")', "", "code that saves it"),
        ("<!-- picture fates.svg:", "<!-- fates.svg:", "picture"),
    ],
)
def test_this_test_can_fail(taken, by, lacks):
    assert taken in GALLERY
    assert missing(GALLERY.replace(taken, by), "fates.py") == lacks
