"""A training as a configuration: network, seeds, how to train, what to record."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from polysem._config import Config
from polysem._flow.recorder import RecordOptions
from polysem._flow.spec import Seed, SeedCount, last_seed_fits
from polysem._flow.statistics import PAIR_FORCES
from polysem._network.spec import NetworkSpec
from polysem._train.catalogue import ONE_SEED_AT_A_TIME
from polysem._train.options import TrainOptions


class TrainSpec(Config):
    """What `train` does. `seeds` networks are trained, numbered `seed`, `seed` + 1, …

    `record` — times are numbers of steps.
    """

    verb: Literal["train"] = "train"
    network: NetworkSpec
    seeds: SeedCount = 1
    seed: Seed = 0
    train: TrainOptions = TrainOptions()
    record: RecordOptions = RecordOptions()

    @model_validator(mode="after")
    def _seeds_are_numbers(self) -> TrainSpec:
        last_seed_fits(self.seed, self.seeds)
        return self

    @model_validator(mode="after")
    def _pair_exists(self) -> TrainSpec:
        pair = self.record.pair
        if pair is not None and max(pair) >= self.network.n:
            raise ValueError(
                f"pair names feature {max(pair)}, but n = {self.network.n} features are numbered "
                f"0 to {self.network.n - 1}"
            )
        return self

    @model_validator(mode="after")
    def _data_are_reached(self) -> TrainSpec:
        too_many = self.network.data.too_many(self.network.n)
        if too_many and self.train.batch is None:
            raise ValueError(f"{too_many}; say how many inputs a step draws, such as batch = 256")
        beyond = self.network.problem.outside_flow(self.network.n)
        if PAIR_FORCES in self.record.what and beyond:
            raise ValueError(f"pair_forces cannot be recorded: {beyond}")
        return self

    @model_validator(mode="after")
    def _optimiser_suits(self) -> TrainSpec:
        name = self.train.optimiser
        if name in ONE_SEED_AT_A_TIME and not self.network.architecture.plain:
            raise ValueError(
                f"{name} mixes the numbers of a matrix, and more layers, biases or an untied "
                "decoder are trained as one row of numbers; use AdamW or SGD"
            )
        return self

    @property
    def seed_numbers(self) -> range:
        """The seeds, in order."""
        return range(self.seed, self.seed + self.seeds)
