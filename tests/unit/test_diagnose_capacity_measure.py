"""All capacity measures of one layer together, and what is not finite or zero in it."""

import numpy as np
import pytest

from polysem._diagnose.capacity.measure import measure_capacity
from polysem._diagnose.capacity.spectrum import effective_rank, participation_ratio
from polysem._diagnose.inputs.layer import Layer


@pytest.mark.parametrize("shape", [(4, 7), (7, 4)])
def test_measures_of_a_layer(rng, shape):
    W = rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
    W[0], W[:, 1] = 0, 0
    W[2, 2] = np.nan
    W[:, 3] = 2 * W[:, 0]
    found = measure_capacity(Layer.of(W))
    clean = np.where(np.arange(shape[1]) == 2, 0, W)
    sigma = np.linalg.svd(clean, compute_uv=False)
    assert found.dead.tolist()[:4] == [False, True, True, False]
    assert found.duplicate_of.tolist()[:4] == [0, 1, 2, 0]
    assert found.alive.tolist() == [False] + [True] * (shape[0] - 1)
    assert found.slots.slack == shape[1] - shape[0] + 1
    assert np.isnan(found.capacity[0])
    assert np.isfinite(found.capacity[1:]).all()
    assert found.shortage.sum() == pytest.approx((1 - found.capacity[1:]).sum())
    assert np.isnan(found.effective_features).tolist() == found.dead.tolist()
    assert np.isnan(found.fourth_norm).tolist() == found.dead.tolist()
    assert found.effective_rank == pytest.approx(effective_rank(sigma), rel=1e-5)
    assert found.participation_ratio == pytest.approx(participation_ratio(sigma), rel=1e-9)
    assert [row.index for row in found.problems] == [2]


def test_a_layer_of_zeros():
    found = measure_capacity(Layer.of(np.zeros((2, 3))))
    assert found.dead.all()
    assert not found.alive.any()
    assert np.isnan([found.effective_rank, found.participation_ratio]).all()
    assert found.shortage.tolist() == [0, 0, 0]
