"""Polysem: where does a polysemantic neuron come from?

    import polysem
    run = polysem.simulate(n=64, m=256, l1=0.005, seeds=8)
    run                      # outcomes and census
    run.to_pandas()          # one row per seed
    polysem.predict(64, 256) # what theory expects

Everything public is here; the modules behind it are private and are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polysem import _flow as flow
    from polysem import _network as network
    from polysem import _theory as theory
    from polysem._census import Census
    from polysem._claims.claims import Ledger, claims
    from polysem._diagnose.diagnose import diagnose
    from polysem._diagnose.selectivity.relatedness import Relatedness
    from polysem._errors import BadInput, PolysemError, RunFailed
    from polysem._flow.outcome import Outcome
    from polysem._network.module import TiedAutoencoder
    from polysem._repair.judge.comparison import Comparison
    from polysem._repair.prevent.prevent import prevent
    from polysem._repair.prevent.registry import intervene
    from polysem._repair.repair import repair
    from polysem._repair.result import Repair
    from polysem._reproduce.reproduce import Reproduction, reproduce
    from polysem._run.census import census
    from polysem._run.run import Run
    from polysem._run.simulate import simulate
    from polysem._run.train import train
    from polysem._sweep.load import load
    from polysem._sweep.results import Sweep
    from polysem._sweep.sweep import sweep
    from polysem._theory import expected_collisions, predict

_HOME = {
    "BadInput": "_errors",
    "Census": "_census",
    "Comparison": "_repair.judge.comparison",
    "Ledger": "_claims.claims",
    "Outcome": "_flow.outcome",
    "PolysemError": "_errors",
    "Relatedness": "_diagnose.selectivity.relatedness",
    "Repair": "_repair.result",
    "Reproduction": "_reproduce.reproduce",
    "Run": "_run.run",
    "RunFailed": "_errors",
    "Sweep": "_sweep.results",
    "TiedAutoencoder": "_network.module",
    "census": "_run.census",
    "claims": "_claims.claims",
    "diagnose": "_diagnose.diagnose",
    "expected_collisions": "_theory",
    "intervene": "_repair.prevent.registry",
    "load": "_sweep.load",
    "predict": "_theory",
    "repair": "_repair.repair",
    "prevent": "_repair.prevent.prevent",
    "reproduce": "_reproduce.reproduce",
    "simulate": "_run.simulate",
    "sweep": "_sweep.sweep",
    "train": "_run.train",
}
_NAMESPACES = {"flow": "_flow", "network": "_network", "theory": "_theory"}

__all__ = [
    "BadInput",
    "Census",
    "Comparison",
    "Ledger",
    "Outcome",
    "PolysemError",
    "Relatedness",
    "Repair",
    "Reproduction",
    "Run",
    "RunFailed",
    "Sweep",
    "TiedAutoencoder",
    "census",
    "claims",
    "diagnose",
    "expected_collisions",
    "flow",
    "intervene",
    "load",
    "network",
    "predict",
    "prevent",
    "repair",
    "reproduce",
    "simulate",
    "sweep",
    "theory",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its private module the first time it is used."""
    if name in _NAMESPACES:
        value = import_module(f"polysem.{_NAMESPACES[name]}")
    elif name in _HOME:
        value = getattr(import_module(f"polysem.{_HOME[name]}"), name)
    elif name == "__version__":
        from importlib.metadata import version

        value = version("polysem")
    else:
        raise AttributeError(f"module 'polysem' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
