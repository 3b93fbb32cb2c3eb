"""Every sentence with which Polysem refuses or stops has its page, and the index has every page."""

import re
from pathlib import Path

import pytest

import polysem

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "errors"
INDEX = (FOLDER / "index.md").read_text()


@pytest.fixture
def errors(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    from _site import errors  # pyright: ignore[reportMissingImports]

    return errors


def test_every_sentence_has_a_page(errors):
    """A new error fails here: write it a page, or add its words to a pattern of `PAGES`."""
    assert len(errors.sentences()) > 200
    assert [s for s in errors.sentences() if not errors.page_of(s)] == []


def test_every_page_has_sentences_shows_them_and_is_in_the_index(errors):
    for page, _ in errors.PAGES:
        assert any(errors.page_of(s) == page for s in errors.sentences()), page
        assert f"generated/errors/{page}.md" in (FOLDER / f"{page}.md").read_text()
    for path in FOLDER.glob("*.md"):
        assert path.stem == "index" or f"({path.name})" in INDEX, path.name
        assert path.stem == "index" or re.search(rf"^{path.stem}$", INDEX, re.M), path.name


def test_every_class_of_error_is_in_the_index(errors):
    classes = [polysem.PolysemError, *polysem.PolysemError.__subclasses__()]
    assert {c.__name__ for c in classes} == {"PolysemError", *errors.KINDS}
    assert all(f"`{c.__name__}`" in INDEX or f".{c.__name__}`" in INDEX for c in classes)


def test_every_warning_of_a_census_is_on_its_page():
    code = (ROOT / "src/polysem/_census/cautions.py").read_text()
    begun = re.findall(r'"([A-Z ]+|λ = 0):', code)
    assert len(begun) >= 5
    page = (FOLDER / "census-warnings.md").read_text()
    assert all(f"| {words} |" in page for words in begun), begun


def test_this_test_can_fail(errors):
    code = 'raise BadInput(f"The moon is {x}.")\nraise RunFailed("Gone.")'
    moon, gone = errors.sentences_of(code)
    assert (moon.text, errors.page_of(moon)) == ("The moon is ….", "")
    assert errors.page_of(gone) == "run-failed"
