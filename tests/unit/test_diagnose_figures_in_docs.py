"""The figures in docs/diagnose.md are those of the shipped calibration."""

import json
from importlib import resources
from pathlib import Path

import pytest

from polysem._diagnose.final_state.score import shipped as final_state
from polysem._diagnose.origin.verdict import shipped

DOCS = Path(__file__).parents[2] / "docs" / "diagnose.md"
FILE = resources.files("polysem._diagnose.origin").joinpath("calibration_figures.json")
FIGURES = json.loads(FILE.read_text(encoding="utf-8"))
COST = {
    "AUC of the cost against the full test": "auc",
    "the same inside ambiguous cells": "auc_ambiguous_cells",
    "the same with the clause that the count falls": "auc_with_count_clause",
    "static relocation alone, without retraining": "auc_static",
    "rank correlation with the graded cost": "rank_correlation",
    "decides": "decides",
    "is right where it decides": "right_where_it_decides",
    '"removable" stays ≤ 0.05 when retraining is four times longer': "removable_stays_cheap",
    '"necessary" stays > 0.05 then': "necessary_stays_costly",
    "κ between halves of the truth, inside ambiguous cells": "kappa_of_truth_ambiguous",
    "worst family's AUC": "worst_family_auc",
    "ECE of the probability, other networks": "ece_new_networks",
    "ECE of the probability, a family left out": "ece_left_out_family",
    "ECE of the probability, never seen": "ece",
}
STATE = {
    "AUC": "auc",
    "AUC inside ambiguous cells": "auc_ambiguous_cells",
    "ECE": "ece",
    "decides": "decides",
    "is right where it decides": "right_where_it_decides",
    "AUC per layer": "layer_auc",
}
SPLITS = ("new_networks", "left_out_family", "fresh_families")


def shown(found, name):
    value = found.get(name)
    return "–" if value is None else f"{value:.3f}"


def rows():
    fresh, state = FIGURES["fresh_families"], FIGURES["final_state"]
    for words, name in COST.items():
        yield f"| {words} | {shown(FIGURES, name)} | {shown(fresh, name)} |"
    for words, name in STATE.items():
        yield f"| {words} | " + " | ".join(shown(state[s], name) for s in SPLITS) + " |"


@pytest.mark.parametrize("row", list(rows()))
def test_every_row_is_in_the_docs(row):
    assert row in DOCS.read_text(encoding="utf-8")


def test_other_numbers_in_the_docs():
    state, text = FIGURES["final_state"], DOCS.read_text(encoding="utf-8")
    worst = min(v for v in state["families"].values() if v is not None)
    fresh = state["fresh_families"]
    for number in (
        f"{FIGURES['neurons']:,} neurons",
        f"{fresh['neurons']} neurons",
        f"above {state['high']:.3f}",
        f"below {state['low']:.3f}",
        f"falls to {worst:.2f}",
        f"off by {fresh['ece']:.2f}",
        f"off by {FIGURES['fresh_families']['ece']:.2f}",
    ):
        assert number in text


def test_figures_and_calibrations_are_of_one_run():
    cost, state = shipped(), final_state()
    assert cost is not None
    assert state is not None
    assert cost.neurons == state.neurons == FIGURES["neurons"] == FIGURES["final_state"]["neurons"]
    assert cost.families == state.families == tuple(FIGURES["families"])
    assert (state.low, state.high) == (
        FIGURES["final_state"]["low"],
        FIGURES["final_state"]["high"],
    )
