"""The reference has the whole public door."""

import re
from pathlib import Path

import polysem

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()


def told(page: str) -> set[str]:
    """Public names that a page documents."""
    names = set(re.findall(r"\.\. auto(?:function|class|exception):: (\w+)", page))
    return names | set(re.findall(r"\.\. automodule:: polysem\.(\w+)", page))


def test_every_public_name_is_in_the_reference():
    assert told(PAGE) == set(polysem.__all__)


def test_this_test_can_fail():
    assert told(PAGE.replace(".. autofunction:: sweep", "")) != set(polysem.__all__)
