"""The engine against the reference stepper at small steps in float64."""

from functools import cache

import numpy as np
import pytest

from polysem._flow.engine import compiled, solve_engine
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.reference import solve_reference
from polysem._flow.stepper import Problem


class Silent:
    def wants(self, t):
        return False

    def offer(self, t, W):
        raise AssertionError("offered a state that was not wanted")

    def finish(self, t, W):
        return {"t": np.array([t])}


def start(n, m, seed):
    return np.random.default_rng(seed).normal(0, m**-0.5, (n, m))


def engine(W0, l1, **options):
    return solve_engine(W0, Problem(l1=l1), FlowOptions(**options), Silent())


def reference(W0, l1, **options):
    return solve_reference(W0, Problem(l1=l1), FlowOptions(dtype="float64", **options), Silent())


@cache
def reference_end(n, m, l1, seed):
    return reference(start(n, m, seed), l1, dt=0.01)


def winners(W):
    k = np.abs(W).argmax(1)
    return k, np.sign(W[np.arange(len(W)), k])


@pytest.mark.parametrize("accuracy", ["tight", "fast"])
@pytest.mark.parametrize(
    ("n", "m", "l1", "seed"),
    [(8, 16, 0.05, 0), (8, 32, 0.05, 3), (16, 64, 0.05, 1), (24, 96, 0.05, 2), (20, 80, 0.1, 4)],
)
def test_end_weights_are_the_reference_ones(n, m, l1, seed, accuracy):
    slow, fast = reference_end(n, m, l1, seed), engine(start(n, m, seed), l1, accuracy=accuracy)
    assert fast.outcome is slow.outcome is Outcome.CONVERGED
    assert ((fast.end != 0) == (slow.end != 0)).all()
    assert np.abs(fast.end - slow.end).max() < 1e-6
    assert fast.rhs_evaluations < slow.rhs_evaluations / 10


@pytest.mark.parametrize(("n", "m"), [(12, 48), (12, 12)])
def test_states_on_the_way_approach_the_flow_as_the_tolerance_shrinks(n, m):
    """Error at λt = 0.25, when most weights are dying, falls with the tolerance.

    The mean over three starts: in one it varies twofold with where the steps meet the deaths.
    """
    l1, T = 0.05, 5.0
    starts = [start(n, m, seed) for seed in (5, 6, 7)]
    exact = [extrapolated_reference(W0, l1, T) for W0 in starts]
    errors = []
    for accuracy in (1.0, 0.1, 0.01):
        ends = [engine(W0, l1, t_max=T, dtype="float64", accuracy=accuracy) for W0 in starts]
        assert all(s.t == pytest.approx(T, abs=1e-9) for s in ends)
        errors.append(np.mean([np.abs(s.end - W).max() for s, W in zip(ends, exact, strict=True)]))
    assert errors[0] < 5e-3
    assert errors[2] < 2e-4
    assert errors[0] > 2 * errors[1] > 3 * errors[2]


def extrapolated_reference(W0, l1, T):
    """Richardson extrapolation of the first-order reference: 2 W(dt/2) − W(dt)."""
    coarse, fine = (reference(W0, l1, t_max=T, dt=dt).end for dt in (0.0005, 0.00025))
    return 2 * fine - coarse


def test_reactivation_decides_winners():
    """Zero weights that come back change who wins here; without them the answer is wrong."""
    W0, l1 = start(24, 48, 0), 0.02
    right = winners(reference_end(24, 48, 0.02, 0).end)
    assert np.array_equal(winners(engine(W0, l1, dtype="float64").end), right)


def test_without_reactivation_the_test_above_is_red(monkeypatch):
    step = compiled.proximal_step

    def never_back(A, F, out, l1, h, crossing):
        step(A, F, out, l1, h, crossing)
        out[A == 0] = 0
        return np.count_nonzero(out, axis=0)

    monkeypatch.setattr(compiled, "proximal_step", never_back)
    W0, l1 = start(24, 48, 0), 0.02
    wrong = winners(engine(W0, l1, dtype="float64").end)
    monkeypatch.undo()
    assert not np.array_equal(wrong, winners(engine(W0, l1, dtype="float64").end))


def test_a_planted_zero_weight_comes_back_when_pushed():
    """Feature 1 overlaps feature 0 on neuron 0; its zero weight opposite to it must leave zero."""
    W0 = np.array([[0.9, 0.5, 0.0], [0.6, 0.0, 0.7]])
    l1 = 0.05
    slow, fast = reference(W0, l1, dt=0.001, t_max=1.0), engine(W0, l1, t_max=1.0)
    assert slow.end[1, 1] < -1e-3  # it did leave zero
    assert np.abs(fast.end - slow.end).max() < 2e-3
    assert fast.end[1, 1] < -1e-3


def test_many_features_reach_the_reference_state():
    """n > m: dense, stationary, and the same fixed point from near it."""
    W0 = start(10, 4, 0)
    slow, fast = reference(W0, 0.05), engine(W0, 0.05, dtype="float64")
    assert fast.outcome is slow.outcome is Outcome.STATIONARY
    assert np.abs(fast.end - slow.end).max() < 1e-2
