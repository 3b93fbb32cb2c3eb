"""Settings of a repair, checked once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from polysem._config import Config
from polysem._diagnose.origin.shams import EPSILON

Method = Literal["relocate", "split", "rotate"]


class RepairOptions(Config):
    """How to repair.

    `method` — "relocate" (default): one feature stays on each removable neuron, the others get a
    free neuron or the cheapest; "split": a neuron becomes two, the function kept exactly; "rotate":
    a linear hidden layer is turned towards a sparser basis. `steps`, `rate` — Adam steps of
    retraining and their learning rate, for the repaired network and the sham alike; 0 steps: none.
    `share` — of the training's cost that may be spent, the sham included. What a run cost is known;
    of a user's model, say it: `training_steps`, with batches like those of `data`; without it there
    is no limit. `further` — steps of training on without a mask, to see whether the repair lasts
    (of a training whose cost is known, at most a fifth; not counted in `share`); 0: none. `rounds`
    — plans made one upon the other. `seed` — of retraining. `network` — which one of a run or of a
    batch of networks; all by default. A user's model: `encoder`, `decoder` — the linear layers
    around the site, found if not given; `features` — whose units are the features; `exact` — the
    data are all the inputs there are; `activations` — make neurons respond to one feature too,
    where outputs are features and labels say which are on; `maximal` — then hold all neurons to
    one feature each at once, and test every neuron left alone, until none could go at no cost (many
    times the work; off by default); `spend` — what the whole layer may lose against the sham, in
    feature-worths: 0.02 counts as no cost, more is a price paid for fewer polysemantic neurons.
    """

    method: Method = "relocate"
    steps: Annotated[int, Field(ge=0, le=100_000)] = 100
    rate: Annotated[float, Field(gt=0, le=1)] = 0.01
    share: Annotated[float, Field(gt=0, le=1)] = 0.05
    training_steps: Annotated[float, Field(gt=0)] | None = None
    further: Annotated[int, Field(ge=0, le=100_000)] = 100
    rounds: Annotated[int, Field(ge=1, le=100)] = 10
    seed: Annotated[int, Field(ge=0)] = 0
    network: Annotated[int, Field(ge=0)] | None = None
    encoder: str | None = None
    decoder: str | None = None
    features: Literal["inputs", "outputs", "both"] = "outputs"
    exact: bool = False
    activations: bool = True
    maximal: bool = False
    spend: Annotated[float, Field(ge=0, le=1)] = EPSILON
