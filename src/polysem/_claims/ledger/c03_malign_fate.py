"""What becomes of a malign collision: the fate of every one."""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import SHOWN, by_network, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, share_by_seed
from polysem._claims.experiment import Experiment
from polysem._claims.ledger.c02_sign_story import SIGNS, SIZES
from polysem._claims.panel import Panel, points
from polysem._claims.views import collisions

FATES = ("both_stay", "larger_stays", "smaller_stays", "neither_stays")
NETWORK = ("n", "m", "seed")
WINNER_KEPT = ("larger_stays", "smaller_stays")


def malign(tables: Tables):
    """Malign collisions, one row each."""
    return where(tables["collisions"], sign="same")


def has_fate(fates: tuple[str, ...]):
    """Share of malign collisions with one of these fates."""

    def effect(tables: Tables, confidence: float) -> Effect:
        f = malign(tables)
        return share_by_seed(*by_network(f, f["fate"].isin(fates), NETWORK), confidence)

    return effect


def losers_dead(tables: Tables, confidence: float) -> Effect:
    """Of the features that lost a malign collision, the share that is dead at the end."""
    f = malign(tables)
    lost = f[f["fate"].isin(WINNER_KEPT)]
    end = lost["smaller_end"].where(lost["fate"] == "larger_stays", lost["larger_end"])
    return share_by_seed(*by_network(lost, end == "dead", NETWORK), confidence)


def larger_wins(tables: Tables, confidence: float) -> Effect:
    """Of malign collisions with one winner, the share won by the larger initial weight."""
    f = malign(tables)
    won = f[f["fate"].isin(WINNER_KEPT)]
    return share_by_seed(*by_network(won, won["fate"] == "larger_stays", NETWORK), confidence)


def numbers(tables: Tables):
    """The fate table: sign × fate, counts and shares of every collision."""
    import pandas as pd

    f = tables["collisions"]
    counts = f.groupby(["n", "m", "sign"])["fate"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(FATES), fill_value=0).reset_index()
    return pd.DataFrame(counts).rename_axis(columns=None)


def panel(tables: Tables) -> Panel:
    """Shares of fates by sign."""
    series = []
    for sign, name in SIGNS.items():
        f = where(tables["collisions"], sign=sign)
        effects = [
            share_by_seed(*by_network(f, f["fate"] == fate, NETWORK), SHOWN) for fate in FATES
        ]
        series.append(points(name, [fate.replace("_", " ") for fate in FATES], effects))
    return Panel(
        "What becomes of a collision?", "who is on the neuron at the end", "share of collisions",
        tuple(series),
        "Larger and smaller are the two features by initial weight on the neuron. 95 % "
        "intervals over networks.",
        "Shares of four fates for benign and malign collisions.", share=True,
    )  # fmt: skip


CLAIM = Claim(
    number=3,
    name="malign-fate",
    statement="A malign collision is won by one feature, whose neuron then represents both.",
    source="A published summary of arXiv 2312.03096",
    reading=(
        "After at least 90 % of malign collisions exactly one of the two features keeps the "
        "neuron, and at least half of the losers have no encoding of their own (are dead), so "
        "that the winner's neuron is all that answers to them. Beside: the larger initial "
        "weight is the winner in at least nine of ten that have one."
    ),
    experiments={"collisions": Experiment(*SIZES, view=collisions, weights=True)},
    criteria=(
        Criterion("malign: exactly one keeps the neuron", 0.9, math.inf, has_fate(WINNER_KEPT)),
        Criterion("losers of malign collisions that are dead", 0.5, math.inf, losers_dead),
        Criterion("the larger initial weight wins", 0.9, math.inf, larger_wins, False),
    ),
    panel=panel,
    numbers=numbers,
)
