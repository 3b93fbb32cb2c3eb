"""Every prediction and every function of theory has its place in docs/theory.md."""

import re
from pathlib import Path

import pytest

import polysem

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "theory.md").read_text()
RESULT_TYPES = {"Interval", "Prediction", "Predictions", "PowerLawFit", "Sparsification"} | {
    "CollisionAnswer", "ConvergenceTimes", "CountComparison"
}  # fmt: skip


def rows(page: str) -> dict[str, list[str]]:
    """Prediction → cells of its row."""
    found = {}
    for line in page.splitlines():
        match = re.match(r"\| `(\w+)` \| (.*) \|$", line)
        if match:
            found[match[1]] = match[2].replace("\\|", "¦").split(" | ")
    return found


def anchors(page: str) -> set[str]:
    return {h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", page, flags=re.M)}


def test_the_table_lists_every_prediction_with_its_equation():
    told = {name: cells[0] for name, cells in rows(PAGE).items()}
    known = {
        one.name: one.equation.replace("|", "¦").replace("*", "\\*")
        for one in polysem.predict(64, 256, 0.01)
    }
    assert told == known


def test_every_prediction_is_derived_somewhere():
    for name, cells in rows(PAGE).items():
        place = re.search(r"\(#([\w-]+)\)", cells[1])
        assert place, name
        assert place[1] in anchors(PAGE), name


def test_sources_of_predictions_are_sections():
    for one in polysem.predict(64, 256, 0.01):
        for place in re.findall(r"docs/theory\.md#([\w-]+)", one.source):
            assert place in anchors(PAGE), one.name


@pytest.mark.parametrize("name", sorted(set(polysem.theory.__all__) - RESULT_TYPES))
def test_every_function_is_told_of(name):
    assert f"`{name}" in PAGE


def test_links_to_code_are_right():
    links = re.findall(r"\[`(\w+)`\]\(\.\./(src/[\w/]+\.py)\)", PAGE)
    assert len(links) > 30
    for name, file in links:
        assert re.search(rf"^(def|class) {name}\b|^{name}\b", (ROOT / file).read_text(), re.M), name


def without_code(page: str) -> list[str]:
    """Sections that have an equation and do not say which code computes it."""
    sections = re.split(r"^## ", page, flags=re.M)[1:]
    return [s.split("\n")[0] for s in sections if "$$" in s and "\nCode: [`" not in s]


def test_every_section_with_an_equation_is_linked_to_its_code():
    assert PAGE.count("$$") > 20
    assert without_code(PAGE) == []
    assert without_code("## A\n\n$$ x $$\n\n## B\n\n$$ y $$\n\nCode: [`f`](f.py)\n") == ["A"]


def test_this_test_can_fail():
    assert rows("| `x` | a | [derived](#b) | c |\n") == {"x": ["a", "[derived](#b)", "c"]}
    assert "b" not in anchors(PAGE)
