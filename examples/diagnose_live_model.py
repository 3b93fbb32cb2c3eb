"""Which neurons of my own model are polysemantic, and could that be removed at no cost?

An autoencoder of 8 features and 10 hidden neurons is trained, then every polysemantic neuron is
made pure, retrained briefly beside a sham, and its cost is told in units of one feature's worth.
"""

import torch
from torch import nn

import polysem

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 10), nn.ReLU(), nn.Linear(10, 8), nn.ReLU())
nn.init.constant_(model[2].bias, 0.3)  # every output starts alive
x = torch.eye(8)


def loss(model, inputs, labels):
    return (model(inputs) - labels).square().sum(-1).mean()


optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(1000):
    optimiser.zero_grad()
    penalty = 1e-3 * (model[0].weight.abs().sum() + model[2].weight.abs().sum())
    (loss(model, x, x) + penalty).backward()
    optimiser.step()

many = x.repeat(5, 1)  # five samples of each input, so that selectivity can be tested
diagnosis = polysem.diagnose(
    model, site="1", data=[(many, many)], loss=loss, features="both", exact=True, draws=200
)
print(diagnosis)
columns = ["neuron", "features", "verdict", "cost", "layer_count_falls"]
print(diagnosis.to_pandas()[columns].to_string(index=False))
