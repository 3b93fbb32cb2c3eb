"""Purification cost against width: small MLPs on handwritten digits, real data at small size.

The features are the ten classes. Without a neuron for each class purity costs; with many it hardly
does. Needs scikit-learn; without it the example says so.
"""

import torch
from torch import nn

import polysem

try:
    from sklearn.datasets import load_digits
except ImportError:
    load_digits = None


def trained(width, x, y):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
    return model


def loss(model, inputs, labels):
    return nn.functional.cross_entropy(model(inputs), labels.argmax(-1))


def main():
    digits = load_digits()
    x = torch.tensor(digits.data / 16, dtype=torch.float32)[:600]
    y = torch.tensor(digits.target)[:600]
    labels = nn.functional.one_hot(y, 10)
    for width in (5, 24):
        diagnosis = polysem.diagnose(
            trained(width, x, y),
            site="1",
            data=[(x, labels)],
            loss=loss,
            exact=True,
            draws=50,
            moves=2,
            together=False,
            horizon=60,
        )
        costs = sorted(f.cost for f in diagnosis.findings if f.cost is not None)
        if costs:
            print(f"width {width}: {len(costs)} neurons tested, median cost of purity", end=" ")
            print(f"{costs[len(costs) // 2]:.3f} of a class's worth")
        print(diagnosis.verdicts)


if load_digits is None:
    print("Install scikit-learn to run this example.")
else:
    main()
