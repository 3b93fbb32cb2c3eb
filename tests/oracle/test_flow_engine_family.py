"""The engine on every variation of the base family, against the reference stepper in float64."""

import numpy as np
import pytest

from polysem._flow import FlowOptions, Outcome
from polysem._flow.certificate import certify
from polysem._flow.engine import solve_engine
from polysem._flow.limit import take_to_limit
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._flow.reference import solve_reference
from polysem._network.spec import NetworkSpec

VARIATIONS = {
    "per feature": {"penalty": {"weights": {"kind": "geometric", "ratio": 0.95}}},
    "squared": {"penalty": {"power": 2}},
    "power": {"penalty": {"power": 1.5}},
    "elastic": {"penalty": {"l2": 0.3}},
    "importance": {"importance": {"kind": "geometric", "ratio": 0.9}},
    "slightly leaky": {"activation": {"kind": "leaky", "leak": 0.05}},
    "leaky": {"activation": {"kind": "leaky", "leak": 0.5}},
    "abs": {"activation": {"kind": "abs"}},
    "shifted up": {"activation": {"kind": "shifted", "shift": 0.008}},
    "shifted down": {"activation": {"kind": "shifted", "shift": -0.1}},
    "partners": {"negative_overlap": {"strength": 0.4, "pairs": "partners"}},
    "all pairs": {"negative_overlap": {"strength": 0.05}},
    "everything": {
        "penalty": {"weights": {"kind": "geometric", "ratio": 0.97}, "power": 1.5, "l2": 0.05},
        "importance": {"kind": "geometric", "ratio": 0.95},
        "activation": {"kind": "leaky", "leak": 0.1},
        "negative_overlap": {"strength": 0.2, "pairs": "partners"},
    },
}
SIZES = [(12, 48), (10, 20)]  # above and below the size up to which NumPy is used


def spec(n, m, name):
    return NetworkSpec.build(n=n, m=m, l1=0.1, **VARIATIONS[name])


def solve(stepper, W0, problem, **options):
    recorder = TrajectoryRecorder(RecordOptions(what=()), problem)
    return stepper(W0, problem, FlowOptions(**options), recorder)


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("name", VARIATIONS)
def test_the_engine_ends_where_the_reference_ends(name, n, m):
    """Two seeds of each size; all winners and weights agree but for, at most, one near-tie."""
    network, differing = spec(n, m, name), 0
    for seed in (3, 4):
        W0 = network.start(seed)
        found = solve(solve_engine, W0, network.problem)
        expected = solve(solve_reference, W0, network.problem, dtype="float64", dt=0.01)
        assert found.outcome is expected.outcome
        assert found.outcome is Outcome.CONVERGED
        assert found.certificate.holds
        rows = np.abs(found.end - expected.end).max(-1)
        differing += (rows > 2e-4).sum()
    assert differing <= 1


@pytest.mark.parametrize("name", ["slightly leaky", "partners", "everything"])
def test_a_shared_neuron_comes_to_rest_where_its_forces_balance(name):
    """Features 0 and 1 with opposite signs on one neuron: the limit is where dW/dt = 0."""
    W = np.zeros((6, 12))
    W[0, 3], W[1, 3] = 0.9, -0.85
    W[np.arange(2, 6), np.arange(4, 8)] = 0.8
    problem = spec(6, 12, name).problem
    take_to_limit(W, problem)
    certificate = certify(W, problem)
    assert certificate.residual < 1e-8
    assert certificate.holds
    assert W[0, 3] > 0 > W[1, 3]
    alone = W.copy()
    alone[1] = 0
    take_to_limit(alone, problem)
    assert alone[0, 3] > W[0, 3] + 1e-4  # sharing costs something here


def test_a_feature_dies_by_its_own_strength():
    weights = {"kind": "list", "each": [1, 1, 40, 1, 1, 1, 1, 1]}
    network = NetworkSpec.build(n=8, m=40, l1=0.05, penalty={"weights": weights})
    end = solve(solve_engine, network.start(0), network.problem)
    assert end.outcome is Outcome.CONVERGED
    assert np.flatnonzero(~end.end.any(-1)).tolist() == [2]


def test_l2_alone_is_never_sparse_and_has_the_known_norm():
    """‖W_i‖² = 1 − μ/2, and dead at μ = 2."""
    network = NetworkSpec.build(n=6, m=40, l1=0, penalty={"l2": 0.5})
    end = solve(solve_engine, network.start(0), network.problem)
    assert end.outcome is Outcome.STATIONARY
    np.testing.assert_allclose((end.end**2).sum(-1), 0.75, atol=1e-4)
    assert (end.end != 0).mean() > 0.99
    dead = NetworkSpec.build(n=6, m=40, l1=0, penalty={"l2": 2.2})
    end = solve(solve_engine, dead.start(0), dead.problem)
    assert np.abs(end.end).max() < 1e-3


@pytest.mark.parametrize(
    ("n", "m", "l1", "seed", "law", "outcome"),
    [  # each once went wrong: a ripple that never died, a kink of the norm, features that fade
        (11, 6, 0.02, 788428, {"activation": {"kind": "shifted", "shift": 0.01}}, "stationary"),
        (
            4,
            28,
            1.0,
            849044,
            {"penalty": {"power": 3.0}, "activation": {"kind": "shifted", "shift": -0.1}},
            "converged",
        ),
        (
            9,
            37,
            0.05,
            844553,
            {
                "penalty": {"power": 3.0, "l2": 0.1},
                "importance": {"kind": "geometric", "ratio": 0.6860872668651894},
            },
            "converged",
        ),
    ],
)
def test_awkward_networks_come_to_rest_in_few_steps(n, m, l1, seed, law, outcome):
    network = NetworkSpec.build(n=n, m=m, l1=l1, **law)
    found = solve(solve_engine, network.start(seed), network.problem)
    assert str(found.outcome) == outcome
    assert found.steps < 1000
    assert found.certificate.residual < 1e-4


def test_a_strong_power_collapses_a_row_faster_than_a_coarse_reference_sees():
    """λ = 1, p = 3: the first strength is 65, so the reference needs a step below 1/65."""
    network = NetworkSpec.build(n=19, m=34, l1=1.0, penalty={"power": 3.0, "l2": 0.5})
    W0 = network.start(184802)
    found = solve(solve_engine, W0, network.problem)
    fine = solve(solve_reference, W0, network.problem, dtype="float64", dt=0.002)
    coarse = solve(solve_reference, W0, network.problem, dtype="float64", dt=0.01)
    winners = [np.abs(s.end).argmax(1) for s in (found, fine, coarse)]
    assert (winners[0] == winners[1]).all()
    assert (winners[1] != winners[2]).any()
