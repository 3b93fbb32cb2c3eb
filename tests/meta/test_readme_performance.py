"""The README's performance paragraph is what the stored results give, and its picture is there."""

import re

from benchmarks.paragraph import BEGIN, END, README, into, paragraph


def test_the_readme_says_what_was_measured():
    text = README.read_text(encoding="utf-8")
    assert into(text, paragraph()) == text, "run: python -m benchmarks.paragraph"


def test_this_test_can_fail():
    text = README.read_text(encoding="utf-8")
    typed = text.replace(END, f"Ten thousand times faster.\n\n{END}")
    assert into(typed, paragraph()) != typed
    assert into(typed, paragraph()) == into(text, paragraph())


def test_every_picture_of_the_paragraph_exists():
    text = README.read_text(encoding="utf-8")
    within = text[text.index(BEGIN) : text.index(END)]
    for path in re.findall(r"\]\(([^)]+)\)", within):
        assert (README.parent / path).is_file()
