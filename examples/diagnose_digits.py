"""Purity, co-location and width: small MLPs on scikit-learn's handwritten digits.

The features are the ten classes. For every width: what it costs to leave a neuron one class only,
how many neurons that is free for, and whether other seeds put the same two classes on one neuron
more often than chance. As it stands it takes seconds; `--full` takes the table of
docs/real-networks.md, many minutes. Needs scikit-learn; without it the example says so.
"""

import argparse
from itertools import combinations

import numpy as np
import torch
from torch import nn

import polysem

try:
    from sklearn.datasets import load_digits
except ImportError:
    load_digits = None


def trained(width, seed, x, y, steps):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
    return model


def loss(model, inputs, labels):
    return nn.functional.cross_entropy(model(inputs), labels.argmax(-1))


def pairs(diagnosis):
    """(10, 10) booleans: are two classes the two that excite some neuron most?"""
    found = np.zeros((10, 10), dtype=bool)
    for neuron in diagnosis.findings:
        excited = [int(f) for f, s in zip(neuron.features, neuron.strengths, strict=True) if s > 0]
        if len(excited) >= 2:
            a, b = excited[:2]
            found[a, b] = found[b, a] = True
    return found


def agreement(seeds):
    """Pairs of classes that two seeds share, mean over all pairs of seeds."""
    return np.mean([(a & b).sum() / 2 for a, b in combinations(seeds, 2)])


def by_chance(seeds, draws=1000):
    """Agreement after the classes were renamed at random in every seed; and how often it is as
    large as the real one."""
    generator = np.random.default_rng(0)
    null = []
    for _ in range(draws):
        orders = [generator.permutation(10) for _ in seeds]
        null.append(agreement([p[np.ix_(o, o)] for p, o in zip(seeds, orders, strict=True)]))
    p = (1 + np.sum(np.array(null) >= agreement(seeds))) / (draws + 1)
    return np.mean(null), p


def row(width, costly, cheap, x, y, steps, horizon):
    labels = nn.functional.one_hot(y, 10)
    models = [trained(width, seed, x, y, steps) for seed in range(cheap)]
    correct = np.mean([(m(x).argmax(-1) == y).float().mean().item() for m in models])
    data, costs, verdicts, shared, together = [(x, labels)], [], [], [], []
    for seed, model in enumerate(models):
        how = {"site": "1", "data": data, "draws": 20}
        if seed < costly:
            how |= {"loss": loss, "exact": True, "moves": 2, "horizon": horizon}
            how["together"] = width <= 32  # φ: beyond, it takes many minutes
        diagnosis = polysem.diagnose(model, **how)
        tested = [f for f in diagnosis.findings if f.cost is not None]
        costs += [f.cost for f in tested]
        verdicts += [f.verdict for f in tested]
        shared.append(pairs(diagnosis))
        if diagnosis.origin is not None and diagnosis.origin.together is not None:
            phi = diagnosis.origin.together
            together.append(f"{phi.removed} of {phi.polysemantic}")
    low, middle, high = np.quantile(costs, [0.1, 0.5, 0.9])
    share = {v: verdicts.count(v) / len(verdicts) for v in ("removable", "necessary")}
    chance, p = by_chance(shared)
    phi = f"; together {', '.join(together)}" if together else ""
    print(
        f"width {width}: {correct:.1%} right; {len(costs)} neurons, cost of purity {middle:.3f} "
        f"(10 to 90 %: {low:.3f} to {high:.3f}) of a class's worth; {share['removable']:.0%} "
        f"removable, {share['necessary']:.0%} necessary{phi}; {cheap} seeds share "
        f"{agreement(shared):.2f} pairs of classes, {chance:.2f} by chance (p {p:.3f})",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="widths 5 to 128, many seeds")
    full = parser.parse_args().full
    digits = load_digits()
    x = torch.tensor(digits.data / 16, dtype=torch.float32)[: 600 if full else 200]
    y = torch.tensor(digits.target)[: len(x)]
    plan = {5: 3, 8: 3, 16: 3, 32: 2, 64: 1, 128: 1} if full else {5: 1, 16: 1}
    for width, costly in plan.items():
        row(width, costly, 12 if full else 3, x, y, 300 if full else 150, 120 if full else 40)


if load_digits is None:
    print("Install scikit-learn to run this example.")
else:
    main()
