"""Batches of a live model in every kind that holds numbers: the same diagnosis."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import polysem
from polysem import BadInput

X = torch.eye(4).repeat(6, 1) + 0.1 * (torch.arange(24) % 5)[:, None]
Y = np.eye(4)[np.arange(24) % 4][:, :3]


def squares(model, inputs, labels):
    return (model(inputs)[:, :3] - torch.as_tensor(labels).float()).square().sum(-1).mean()


RETRAINED = {"loss": squares, "horizon": 2, "moves": 1, "together": False}


def read_only(array):
    """As of a file that is mapped into memory."""
    array = array.copy()
    array.flags.writeable = False
    return array


def diagnosed(data, **more):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4))
    return polysem.diagnose(model, site="1", data=data, draws=9, **more)


@pytest.mark.parametrize("more", [{}, RETRAINED], ids=["recorded", "retrained"])
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: [(X.numpy(), Y)], id="NumPy"),
        pytest.param(lambda: [(pd.DataFrame(X.numpy()), pd.DataFrame(Y))], id="frames"),
        pytest.param(lambda: [(X.numpy()[::-1].copy()[::-1], Y[::-1].copy()[::-1])], id="strides"),
        pytest.param(lambda: [(read_only(X.numpy()), read_only(Y))], id="read only"),
        pytest.param(lambda: [(X.numpy().copy("F"), Y.copy("F"))], id="columns first"),
        pytest.param(lambda: [(X, Y.tolist())], id="lists"),
        pytest.param(lambda: [(X, Y > 0)], id="booleans"),
        pytest.param(lambda: [(X, torch.from_numpy(Y).bfloat16())], id="bfloat16"),
        pytest.param(lambda: [(X, Y.astype(np.int8))], id="bytes"),
        pytest.param(lambda: ([X, Y] for _ in range(1)), id="a generator of lists"),
        pytest.param(
            lambda: DataLoader(TensorDataset(X, torch.from_numpy(Y)), batch_size=24), id="a loader"
        ),
    ],
)
def test_the_kind_does_not_matter(make, more):
    wanted = diagnosed([(X, torch.from_numpy(Y))], **more).to_dicts()
    assert sum(bool(row["features"]) for row in wanted) > 0
    assert diagnosed(make(), **more).to_dicts() == wanted


def test_labels_of_a_frame_name_the_features():
    frame = pd.DataFrame(Y, columns=["cat", "dog", "owl"])
    for more in ({}, RETRAINED):
        found = diagnosed([(X, frame), (X, frame)], **more)
        assert found.profile is not None
        assert found.profile.names == ("cat", "dog", "owl")
        renamed = diagnosed([(X, frame)], names=["a", "b", "c"], **more).profile
        assert renamed is not None
        assert renamed.names == ("a", "b", "c")
        with pytest.raises(BadInput, match="both called 'cat'"):
            diagnosed([(X, frame.set_axis(["cat", "cat", "owl"], axis=1))], **more)


@pytest.mark.parametrize("place", [0, 1])
def test_an_empty_batch_is_named(place):
    data = [(X, Y), (X, Y)]
    data[place] = (X[:0], Y[:0])
    for more in ({}, RETRAINED):
        with pytest.raises(BadInput, match=f"Batch {place} of data is empty"):
            diagnosed(data, **more)
