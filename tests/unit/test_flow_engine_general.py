"""The inner loops away from the base model: twins, and the equation they solve."""

import numpy as np
import pytest

from polysem._flow.engine import compiled, eager
from polysem._flow.engine.coefficients import line
from polysem._flow.engine.pieces import Pieces, pieces_of
from polysem._flow.engine.strengths import Strengths
from polysem._network.spec import NetworkSpec

TWINS = [eager, compiled]


def symmetric(rng, n, scale=1.0):
    M = rng.normal(size=(n, n)) * scale
    return (M + M.T) / 2


def some_pieces(rng, n, dtype=np.float64):
    gain, below = np.abs(symmetric(rng, n)), np.abs(symmetric(rng, n))
    below[0, 1] = below[1, 0] = 0
    gain[2, 2] = 0
    return Pieces(
        gain.astype(dtype), below.astype(dtype), np.full(n, 0.9, dtype), dtype(0.05), dtype(0.2)
    )


@pytest.mark.parametrize("kernels", TWINS)
@pytest.mark.parametrize(("a", "h"), [(8.0, 0.02), (8.0, 1.5), (30.0, 2.0)])
def test_mean_multipliers_follow_the_equation_they_solve(kernels, a, h, rng):
    """Each overlap by itself: z' = a C(z) + R with constant R, in many small steps."""
    n, steps = 7, 8_000
    pieces, G = some_pieces(rng, n), symmetric(rng, n)
    rate, C = symmetric(rng, n, 3.0), symmetric(rng, n)
    R = rate - a * C
    z, total = G.copy(), np.zeros((n, n))
    for _ in range(steps):
        now = response(z, pieces)
        total += now / steps
        z = z + h / steps * (a * now + R)
    out = np.empty((n, n))
    kernels.general_multipliers(G, (rate, C), (rate, C), line(h / 2, None), a, h, out, pieces)
    off = ~np.eye(n, dtype=bool)
    np.testing.assert_allclose(out[off], total[off], atol=2e-3)
    alive = np.flatnonzero(np.diagonal(z) + pieces.shift > 0)
    alive = alive[(np.diagonal(G)[alive] > 0) & (alive != 2)]
    np.testing.assert_allclose(np.diagonal(out)[alive], np.diagonal(total)[alive], atol=2e-3)
    assert out[2, 2] == -pieces.dead


def response(G, pieces):
    z = G + pieces.shift
    C = -np.where(z > 0, pieces.gain, pieces.below) * z
    own = -np.diagonal(pieces.gain) * (np.diagonal(G) - pieces.target)
    return C - np.diag(np.diagonal(C)) + np.diag(own)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_twins_agree(dtype, rng):
    n = 9
    pieces = some_pieces(rng, n, dtype)
    G, *past = (symmetric(rng, n).astype(dtype) for _ in range(5))
    out = [np.empty((n, n), dtype) for _ in TWINS]
    through = line(0.1, 0.4, 0.7)
    for kernels, result in zip(TWINS, out, strict=True):
        kernels.general_multipliers(G, past[:2], past[2:], through, 9.0, 0.3, result, pieces)
    np.testing.assert_allclose(*out, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("kernels", TWINS)
def test_with_the_pieces_of_the_base_model_it_is_the_base_model(kernels, rng):
    n = 8
    pieces = pieces_of(NetworkSpec(n=n, m=4).problem, n, np.dtype("float64"))
    G, *past = (symmetric(rng, n) for _ in range(5))
    for M, size in zip((G, *past), (0.8, 0.1, 0.1, 0.1, 0.1), strict=True):
        np.fill_diagonal(M, size)  # a norm that stays positive over the step
    general, plain = np.empty((n, n)), np.empty((n, n))
    past = tuple(past[:2]), tuple(past[2:])
    kernels.general_multipliers(G, *past, line(0.1, 0.4, 0.7), 9.0, 0.3, general, pieces)
    kernels.multipliers(G, *past, line(0.1, 0.4, 0.7), 9.0, 0.3, plain)
    np.testing.assert_allclose(general, plain, atol=1e-12)


def test_a_power_makes_the_strength_follow_the_norm():
    problem = NetworkSpec.build(n=2, m=3, l1=0.5, penalty={"power": 2}).problem
    A, before = np.array([[1.0, 0.2], [0.5, -0.2], [0, 0]]), np.array([[2.0, 0.2]] + [[0, 0]] * 2)
    strengths = Strengths(problem, 2, A.dtype)
    strengths.begin(A, before, 0.5)
    np.testing.assert_allclose(strengths.during(0.1), [0.5 * 2 * 1.45, 0.5 * 2 * 0.42])
    nonzeros = np.array([2, 2])
    wrong = abs((1.5 + 1.5) / 2 - 1.45)
    assert strengths.error(0.1, A, nonzeros) == pytest.approx(0.1 * wrong * np.sqrt(2))
    strengths.accept(0.1)
    np.testing.assert_allclose(strengths.during(0.1), [1.5, 0.4])
