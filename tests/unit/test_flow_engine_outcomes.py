"""Every way in which the engine can end, budgets, recording, and odd shapes."""

import numpy as np
import pytest

from polysem._errors import BadInput
from polysem._flow.engine import solve_engine
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.spec import WEAKEST, SimulateSpec
from polysem._flow.stepper import Problem


class Recording:
    """Keeps the times (and weights) at which it wanted the state; `every` step or none."""

    def __init__(self, wanted=False):
        self.wanted, self.times, self.states = wanted, [], []

    def wants(self, t):
        return self.wanted

    def offer(self, t, W):
        self.times.append(t)
        self.states.append(W.copy())

    def finish(self, t, W):
        return {"t": np.array([*self.times, t])}


def start(n, m, seed=0):
    return np.random.default_rng(seed).normal(0, m**-0.5, (n, m))


def solve(W0, l1=0.05, recorder=None, **options):
    return solve_engine(W0, Problem(l1=l1), FlowOptions.build(**options), recorder or Recording())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(8, 16), (24, 96)])
def test_converged_with_a_certificate_that_holds(shape, dtype):
    s = solve(start(*shape), dtype=dtype)
    assert s.outcome is Outcome.CONVERGED
    assert s.certificate.holds
    assert s.end.shape == shape
    assert s.end.dtype == dtype
    assert ((s.end != 0).sum(1) == 1).all()
    assert s.end.flags.c_contiguous
    assert 2 < s.t * 0.05 < 15
    assert s.rhs_evaluations > s.steps > 10


def test_the_start_is_not_written_to():
    W0 = start(8, 16)
    before = W0.copy()
    solve(W0, dtype="float64")
    assert (before == W0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_that_is_not_finite_is_named(bad):
    W0 = start(8, 16)
    W0[3, 5] = bad
    s = solve(W0)
    assert s.outcome is Outcome.BAD_START
    assert s.steps == 0
    assert not s.certificate.holds


def test_a_start_too_large_is_divergence():
    assert solve(2000 * np.eye(4, 8)).outcome is Outcome.DIVERGED


def test_a_huge_start_is_followed_down():
    """Equal rows only share: 4w(1 − nmw²) stays below λ for every w, so all die."""
    assert solve(900 * np.ones((40, 400)), l1=0.1).outcome is Outcome.ALL_DEAD


def test_all_features_die_above_the_threshold():
    s = solve(start(8, 16), l1=2.0)
    assert s.outcome is Outcome.ALL_DEAD
    assert not s.end.any()
    assert s.t < 1


def test_zero_weights_are_all_dead():
    assert solve(np.zeros((4, 8))).outcome is Outcome.ALL_DEAD


def test_without_l1_it_is_stationary_and_dense():
    s = solve(start(6, 12), l1=0.0)
    assert s.outcome is Outcome.STATIONARY
    assert (s.end != 0).all()
    assert s.certificate.max_overlap < 1e-3


def test_many_more_features_than_neurons_is_stationary():
    s = solve(start(20, 5), l1=0.05)
    assert s.outcome is Outcome.STATIONARY
    assert s.certificate.residual < 1e-4
    assert s.certificate.max_overlap > 0.05


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 1), (3, 2)])
def test_odd_shapes_end(shape):
    s = solve(0.5 * np.sign(start(*shape)) + 0.1 * start(*shape, seed=1))
    assert s.outcome.final


def test_a_lone_weight_reaches_the_root_of_its_equation():
    s = solve(np.array([[-0.4]]), dtype="float64")
    w = s.end[0, 0]
    assert w < -0.9
    assert 4 * (1 - w**2) * abs(w) == pytest.approx(0.05, abs=1e-9)


def test_budgets_are_reported_and_the_partial_state_is_kept():
    W0 = start(8, 16)
    by_time = solve(W0, t_max=3.0)
    assert by_time.outcome is Outcome.TIME_LIMIT
    assert by_time.t == pytest.approx(3.0)
    by_steps = solve(W0, max_steps=5)
    assert by_steps.outcome is Outcome.STEP_LIMIT
    assert by_steps.steps <= 5
    by_seconds = solve(W0, max_seconds=1e-9)
    assert by_seconds.outcome is Outcome.SECONDS_LIMIT
    for s in (by_time, by_steps, by_seconds):
        assert (s.end != 0).sum(1).max() > 1
        assert (s.end != W0.astype("float32")).any()


@pytest.mark.parametrize("shape", [(8, 16), (24, 96)])
def test_recording_never_changes_a_bit(shape):
    every = Recording(wanted=True)
    watched, alone = solve(start(*shape), recorder=every), solve(start(*shape))
    assert (watched.end == alone.end).all()
    assert (watched.t, watched.steps) == (alone.t, alone.steps)
    assert len(every.times) == alone.steps + 1
    assert every.times == sorted(every.times)
    assert every.states[0] == pytest.approx(start(*shape), abs=1e-6)


def test_the_same_start_gives_the_same_bits():
    assert (solve(start(24, 96)).end == solve(start(24, 96)).end).all()


def test_accuracy_that_float32_cannot_honour_is_refused_with_the_remedy():
    with pytest.raises(BadInput, match="float64"):
        solve(start(4, 8), accuracy=1e-6)
    assert solve(start(4, 8), accuracy=1e-3, dtype="float64").outcome is Outcome.CONVERGED


def test_finer_accuracy_takes_more_steps():
    steps = [solve(start(8, 16), accuracy=a).steps for a in ("fast", "tight", 0.1)]
    assert steps == sorted(steps)
    assert steps[0] < steps[1] < steps[2]
    assert solve(start(8, 16), accuracy=1.0).steps == steps[1]


@pytest.mark.parametrize(("accuracy", "most"), [("fast", 2000), ("tight", 4000)])
def test_crowded_features_do_not_hop_about_zero_in_small_steps_for_ever(accuracy, most):
    """With a bound on the rate that is none, these starts took 5,000 to 50,000 steps."""
    for seed in (100, 101, 7):
        W0 = start(64, 64, seed).astype(np.float32)
        solution = solve(W0, l1=0.001, accuracy=accuracy)
        assert solution.outcome is Outcome.CONVERGED
        assert solution.steps < most


def test_a_penalty_too_weak_to_act_is_refused_and_the_weakest_ends():
    """λ = 1e-300 would be solved for ever."""
    by_feature = {"weights": {"kind": "list", "each": [1, 1e-300]}}
    for weak in ({"l1": 1e-20}, {"l1": 1.0, "penalty": by_feature}):
        with pytest.raises(BadInput, match="use 0 or at least 1e-10"):
            SimulateSpec.build(network={"n": 2, "m": 4, **weak})
    SimulateSpec.build(network={"n": 2, "m": 4, "l1": WEAKEST})
    assert solve(start(2, 8), l1=WEAKEST).outcome is Outcome.CONVERGED
