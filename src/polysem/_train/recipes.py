"""Published procedures as data, by name."""

from __future__ import annotations

from polysem._config import Config, unknown_name
from polysem._errors import BadInput
from polysem._network.initial import Initial, Normal
from polysem._network.noise import Bipolar
from polysem._network.spec import Size, Strength
from polysem._train.options import TrainOptions


class Recipe(Config):
    """A procedure to the letter: what it fixes of the network, and how it trains.

    `n`, `m` — sizes it was published with, None if it was used with many. `source` — where it
    was published.
    """

    name: str
    title: str
    source: str
    l1: Strength
    initial: Initial
    train: TrainOptions
    n: Size | None = None
    m: Size | None = None


PAPER = "Lecomte et al., What Causes Polysemanticity?, arXiv 2312.03096"

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="lecomte2023",
            title="AdamW on the summed squared error with an l1 penalty: collisions",
            source=f"{PAPER}, Section 3 and its published code",
            l1=1e-3,
            initial=Normal(),
            train=TrainOptions(
                optimiser="AdamW",
                lr=1e-3,
                weight_decay=0.01,
                options={"betas": (0.9, 0.999), "eps": 1e-8},  # pyright: ignore[reportArgumentType]
                steps=7500,
            ),
        ),
        Recipe(
            name="lecomte2023-noise",
            title="Gradient descent with noise on the hidden layer instead of a penalty",
            source=f"{PAPER}, Section 4 and its published code",
            l1=0.0,
            n=8,
            m=16,
            initial=Normal(),
            train=TrainOptions(
                optimiser="SGD",
                lr=0.02,
                weight_decay=0.0,
                steps=100_000,
                noise=Bipolar(std=0.1, shared="all"),
            ),
        ),
    )
}
NOISE_STRENGTHS = (0.07, 0.1, 0.15)
"""σ of the published noise figure, each for bipolar and for Gaussian noise."""


def recipe(name: str) -> Recipe:
    """The recipe of that name; `BadInput` lists the others."""
    if name not in RECIPES:
        raise BadInput(unknown_name(name, list(RECIPES), "recipe"))
    return RECIPES[name]
