"""The figures in docs/diagnose.md are those of the shipped calibration."""

import json
from importlib import resources
from pathlib import Path

import pytest

from polysem._diagnose.final_state.score import shipped as final_state
from polysem._diagnose.origin.verdict import shipped

DOCS = Path(__file__).parents[2] / "docs" / "diagnose.md"
FOLDER = resources.files("polysem._diagnose.origin")


FIGURES = json.loads(FOLDER.joinpath("calibration_figures.json").read_text(encoding="utf-8"))
JUDGED = json.loads(FOLDER.joinpath("judged_figures.json").read_text(encoding="utf-8"))
LIVE, FRESH = (JUDGED["shipped"][f"{name}_families"]["live"] for name in ("same", "fresh"))
TOGETHER = JUDGED["with_seeds_0"]
COST = {
    "AUC of the cost against the full test": "auc",
    "the same inside ambiguous cells": "auc_ambiguous_cells",
    "AUC of the probability": "auc_probability",
    "the same inside ambiguous cells, of the probability": "auc_probability_ambiguous_cells",
    "AUC of the cost with the clause that the count falls": "auc_with_count_clause",
    "static relocation alone, without retraining": "auc_static",
    "rank correlation with the graded cost": "rank_correlation",
    "ECE of the probability": "ece",
    "decides": "decides",
    "is right where it decides": "right_where_it_decides",
    'of these decisions "horizon-dependent", of all neurons': "says_horizon_dependent",
    '"removable" stays ≤ 0.05 when retraining is four times longer': "removable_stays_cheap",
    '"necessary" stays > 0.05 then': "necessary_stays_costly",
    "κ of the full test under six other seeds, inside ambiguous cells": "kappa_of_truth_ambiguous",
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
SCORE = resources.files("polysem._diagnose.final_state").joinpath("score_figures.json")
RUNS = json.loads(SCORE.read_text(encoding="utf-8"))
STATES, STATES_TOGETHER = RUNS["seeds 60000"], RUNS.pop("together")


def shown(found, name):
    value = found.get(name)
    return "–" if value is None else f"{value:.3f}"


def exactness(found):
    mean, low, high = found["ece_if_exact"]
    return f"{mean:.3f} on average on so many neurons (5 to 95 %: {low:.3f} to {high:.3f})"


def live_rows():
    for words, name in COST.items():
        yield f"| {words} | {shown(LIVE, name)} | {shown(FRESH, name)} |"
    yield f"| worst family's AUC of the cost | {shown(JUDGED, 'worst_family_auc')} | – |"


def state_rows():
    for words, name in STATE.items():
        yield f"| {words} | " + " | ".join(shown(STATES[s], name) for s in SPLITS) + " |"


@pytest.mark.parametrize("row", [*live_rows(), *state_rows()])
def test_every_row_is_in_the_docs(row):
    assert row in DOCS.read_text(encoding="utf-8")


def words():
    """The page on one line, so that a figure may stand at a line's end."""
    return " ".join(DOCS.read_text(encoding="utf-8").split())


def left_out(found, then):
    low, high = found["auc_interval"]
    yield f"{found['auc']:.3f} ({low:.3f} to {high:.3f}){then} ECE of {found['ece']:.3f}"
    yield f"{found['layer_auc']:.3f} per layer"


def test_other_numbers_in_the_docs():
    text = words()
    worst = min(v for v in STATES["families"].values() if v is not None)
    for number in (
        f"{FIGURES['neurons']:,} neurons",
        f"{LIVE['neurons']} neurons",
        f"{FRESH['neurons']} neurons",
        f"{STATES['fitted_on']:,} neurons",
        f"multiplied by {STATES['slope']:.2f}",
        f"{STATES['neurons']} neurons",
        f"above {STATES['high']:.3f}",
        f"below {STATES['low']:.3f}",
        f"falls to {worst:.2f}",
        f"off by {STATES['fresh_families']['ece']:.2f}",
        f"off by {FRESH['ece']:.2f}",
        f"{TOGETHER['neurons']} neurons: AUC {TOGETHER['auc']:.3f}",
        f"ambiguous cells {TOGETHER['auc_ambiguous_cells']:.3f}",
        f"rank correlation {TOGETHER['rank_correlation']:.3f}",
        f"worst family {TOGETHER['worst_family_auc']:.3f}",
        f"κ {TOGETHER['kappa_of_truth_ambiguous']:.3f},",
        f'"necessary" costly {TOGETHER["necessary_stays_costly"]:.3f}',
        *left_out(STATES_TOGETHER["left_out_family"], ", an"),
        *left_out(STATES_TOGETHER["encodings_alone"]["left_out_family"], ", an"),
        f"{STATES_TOGETHER['neurons']:,} neurons",
        f"is right {STATES_TOGETHER['left_out_family']['right_where_it_decides']:.3f} where",
        f"an AUC of {STATES['encodings_alone']['new_networks']['auc']:.3f} and an ECE of "
        f"{STATES['encodings_alone']['new_networks']['ece']:.3f}",
        *(f"{one['auc']:.3f}" for one in JUDGED["absolute"].values()),
        f"for all thirty, {JUDGED['absolute']['seeds 60000 to 60029']['neurons']} neurons",
        exactness(LIVE),
        exactness(STATES["new_networks"]),
    ):
        assert number in text


@pytest.mark.parametrize("split", SPLITS[:2])
@pytest.mark.parametrize("name", RUNS)
def test_every_run_is_in_the_docs_with_its_intervals(name, split):
    text, run = words(), RUNS[name]
    low, high = run[split]["auc_interval"]
    assert f"{run[split]['auc']:.3f} ({low:.3f} to {high:.3f})" in text
    assert f"{run[split]['ece']:.3f}" in text
    assert f"{run[split]['layer_auc']:.3f}" in text


def test_figures_and_calibrations_are_of_one_run():
    cost, state = shipped(), final_state()
    assert cost is not None
    assert state is not None
    assert cost.neurons == FIGURES["neurons"]
    assert cost.families == state.families == tuple(FIGURES["families"])
    for run in RUNS.values():
        assert state.neurons == run["fitted_on"]
        assert (state.low, state.high, state.slope) == (run["low"], run["high"], run["slope"])
    assert (cost.first_seed, cost.networks_per_cell) == (
        FIGURES["first_seed"],
        FIGURES["networks_per_cell"],
    )


def test_what_was_judged_is_what_ships():
    cost, found = shipped(), JUDGED["shipped"]
    assert cost is not None
    assert (found["first_seed"], found["neurons"]) == (cost.first_seed, cost.neurons)
    state = found["same_families"]["final_state"]
    assert state == STATES["new_networks"]
    assert JUDGED["first_seed"] == STATES["first_seed"] == 60_000
