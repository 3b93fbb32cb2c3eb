"""What interventions share: a copy of the weights, labels, and a record."""

import numpy as np
import pytest

from polysem import BadInput
from polysem._repair.intervention import MOVED, as_batch, record


def test_the_caller_keeps_its_array(rng):
    given = rng.normal(size=(3, 4))
    batch, seeds = as_batch(given, [7])
    batch[...] = 0
    assert given.any()
    assert batch.shape == (1, 3, 4)
    assert seeds == [7]


def test_whole_numbers_become_real_and_float32_stays():
    assert as_batch(np.eye(2, dtype=int))[0].dtype == np.float64
    assert as_batch(np.eye(2, dtype=np.float32))[0].dtype == np.float32


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((0, 2)), np.array([["a"]])])
def test_what_is_no_network_is_refused(bad):
    with pytest.raises(BadInput, match="real numbers of shape"):
        as_batch(bad)


def test_labels_must_be_as_many_as_networks():
    with pytest.raises(BadInput, match="2 seeds were named for 1 networks"):
        as_batch(np.eye(2), [0, 1])


def test_a_record_has_its_columns_also_when_empty_and_unknown_stays_unknown():
    assert record([]).names == list(MOVED)
    (row,) = record([{"seed": 1, "neuron": 2, "feature": 0, "kind": "flip"}]).to_dicts()
    assert row == {"seed": 1, "neuron": 2, "feature": 0, "to_neuron": None, "kind": "flip"}
