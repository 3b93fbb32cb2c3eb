"""Inner loops for many seeds: each seed of them is the engine's eager twin, step for step."""

import numpy as np
import pytest
import torch

from polysem._flow.batched import kernels
from polysem._flow.batched import scalars as batched_scalars
from polysem._flow.batched.pace import Paces
from polysem._flow.batched.power import largest_growths, start_of_iteration
from polysem._flow.batched.scalars import averaging, scalars
from polysem._flow.engine import eager
from polysem._flow.engine.accuracy import Allowed
from polysem._flow.engine.coefficients import averages, line, trust_in_slope
from polysem._flow.engine.pace import Pace

SEEDS, N, M, L1 = 4, 7, 9, 0.3
A_RATE = np.array([8.0, 30.0, 12.0, 20.0])
H = np.array([0.001, 0.02, 0.4, 3.0])  # from the series of the averages to steps without crossing
AGES = np.array([[0.01, 0.02, 0.1, 1.0], [0.03, 0.05, np.inf, 4.0]])
LAST_H = np.array([0.02, 0.04, 0.2, 2.0])


def step(like):
    return scalars(A_RATE, H, AGES, LAST_H, L1, like)


def line_of(s):
    """The engine's line for seed s, at the start of its step."""
    earlier = None if np.isinf(AGES[1, s]) else -AGES[1, s]
    return line(-AGES[0, s], earlier, trust_in_slope(float(A_RATE[s] * H[s])))


def overlaps(rng, size=1.0):
    X = rng.normal(size=(SEEDS, N, N))
    return torch.from_numpy(size * (X + X.transpose(0, 2, 1)) / 2)


def test_scalars_are_the_engine_ones_seed_by_seed():
    trust = batched_scalars.trust_in_slope(A_RATE * H)
    found = np.array(averaging(A_RATE, H, -AGES[0], -AGES[1], trust))
    for s in range(SEEDS):
        assert trust[s] == pytest.approx(trust_in_slope(A_RATE[s] * H[s]))
        c, through = averages(A_RATE[s], H[s]), line_of(s)
        a, h, mean_v, mean_1, mean_2, middle_1, middle_2, end_v, end_r = found[:, s]
        assert (a, h) == (A_RATE[s], H[s])
        assert (mean_v, end_v, end_r) == pytest.approx((c.mean_v, c.end_v, c.end_r0), rel=1e-12)
        for R1, R2 in ((1, 0), (0, 1)):
            r0, r1 = through.now * R1 + through.before * R2, through.slope * (R1 - R2)
            assert mean_1 * R1 + mean_2 * R2 == pytest.approx(c.mean_r0 * r0 + c.mean_r1 * r1)
            assert middle_1 * R1 + middle_2 * R2 == pytest.approx(r0 + r1 * h / 2)


@pytest.mark.parametrize("size", [0.02, 1.0])
def test_multipliers_are_the_eager_ones(rng, size):
    """Both lines, overlaps that rise, fall and stay, in one batch of different step sizes."""
    G, D1, K1, D2, K2 = (overlaps(rng, size) for _ in range(5))
    crossed = 0
    for check in (False, True):
        out = torch.empty_like(G)
        c = step(G).check if check else step(G).choose
        kernels.multipliers(G, (D1, K1), (D2, K2), c, out)
        for s in range(SEEDS):
            wanted = np.empty((N, N))
            through = line(H[s] / 2, -AGES[0, s]) if check else line_of(s)
            last, earlier = (D1[s].numpy(), K1[s].numpy()), (D2[s].numpy(), K2[s].numpy())
            eager.multipliers(G[s].numpy(), last, earlier, through, A_RATE[s], H[s], wanted)
            np.testing.assert_allclose(out[s].numpy(), wanted, rtol=1e-9, atol=1e-11)
            crossed += ((wanted < 0) & (G[s].numpy() < 0)).sum()
    assert crossed > 10


@pytest.mark.parametrize("l1", [0.0, 0.3, 4.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_proximal_step_is_the_eager_one(rng, l1, dtype):
    A = torch.from_numpy(rng.normal(0, 0.3, (SEEDS, M, N)) * (rng.random((SEEDS, M, N)) < 0.7))
    A = A.to(dtype)
    F = torch.from_numpy(rng.normal(0, 1, (SEEDS, M, N))).to(dtype)
    F[0, 0], A[0, 0, :3] = 0, 0
    move = scalars(A_RATE, H, AGES, LAST_H, l1, A)
    out = torch.full_like(A, torch.nan)
    kernels.proximal_step(A, F, out, move.move, move.any_crosses)
    rounding = 2e-5 if dtype is torch.float32 else 1e-12
    crosses = (A_RATE * H <= 2).tolist()
    assert sorted(set(crosses)) == [False, True]
    for s in range(SEEDS):
        wanted = np.empty((M, N), A.numpy().dtype)
        eager.proximal_step(
            A[s].numpy(), F[s].numpy(), wanted, np.full(N, l1, A.numpy().dtype), H[s], crosses[s]
        )
        np.testing.assert_allclose(out[s].numpy(), wanted, rtol=rounding, atol=rounding)
        assert ((out[s].numpy() == 0) == (wanted == 0)).all()
    assert not torch.signbit(out[out == 0]).any()  # no negative zeros


def test_a_seed_that_crosses_changes_no_bit_of_one_that_does_not(rng):
    A, F = (torch.from_numpy(rng.normal(0, size, (SEEDS, M, N))) for size in (0.3, 20))
    alone, together = torch.empty_like(A), torch.empty_like(A)
    move = step(A).move
    kernels.proximal_step(A, F, alone, move, any_crosses=False)
    kernels.proximal_step(A, F, together, move, any_crosses=True)
    assert torch.equal(alone[3], together[3])
    assert not torch.equal(alone[1], together[1])


def test_midpoint_is_the_eager_one(rng):
    A, B = (torch.from_numpy(rng.normal(0, 0.3, (SEEDS, M, N))) for _ in range(2))
    A[:, 2], B[:, 3] = 0, 0
    wanted = B.numpy().copy()
    move = step(A).move
    kernels.midpoint(A, B, torch.empty_like(A), move)
    for s in range(SEEDS):
        eager.midpoint(A[s].numpy(), wanted[s], H[s] / 2 / LAST_H[s])
    np.testing.assert_allclose(B.numpy(), wanted, rtol=1e-12, atol=1e-14)
    assert (B[A == 0] == 0).all()


def test_largest_row_is_the_eager_one_and_keeps_nan(rng):
    X, Y, weight = overlaps(rng), overlaps(rng), torch.from_numpy(rng.random((SEEDS, N)))
    wanted = [eager.largest_row(X[s].numpy(), Y[s].numpy(), weight[s].numpy()) for s in range(4)]
    X[1, 2, 3] = torch.nan
    found = kernels.largest_row(X, Y, weight).numpy()
    assert np.isnan(found[1])
    np.testing.assert_allclose(np.delete(found, 1), np.delete(wanted, 1), rtol=1e-12)


def test_paces_are_the_engine_ones_seed_by_seed():
    allowed = Allowed(np.array([1e-3, 1e-3, 5e-4, 1e-3]), np.array([3.0, 0.0, 0.2, 3.0]))
    paces, single = Paces(0.1), [Pace(Allowed(*each), 0.1) for each in zip(*allowed, strict=True)]
    paces.begin(np.array([1e-4, 0.1, 1.0, 50.0]), allowed)
    for pace, h in zip(single, (1e-4, 0.1, 1.0, 50.0), strict=True):
        pace.begin(h)
    for errors in ([1e-5, 1e-3, 4e-3, 5.1e-3], [1e-9, 5e-2, 0.0, 1e3]):
        h = paces.h.copy()
        accepted = paces.judge(h, np.array(errors))
        assert accepted.tolist() == [
            p.judge(x, e) for p, x, e in zip(single, h, errors, strict=True)
        ]
        assert paces.h == pytest.approx([p.h for p in single], rel=1e-12)
    assert not paces.judge(np.ones(4), np.full(4, np.nan)).any()


def test_power_iterations_reach_the_largest_eigenvalues(rng):
    """The second leaves out a dead feature, whose own multiplier of 1 is the largest here."""
    W = rng.normal(0, 200**-0.5, (2, N, 200))
    W[1, 2] = 0
    G = torch.from_numpy(W @ W.transpose(0, 2, 1))
    C = torch.eye(N, dtype=G.dtype) - G.clamp(min=0)
    growth, nudge = start_of_iteration(G)
    for _ in range(400):
        growth = largest_growths(G, C, growth, nudge)
    living = np.delete(np.delete(C[1].numpy(), 2, 0), 2, 1)
    of_c = [np.abs(np.linalg.eigvalsh(X)).max() for X in (C[0].numpy(), living)]
    assert max(of_c) < 0.9
    wanted = [np.linalg.eigvalsh(G)[:, -1], of_c]
    np.testing.assert_allclose(growth.sizes.numpy(), wanted, rtol=1e-3)


def test_a_feature_that_dies_leaves_the_second_power_iteration(rng):
    W = rng.normal(0, 0.5, (1, N, M))
    G = torch.from_numpy(W @ W.transpose(0, 2, 1))
    C = torch.eye(N, dtype=G.dtype) - G.clamp(min=0)
    growth, nudge = start_of_iteration(G)
    direction = np.delete(growth.directions[1, 0].numpy(), 3)
    G[:, 3], G[:, :, 3] = 0, 0
    image = np.delete(np.delete(C[0].numpy(), 3, 0), 3, 1) @ direction
    found = largest_growths(G, C, growth, nudge).sizes[1, 0]
    assert float(found) == pytest.approx(np.linalg.norm(image) / np.linalg.norm(direction))
