"""Repair of small classifiers of handwritten digits: what goes, what it costs, what stays.

1,200 images to train on, 597 that nobody looks at until the end, others for every network. The
repaired network is then diagnosed from scratch: of what is left, how much could go? Three ways:

loss      the loss is the cross-entropy, judged by 297 of the other images; a few steps
training  the cross-entropy, judged by the images it trains on, until no neuron left could go
function  the same, and the loss also holds the network to its own answers on mixes of two images
          and on images moved by a pixel: what is free on 1,200 images is not free between them

Counts: neurons that serve two classes by their weights, and neurons whose activations tell two
classes from the others. As it stands it takes seconds; `--full` takes the tables of docs/repair.md.
Needs scikit-learn; without it the example says so.
"""

import argparse
import copy
from collections import Counter

import numpy as np
import torch
from scipy import stats
from torch import nn

import polysem

try:
    from sklearn.datasets import load_digits
except ImportError:
    load_digits = None


WHOLE = {"maximal": True, "exact": True}
MIXES = 4  # of every image
WAYS = ((0, 1), (0, -1), (1, 0), (-1, 0))
PLANS = {"loss": {}, "training": WHOLE, "function": WHOLE | {"spend": 0.05}}


def loss(model, inputs, labels):
    return nn.functional.cross_entropy(model(inputs), labels)


def mixed(inputs, others, most, draw):
    """Every image with up to `most` of another one in it."""
    share = most * torch.rand(len(inputs), 1, generator=draw)
    return (1 - share) * inputs + share * others


def moved(inputs, down, right):
    """Every image moved by pixels, with black where it was."""
    wide = nn.functional.pad(inputs.reshape(-1, 8, 8), (1, 1, 1, 1))
    return wide[:, 1 - down : 9 - down, 1 - right : 9 - right].reshape(-1, 64)


def between(inputs):
    """Mixes of two images, and of an image and itself moved by a pixel: the same in every step."""
    draw = torch.Generator().manual_seed(len(inputs))
    orders = [torch.randperm(len(inputs), generator=draw) for _ in range(MIXES)]
    mixes = [mixed(inputs, inputs[order], 0.5, draw) for order in orders]
    return torch.cat(mixes + [mixed(inputs, moved(inputs, *way), 1, draw) for way in WAYS])


def kept(original):
    """The loss, and the divergence from what the original says between the images."""
    teacher = copy.deepcopy(original)

    def both(model, inputs, labels):
        more = between(inputs)
        wanted = nn.functional.softmax(teacher(more).detach(), -1)
        apart = nn.functional.kl_div(model(more).log_softmax(-1), wanted, reduction="batchmean")
        return loss(model, inputs, labels) + apart

    return both


def trained(width, seed, x, y, steps=400):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        some = torch.randperm(len(x))[:200]
        optimiser.zero_grad()
        loss(model, x[some], y[some]).backward()
        optimiser.step()
    return model


def batches(x, y):
    return [(x[i : i + 200], y[i : i + 200]) for i in range(0, len(x), 200)]


def right(model, x, y):
    with torch.no_grad():
        return 100 * (model(x).argmax(-1) == y).float().mean().item()


def one(width, seed, digits, plan, how):
    """A row: counts before and after, percentage points against sham and original, loss, steps."""
    order = np.random.default_rng(1000 + seed).permutation(len(digits.target))
    x = torch.tensor(digits.data[order] / 16, dtype=torch.float32)
    y = torch.tensor(digits.target[order])
    model = trained(width, seed, x[:1200], y[:1200])
    own = kept(model) if plan == "function" else loss
    judging = batches(x[1200:1497], y[1200:1497]) if plan == "loss" else None
    data = batches(x[:1200], y[:1200])
    done = polysem.repair(model, "1", data=data, held_out=judging, loss=own, seed=seed, **how)
    row = done.to_dicts()[0]
    first = 1497 if judging else 1200
    unseen = x[first:], y[first:]
    row["points"] = right(done.model, *unseen) - right(done.sham, *unseen)
    row["points_original"] = right(done.model, *unseen) - right(model, *unseen)
    row["again"] = {} if plan == "loss" or width < 32 else again(done.model, x, y, own)
    return row


def again(model, x, y, own):
    """Verdicts of a diagnosis from scratch, on the images it was trained on; and how many neurons
    are polysemantic on 597 others."""
    how = {"site": "1", "draws": 20, "together": False, "exact": True}
    found = polysem.diagnose(model, data=batches(x[:1200], y[:1200]), loss=own, **how)
    falls = [row["layer_count_falls"] for row in found.to_dicts() if row["verdict"] == "removable"]
    others = nn.functional.one_hot(y[1200:], 10)
    seen = polysem.diagnose(model, data=[(x[1200:], others)], site="1", draws=20)
    more = {"removable, the count falls": sum(falls), "on other images": len(seen.polysemantic)}
    return found.verdicts | more


def interval(values):
    """Mean and 95 % Student interval."""
    values = np.array(values, dtype=float)
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return f"{values.mean():+.3f} ({values.mean() - half:+.3f} to {values.mean() + half:+.3f})"


def table(width, seeds, digits, plan, how):
    rows = [one(width, seed, digits, plan, how) for seed in seeds]
    rest = sum((Counter(row["again"]) for row in rows), Counter())
    names = [name for name in rows[0] if name.startswith(("polysemantic", "active", "count"))]
    total = {name: sum(row[name] or 0 for row in rows) for name in names}
    print(
        f"{plan}, width {width}, {len(rows)} networks from seed {seeds[0]}: "
        f"by weights {total['polysemantic']} polysemantic, "
        f"{total['polysemantic_repaired']} after; by activations {total['active']}, "
        f"{total['active_repaired']} after ({total['active_sham']} in the sham); accuracy "
        f"{interval([row['points'] for row in rows])} points against the sham, "
        f"{interval([row['points_original'] for row in rows])} against the original, loss "
        f"{interval([row['gap'] for row in rows])} of a class's worth against the sham; "
        f"{np.mean([row['steps'] for row in rows]):.0f} steps; trained on: "
        f"{total['count_repaired_further']} by weights, {total['count_sham_further']} in the sham; "
        f"diagnosed again: {dict(rest)}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="widths 32 and 64, many networks")
    parser.add_argument("--first", type=int, default=300, help="number of the first seed")
    parser.add_argument("--networks", type=int, help="of each width")
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--plan", nargs="+", default=list(PLANS), choices=PLANS)
    given = parser.parse_args()
    digits = load_digits()
    if not given.full:
        for plan in ("loss", "function"):
            table(16, (0, 1), digits, plan, {"steps": 30, "rounds": 2, "further": 10})
        return
    for width, count in ((w, c) for w, c in ((32, 12), (64, 8)) if w in given.widths):
        for plan in given.plan:
            seeds = range(given.first, given.first + (given.networks or count))
            table(width, seeds, digits, plan, PLANS[plan])


if load_digits is None:
    print("Install scikit-learn to run this example.")
else:
    main()
