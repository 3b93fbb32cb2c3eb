"""What the pages quote from the stored ledger of claims is what is stored there."""

import json
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
LEDGER = json.loads((DOCS / "ledger.json").read_text())["claims"]
QUOTED = {
    ("choose.md", "18-adamw", "count, AdamW over flow"):
        "{measured:.2f} of the flow's (interval {low:.2f} to {high:.2f})",
    ("choose.md", "18-adamw", "features with the same winner"):
        "and {measured:.0%} of the features had the same winner",
    ("comparison.md", "18-adamw", "features with the same winner"):
        "stored run: {measured:.0%}, interval {low:.0%} to {high:.0%}",
    ("concepts/interference.md", "03-malign-fate", "the larger initial weight wins"):
        "the larger weight won {measured:.0%} of the collisions that had a winner",
    ("concepts/interference.md", "14-causality", "count, made malign over random"):
        "to {measured:.2f} of the count with random signs",
}  # fmt: skip


def told(values: dict, words: str) -> str:
    """A sentence with the numbers of a stored criterion."""
    return words.format(**{k: v for k, v in values.items() if isinstance(v, float)})


def row(claim: str, criterion: str) -> dict:
    return next(one for one in LEDGER[claim]["criteria"] if one["criterion"] == criterion)


@pytest.mark.parametrize("place", QUOTED, ids="/".join)
def test_a_number_on_a_page_is_the_stored_one(place):
    page, claim, criterion = place
    text = " ".join((DOCS / page).read_text().split()).replace(" %", "%")
    assert told(row(claim, criterion), QUOTED[place]) in text


def test_this_test_can_fail():
    assert told({"measured": 0.129, "units": "seeds"}, "{measured:.0%}") == "13%"
