"""Types of what a model is given: arrays come as its own, tensors as they are."""

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._diagnose.sites.calling import on_device
from polysem._diagnose.sites.record import batch_for


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_arrays_of_fractions_come_as_the_model_s_own_type(dtype):
    """NumPy makes float64 of what a float32 model takes; a tensor is left as the user made it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4)).to(dtype)
    x, y = np.random.default_rng(0).normal(size=(40, 4)), np.eye(4)[np.arange(40) % 4]
    tensors = torch.as_tensor(x).to(dtype), torch.as_tensor(y)
    found, same = (
        polysem.diagnose(model, site="1", data=[data], draws=5).to_dicts()
        for data in ((x, y), tensors)
    )
    assert found == same
    whole = on_device(np.arange(3), torch.device("cpu"), dtype)
    assert whole.dtype == torch.int64  # of an embedding, say
    assert on_device(torch.zeros(2), torch.device("cpu"), torch.bfloat16).dtype == torch.float32


def test_arrays_of_fractions_reach_a_loss_as_the_model_s_own_type():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4))
    x, y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 4
    (inputs, labels) = batch_for(model, (x, y))
    assert (inputs.dtype, labels.dtype) == (torch.float32, torch.int64)
    loss = lambda m, a, b: nn.functional.cross_entropy(m(a), b)  # noqa: E731
    assert len(ModuleNetwork(model, "0", "2", loss, [(x, y)]).batches) == 1
    bad = {"data": [(torch.as_tensor(x), torch.as_tensor(y))], "site": "1"}
    with pytest.raises(BadInput, match="dtype"):
        polysem.diagnose(model, **bad)
