"""The authors' AdamW against the flow it stands for: the count, and the winners.

80 networks of a width at quick size: with 36 the interval of the count reached 0.8 of the way to
the range, and other seeds could have left it open.
"""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, count_per, count_quotient, mean_share
from polysem._claims.experiment import TRAINED, Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import features

L1 = 0.001


def flow_grid(n: list[int], m: list[str], seeds: int) -> dict:
    """The flow from the same starts at the same λ."""
    base = {"l1": L1, "flow.accuracy": "fast"}
    return {"base": base, "axes": {"n": n, "m": m}, "seeds": seeds}


def adamw_grid(n: list[int], m: list[str], seeds: int) -> dict:
    """The recipe of arXiv 2312.03096."""
    base = {"verb": "train", "recipe": "lecomte2023", "l1": L1}
    return {"base": base, "axes": {"n": n, "m": m}, "seeds": seeds}


def count_ratio(tables: Tables, confidence: float) -> Effect:
    """Polysemantic neurons under AdamW over those under the flow, of networks there for both.

    Counts from one start are not quite independent; if anything they agree, and the interval is
    too wide.
    """
    keys = ["n", "m", "seed"]
    both = tables["AdamW"].merge(tables["flow"], on=keys, suffixes=("", "_flow"))
    return count_quotient(both["polysemantic"], both["polysemantic_flow"], confidence)


def agreement(tables: Tables, confidence: float) -> Effect:
    """Share of features that end on the same neuron under both, from the same start."""
    keys = ["n", "m", "seed", "feature"]
    flow = tables["flow winners"][[*keys, "neuron"]].rename(columns={"neuron": "flow"})
    both = tables["AdamW winners"].merge(flow, on=keys)
    same = (both["neuron"] == both["flow"]).astype(float)
    return mean_share(same.groupby([both["n"], both["m"], both["seed"]]).mean(), confidence)


def argmax_won(method: str):
    """Share of features that end on their initial argmax."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = tables[f"{method} winners"]
        won = f.groupby(["n", "m", "seed"])["first_choice_represents"].mean()
        return mean_share(won, confidence)

    return effect


def numbers(tables: Tables):
    """Counts side by side, and shares of features."""
    found = [
        ({"quantity": "polysemantic per network", "of": f"{name}, n={n}, m={m}"},
         count_per(f["polysemantic"], 1.0, SHOWN))
        for name in ("flow", "AdamW")
        for (n, m), f in tables[name].groupby(["n", "m"])
    ]  # fmt: skip
    found += [
        ({"quantity": "initial argmax won", "of": name}, argmax_won(name)(tables, SHOWN))
        for name in ("flow", "AdamW")
    ]
    found.append(({"quantity": "same winner", "of": "flow and AdamW"}, agreement(tables, SHOWN)))
    return table(found, "measured")


def panel(tables: Tables) -> Panel:
    """Counts by size, side by side."""
    series = []
    for name in ("flow", "AdamW"):
        groups = list(tables[name].groupby(["n", "m"]))
        x = [f"n={n}, m={m}" for (n, m), _ in groups]
        series.append(
            points(name, x, [count_per(f["polysemantic"], 1.0, SHOWN) for _, f in groups])
        )
    return Panel(
        "Does AdamW give the count of the flow?", "size of the network",
        "polysemantic neurons per network", tuple(series),
        "Means with exact 95 % intervals, same λ, same starts. Whether the winners are the same "
        "is in the table.",
        "Counts of flow and AdamW by network size.",
    )  # fmt: skip


FLOW = flow_grid([24], ["4*n", "8*n"], 80), flow_grid([64], ["4*n", "8*n", "16*n"], 200)
ADAMW = adamw_grid([24], ["4*n", "8*n"], 80), adamw_grid([64], ["4*n", "8*n", "16*n"], 200)
TRAIN = {"accept": TRAINED, "sparse": True}

CLAIM = Claim(
    number=18,
    name="adamw",
    statement="The authors' AdamW stands for gradient flow: it reproduces count and winners.",
    source=f"{PAPER}, Section 3 (theory by gradient flow, experiments by AdamW)",
    reading=(
        "From the same starts at the same λ, for m ≥ 4n: the count under AdamW is that of the "
        "flow within a factor of 2 either way (AdamW has not converged for smaller m), and at "
        "least half of the features end on the same neuron. Beside: under AdamW at least half "
        "of the features end on their initial argmax."
    ),
    experiments={
        "flow": Experiment(*FLOW),
        "flow winners": Experiment(*FLOW, view=features, weights=True),
        "AdamW": Experiment(*ADAMW, **TRAIN),
        "AdamW winners": Experiment(*ADAMW, view=features, weights=True, **TRAIN),
    },
    criteria=(
        Criterion("count, AdamW over flow", 0.5, 2.0, count_ratio),
        Criterion("features with the same winner", 0.5, math.inf, agreement),
        Criterion("AdamW: initial argmax won", 0.5, math.inf, argmax_won("AdamW"), False),
    ),
    panel=panel,
    numbers=numbers,
)
