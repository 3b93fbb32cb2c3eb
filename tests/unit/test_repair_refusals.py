"""Layers that cannot be rewired are refused with the reason, and the model stays as it was."""

import copy

import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput

X = torch.linspace(-1, 1, 32).reshape(8, 4)


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


def between(*inner, width=6):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, width), *inner, nn.Linear(width, 4))


def slopes():
    inner = nn.PReLU(6)
    with torch.no_grad():
        inner.weight.copy_(torch.tensor([0.5, 0.25, 0.25, 0.25, 0.25, 0.25]))
    return between(inner)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.gate, self.second = nn.Linear(4, 6), nn.Linear(4, 6), nn.Linear(6, 4)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)) * torch.sigmoid(self.gate(x)))


class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(4, 6), nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x):
        h = torch.relu(self.first(x))
        return self.second(h) + self.head(h)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return self.second(torch.relu(self.first(torch.relu(self.first(x)))))


def shared():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    model[2].weight = model[0].weight
    return model


def shared_memory():
    first, last = nn.Linear(4, 4), nn.Linear(4, 4)
    last.weight.data = first.weight.data[:]
    return nn.Sequential(first, nn.ReLU(), last)


def frozen():
    model = between(nn.ReLU())
    list(model.parameters())[2].requires_grad_(False)
    return model


def normed():
    model = between(nn.ReLU())
    nn.utils.parametrizations.weight_norm(model[0])
    return model


def hooked():
    model = between(nn.ReLU())
    next(iter(model)).register_forward_hook(lambda *_: None)
    return model


def broken():
    model = between(nn.ReLU())
    with torch.no_grad():
        next(model.parameters())[0, 0] = float("nan")
    return model


CASES = {
    "layer norm": (lambda: between(nn.LayerNorm(6)), "act on each other"),
    "softmax": (lambda: between(nn.Softmax(-1)), "act on each other"),
    "batch norm": (lambda: between(nn.ReLU(), nn.BatchNorm1d(6)), "chance or a norm"),
    "dropout": (lambda: between(nn.ReLU(), nn.Dropout(0.2)), "chance or a norm"),
    "slopes of each": (slopes, "neurons with the same input differ"),
    "gate": (Gated, "neurons with the same input differ"),
    "skip": (Skip, "also read elsewhere"),
    "used twice": (Twice, "must be used once"),
    "shared": (shared, "shared with 2.weight"),
    "shared memory": (shared_memory, "shared with 2.weight"),
    "frozen": (frozen, "frozen"),
    "parametrized": (normed, "computed from others"),
    "hooked": (hooked, "hooks are registered"),
    "not finite": (broken, "NaN"),
    "half": (lambda: between(nn.ReLU()).to(torch.bfloat16), "bfloat16"),
    "shape": (lambda: nn.Sequential(nn.Linear(4, 6), nn.GLU(), nn.Linear(3, 4)), "do not fit"),
}


@pytest.mark.parametrize("name", CASES)
def test_refused_with_the_reason_and_untouched_to_the_bit(name):
    make, reason = CASES[name]
    model = make()
    before = copy.deepcopy(model.state_dict())
    chance = torch.get_rng_state()
    linears = [n for n, m in model.named_modules() if isinstance(m, nn.Linear)]
    pair = ("first", "second") if hasattr(model, "first") else (linears[0], linears[-1])
    x = X.to(next(model.parameters()).dtype)
    with pytest.raises(BadInput, match=reason):
        polysem.repair(model, data=[(x, x)], loss=squares, encoder=pair[0], decoder=pair[1])
    after = model.state_dict()
    assert all(torch.equal(after[n].nan_to_num(), before[n].nan_to_num()) for n in before)
    assert torch.equal(torch.get_rng_state(), chance)
    assert all(module.training for module in model.modules())


def test_what_is_no_network_or_lacks_data_is_refused():
    with pytest.raises(BadInput, match="cannot be repaired"):
        polysem.repair(3)
    with pytest.raises(BadInput, match="needs data"):
        polysem.repair(between(nn.ReLU()), "1")
    with pytest.raises(BadInput, match="needs loss = λ"):
        polysem.repair(polysem.TiedAutoencoder(torch.ones(1, 2, 2)))
    with pytest.raises(BadInput, match="linear hidden layer"):
        polysem.repair(
            between(nn.ReLU()), "1", data=[(X, X)], loss=squares, method="rotate", steps=1
        )


@pytest.mark.parametrize("inner", [nn.ReLU, nn.GELU, nn.Tanh, nn.Identity])
def test_pointwise_functions_are_let_through(inner):
    model = between(inner())
    done = polysem.repair(model, data=[(X, X)], loss=squares, encoder="0", decoder="2", steps=2)
    assert type(done.model) is type(model)
    assert done.model.training
