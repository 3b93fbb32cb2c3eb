"""Batches against the engine, seed by seed, and against the reference stepper on the way."""

import numpy as np
import pytest
import torch

from polysem._flow.batched import solve_batch
from polysem._flow.batched.motion import BatchMotion
from polysem._flow.engine import eager, solve_engine
from polysem._flow.engine.motion import Motion
from polysem._flow.engine.products import Products
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.reference import solve_reference
from polysem._network import Problem


class Silent:
    def wants(self, t):
        return False

    def offer(self, t, W):
        raise AssertionError("offered a state that was not wanted")

    def finish(self, t, W):
        return {"t": np.array([t])}


def starts(n, m, seeds):
    return np.stack([np.random.default_rng(s).normal(0, m**-0.5, (n, m)) for s in seeds])


def batched(W0, l1, **options):
    return solve_batch(W0, Problem(l1=l1), FlowOptions(**options), [Silent() for _ in W0])


def engine(W0, l1, **options):
    return [solve_engine(W, Problem(l1=l1), FlowOptions(**options), Silent()) for W in W0]


@pytest.mark.parametrize("accuracy", ["tight", "fast"])
@pytest.mark.parametrize(
    ("n", "m", "l1"), [(8, 32, 0.05), (16, 64, 0.05), (24, 96, 0.05), (12, 144, 0.05)]
)
def test_end_weights_are_the_engine_ones(n, m, l1, accuracy):
    W0 = starts(n, m, range(4))
    for ours, theirs in zip(
        batched(W0, l1, accuracy=accuracy), engine(W0, l1, accuracy=accuracy), strict=True
    ):
        assert ours.outcome is theirs.outcome is Outcome.CONVERGED
        assert ours.certificate.holds
        assert (np.sign(ours.end) == np.sign(theirs.end)).all()
        assert np.abs(ours.end - theirs.end).max() < 1e-5
        assert ours.steps == pytest.approx(theirs.steps, rel=0.03)
        assert ours.t == pytest.approx(theirs.t, rel=0.1)


@pytest.mark.parametrize(("n", "m"), [(12, 48), (12, 12)])
def test_states_on_the_way_are_the_engine_ones_and_the_reference_ones(n, m):
    """At λt = 0.25, most weights are dying; a finer tolerance brings both to the exact flow."""
    W0, l1, T = starts(n, m, (5, 6)), 0.2, 1.25
    common = {"t_max": T, "dtype": "float64", "accuracy": 0.01}
    ours, theirs = batched(W0, l1, **common), engine(W0, l1, **common)
    for W, a, b in zip(W0, ours, theirs, strict=True):
        assert a.outcome is b.outcome is Outcome.TIME_LIMIT
        assert a.t == pytest.approx(T, abs=1e-9)
        assert np.abs(a.end - b.end).max() < 1e-4
        assert np.abs(a.end - exact_state(W, l1, T)).max() < 3e-4


def exact_state(W, l1, T):
    """Richardson extrapolation of the first-order reference: 2 W(dt/2) − W(dt)."""
    coarse, fine = (
        solve_reference(W, Problem(l1), FlowOptions(dtype="float64", t_max=T, dt=dt), Silent()).end
        for dt in (0.001, 0.0005)
    )
    return 2 * fine - coarse


@pytest.mark.parametrize(("l1", "largest"), [(0.2, 0.4), (0.0, 0.2)])
def test_step_for_step_it_is_the_engine_with_rejections_that_differ(l1, largest):
    """Scripted steps and verdicts of four seeds: states, errors and longest steps are equal."""
    W0, script = starts(6, 20, range(4)), np.random.default_rng(1)
    singles = [single_motion(W, l1) for W in W0]
    batch = BatchMotion(torch.from_numpy(np.ascontiguousarray(W0.transpose(0, 2, 1))), l1)
    equal(batch.first_step, [single.first_step for single in singles])
    rejected = 0
    for _ in range(40):
        equal(1 / batch.longest_step, [1 / single.longest_step for single in singles])
        h = script.uniform(0.01, largest, 4)
        errors = [single.attempt(x) for single, x in zip(singles, h, strict=True)]
        np.testing.assert_allclose(batch.attempt(h), errors, rtol=1e-6, atol=1e-12)
        accepted = script.random(4) < 0.7
        rejected += 0 < accepted.sum() < 4
        batch.decide(accepted)
        for single, stands in zip(singles, accepted, strict=True):
            single.accept() if stands else single.reject()
        equal(batch.A, np.stack([single.A for single in singles]))
        equal(batch.G, np.stack([single.G for single in singles]))
    assert rejected > 10
    if l1 > 0:
        assert (batch.A == 0).any()


def single_motion(W, l1):
    A = np.ascontiguousarray(W.T)
    return Motion(A, Problem(l1), eager, Products(eager, sparse_below=0))


def equal(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


def test_more_features_than_neurons_reach_the_engine_state():
    W0 = starts(10, 4, range(2))
    for a, b in zip(batched(W0, 0.1), engine(W0, 0.1), strict=True):
        assert a.outcome is b.outcome is Outcome.STATIONARY
        assert np.abs(a.end - b.end).max() < 1e-2


def test_a_planted_zero_weight_comes_back_when_pushed():
    """Feature 1 overlaps feature 0 on neuron 0; its zero weight opposite to it must leave zero."""
    W0 = np.array([[[0.9, 0.5, 0.0], [0.6, 0.0, 0.7]]])
    exact = solve_reference(
        W0[0], Problem(0.05), FlowOptions(dtype="float64", dt=0.001, t_max=1.0), Silent()
    ).end
    ours = batched(W0, 0.05, t_max=1.0)[0].end
    assert exact[1, 1] < -1e-3
    assert np.abs(ours - exact).max() < 2e-3
