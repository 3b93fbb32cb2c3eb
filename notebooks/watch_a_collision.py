# %% [markdown]
# # Watch a collision
#
# Two features want the same neuron. Whether both may stay depends on one bit: their signs.

# %%
import matplotlib.pyplot as plt
import numpy as np

import polysem

m = 32


def collision(sign):
    """Two features that are strong on neuron 0; `sign` of the second."""
    start = np.random.default_rng(1).normal(0, m**-0.5, (1, 2, m))
    start[0, :, 0] = 0.6, 0.55 * sign
    return polysem.simulate(
        start=start, l1=0.2, record=("pair_forces",), pair=(0, 1), per_decade=40
    )


runs = {"opposite sign": collision(-1), "same sign": collision(+1)}

# %% [markdown]
# The weights of both on neuron 0, and the interference that feature 0 feels there.

# %%
figure, panels = plt.subplots(2, 2, figsize=(8, 5), sharex=True, layout="constrained")
for column, (name, run) in zip(panels.T, runs.items(), strict=True):
    path = run.trajectory()
    column[0].plot(path.t, path.pair_weight_i, label="feature 0")
    column[0].plot(path.t, path.pair_weight_j, label="feature 1")
    column[0].set(title=name, ylabel="weight on neuron 0")
    column[1].plot(path.t, path.pair_interference_i)
    column[1].set(xlabel="time t", ylabel="interference on feature 0")
panels[0, 0].legend()
figure.savefig("collision.svg")

# %% [markdown]
# Of opposite sign there is no interference on this neuron that could part them: a negative overlap
# is hidden by the output ReLU. Of the same sign there is, and one of the two moves away.

# %%
for name, run in runs.items():
    shared = run.census.polysemantic_neurons.to_pandas()
    print(f"{name}, polysemantic neurons: {len(shared)}")

# %% [markdown]
# **Now you.** Make the second weight smaller, say 0.3. From where on do both no longer stay? Does λ
# matter?

# %%
for second in (0.55, 0.45, 0.35, 0.25):
    start = np.random.default_rng(1).normal(0, m**-0.5, (1, 2, m))
    start[0, :, 0] = 0.6, -second
    run = polysem.simulate(start=start, l1=0.2)
    print(second, "polysemantic:", len(run.census.polysemantic_neurons))
