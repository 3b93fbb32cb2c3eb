"""What a repair may spend, what its run says afterwards, and what it says of what remains."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._flow.certificate import certify
from polysem._repair.counted import FORWARD, Counted
from polysem._repair.prices import affordable
from polysem._repair.unpriced import unpriced


def pairs(n_pairs, free, l1=0.05):
    """Features 2k and 2k + 1 on neuron k with opposite signs, and `free` empty neurons."""
    W = np.zeros((2 * n_pairs, n_pairs + free), dtype=np.float32)
    W[np.arange(2 * n_pairs), np.arange(2 * n_pairs) // 2] = np.tile([1, -1], n_pairs)
    return W * (1 - l1 / 8)


@pytest.mark.parametrize(("n", "m"), [(96, 96), (64, 128)])
def test_strong_l1_and_many_neurons_stay_within_the_budget(n, m):
    run = polysem.simulate(n=n, m=m, l1=0.05, seeds=2, seed=1000)
    done = polysem.repair(run)
    assert sum(row["polysemantic"] for row in done.to_dicts()) >= 8
    for row in done.to_dicts():
        assert row["polysemantic_repaired"] == 0
        assert row["share"] <= 0.05


def test_nothing_to_gain_stays_within_the_budget_too():
    run = polysem.simulate(n=96, m=72, l1=0.005, seeds=1, seed=3000)
    row = polysem.repair(run).to_dicts()[0]
    assert row["polysemantic_repaired"] == 24  # 96 features, two at most on each of 72 neurons
    assert row["share"] <= 0.05


def test_the_unpriced_plan_uses_each_free_neuron_once():
    network = TiedNetwork(pairs(4, 3), 0.05)
    held = {k: [2 * k, 2 * k + 1] for k in range(4)}
    found = unpriced(network, network.parameters(), held)
    assert [r.neuron for r in found] == [0, 1, 2]
    assert sorted(d for r in found for _, d in r.homes) == [4, 5, 6]


def test_pricing_is_cut_to_what_may_be_spent():
    held = {0: [0, 1, 2], 1: [3, 4], 2: [5, 6]}
    assert list(affordable(held, 5)) == [1]  # the start, then (1 bare + 1 home) for each of two
    assert list(affordable(held, 9)) == [1, 2]
    assert list(affordable(held, 17)) == [1, 2]
    assert list(affordable(held, 18)) == [1, 2, 0]


def test_work_is_counted_in_gradients():
    network = Counted(TiedNetwork(pairs(2, 1), 0.05))
    many = {"W": network.parameters()["W"].repeat(6, 1, 1)}
    network.losses(many)
    assert network.steps == pytest.approx(6 * FORWARD)
    network.training_loss(many, 0, 0)
    assert network.steps == pytest.approx(6 * FORWARD + 6)


def test_a_repaired_run_is_certified_afresh():
    """What the solves said before is made false, so that only a new certificate can be true."""
    run = polysem.simulate(n=24, m=24, l1=0.005, seeds=2, seed=50)
    false = {"certificate_residual": 7.0, "certificate_max_nonzeros": 99, "outcome": "stationary"}
    false |= {"certificate_max_overlap": 7.0, "certificate_max_zero_force": 7.0}
    run = replace(run, solves=tuple({**solve, **false} for solve in run.solves))
    done = polysem.repair(run, network=1)
    assert len(done.moved) > 0
    solve, W = done.model.solves[1], done.model.end[1].astype(np.float64)
    overlaps = np.maximum(W @ W.T, 0) - np.eye(24)
    slope = 4 * overlaps @ W
    alive = W != 0
    speed = np.abs(slope + 0.005 * np.sign(W))[alive].max()
    assert solve["certificate_residual"] == pytest.approx(speed, abs=1e-5)
    assert speed < 1e-4
    assert solve["certificate_max_nonzeros"] == alive.sum(1).max() == 1
    assert solve["certificate_max_overlap"] == 0
    assert solve["certificate_max_zero_force"] == pytest.approx(
        np.abs(slope[~alive]).max(), abs=1e-5
    )
    assert solve["outcome"] == "converged"
    assert solve["rhs_evaluations"] == run.solves[1]["rhs_evaluations"]
    assert done.model.solves[0] == run.solves[0]


def test_a_state_that_is_no_end_does_not_call_itself_one():
    """Under a leak retraining pays, and leaves weights that a longer flow would take away."""
    leaky = {"kind": "leaky", "leak": 0.05}
    run = polysem.simulate(n=48, m=48, l1=0.005, seeds=2, seed=2000, activation=leaky)
    done = polysem.repair(run)
    assert {str(outcome) for outcome in run.outcomes} == {"converged"}
    assert len(done.moved) > 0
    for outcome, solve, W in zip(
        done.model.outcomes, done.model.solves, done.model.end, strict=True
    ):
        found = certify(W, run.spec.network.problem)
        assert solve["certificate_residual"] == found.residual
        assert solve["certificate_max_nonzeros"] == found.max_nonzeros
        assert (str(outcome) == "converged") == (found.holds and found.residual <= 1e-4)
    assert "time_limit" in {str(outcome) for outcome in done.model.outcomes}


def test_a_split_says_how_many_neurons_are_polysemantic_again():
    """Features too weak to be represented stay on the neuron, and retraining can raise them."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 4))
    out = torch.tensor([[1.0, 0.1], [0.6, 1.0], [0.4, 0.0], [0.0, 0.3]])
    model[2].load_state_dict({"weight": out, "bias": torch.zeros(4)})
    x = torch.rand(16, 4)

    def loss(model, inputs, labels):
        return (model(inputs) - labels).square().sum(-1).mean()

    done = polysem.repair(
        model,
        data=[(x, x)],
        loss=loss,
        encoder="0",
        decoder="2",
        site="1",
        method="split",
        rate=0.05,
    )
    row = done.to_dicts()[0]
    assert row["polysemantic"] == 1
    again = row["polysemantic_repaired"]
    assert again > 1
    assert len(done.left_alone) == again
    assert f"of the wider layer's neurons {again} are polysemantic." in done.summary()[0]
