"""Repair on all sorts of models: without bias, of transposed weights, any pointwise function.

What the command says to bad input: one sentence, code 2.
"""

import copy
from typing import Any

import pytest
import torch
from torch import nn

import polysem
from polysem import BadInput
from polysem._cli import run as command
from polysem._repair.transposed import linearised, restored

X = torch.linspace(-1, 1, 48).reshape(12, 4)


def squares(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


class Conv1D(nn.Module):
    """As in Hugging Face's GPT-2: x @ weight + bias, weight (inputs, outputs)."""

    def __init__(self, nf, nx):
        super().__init__()
        self.nf, self.nx = nf, nx
        self.weight = nn.Parameter(torch.empty(nx, nf).normal_(std=0.5))
        self.bias = nn.Parameter(torch.zeros(nf))

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(
            *x.shape[:-1], self.nf
        )


class Gpt2Mlp(nn.Module):
    """c_fc, a smooth non-linearity, c_proj, beside a skip."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.norm = nn.LayerNorm(4)
        self.c_fc, self.act, self.c_proj = Conv1D(9, 4), nn.GELU("tanh"), Conv1D(4, 9)

    def forward(self, x):
        return x + self.c_proj(self.act(self.c_fc(self.norm(x))))


class Abs(nn.Module):
    def forward(self, x):
        return x.abs()


@pytest.mark.parametrize("inner", [nn.SiLU, nn.GELU, Abs, nn.Sigmoid, nn.Softplus])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("method", ["relocate", "split"])
def test_any_pointwise_function_with_bias_or_without(inner, bias, method):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 7, bias=bias), inner(), nn.Linear(7, 4, bias=bias))
    done = polysem.repair(
        model, "1", data=[(X, X)], loss=squares, method=method, steps=3, further=2
    )
    assert type(done.model) is nn.Sequential
    assert (done.model[0].bias is None) is not bias
    assert torch.isfinite(done.model(X)).all()
    row = done.to_dicts()[0]
    with torch.no_grad():
        assert row["loss_repaired"] == pytest.approx(float(squares(done.model, X, X)), rel=1e-5)
        assert row["loss_sham"] == pytest.approx(float(squares(done.sham, X, X)), rel=1e-5)
    assert type(done.sham) is nn.Sequential


@pytest.mark.parametrize("method", ["relocate", "split"])
@pytest.mark.parametrize("site", ["act", None])
def test_transposed_weights_are_repaired_and_stay_transposed(method, site):
    model, x = Gpt2Mlp(), torch.randn(3, 5, 4)
    before = copy.deepcopy(model.state_dict())
    with torch.no_grad():
        old = model(x)
    where: dict[str, Any] = {"site": site}
    if site is None:
        where = {"encoder": "c_fc", "decoder": "c_proj"}
    done = polysem.repair(
        model, data=[(x, old)], loss=squares, method=method, steps=0, further=0, **where
    )
    made = done.model
    assert type(made.c_fc) is Conv1D
    assert made.c_fc.weight.shape == (4, made.c_fc.nf)
    assert made.c_proj.weight.shape == (made.c_fc.nf, 4)
    assert made.c_proj.nx == made.c_fc.nf
    if method == "split":
        assert made.c_fc.nf == 9 + len(done.moved) > 9
        with torch.no_grad():
            assert (made(x) - old).abs().max() <= 1e-5
    assert all(torch.equal(w, before[name]) for name, w in model.state_dict().items())


def test_there_and_back_is_the_same_function():
    model, x = Gpt2Mlp(), torch.randn(3, 5, 4)
    turned = linearised(model, ["c_fc", "c_proj"])
    assert isinstance(turned.c_fc, nn.Linear)
    assert torch.allclose(turned(x), model(x), atol=1e-6)
    back = restored(turned, model, ["c_fc", "c_proj"])
    assert all(torch.equal(w, model.state_dict()[n]) for n, w in back.state_dict().items())


def test_transposed_weights_that_are_shared_are_refused():
    model = Gpt2Mlp()
    model.head = nn.Linear(9, 4, bias=False)
    model.head.weight = nn.Parameter(model.c_fc.weight)
    model.c_fc.weight = model.head.weight
    with pytest.raises(BadInput, match="weight is shared with head.weight"):
        polysem.repair(model, "act", data=[(X, X)], loss=squares)


def test_double_precision_works_and_stays():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 7), nn.ReLU(), nn.Linear(7, 4)).double()
    x = X.double()
    done = polysem.repair(model, "1", data=[(x, x)], loss=squares, steps=3, further=2)
    assert {w.dtype for w in done.model.state_dict().values()} == {torch.float64}


def test_the_training_that_was_said_limits_what_is_spent():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 7), nn.ReLU(), nn.Linear(7, 4))
    given: dict[str, Any] = {"data": [(X, X)], "loss": squares, "further": 0}
    free = polysem.repair(model, "1", **given).to_dicts()[0]
    assert free["share"] is None
    assert free["steps"] > 100
    done = polysem.repair(model, "1", **given, training_steps=2000)
    row = done.to_dicts()[0]
    assert row["training_steps"] == 2000
    assert 0 < row["share"] == row["steps"] / 2000 <= 0.05
    assert "of the cost of training" in " ".join(done.summary())
    given["further"] = 90
    on = polysem.repair(model, "1", **given, training_steps=300)
    if len(on.moved):
        assert on.to_dicts()[0]["further"] == 60


def model_of(kind):
    def made():
        torch.manual_seed(0)
        inner = nn.LayerNorm(6) if kind == "norm" else nn.ReLU()
        model = nn.Sequential(nn.Linear(4, 6), inner, nn.Linear(6, 4))
        said = {"model": model, "site": "1", "data": [(X, X)], "loss": squares}
        return said | {"site": "nowhere"} if kind == "site" else said

    return made


norm, site, fine = model_of("norm"), model_of("site"), model_of("fine")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["repair", "nowhere"], "nowhere"),
        (["repair", f"{__name__}:norm"], "act on each other"),
        (["repair", f"{__name__}:site"], "no site 'nowhere'"),
        (["repair", f"{__name__}:fine", "--method", "magic"], "magic"),
        (["repair", f"{__name__}:fine", "--steps", "-1"], "steps = -1"),
        (["repair", f"{__name__}:fine", "--share", "2"], "share = 2"),
        (["repair", f"{__name__}:fine", "--training-steps", "0"], "training_steps = 0"),
        (["repair", f"{__name__}:fine", "--method", "rotate"], "linear hidden layer"),
        (["repair", f"{__name__}:missing"], "cannot be imported"),
        (["prevent", "--n", "4", "--m", "x"], "'x' is no number of neurons"),
        (["prevent", "--n", "4", "--m", "4,4"], "different widths"),
        (["prevent", "--n", "4", "--m", "8", "--method", "magic"], "magic"),
        (["prevent", "--m", "8"], "Give n"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(words, said, capsys):
    assert command([*words, "--quiet"]) == 2
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "Traceback" not in error
    assert len(error.splitlines()) == 1
