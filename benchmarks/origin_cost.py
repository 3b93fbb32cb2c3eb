"""What testing a whole layer costs, in trainings of its network (processor seconds of both).

    python -m benchmarks.origin_cost [--redo]

tied     n = 32 features on m = 48 neurons, λ = 0.01; Adam, 3,000 steps
crowded  the same on m = 18 neurons, nearly all of them polysemantic
untied   24 features on 48 hidden ReLU neurons, λ = 0.005; Adam, 3,000 steps
digits   64 − 32 − 10 ReLU network on scikit-learn's 1,797 digits, batches of 128, Adam, 30 epochs

"costs" is of every polysemantic neuron: four moves, two to five retraining seeds, fifteen shams
(five for the digits); "together" is φ on top of it. Target: less than three trainings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from benchmarks._command import parser
from benchmarks._store import Found, Store
from benchmarks._table import flat_table


def tied() -> tuple[Any, float]:
    """A network of the base model, and the seconds its training took."""
    from polysem._diagnose.benchmark.families import base

    return _trained(base.FAMILY, 32, 48, 0.01)


def crowded() -> tuple[Any, float]:
    """One where nearly every neuron is to be tested."""
    from polysem._diagnose.benchmark.families import base

    return _trained(base.FAMILY, 32, 18, 0.01)


def untied() -> tuple[Any, float]:
    """The untied ReLU autoencoder."""
    from polysem._diagnose.benchmark.families import untied

    return _trained(untied.FAMILY, 24, 48, 0.005)


def _trained(family: Any, n: int, m: int, strength: float) -> tuple[Any, float]:
    from polysem._diagnose.benchmark.family import Cell
    from polysem._diagnose.origin.network import stacked
    from polysem._diagnose.origin.retrain import Horizon, retrain

    cell = Cell(n, m, strength)
    start = family.start(cell, torch.Generator().manual_seed(0))
    blank, horizon = family.build(cell, start), Horizon(steps=3000, rate=0.01, jitter=0)
    began = time.process_time()
    end = retrain(blank, stacked(start, 1), None, horizon, 0)
    seconds = time.process_time() - began
    return family.build(cell, {name: v[0] for name, v in end.items()}), seconds


def digits() -> tuple[Any, float]:
    """A user's module in batches; its loss is the cross-entropy."""
    from sklearn.datasets import load_digits

    from polysem._diagnose.origin.module import ModuleNetwork

    torch.manual_seed(0)
    pixels, classes = load_digits(return_X_y=True)
    x = torch.tensor(pixels, dtype=torch.float32) / 16
    y = torch.tensor(classes)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    adam, loss = torch.optim.Adam(model.parameters(), lr=0.003), nn.CrossEntropyLoss()
    began = time.process_time()
    for _ in range(30):
        for rows in torch.randperm(len(x)).split(128):
            adam.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            adam.step()
    seconds = time.process_time() - began
    batches = list(zip(x.split(128), y.split(128), strict=True))
    score = lambda model, inputs, labels: loss(model(inputs), labels)  # noqa: E731
    return ModuleNetwork(model, "0", "2", score, batches), seconds


PARTS: dict[str, Callable[[], tuple[Any, float]]] = {
    "tied": tied,
    "crowded": crowded,
    "untied": untied,
    "digits": digits,
}


def measure(name: str) -> Found:
    """Train, then test the layer as `polysem.diagnose` does by default."""
    from polysem._diagnose.origin.removal import measure_removals
    from polysem._diagnose.origin.retrain import Horizon
    from polysem._diagnose.origin.together import measure_together

    network, training = PARTS[name]()
    began = time.process_time()
    removals = measure_removals(network, Horizon())
    costs = time.process_time() - began
    measure_together(network, removals, Horizon())
    whole = time.process_time() - began
    return {
        "part": name,
        "polysemantic": len(removals),
        "retraining_seeds": sum(len(r.each) for r in removals),
        "training_cpu_seconds": training,
        "costs_cpu_seconds": costs,
        "together_cpu_seconds": whole - costs,
        "costs_in_trainings": costs / training,
        "whole_in_trainings": whole / training,
    }


def main(arguments: list[str] | None = None) -> None:
    given = parser(__doc__).parse_args(arguments)
    store = Store("origin_cost", given.results, given.redo)
    found = [store.part(name, lambda name=name: measure(name)) for name in PARTS]
    print(flat_table("A whole layer's origin test", found))


if __name__ == "__main__":
    main()
