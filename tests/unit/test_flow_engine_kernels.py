"""Inner loops of the engine: eager and compiled twins, and both against independent numerics."""

import numpy as np
import pytest

from polysem._flow.engine import compiled, eager, sparse
from polysem._flow.engine.coefficients import averages, line, trust_in_slope
from polysem._flow.engine.motion import Motion
from polysem._flow.engine.products import Products
from polysem._network import Problem

TWINS = [eager, compiled]


def sparse_state(rng, m, n, dtype, density=0.4):
    return (rng.normal(size=(m, n)) * (rng.random((m, n)) < density)).astype(dtype)


def symmetric(rng, n, size):
    X = rng.normal(size=(n, n))
    return size * (X + X.T) / 2


@pytest.mark.parametrize("h", [1e-4, 0.002, 0.1, 5.0])
def test_averages_solve_the_linear_equation(h):
    a, v0, r0, r1 = 7.0, 0.3, -0.2, 0.5
    tau = np.linspace(0, h, 200_001)
    slope = r1 / a
    offset = (r0 - slope) / a
    v = (v0 - offset) * np.exp(-a * tau) + offset + slope * tau
    c = averages(a, h)
    assert c.mean_v * v0 + c.mean_r0 * r0 + c.mean_r1 * r1 == pytest.approx(
        np.trapezoid(v, tau) / h, rel=1e-7
    )
    constant = (v0 - r0 / a) * np.exp(-a * h) + r0 / a
    assert c.end_v * v0 + c.end_r0 * r0 == pytest.approx(constant, rel=1e-9)


def test_averages_are_continuous_where_the_series_takes_over():
    below, above = averages(1.0, 0.02 * (1 - 1e-9)), averages(1.0, 0.02 * (1 + 1e-9))
    assert np.allclose(below, above, rtol=1e-7, atol=0)


def test_the_line_passes_through_both_forcings():
    last, earlier, slope, offset = -0.3, -1.1, 2.5, 0.7
    through = line(last, earlier)
    R1, R2 = offset + slope * last, offset + slope * earlier
    assert through.now * R1 + through.before * R2 == pytest.approx(offset)
    assert through.slope * (R1 - R2) == pytest.approx(slope)
    assert line(last, None) == (1, 0, 0)


def test_a_slope_is_trusted_fully_in_small_steps_and_under_one_half_in_large_ones():
    assert trust_in_slope(1e-3) == pytest.approx(1)
    assert trust_in_slope(1e3) < 0.5


@pytest.mark.parametrize("kernels", TWINS)
@pytest.mark.parametrize("l1", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("crossing", [True, False])
def test_proximal_step_is_the_flow_under_a_constant_force(kernels, l1, crossing):
    w0 = np.array([0.3, -0.3, 0.3, 0.0, 0.0, 0.0, 1e-3, -0.2, 0.0])
    force = np.array([1.0, 1.0, -1.0, 0.1, 0.7, -0.9, -3.0, 0.0, 0.0])
    h, steps = 0.8, 20_000
    w, dt = w0.copy(), h / steps
    for _ in range(steps):  # proximal Euler, exact but for the step in which a weight crosses
        moved = w + dt * force
        w = np.sign(moved) * np.maximum(np.abs(moved) - l1 * dt, 0)
    if not crossing:
        w[w * w0 < 0] = 0  # what would cross zero stops there until the next step
    out = np.empty((1, len(w0)))
    counts = kernels.proximal_step(
        w0[None], force[None] / 4, out, np.full(len(w0), l1), h, crossing
    )
    assert np.allclose(out[0], w, atol=3 * dt)
    assert ((out[0] == 0) == (np.abs(w) < 1e-9)).all()
    assert not np.signbit(out[0][out[0] == 0]).any()
    assert (counts == (out[0] != 0)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_twins_move_weights_alike(rng, dtype):
    A, B = sparse_state(rng, 30, 11, dtype), sparse_state(rng, 30, 11, dtype)
    F = (0.2 * rng.normal(size=A.shape)).astype(dtype)
    middles = [B.copy() for _ in TWINS]
    ends = [np.empty_like(A) for _ in TWINS]
    for kernels, middle, end in zip(TWINS, middles, ends, strict=True):
        kernels.midpoint(A, middle, 0.7)
        kernels.proximal_step(A, F, end, np.full(A.shape[1], 0.3, dtype), 0.9, True)
    assert np.allclose(*middles, rtol=1e-5, atol=1e-6)
    assert ((middles[0] != 0) <= (A != 0)).all()
    assert np.allclose(*ends, rtol=1e-5, atol=1e-6)
    assert ((ends[0] == 0) == (ends[1] == 0)).all()
    assert 0 < (ends[0] == 0).sum() < A.size


@pytest.mark.parametrize("h", [1e-3, 0.3, 4.0])
@pytest.mark.parametrize("kernels", TWINS)
def test_multipliers_average_the_kinked_equation(rng, kernels, h):
    """Each overlap obeys g' = a·c(g) + R with constant R: compare with small Euler steps."""
    n, a, steps = 9, 9.0, 10_000
    G = symmetric(rng, n, 0.2) + np.eye(n)
    K_past, R = symmetric(rng, n, 0.05), symmetric(rng, n, 0.3)
    past = (R + a * K_past, K_past)
    out = np.empty_like(G)
    kernels.multipliers(G, past, past, line(-0.1, None), a, h, out)
    eye = np.eye(n)
    g, mean = G.copy(), np.zeros_like(G)
    for _ in range(steps):
        C = eye * (1 - g) - (1 - eye) * np.maximum(g, 0)
        mean += C / steps
        g = g + h / steps * (a * C + R)
    crossed = ((G > 0) != (g > 0)).sum()
    assert np.abs(out - mean).max() < 2e-3
    assert crossed > 0 or h < 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 7, 40])
def test_twins_average_multipliers_alike(rng, dtype, n):
    G = (symmetric(rng, n, 0.1) + np.eye(n)).astype(dtype)
    past = [tuple(symmetric(rng, n, s).astype(dtype) for s in (0.1, 0.01)) for _ in range(2)]
    results = [np.empty_like(G) for _ in TWINS]
    for kernels, out in zip(TWINS, results, strict=True):
        kernels.multipliers(G, *past, line(-0.2, -0.5), 9.0, 0.7, out)
    assert np.allclose(*results, atol=2e-6 if dtype == np.float32 else 1e-14)
    assert (results[0] == results[0].T).all()


@pytest.mark.parametrize("n", [1, 5, 23, 600])
def test_products_through_lists_are_the_dense_ones(rng, n):
    A, B = sparse_state(rng, 13, n, np.float64, 0.3), sparse_state(rng, 13, n, np.float64, 0.3)
    A[3] = 0
    K = symmetric(rng, n, 1.0)
    lists = sparse.list_nonzeros(A, int(np.count_nonzero(A)))
    F, G = np.empty_like(A), np.empty((n, n))
    sparse.force(A, B, 0.4, lists, K, F)
    sparse.gram(A, lists, G)
    eager.midpoint(A, B, 0.4)
    assert np.allclose(F, B @ K, atol=1e-12)
    assert np.allclose(G, A.T @ A, atol=1e-12)


def test_a_wrong_count_of_nonzeros_raises_instead_of_truncating(rng):
    A = sparse_state(rng, 6, 5, np.float64)
    with pytest.raises(AssertionError, match="miscounted"):
        sparse.list_nonzeros(A, int(np.count_nonzero(A)) + 1)


@pytest.mark.parametrize("kernels", TWINS)
def test_growth_finds_the_largest_eigenvalue_among_the_living(kernels, rng):
    n = 12
    M = rng.normal(size=(n, 30))
    M = M @ M.T
    alive = np.arange(n) != 4
    direction, nudge = np.ones(n), np.full(n, 1e-9)
    found = 0.0
    for _ in range(2000):
        found = kernels.growth(M, direction, nudge, alive)
    left = M[np.ix_(alive, alive)]
    assert found == pytest.approx(np.linalg.eigvalsh(left)[-1], rel=1e-6)
    assert abs(direction[4]) < 1e-6
    assert kernels.growth(M, np.zeros(n), nudge, alive) == 0


def rate_of_overlaps(W):
    """Largest rate at which overlaps answer to their multipliers at W: (n, m), by definition.

    δC on the active entries (diagonal, positive overlaps) moves W by 4 δC W, and G with it.
    """
    n, G = len(W), W @ W.T
    active = np.argwhere((G > 0) | np.eye(n, dtype=bool))
    active = active[active[:, 0] <= active[:, 1]]
    images = []
    for i, j in active:
        change = np.zeros((n, n))
        change[i, j] = change[j, i] = 1
        moved = 4 * (change @ G + G @ change)
        images.append([moved[a, b] for a, b in active])
    return np.abs(np.linalg.eigvals(np.array(images))).max()


@pytest.mark.parametrize("kernels", TWINS)
def test_the_stiffness_bounds_the_rate_of_overlaps_and_relu_of_g_would_not(kernels, rng):
    """The last state: two features on one neuron with opposite signs, a third beside them."""
    opposite = np.array([[1, 0.02, 0], [-1, 0.03, 0], [0, 1, 0.1]])
    states = [rng.normal(0, 3**-0.5, (5, 3)) for _ in range(8)]
    for W in [*states, opposite]:
        A = np.ascontiguousarray(W.T)
        motion = Motion(A, Problem(l1=0.001), kernels, Products(kernels, 0.0))
        bound = [motion._stiffness() for _ in range(100)][-1]
        assert rate_of_overlaps(W) <= bound * (1 + 1e-6)
    positive = np.maximum(opposite @ opposite.T, 0)
    assert rate_of_overlaps(opposite) > 1.4 * 8 * np.linalg.eigvalsh(positive)[-1]


@pytest.mark.parametrize("density", [0.002, 0.01, 0.1, 0.5])
def test_sparse_overlaps_equal_dense_ones_however_few_weights_are_left(density, rng):
    A = sparse_state(rng, 200, 96, np.float64, density)
    nonzeros = sparse.list_nonzeros(A, int(np.count_nonzero(A)))
    assert np.array_equal(nonzeros[1][:-1], np.nonzero(A)[1])
    G = np.empty((96, 96))
    sparse.gram(A, nonzeros, G)
    assert np.allclose(G, A.T @ A, rtol=1e-12, atol=1e-14)


def test_neurons_without_weights_are_left_out_and_put_back():
    """The state seen from outside is the same; the arrays inside shrink to what is alive."""
    W0 = np.random.default_rng(0).normal(0, 64**-0.5, (16, 64))
    A = np.ascontiguousarray(W0.T)
    motion = Motion(A.copy(), Problem(0.2), compiled, Products(compiled))
    shapes = []
    h = motion.first_step
    for _ in range(400):
        motion.attempt(min(h, motion.longest_step))
        motion.accept()
        before = motion.state.copy()
        motion.shed()
        assert np.array_equal(motion.state, before)
        shapes.append(len(motion.A))
        h = min(1.1 * h, 0.1)
    assert motion.state.shape == W0.shape
    living = motion.state.any(axis=0).sum()
    assert shapes[0] == 64
    assert living <= shapes[-1] <= living / 0.8 + 1
    assert shapes[-1] < 40
