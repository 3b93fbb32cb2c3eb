"""Repair knows no order of neurons or features and no signs; splits keep the function; refusals
leave models alone."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import polysem
from polysem import BadInput

FEW = settings(max_examples=15, deadline=None)
sizes = st.tuples(st.integers(3, 8), st.integers(3, 10), st.integers(0, 10**6))
ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Identity)


def planted(size):
    """Features on random signed slots, at most two on a neuron, sizes all different."""
    n, m, seed = size
    m = max(m, -(-n // 2))
    draws = np.random.default_rng(seed)
    slots = draws.permutation(2 * m)[:n]
    W = np.zeros((n, m), dtype=np.float32)
    W[np.arange(n), slots // 2] = np.where(slots % 2, 1, -1) * draws.uniform(0.9, 1, n)
    return W


def repaired(W):
    done = polysem.repair(polysem.TiedAutoencoder(torch.from_numpy(W[None])), loss=0.01, steps=0)
    return done.model.W[0].detach().numpy(), done


def columns(W):
    """The neurons in an order of their own: empty ones are all alike."""
    return sorted(map(tuple, W.T.tolist()))


@FEW
@given(sizes)
def test_neurons_features_and_signs_may_be_renamed(size):
    W = planted(size)
    draws = np.random.default_rng(size[2] + 1)
    rows, places = draws.permutation(len(W)), draws.permutation(W.shape[1])
    signs = draws.choice([-1, 1], W.shape[1]).astype(W.dtype)
    plain, done = repaired(W)
    turned, other = repaired((W * signs)[rows][:, places])
    assert columns(np.abs(turned)) == columns(np.abs(plain[rows]))
    assert np.allclose(turned @ turned.T, (plain @ plain.T)[rows][:, rows], atol=1e-6)
    assert other.removed == done.removed
    assert len(other.moved) == len(done.moved)


@FEW
@given(sizes)
def test_what_pigeonholes_leave_is_what_is_left(size):
    W = planted(size)
    n, m = W.shape
    assert repaired(W)[1].to_dicts()[0]["polysemantic_repaired"] == max(0, n - m)


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


class Block(nn.Module):
    """The MLP of a transformer block, behind a norm and beside a skip."""

    def __init__(self, width, hidden, activation, bias):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up, self.act = nn.Linear(width, hidden, bias=bias), activation()
        self.down = nn.Linear(hidden, width, bias=bias)

    def forward(self, x):
        return x + self.down(self.act(self.up(self.norm(x))))


@FEW
@given(sizes, st.sampled_from(ACTIVATIONS), st.booleans(), st.booleans())
def test_a_split_keeps_the_function_of_any_two_layers(size, activation, bias, block):
    n, m, seed = size
    torch.manual_seed(seed)
    if block:
        model, names, x = Block(n, m, activation, bias), ("up", "down"), torch.randn(3, 4, n)
    else:
        model = nn.Sequential(nn.Linear(n, m, bias=bias), activation(), nn.Linear(m, n, bias=bias))
        names, x = ("0", "2"), torch.randn(12, n)
    with torch.no_grad():
        old = model(x)
    done = polysem.repair(
        model, data=[(x, old)], loss=squares, encoder=names[0], decoder=names[1],
        method="split", steps=0,
    )  # fmt: skip
    with torch.no_grad():
        change = (done.model(x) - old).abs().max() / old.abs().max().clamp(min=1)
    assert change <= 1e-5
    row = done.to_dicts()[0]
    assert row["preserved"] <= 1e-5
    wider = done.model.get_submodule(names[0]).out_features
    assert wider == m + len(done.moved)
    assert len(done.moved) >= row["polysemantic"]


def wrong(kind, n, m):
    """A model that cannot be rewired."""
    between = {
        "norm": lambda: [nn.LayerNorm(m)],
        "softmax": lambda: [nn.Softmax(-1)],
        "dropout": lambda: [nn.ReLU(), nn.Dropout(0.5)],
        "batch norm": lambda: [nn.BatchNorm1d(m)],
    }.get(kind, lambda: [nn.ReLU()])()
    model = nn.Sequential(nn.Linear(n, m), *between, nn.Linear(m, n))
    first, last = model[0], model[-1]
    if kind == "frozen":
        last.weight.requires_grad_(False)
    if kind == "hook":
        first.register_forward_hook(lambda *_: None)
    if kind == "half":
        model.half()
    if kind == "tied":
        model = nn.Sequential(nn.Linear(m, m), nn.ReLU(), nn.Linear(m, m))
        model[2].weight = model[0].weight
    return model


KINDS = ("norm", "softmax", "dropout", "batch norm", "frozen", "hook", "half", "tied", "site")


@FEW
@given(sizes, st.sampled_from(KINDS), st.booleans())
def test_a_refused_model_is_untouched_to_the_bit(size, kind, training):
    n, m, seed = size
    torch.manual_seed(seed)
    model: Any = wrong(kind, n, m).train(training)
    linears = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    x = torch.randn(6, model[0].in_features).to(next(model.parameters()).dtype)
    before, chance = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    hooks = [len(part._forward_hooks) for part in model.modules()]
    where: dict[str, Any] = (
        {"site": "nowhere"} if kind == "site" else {"encoder": linears[0], "decoder": linears[-1]}
    )
    with pytest.raises(BadInput) as caught:
        polysem.repair(model, data=[(x, x)], loss=squares, **where)
    assert "\n" not in str(caught.value)
    after = model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert torch.equal(torch.get_rng_state(), chance)
    assert [len(part._forward_hooks) for part in model.modules()] == hooks
    assert all(part.training == training for part in model.modules())
