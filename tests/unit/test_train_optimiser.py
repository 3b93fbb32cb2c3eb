"""From names to updates: what is refused, with which words."""

import pytest
import torch

from polysem._errors import BadInput
from polysem._train.optimiser import check_optimiser, make_update
from polysem._train.options import TrainOptions


def said(**values):
    with pytest.raises(BadInput) as caught:
        check_optimiser(TrainOptions.build(**values))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"options": {"beta": (0.9, 0.99)}}, ["'beta'", "did you mean 'betas'", "eps"]),
        ({"options": {"betas": (2, 0.9)}}, ["AdamW does not accept betas=(2.0, 0.9)"]),
        ({"options": {"betas": (0.9,)}}, ["AdamW does not accept betas=(0.9,)"]),
        ({"options": {"eps": "small"}}, ["eps='small'"]),
        ({"options": {"lr": 1}}, ["'lr'", "betas"]),
        ({"options": {"maximize": True}}, ["'maximize'"]),
        ({"optimiser": "SGD", "options": {"nesterov": True}}, ["momentum"]),
        ({"optimiser": "SGD", "options": {"betas": (0.9, 0.9)}}, ["'betas'", "momentum"]),
        ({"optimiser": "Rprop", "weight_decay": 0.1}, ["Rprop has no weight decay"]),
    ],
)
def test_what_torch_would_not_take_is_one_sentence(values, words):
    message = said(**values)
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"options": {"amsgrad": True, "betas": (0.5, 0.5)}},
        {"optimiser": "SGD", "options": {"momentum": 0.9, "nesterov": True}},
        {"optimiser": "Rprop", "options": {"etas": (0.5, 1.2)}},
        {"optimiser": "Rprop", "weight_decay": 0},
        {"optimiser": "Adafactor", "options": {"eps": (None, 1e-3)}},
    ],
)
def test_what_torch_takes_is_accepted(values):
    check_optimiser(TrainOptions.build(**values))


def test_an_optimiser_that_this_torch_lacks(monkeypatch):
    monkeypatch.delattr(torch.optim, "Adafactor")
    assert "newer torch" in said(optimiser="Adafactor")


@pytest.mark.parametrize("name", ["AdamW", "Adam", "SGD", "RMSprop"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_update_moves_the_weights_in_place_and_repeats_its_bits(name, dtype):
    def trained():
        W = torch.linspace(-1, 1, 2 * 3 * 7, dtype=dtype).reshape(2, 3, 7)
        address, grad = W.data_ptr(), torch.zeros_like(W)
        update = make_update(TrainOptions.build(optimiser=name), W, grad)
        for step in range(5):
            torch.sin(W + step, out=grad)
            update()
        assert W.data_ptr() == address
        return W

    first = trained()
    assert torch.equal(first, trained())
    assert not torch.equal(first, torch.linspace(-1, 1, 42, dtype=dtype).reshape(2, 3, 7))


def test_a_zero_weight_without_gradient_stays_exactly_zero():
    for name in ("AdamW", "Adam", "SGD"):
        W, grad = torch.zeros(1, 2, 3), torch.zeros(1, 2, 3)
        update = make_update(TrainOptions.build(optimiser=name), W, grad)
        for _ in range(3):
            update()
        assert not W.any()
