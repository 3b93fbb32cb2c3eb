"""Repair beside the methods of prevention: one table, one figure, and whether it lasts."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import polysem
from polysem import BadInput
from polysem._diagnose.origin.network import stacked
from polysem._diagnose.origin.retrain import Horizon, retrain
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._plots.pareto import prepare
from polysem._plots.pareto_repair import prepare as prepare_repair
from polysem._repair.options import RepairOptions


@pytest.fixture(scope="module")
def run():
    return polysem.simulate(n=12, m=12, l1=0.05, seeds=5, seed=70)


@pytest.fixture(scope="module")
def compared(run):
    return polysem.prevent(run, methods=["repair", "leak"])


def test_repair_is_an_arm_with_its_sham(run, compared):
    assert [arm.name for arm in compared.arms] == ["plain", "repair", "leak", "repair_sham"]
    assert np.array_equal(compared["repair"].run.end, polysem.repair(run).model.end)
    assert compared["repair"].sham == "repair_sham"
    assert run.census.total("polysemantic") > 0
    assert compared["repair"].run.census.total("polysemantic") == 0
    assert compared["repair"].expected == (0.0, "max(0, n − m)")
    counts = [
        arm.run.census.total("polysemantic") for arm in (compared.plain, compared["repair_sham"])
    ]
    assert counts[0] == counts[1]


def test_it_is_in_the_figure_and_in_both_stages_of_the_table(compared):
    assert {p.name for p in prepare(compared)} == {arm.name for arm in compared.arms}
    against = {
        (row["stage"], row["against"]) for row in compared.to_dicts() if row["method"] == "repair"
    }
    assert against == {(s, a) for s in ("end", "after") for a in ("plain", "repair_sham")}
    rows = {
        row["measure"]: row
        for row in compared.to_dicts()
        if (row["method"], row["against"], row["stage"]) == ("repair", "repair_sham", "after")
    }
    assert rows["polysemantic"]["high"] < 0
    assert abs(rows["loss"]["effect"]) < 1e-4


def test_by_default_it_is_among_the_methods():
    result = polysem.prevent(n=4, m=8, l1=0.2, seeds=5, further=False)
    assert {"repair", "repair_sham"} <= {arm.name for arm in result.arms}


def test_networks_that_are_not_finite_are_left_as_they_are(run):
    end = run.end.copy()
    end[2] = np.nan
    solves = tuple({**s, "outcome": "diverged"} if i == 2 else s for i, s in enumerate(run.solves))
    broken = replace(run, end=end, solves=solves)
    result = polysem.prevent(broken, methods=["repair"], further=False)
    whole = polysem.repair(run).model.end
    for place in (0, 1, 3, 4):
        assert np.array_equal(result["repair"].run.end[place], whole[place])
    assert np.isnan(result["repair"].run.end[2]).all()
    assert {row["seed"] for row in result.excluded} == {run.seeds[2]}
    with pytest.raises(BadInput, match="its weights are not finite"):
        polysem.repair(broken)


def test_trained_on_is_what_training_without_a_mask_gives(run):
    done = polysem.repair(run, network=1, further=7)
    (one,) = done.networks
    assert one.layer.further is not None
    assert one.layer.further_steps == 7
    network = TiedNetwork(run.end[1], run.spec.network.problem)
    for arm, kept in zip((one.layer.sham, one.layer.repaired), one.layer.further, strict=True):
        horizon = Horizon(steps=7, rate=RepairOptions().rate)
        after = retrain(network, stacked(arm.parameters, 1), None, horizon, 1)
        assert torch.equal(after["W"][0], kept.parameters["W"])
        assert kept.losses.item() == pytest.approx(network.losses(after).item())
    words = {row["quantity"]: row for row in done.effects.to_dicts()}
    row = words["polysemantic neurons, trained on"]
    assert (row["sham"], row["repaired"]) == (
        one.layer.further[0].count,
        one.layer.further[1].count,
    )
    assert any("Trained on for 7 steps" in said for said in done.summary())
    quiet = polysem.repair(run, network=1, further=0)
    assert not any("trained on" in row["quantity"] for row in quiet.effects.to_dicts())
    assert quiet.to_dicts()[0]["steps"] == done.to_dicts()[0]["steps"]  # it is not counted


def test_the_figure_of_a_repair_shows_every_arm():
    done = polysem.repair(
        polysem.TiedAutoencoder(torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])), loss=0.01, further=50
    )
    points = {p.name: p for p in prepare_repair(done)}
    assert set(points) == {"before", "sham", "repaired", "sham, trained on", "repaired, trained on"}
    assert points["before"].x[0] == points["sham, trained on"].x[0] == 1
    assert points["repaired"].x[0] == points["repaired, trained on"].x[0] == 0


def test_the_page_has_the_figure_and_the_table(run, tmp_path):
    page = polysem.repair(run).report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Polysemantic neurons against loss" in page
    assert "repaired, trained on" in page
    assert "polysemantic neurons, trained on" in page


def test_what_a_run_cost_is_not_for_the_user_to_say(run):
    with pytest.raises(BadInput, match="what a run cost is known"):
        polysem.repair(run, training_steps=10)


def test_neurons_of_a_run_are_not_tested_by_recordings(run):
    with pytest.raises(BadInput, match="maximal is not allowed here"):
        polysem.repair(run, maximal=True)
