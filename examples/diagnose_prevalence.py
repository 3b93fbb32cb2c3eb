"""How much polysemanticity could be removed, and on what does that depend? Small MLPs.

From one network in the middle (width 16, one hidden layer, no regularisation, 600 handwritten
digits) one thing at a time is changed: width, depth, regularisation, data. Of every polysemantic
neuron of the last hidden layer it is measured what it costs to leave it one class; and of the layer
how many neurons can be purified together (φ). Intervals are over networks (bootstrap), because
neurons of one network are not independent. As it stands it takes seconds; `--full` takes the table
of docs/real-networks.md, `--out DIR` stores it with its picture. Needs scikit-learn.
"""

import argparse
import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

import polysem

try:
    from sklearn.datasets import load_digits
except ImportError:
    load_digits = None

CLASSES = 10


class Cell(NamedTuple):
    """One kind of network. `varied` — what differs from the middle one."""

    varied: str
    width: int = 16
    depth: int = 1
    penalty: str = "none"
    data: str = "digits"
    samples: int = 600

    @property
    def name(self):
        values = {
            "width": f"width {self.width}",
            "depth": f"{self.depth} hidden layers",
            "regularisation": {"l1": "ℓ1", "l2": "ℓ2"}.get(self.penalty, self.penalty),
            "data": f"{self.samples} {self.data}",
        }
        return values.get(self.varied, "the middle")


CELLS = [
    Cell("middle"),
    *(Cell("width", width=w) for w in (5, 8, 12, 32)),
    *(Cell("depth", depth=d) for d in (2, 3)),
    *(Cell("regularisation", penalty=p) for p in ("l2", "l1", "dropout")),
    *(Cell("data", samples=s) for s in (100, 200, 1500)),
    Cell("data", data="digits with random labels", samples=200),
]
SMALL = [Cell("middle", samples=100), Cell("width", width=5, samples=100)]


def samples(cell, seed):
    """Inputs (samples, 64), classes (samples,): others in every seed."""
    generator = np.random.default_rng(seed)
    digits = load_digits()
    chosen = generator.permutation(len(digits.target))[: cell.samples]
    x, classes = digits.data[chosen] / 16, digits.target[chosen]
    if "random" in cell.data:
        classes = generator.permutation(classes)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(classes)


def trained(cell, seed, x, y, steps):
    torch.manual_seed(seed)
    layers, wide = [], 64
    for _ in range(cell.depth):
        layers += [nn.Linear(wide, cell.width), nn.ReLU()]
        wide = cell.width
    if cell.penalty == "dropout":
        layers.append(nn.Dropout(0.2))
    model = nn.Sequential(*layers, nn.Linear(wide, CLASSES))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimiser.zero_grad()
        (plain_loss(model, x, y) + penalty(cell, model)).backward()
        optimiser.step()
    return model


def plain_loss(model, inputs, classes):
    return nn.functional.cross_entropy(model(inputs), classes)


def penalty(cell, model):
    """Part of the objective in training and in the test alike; dropout is off in the test."""
    weights = [p for name, p in model.named_parameters() if name.endswith("weight")]
    if cell.penalty == "l1":
        return 3e-4 * sum(p.abs().sum() for p in weights)
    return 1e-3 * sum(p.square().sum() for p in weights) if cell.penalty == "l2" else 0.0


def measured(cell, seed, steps, horizon):
    """One network: accuracy, neurons, polysemantic ones, removable, necessary, φ, all costs."""
    x, y = samples(cell, seed)
    model = trained(cell, seed, x, y, steps)
    right = (model(x).argmax(-1) == y).float().mean().item()

    def loss(network, inputs, labels):
        return plain_loss(network, inputs, labels.argmax(-1)) + penalty(cell, network)

    found = polysem.diagnose(
        model,
        site=str(2 * cell.depth - 1),
        data=[(x, nn.functional.one_hot(y, CLASSES))],
        loss=loss,
        decoder=str(len(model) - 1),
        exact=True,
        horizon=horizon,
        moves=2,
        draws=20,
        seed=seed,
    )
    tested = [f.verdict for f in found.findings if f.cost is not None]
    counts = [len(tested), tested.count("removable"), tested.count("necessary")]
    together = found.origin.together
    removed = 0 if together is None else together.removed
    costs = [f.cost for f in found.findings if f.cost is not None]
    return right, len(found.findings), *counts, removed, costs


def share(rows, column, draws=2000):
    """Pooled share of the polysemantic neurons and its 95 % interval, networks drawn anew."""
    many = np.array([row[2] for row in rows], float)
    part = np.array([row[column] for row in rows], float)
    if not many.sum():
        return np.nan, np.nan, np.nan
    drawn = np.random.default_rng(0).integers(len(rows), size=(draws, len(rows)))
    of, out_of = part[drawn].sum(1), many[drawn].sum(1)
    low, high = np.quantile(of[out_of > 0] / out_of[out_of > 0], [0.025, 0.975])
    return part.sum() / many.sum(), low, high


def told(cell, rows):
    """The row of the table."""
    right, neurons = np.mean([row[0] for row in rows]), sum(row[1] for row in rows)
    found = {"varied": cell.varied, "network": cell.name, "seeds": len(rows), "right": right}
    found |= {"neurons": neurons, "polysemantic": sum(row[2] for row in rows)}
    costs = [cost for row in rows for cost in row[6]]
    found |= {"median_cost": np.median(costs) if costs else np.nan}
    for name, column in (("removable", 3), ("necessary", 4), ("together", 5)):
        value, low, high = share(rows, column)
        found |= {name: value, f"{name}_low": low, f"{name}_high": high}
    ranges = (
        f"{name} {found[name]:.0%} ({found[f'{name}_low']:.0%} to {found[f'{name}_high']:.0%})"
        for name in ("removable", "necessary", "together")
    )
    print(
        f"{cell.name}: {right:.1%} right, {found['polysemantic']} of {neurons} neurons "
        f"polysemantic; median cost {found['median_cost']:.3f}; {', '.join(ranges)}",
        flush=True,
    )
    return found


def draw(table, path):
    """Shares with their intervals, a row for each kind of network."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.32 * len(table) + 1.2), layout="constrained")
    ax = figure.subplots()
    place = np.arange(len(table))[::-1]
    looks = {"removable": ("o", "#009E73", 0.12), "together": ("s", "#0072B2", -0.12)}
    words = {"removable": "removable one at a time", "together": "removable together (φ)"}
    for name, (mark, colour, up) in looks.items():
        value = np.array([row[name] for row in table])
        low, high = (np.array([row[f"{name}_{end}"] for row in table]) for end in ("low", "high"))
        reach = np.abs([value - low, high - value])
        ax.errorbar(value, place + up, xerr=reach, fmt=mark, color=colour, label=words[name], ms=5)
    ax.set_yticks(place, [f"{row['network']}" for row in table])
    ax.set(xlim=(-0.03, 1.03), xlabel="share of the polysemantic neurons (95 % over networks)")
    ax.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all networks, many seeds")
    parser.add_argument("--seeds", type=int, default=5, help="of each kind, with --full")
    parser.add_argument("--out", type=Path, help="folder for prevalence.csv and prevalence.svg")
    given = parser.parse_args()
    cells, seeds = (CELLS, given.seeds) if given.full else (SMALL, 2)
    steps, horizon = (300, 60) if given.full else (100, 10)
    table = [told(c, [measured(c, s, steps, horizon) for s in range(seeds)]) for c in cells]
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
        with (given.out / "prevalence.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, table[0])
            writer.writeheader()
            writer.writerows(table)
        draw(table, given.out / "prevalence.svg")


if load_digits is None:
    print("Install scikit-learn to run this example.")
else:
    main()
