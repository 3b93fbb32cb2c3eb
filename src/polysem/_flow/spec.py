"""A gradient-flow simulation as a configuration: network, seeds, method, what to record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from polysem._config import Config
from polysem._flow.options import FlowOptions
from polysem._flow.recorder import RecordOptions
from polysem._network.spec import NetworkSpec

SeedCount = Annotated[int, Field(ge=1, le=10**6)]
LAST_SEED = 2**63 - 1  # tables have no larger whole numbers
Seed = Annotated[int, Field(ge=0, le=LAST_SEED)]
WEAKEST = 1e-10  # strength of a penalty: 1/λ is the time scale, and a solve has to see its end


def last_seed_fits(seed: int, seeds: int) -> None:
    """Raise `ValueError` if the seeds from `seed` on go beyond the largest number of a seed."""
    if seed + seeds - 1 > LAST_SEED:
        raise ValueError(
            f"{seeds} seeds from {seed} on go beyond {LAST_SEED}; begin at a smaller one"
        )


class SimulateSpec(Config):
    """What `simulate` does. `seeds` networks are solved, numbered `seed`, `seed` + 1, …"""

    verb: Literal["simulate"] = "simulate"
    network: NetworkSpec
    seeds: SeedCount = 1
    seed: Seed = 0
    flow: FlowOptions = FlowOptions()
    record: RecordOptions = RecordOptions()

    @model_validator(mode="after")
    def _seeds_are_numbers(self) -> SimulateSpec:
        last_seed_fits(self.seed, self.seeds)
        return self

    @model_validator(mode="after")
    def _pair_exists(self) -> SimulateSpec:
        pair = self.record.pair
        if pair is not None and max(pair) >= self.network.n:
            raise ValueError(
                f"pair names feature {max(pair)}, but n = {self.network.n} features are numbered "
                f"0 to {self.network.n - 1}"
            )
        return self

    @model_validator(mode="after")
    def _method_applies(self) -> SimulateSpec:
        network, problem = self.network, self.network.problem
        beyond = problem.outside_flow(network.n)
        if beyond:
            raise ValueError(f"simulate cannot solve this network: {beyond}; use train")
        slowest = problem.slowest(network.n)
        if 0 < slowest < WEAKEST:
            raise ValueError(
                f"a penalty of strength {slowest:g} acts too slowly to be followed to its end; "
                f"use 0 or at least {WEAKEST:g}"
            )
        why = problem.outside_engine
        if why and self.flow.method == "engine":
            raise ValueError(f"{why}; use method 'auto' or 'reference'")
        if self.flow.device != "cpu" and not problem.is_base:
            raise ValueError("batches on a device solve the base model only; use device 'cpu'")
        return self

    @property
    def seed_numbers(self) -> range:
        """The seeds, in order."""
        return range(self.seed, self.seed + self.seeds)
