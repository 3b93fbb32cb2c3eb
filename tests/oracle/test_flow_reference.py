"""The reference stepper against closed forms, its own order of convergence, and the facts."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from polysem._flow import certificate
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.recorder import RecordOptions, TrajectoryRecorder
from polysem._flow.reference import solve_reference
from polysem._flow.stepper import Problem
from polysem._flow.verdict import Watch


def solve(W0, l1, record=(), **options):
    options = {"method": "reference", "dtype": "float64", **options}
    recorder = TrajectoryRecorder(RecordOptions.build(what=record, per_decade=40), Problem(l1))
    return solve_reference(
        np.asarray(W0, float), Problem(l1), FlowOptions.build(**options), recorder
    )


def draw(n, m, seed):
    return np.random.default_rng(seed).standard_normal((n, m)) / np.sqrt(m)


def test_one_weight_follows_the_exact_solution():
    """n = m = 1, λ = 0: w² obeys the logistic law with rate 8."""
    w0, t = 0.3, 0.5
    exact = 1 / np.sqrt(1 + (1 / w0**2 - 1) * np.exp(-8 * t))
    errors = [
        abs(solve([[w0]], 0.0, dt=dt, t_max=t - dt / 2).end[0, 0] - exact)
        for dt in (0.01, 0.005, 0.0025)
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(1, abs=0.1)  # first order, as claimed
    assert errors[-1] < 1e-3


def test_many_weights_follow_an_ode_solver_while_none_crosses_zero():
    W0, l1, t = draw(4, 6, 3) * 2, 0.02, 0.1
    from polysem import network

    ode = solve_ivp(
        lambda _, w: network.velocity(w.reshape(4, 6), l1).ravel(),
        (0, t),
        W0.ravel(),
        rtol=1e-10,
        atol=1e-12,
        max_step=1e-3,
    )
    ours = solve(W0, l1, dt=2e-5, t_max=t - 1e-5).end
    np.testing.assert_allclose(ours, ode.y[:, -1].reshape(4, 6), atol=2e-4)


@pytest.mark.parametrize("l1", [0.01, 0.3, 1.0])
def test_a_certified_end_is_the_root_of_the_force(l1):
    solution = solve(draw(6, 24, 0) * 3, l1)
    assert solution.outcome is Outcome.CONVERGED
    w = np.abs(solution.end[solution.end != 0])
    np.testing.assert_allclose(4 * (1 - w**2) * w, l1, atol=1e-12)
    assert (w > 1 / np.sqrt(3)).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_planted_pair_opposite_stays_and_same_dissolves(sign):
    """PHYSICS: two features alone; opposite sign, both stay; same sign, one leaves and lives."""
    m = 40
    for seed in range(4):
        W0 = draw(2, m, seed)
        W0[:, 0] = 0.6, 0.55 * sign
        end = solve(W0, 2 / np.sqrt(m), dt=0.005).end
        winners = np.abs(end).argmax(-1)
        assert (np.abs(end).max(-1) > 0.9).all()  # nobody dies
        assert (winners[0] == winners[1]) == (sign < 0)


def test_a_weight_comes_back_from_zero():
    """A zero weight is held while |force| ≤ λ and leaves zero beyond."""
    W0 = np.array([[0.5, 0.0], [0.4, 0.6]])  # feature 1 pushes feature 0 away on neuron 1
    held = solve(W0, 1.0, dt=0.001, t_max=0.002)
    moved = solve(W0, 0.1, dt=0.001, t_max=0.002)
    assert held.end[0, 1] == 0
    assert moved.end[0, 1] < 0


def test_without_interference_a_row_keeps_its_shape():
    W0, l1 = draw(1, 30, 1), 0.05
    end = solve(W0, l1, dt=0.001, t_max=1.0).end[0]
    alive = end != 0
    start = np.abs(W0[0][alive])
    slope, intercept = np.polyfit(start, np.abs(end[alive]), 1)
    np.testing.assert_allclose(np.abs(end[alive]), slope * start + intercept, atol=1e-12)
    dead = np.abs(W0[0][~alive])
    assert dead.max(initial=0) <= -intercept / slope + 1e-12


@pytest.mark.parametrize(
    ("n", "m", "l1", "scale", "wanted"),
    [
        (5, 8, 2.0, 1.0, Outcome.ALL_DEAD),
        (4, 8, 0.0, 1.0, Outcome.STATIONARY),
        (6, 2, 0.05, 1.0, Outcome.STATIONARY),
        (1, 1, 0.05, 1.0, Outcome.CONVERGED),
        (3, 1, 0.05, 1.0, Outcome.CONVERGED),
        (1, 9, 0.05, 1.0, Outcome.CONVERGED),
        (4, 8, 0.05, 1e3, Outcome.DIVERGED),
        (4, 8, 0.05, np.nan, Outcome.BAD_START),
    ],
)
def test_outcomes(n, m, l1, scale, wanted):
    with np.errstate(over="ignore", invalid="ignore"):
        assert solve(draw(n, m, 0) * scale, l1).outcome is wanted


@pytest.mark.parametrize(
    ("budget", "wanted"),
    [
        ({"t_max": 1.0}, Outcome.TIME_LIMIT),
        ({"max_steps": 7}, Outcome.STEP_LIMIT),
        ({"max_seconds": 1e-9}, Outcome.SECONDS_LIMIT),
    ],
)
def test_budgets_keep_the_partial_state(budget, wanted):
    solution = solve(draw(4, 16, 0), 0.01, **budget)
    assert solution.outcome is wanted
    assert np.isfinite(solution.end).all()
    assert solution.end.any()
    assert not solution.certificate.holds


@pytest.mark.parametrize("l1", [1e3, 1e9])
def test_death_is_named_though_the_time_budget_is_shorter_than_a_look(l1):
    """200/λ is reached before the first look, when every weight is zero."""
    assert solve(draw(4, 8, 0), l1).outcome is Outcome.ALL_DEAD


@pytest.mark.parametrize("budget", [{"t_max": 0.02}, {"max_steps": 4}])
def test_divergence_is_named_though_a_budget_ends_before_the_next_look(budget):
    with np.errstate(over="ignore", invalid="ignore"):
        solution = solve(draw(4, 8, 0) * 60, 0.05, **budget)
    assert not np.abs(solution.end).max() < 1e3
    assert solution.outcome is Outcome.DIVERGED


def test_divergence_is_seen_in_whichever_block_of_neurons_it_is(monkeypatch):
    monkeypatch.setattr(certificate, "BLOCK", 8)
    for k in range(6):
        W = np.ones((4, 6))
        W[3, k] = np.nan
        assert Watch(Problem(0.1), 4).look(0.0, W) is Outcome.DIVERGED


def test_the_same_start_gives_the_same_bits():
    W0 = draw(6, 24, 5).astype(np.float32)
    ends = [solve(W0, 0.05, dtype="float32").end for _ in range(2)]
    assert ends[0].tobytes() == ends[1].tobytes()
