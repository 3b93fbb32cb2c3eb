"""Symmetries of the flow that the engine must keep."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from polysem._flow.engine import solve_engine
from polysem._flow.options import FlowOptions
from polysem._flow.stepper import Problem

OPTIONS = FlowOptions(dtype="float64", t_max=12.0)


class Silent:
    def wants(self, t):
        return False

    def offer(self, t, W):
        raise AssertionError

    def finish(self, t, W):
        return {"t": np.array([t])}


def end(W0):
    return solve_engine(W0, Problem(l1=0.05), OPTIONS, Silent()).end


def start(n, m, seed):
    return np.random.default_rng(seed).normal(0, m**-0.5, (n, m))


shapes = st.tuples(st.integers(1, 8), st.integers(1, 40), st.integers(0, 10_000))


@given(shapes)
def test_permuting_features_or_neurons_permutes_the_end(shape):
    n, m, seed = shape
    rng = np.random.default_rng(seed + 1)
    rows, columns = rng.permutation(n), rng.permutation(m)
    W0 = start(n, m, seed)
    assert np.abs(end(W0[rows][:, columns]) - end(W0)[rows][:, columns]).max() < 1e-4


@given(shapes)
def test_flipping_the_sign_of_neurons_flips_the_end_exactly(shape):
    n, m, seed = shape
    signs = np.random.default_rng(seed + 1).choice([-1.0, 1.0], m)
    W0 = start(n, m, seed)
    assert np.array_equal(end(W0 * signs), end(W0) * signs)


@given(shapes)
def test_empty_neurons_and_features_stay_empty(shape):
    n, m, seed = shape
    rng = np.random.default_rng(seed + 1)
    W0 = start(n + 1, m + 1, seed)
    column, row = rng.integers(m + 1), rng.integers(n + 1)
    W0[:, column] = 0
    W0[row] = 0
    W = end(W0)
    assert not W[:, column].any()
    assert not W[row].any()
    rest = np.delete(np.delete(W0, column, 1), row, 0)
    assert np.abs(np.delete(np.delete(W, column, 1), row, 0) - end(rest)).max() < 1e-4
