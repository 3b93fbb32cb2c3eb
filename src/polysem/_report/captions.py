"""What each figure of a run shows: (caption, the same for those who cannot see it)."""

from __future__ import annotations

from typing import Any

from polysem._plots.labels import number, plural


def polysemantic(run: Any) -> tuple[str, str]:
    """Caption with the numbers of this run."""
    caption = (
        "One dot per network: the number of its neurons that represent two or more features. "
        "The shaded band is the exact 95 % Poisson interval of the mean; the other lines are "
        "predictions from n and m alone."
    )
    mean = run.census.polysemantic
    alt = "Dots: polysemantic neurons of each network, with the mean and three predicted counts."
    if mean is not None:
        alt += (
            f" The mean over {plural(mean.seeds, 'network')} is {number(mean.mean)}, interval "
            f"{number(mean.low)} to {number(mean.high)}."
        )
    return caption, alt


OCCUPANCY = (
    "Neurons that represent 0, 1, 2, … features, on a logarithmic scale: mean per network "
    "(number at the foot of each bar) with its 95 % interval. Diamonds: features placed at random "
    "on signed slots that hold one feature each. Dashes: neurons that are the initial argmax of so "
    "many features, expected at the start.",
    "Bars: mean number of neurons that represent 0, 1, 2 or more features; two expectations.",
)
FATES = (
    "Two features collide if both start strongest on the same neuron. The bars say what became of "
    "every such pair, apart for pairs of opposite and of the same sign. Pairs of opposite sign do "
    "not interfere under ReLU and may both stay; then the neuron is polysemantic.",
    "Stacked bars: fates of collisions at the start, one bar for pairs of opposite sign and one "
    "for pairs of the same sign.",
)
WEIGHTS = (
    "Weights of one network: a row is a feature, a column a neuron; blue is positive, orange "
    "negative. Features are in the order of the neurons on which they end, so the diagonal shows "
    "the winners, and polysemantic neurons (marked) come first. Point at a cell for its numbers.",
    "Two heat maps of the weight matrix, at the start and at the end, with polysemantic neurons "
    "marked.",
)
SPARSIFICATION = (
    "Mean over features of the ℓ1 norm and of the number of nonzero weights, against time, both "
    "axes logarithmic. The textbook law is 1/(1/√m + λt) and its square; the corrected law follows "
    "the exact course of one feature without interference. Where the data leave the corrected law, "
    "features interfere or have one weight left.",
    "Lines: ℓ1 norm and number of nonzero weights falling with time, beside two laws.",
)
