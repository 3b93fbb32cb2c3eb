"""One feature without interference: theory against the reference flow with n = 1, float64.

The reference is first order in dt; two of its step sizes are extrapolated to none.
"""

import math

import numpy as np
import pytest

from polysem import _theory as T
from polysem._flow.options import FlowOptions
from polysem._flow.outcome import Outcome
from polysem._flow.reference import solve_reference
from polysem._flow.stepper import Problem


class Course:
    """Records (t, ‖W‖₁, m', ‖W‖) of the only feature at chosen times."""

    def __init__(self, times):
        self.times, self.rows = list(times), []

    def wants(self, t):
        return bool(self.times) and t >= self.times[0] - 1e-9

    def offer(self, t, W):
        self.times.pop(0)
        w = np.abs(W[0])
        self.rows.append((t, w.sum(), (w > 0).sum(), np.linalg.norm(w)))

    def finish(self, t, W):
        return {}


def reference(row, l1, times, dt, t_max):
    course = Course(times)
    options = FlowOptions(dtype="float64", dt=dt, t_max=t_max)
    solution = solve_reference(row[None], Problem(l1), options, course)
    return solution, np.array(course.rows).T


def gaussian(m, seed, scale=1.0):
    return scale * np.random.default_rng(seed).standard_normal(m) / math.sqrt(m)


CASES = [(64, 0.1, 1.0), (64, 0.1, 0.1), (256, 0.08, 1.0), (64, 0.4, 1.0), (16, 0.2, 3.0)]


def extrapolated(row, l1, times, dt):
    """‖W‖₁ and ‖W‖ of the flow with the reference's first-order error removed, and m'."""
    coarse = reference(row, l1, times, dt, times[-1])[1]
    fine = reference(row, l1, times, dt / 2, times[-1])[1]
    np.testing.assert_allclose(coarse[0], fine[0])
    t, l1_norm, _, norm = 2 * fine - coarse
    return t, l1_norm, fine[2], norm


@pytest.mark.parametrize(("m", "l1", "scale"), CASES)
def test_row_reduction_is_the_flow(m, l1, scale):
    row = gaussian(m, 1, scale)
    t, l1_norm, m_prime, norm = extrapolated(row, l1, [0.1, 0.3, 0.9, 3.0], 2e-3)
    theory = T.sparsification(m, l1, t, row=row)
    np.testing.assert_array_equal(theory.m_prime, m_prime)
    np.testing.assert_allclose(theory.l1_norm, l1_norm, rtol=3e-4)
    np.testing.assert_allclose(theory.norm, norm, rtol=3e-4)


def test_row_reduction_of_a_dying_feature():
    row = gaussian(64, 3)
    l1 = 1.05 * T.death_threshold(row)
    t, l1_norm, _, _ = extrapolated(row, l1, [0.1, 0.3, 0.6], 2e-3)
    np.testing.assert_allclose(T.sparsification(64, l1, t, row=row).l1_norm, l1_norm, rtol=3e-4)
    solution, _ = reference(row, l1, [0.0], 2e-3, 20.0)
    assert solution.outcome is Outcome.ALL_DEAD
    gone = T.sparsification(64, l1, [solution.t + 1], row=row)
    assert gone.l1_norm[0] == gone.m_prime[0] == gone.norm[0] == 0


@pytest.mark.parametrize("law", ["row", "continuum", "self-similar"])
def test_slow_manifold_relations(law):
    """m' = (1+rv)‖W‖₁²/‖W‖² identically, d‖W‖₁/dt = −λ·rv·‖W‖₁²/‖W‖² and 1 − ‖W‖² = λ‖W‖₁/4‖W‖²."""
    m, l1 = 4096, 1e-3
    t = np.linspace(20, 60, 41)
    if law == "row":
        s = T.sparsification(m, l1, t, row=gaussian(m, 0))
    elif law == "continuum":
        s = T.sparsification(m, l1, t)
    else:
        s = T.self_similar(m, l1, np.linspace(0.5, 2.0, 301))
    np.testing.assert_allclose(s.m_prime, (1 + s.rv) * s.l1_norm**2 / s.norm**2, rtol=1e-8)
    np.testing.assert_allclose(1 - s.norm**2, l1 * s.l1_norm / (4 * s.norm**2), rtol=0.02)
    speed = np.gradient(s.l1_norm, s.t)[1:-1]
    expected = (-l1 * s.rv * s.l1_norm**2 / s.norm**2)[1:-1]
    np.testing.assert_allclose(speed, expected, rtol=0.02)


@pytest.mark.parametrize("l1", [1e-4, 1e-3, 1e-2])
def test_closed_form_agrees_with_the_two_equations(l1):
    """The self-similar parametrisation, by quadrature, against the ODEs, after the transient."""
    m = 10**4
    closed = T.self_similar(m, l1, [1.0, 1.5, 2.0, 3.0])
    followed = T.sparsification(m, l1, closed.t)
    np.testing.assert_allclose(closed.l1_norm, followed.l1_norm, rtol=2e-3 + l1)
    np.testing.assert_allclose(closed.rv, followed.rv, rtol=2e-3 + l1)


def test_continuum_is_the_average_row():
    m, l1 = 20_000, 0.002
    t = np.array([0.0, 1.0, 4.0, 12.0])
    rows = [T.sparsification(m, l1, t, row=gaussian(m, seed)) for seed in range(5)]
    mean = np.mean([row.m_prime for row in rows], axis=0)
    np.testing.assert_allclose(T.sparsification(m, l1, t).m_prime, mean, rtol=0.02)


def test_three_laws_in_order_of_truth():
    """At the published size the textbook law is off by a factor, constant rv by less."""
    m, l1, t = 10**5, 1e-5, np.array([3000.0])
    exact = T.sparsification(m, l1, t).m_prime[0]
    row = T.sparsification(m, l1, t, row=gaussian(m, 0)).m_prime[0]
    assert row == pytest.approx(exact, rel=0.03)
    errors = [abs(math.log(law(m, l1, t).m_prime[0] / row)) for law in (T.textbook, T.constant_rv)]
    assert abs(math.log(exact / row)) < errors[1] < errors[0]


def test_half_time():
    m, l1 = 10**4, 1e-3
    t = T.half_time(m, l1)
    assert T.sparsification(m, l1, t).m_prime == pytest.approx(m / 2, rel=0.01)
    assert T.half_time(10**6, 1e-7) * 1e-7 * 1e3 == pytest.approx(0.9159, abs=0.0005)


@pytest.mark.parametrize(
    ("m", "l1", "seed"), [(16, 0.3, 0), (64, 0.3, 1), (64, 0.4, 2), (256, 0.2, 3)]
)
def test_one_sparse_time_is_the_flows(m, l1, seed):
    row = gaussian(m, seed)
    expected = T.one_sparse_time(row, l1)
    times = np.arange(0.9, 1.1, 0.005) * expected
    _, (t, _, m_prime, _) = reference(row, l1, times, 2e-3, 1.2 * expected)
    first = t[m_prime == 1][0]
    assert first == pytest.approx(expected, rel=0.01)


def test_manifold_time_is_the_limit_of_small_l1():
    row = gaussian(256, 5)
    exact = [l1 * T.one_sparse_time(row, l1) for l1 in (1e-2, 1e-3)]
    limit = T.manifold_time(row)
    assert exact[1] == pytest.approx(limit, rel=1e-3)
    assert abs(exact[1] - limit) < 0.2 * abs(exact[0] - limit)
    assert T.manifold_time(3 * row) == pytest.approx(limit)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("m", [4, 64])
def test_death_threshold_separates(m, seed):
    row = gaussian(m, seed)
    threshold = T.death_threshold(row)
    assert T.sure_survival_threshold(row) <= threshold * (1 + 1e-6)
    assert threshold <= T.sure_death_threshold(row) * (1 + 1e-6)
    for factor, outcome in ((0.99, None), (1.01, Outcome.ALL_DEAD)):
        solution, _ = reference(row, factor * threshold, [0.0], 5e-3, 25.0)
        if outcome is None:
            assert solution.end.any()
        else:
            assert solution.outcome is outcome


@pytest.mark.parametrize("l1", [0.05, 0.5, 1.0])
def test_surviving_weight_is_where_the_flow_stops(l1):
    row = np.array([0.9, 0.0, 0.0])
    solution, _ = reference(row, l1, [0.0], 5e-3, 30.0)
    assert np.abs(solution.end).max() == pytest.approx(T.surviving_weight(l1), rel=1e-9)


def test_nothing_survives_above_the_fatal_pull():
    row = np.array([1.0, 0.0])
    solution, _ = reference(row, 1.02 * T.FATAL_PULL, [0.0], 5e-3, 30.0)
    assert solution.outcome is Outcome.ALL_DEAD
    solution, _ = reference(row, 0.98 * T.FATAL_PULL, [0.0], 5e-3, 30.0)
    assert solution.end.any()
