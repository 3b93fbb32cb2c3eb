"""Symmetries of the model: neurons and features can be renamed, columns can change sign."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from polysem import network

W_STRATEGY = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    elements=st.floats(-2, 2).map(lambda x: round(x, 3)),
)


@given(W=W_STRATEGY, l1=st.floats(0, 3), seed=st.integers(0, 2**32 - 1))
def test_gradient_follows_permutations_and_column_signs(W, l1, seed):
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(W.shape[0]), rng.permutation(W.shape[1])
    signs = rng.choice([-1.0, 1.0], W.shape[1])

    def move(A):
        return (A * signs)[rows][:, columns]

    for f in (network.gradient, network.velocity):
        np.testing.assert_allclose(f(move(W), l1), move(f(W, l1)), atol=1e-9)
    np.testing.assert_allclose(network.loss(move(W), l1), network.loss(W, l1), atol=1e-9)


@given(W=W_STRATEGY, l1=st.floats(0, 3))
def test_velocity_never_raises_the_loss(W, l1):
    """Along the flow dL/dt = −‖velocity‖² ≤ 0, zero weights included."""
    v = network.velocity(W, l1)
    h = 1e-7
    drop = network.loss(W + h * v, l1) - network.loss(W, l1)
    speed = np.sum(v**2)
    assert drop <= 1e-9 + 1e-4 * h * speed * (1 + speed)
