"""The rivals' right-hand sides and steps, against Polysem's mathematics and autograd."""

import numpy as np
import pytest
import torch
from benchmarks._case import Case, Reference, thresholded, winners
from benchmarks._ode import OUT_OF_TIME, SOLVERS, described, field_numpy, field_torch, integrate
from benchmarks._steppers import AuthorsAdamW, ProximalEuler

from polysem import network

L1 = 0.05


@pytest.fixture
def W(rng):
    """A dense state with a few large overlaps and no zeros."""
    return rng.normal(0, 0.5, (6, 9))


def test_numpy_field_is_the_velocity(W):
    np.testing.assert_allclose(field_numpy(W, L1), network.velocity(W, L1), rtol=1e-12, atol=1e-12)


def test_torch_field_is_the_velocity(W):
    found = field_torch(torch.tensor(W), L1).numpy()
    np.testing.assert_allclose(found, network.velocity(W, L1), rtol=1e-12, atol=1e-12)


def test_fields_leave_the_state_alone(W):
    before, tensor = W.copy(), torch.tensor(W)
    field_numpy(W, L1)
    field_torch(tensor, L1)
    np.testing.assert_array_equal(W, before)
    np.testing.assert_array_equal(tensor.numpy(), before)


def test_authors_loss_has_the_gradient_of_the_flow(W):
    authors = AuthorsAdamW(W, L1)
    authors.loss().backward()
    found = authors.W.grad
    assert found is not None
    np.testing.assert_allclose(found[0].numpy(), network.gradient(W, L1), rtol=1e-4, atol=1e-4)


def test_a_step_of_the_steppers_moves_their_own_copy(W):
    before = W.copy()
    for method in (ProximalEuler(W, L1), AuthorsAdamW(W, L1)):
        start = method.weights().copy()
        method.step()
        assert not np.array_equal(method.weights(), start)
    np.testing.assert_array_equal(W, before)


def test_proximal_euler_is_the_reference_stepper():
    case, steps = Case(6, 12, 0.1), 300
    rival = ProximalEuler(case.start(), case.l1, dt=0.01)
    for _ in range(steps):
        rival.step()
    reference = case.solve(method="reference", dt=0.01, t_max=3.0)
    assert reference.steps == steps
    assert rival.weights().dtype == np.float32
    np.testing.assert_allclose(rival.weights(), reference.end, atol=1e-5)
    np.testing.assert_array_equal(rival.weights() == 0, reference.end == 0)
    assert 0 < np.count_nonzero(rival.weights()) < rival.weights().size


@pytest.mark.parametrize("solver", SOLVERS)
def test_ode_solvers_follow_the_flow(solver):
    """Over a time in which few weights die, against the engine; the tolerance is the solvers'."""
    case = Case(4, 8, 0.1)
    times = [0.2, 0.5]
    attempt = integrate(solver, case.start(), case.l1, times, budget=20)
    assert attempt.trouble is None
    assert [leg[2] for leg in attempt.legs] == sorted(leg[2] for leg in attempt.legs)
    for t, (W, _, _) in zip(times, attempt.legs, strict=True):
        exact = case.solve(accuracy=0.01, dtype="float64", t_max=t).end
        assert np.abs(W - exact).max() < 0.01
        assert np.abs(W - case.start()).max() > 0.02


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_spent_budget_is_a_bound_not_a_result(solver):
    attempt = integrate(solver, Case(4, 8, 0.1).start(), 0.1, [5.0], budget=0.0)
    assert attempt.trouble == OUT_OF_TIME
    assert attempt.legs == []
    assert attempt.rhs == 1


def test_lsoda_says_when_its_jacobian_had_to_be_diagonal():
    assert described("LSODA", (64, 256)) == "SciPy LSODA"
    assert described("LSODA", (256, 256)) == "SciPy LSODA, diagonal Jacobian"
    assert described("RK45", (256, 4096)) == "SciPy RK45"


def test_winners_carry_signs_and_the_first_neuron_has_one_too():
    W = np.array([[-0.9, 0.1], [0.9, 0.1], [0.0, -0.5], [0.0, 0.0]])
    np.testing.assert_array_equal(winners(W), [-1, 1, -2, 0])


def test_threshold_is_half_the_norm_of_the_row():
    W = np.array([[1.0, 0.1, -0.5], [0.0, 0.0, 0.0], [0.7, -0.7, 0.1]])
    expected = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.7, -0.7, 0.0]])
    np.testing.assert_array_equal(thresholded(W), expected)


def test_errors_of_the_reference_against_itself_and_a_swap():
    end = np.array([[1.0, 0.0], [0.0, -1.0]])
    reference = Reference(midway=end / 2, end=end, t_end=1.0, outcome="converged")
    assert reference.errors_at_end(end) == {"winners_differing": 0.0, "weight_error": 0.0}
    swapped = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert reference.errors_at_end(swapped) == {"winners_differing": 0.5, "weight_error": 2.0}
    assert reference.error_midway(end) == {"weight_error_midway": 0.5}
