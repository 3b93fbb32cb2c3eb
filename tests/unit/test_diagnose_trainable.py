"""Layers whose weights cannot be masked on their own: the origin is refused, the rest is not."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import polysem
from polysem import BadInput
from polysem._diagnose.origin.module import ModuleNetwork

X = torch.eye(4).repeat(4, 1)


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))


def tied():
    model = net()
    model[2].weight = model[0].weight
    return model


def frozen(name):
    model = net()
    model.get_parameter(name).requires_grad_(False)
    return model


def normed():
    model = net()
    parametrizations.weight_norm(model[2])
    return model


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (tied, r"'2.weight' is shared with '0.weight'"),
        (lambda: frozen("2.weight"), r"'2.weight' is frozen \(requires_grad is False\)"),
        (lambda: frozen("0.bias"), r"'0.bias' is frozen"),
        (normed, r"'2.weight' is computed from other parameters"),
    ],
)
def test_weights_that_are_not_the_layers_own_are_refused_with_the_reason(make, said):
    with pytest.raises(BadInput, match=f"The origin cannot be tested: {said}"):
        polysem.diagnose(make(), site="1", data=[(X, X)], loss=squares, draws=5)
    assert len(polysem.diagnose(make(), site="1", data=[(X, X)], draws=5).findings) == 4


def test_a_shared_weight_is_refused_under_its_first_name_too():
    with pytest.raises(BadInput, match="'0.weight' is shared with '2.weight'"):
        ModuleNetwork(tied(), "0", "2", squares, [(X, X)], features="inputs")


def test_other_layers_may_be_frozen_or_shared():
    model = nn.Sequential(*net(), nn.Linear(4, 4, bias=False), nn.Linear(4, 4))
    model[3].weight = model[4].weight
    model[4].bias.requires_grad_(False)
    network = ModuleNetwork(model, "0", "2", squares, [(X, X)])
    assert torch.isfinite(network.losses({n: v[None] for n, v in network.parameters().items()}))
