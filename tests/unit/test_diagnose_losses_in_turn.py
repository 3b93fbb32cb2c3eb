"""Losses that look at values cannot be mapped over copies; they are taken copy by copy."""

import numpy as np
import pytest
import torch
from torch import nn

import polysem
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._repair.site_network import SiteNetwork

X = torch.eye(4).repeat(4, 1)


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


def clipped(model, inputs, labels):
    loss = squares(model, inputs, labels)
    return loss if loss < 100 else loss.sqrt()


def scaled(model, inputs, labels):
    loss = squares(model, inputs, labels)
    return loss * (1.0 if loss.item() < 100 else 0.5)


def counted(model, inputs, labels):
    loss = squares(model, inputs, labels)
    return loss + 0 * float(np.abs(loss.detach().numpy()))


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4))


@pytest.mark.parametrize("kind", [ModuleNetwork, SiteNetwork])
@pytest.mark.parametrize("loss", [clipped, scaled, counted])
@pytest.mark.parametrize("sizes", [(16, 16, 16), (16, 9, 5)], ids=["alike", "unlike"])
def test_losses_and_gradients_are_those_of_the_mapped_loss(kind, loss, sizes):
    batches = [(X[:size], X[:size] * place) for place, size in enumerate(sizes)]
    mapped, in_turn = (kind(net(), "0", "2", f, batches) for f in (squares, loss))
    copies = {
        name: value[None] + 0.3 * torch.randn(3, *value.shape)
        for name, value in mapped.parameters().items()
    }
    found = []
    for network in (mapped, in_turn):
        parameters = {name: value.clone().requires_grad_() for name, value in copies.items()}
        by_seed = network.losses_by_seed(parameters, [0, 1, 2], 1)
        total = network.losses(parameters).sum() + by_seed.sum()
        found.append([by_seed, *torch.autograd.grad(total, list(parameters.values()))])
    assert mapped.worth == pytest.approx(in_turn.worth)
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_a_diagnosis_has_the_costs_of_the_mapped_loss():
    found, costs = [], []
    for loss in (squares, clipped):
        made = polysem.diagnose(
            net(), site="1", data=[(X, X), (X, 2 * X)], loss=loss, horizon=5, moves=2, draws=5
        )
        assert made.origin is not None
        found.append([(row["neuron"], row["verdict"]) for row in made.to_dicts()])
        costs.append([removal.cost for removal in made.origin.removals])
    assert len(costs[0]) > 0
    assert found[0] == found[1]
    assert np.allclose(*costs, atol=1e-4)
