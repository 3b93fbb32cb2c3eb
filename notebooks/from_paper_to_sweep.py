# %% [markdown]
# # From the paper to your own sweep
#
# The paper (arXiv 2312.03096) says that about n²/4m neurons end polysemantic. Check it at a small
# size, then ask something the paper did not.

# %%
import polysem

grid = {
    "base": {"flow.accuracy": "fast"},
    "axes": {"n": [8, 16], "m": {"geometric": ["2*n", "16*n", 4]}, "l1": ["0.1/sqrt(m)"]},
    "seeds": 16,
}
sweep = polysem.sweep(grid, "paper")
table = sweep.to_pandas()
table.groupby(["n", "m"])[["polysemantic", "expected_paper", "expected_balls"]].mean().round(2)

# %%
sweep.plot().savefig("paper.svg")

# %% [markdown]
# The same as one statement: fit A·nᵃ·mᵇ with Poisson scatter. The law says a = 2, b = −1, A = 1/4.

# %%
print(polysem.theory.fit_power_law(table.n, table.m, table.polysemantic))

# %% [markdown]
# **Your own question.** How visible must a negative overlap be before opposite-sign pairs stop
# forming? A leaky output lets a share of it through.

# %%
leaks = {
    "base": {"n": 16, "m": 32, "l1": 0.05, "activation.kind": "leaky", "flow.accuracy": "fast"},
    "axes": {"activation.leak": [0.0, 0.01, 0.02, 0.05, 0.1, 0.2]},
    "seeds": 16,
}
leaky = polysem.sweep(leaks, "leaks")
counts = leaky.to_pandas().groupby("activation_leak").polysemantic
counts.agg(["mean", "sum", "count"])

# %% [markdown]
# With intervals: the total over networks is what is counted, and its exact Poisson interval is
# `garwood`. Where two intervals overlap, the data do not tell the two apart.

# %%
for leak, group in counts:
    low, high = polysem.theory.garwood(int(group.sum()))
    print(f"leak {leak:g}: {low / len(group):.2f} to {high / len(group):.2f} per network")

# %% [markdown]
# **Now you.** Change `axes` to λ, to the activation, or to anything in the documentation's table of
# axes. Run the cell again: what is there is not computed twice.
