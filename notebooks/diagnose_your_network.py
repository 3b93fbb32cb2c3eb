# %% [markdown]
# # Diagnose your own network
#
# Which neurons of a trained network are polysemantic, and could that have been avoided? Here a
# small multilayer perceptron that learns to reproduce eight inputs; put your own in its place.

# %%
import torch
from torch import nn

import polysem

features = 8
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(features, 12), nn.ReLU(), nn.Linear(12, features))
inputs = torch.eye(features).repeat(4, 1)  # every input four times: labels need samples


def loss(model, inputs, labels):
    """Squared error; what your network was trained for goes here."""
    return ((model(inputs) - labels) ** 2).sum(-1).mean()


optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(600):
    optimiser.zero_grad()
    value = loss(model, inputs, inputs) + 1e-3 * model[0].weight.abs().sum()
    value.backward()
    optimiser.step()
print(f"loss {loss(model, inputs, inputs).item():.4f}")

# %% [markdown]
# **Weights alone** say who represents what, and not more.

# %%
print(polysem.diagnose(model[0].weight.detach().numpy().T))

# %% [markdown]
# **The live model** with its data and its loss: every polysemantic neuron is held to one of its
# features, the network is trained again for a moment, and so is a sham without that. The difference
# is the cost of purity. (`horizon`, `moves` and `draws` are small here, to be quick.)

# %%
found = polysem.diagnose(
    model,
    site="1",
    data=[(inputs, inputs)],
    loss=loss,
    exact=True,
    draws=50,
    moves=2,
    together=False,
    horizon=60,
)
print(found)
print(found.verdicts)

# %%
found.to_pandas()[["neuron", "features", "polysemantic", "verdict", "cost", "evidence"]]

# %% [markdown]
# *Removable*: purity costs nothing, so this polysemanticity is incidental. *Necessary*: it costs
# clearly. *Horizon-dependent*: a longer retraining would tell (`horizon=800`). *Undetermined*: the
# retraining seeds disagree.
#
# More neurons are polysemantic here than by the weights alone: with data a neuron is judged by what
# it answers to, and biases and small weights count as well.
#
# **Now you.** Make the hidden layer smaller than the number of features. When do verdicts turn?
