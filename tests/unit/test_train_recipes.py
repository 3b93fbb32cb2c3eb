"""Published procedures as data."""

import pytest

from polysem._errors import BadInput
from polysem._network.initial import Normal
from polysem._network.noise import Bipolar
from polysem._train.optimiser import check_optimiser
from polysem._train.recipes import NOISE_STRENGTHS, RECIPES, Recipe, recipe


def test_lecomte2023_to_the_letter():
    found = recipe("lecomte2023")
    train = found.train
    assert (found.l1, found.initial) == (1e-3, Normal(scale=1))
    assert (train.optimiser, train.lr, train.weight_decay, train.steps) == (
        "AdamW",
        1e-3,
        0.01,
        7500,
    )
    assert dict(train.options) == {"betas": (0.9, 0.999), "eps": 1e-8}
    assert train.noise.kind == "none"


def test_lecomte2023_noise_to_the_letter():
    found = recipe("lecomte2023-noise")
    train = found.train
    assert (found.n, found.m, found.l1) == (8, 16, 0)
    assert (train.optimiser, train.lr, train.weight_decay, train.steps) == ("SGD", 0.02, 0, 100_000)
    assert isinstance(train.noise, Bipolar)
    assert train.noise.shared == "all"
    assert train.noise.std in NOISE_STRENGTHS


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_can_be_stored_and_run(name):
    found = recipe(name)
    assert Recipe.model_validate_json(found.canonical_json()) == found
    assert found.name == name
    check_optimiser(found.train)


def test_an_unknown_recipe_is_one_sentence():
    with pytest.raises(BadInput, match="did you mean 'lecomte2023'"):
        recipe("lecomte23")
