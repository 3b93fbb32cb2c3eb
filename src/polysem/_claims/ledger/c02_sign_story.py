"""Which collisions cause polysemantic neurons: those of the same or those of opposite sign?

80 networks of a width at quick size (40 before collisions of one network were taken together).
"""

from __future__ import annotations

import math

from polysem._claims.claim import Claim
from polysem._claims.common import SHOWN, by, by_network, table, where
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, share_by_seed, share_difference
from polysem._claims.experiment import Experiment
from polysem._claims.panel import Panel, points
from polysem._claims.views import collisions

SIGNS = {"opposite": "benign (opposite sign)", "same": "malign (same sign)"}


def grid(n: list[int], m: list[str], seeds: int) -> dict:
    """Networks with many collisions that still converge."""
    return {
        "base": {"flow.accuracy": "fast"},
        "axes": {"n": n, "m": m, "l1": ["0.5/sqrt(m)"]},
        "seeds": seeds,
    }


def survivors(frame):
    """(collisions after which the neuron represents both, all), by network."""
    return by_network(frame, frame["fate"] == "both_stay", ("n", "m", "seed"))


def same_sign_share(tables: Tables, confidence: float) -> Effect:
    """Share of same-sign ones among all polysemantic neurons at the end."""
    f = tables["networks"]
    return share_by_seed(f["same_sign"], f["polysemantic"], confidence)


def malign_minus_benign(tables: Tables, confidence: float) -> Effect:
    """By how much likelier malign collisions end with both features on the neuron."""
    f = tables["collisions"]
    malign, benign = (survivors(where(f, sign=sign)) for sign in ("same", "opposite"))
    return share_difference(malign, benign, confidence)


def groups(tables: Tables) -> list:
    """Shares that survive, by sign and size."""
    return by(
        tables["collisions"],
        ["sign", "n", "m"],
        lambda f: share_by_seed(*survivors(f), SHOWN),
    )


def panel(tables: Tables) -> Panel:
    """Survival of collisions by sign."""
    found = groups(tables)
    series = tuple(
        points(
            name,
            [f"n={p['n']}, m={p['m']}" for p, _ in found if p["sign"] == sign],
            [e for p, e in found if p["sign"] == sign],
        )
        for sign, name in SIGNS.items()
    )
    return Panel(
        "Which collisions end as a polysemantic neuron?", "size of the network",
        "share of collisions that do", series,
        "Share of first-choice collisions after which the neuron represents both features, with "
        "95 % intervals over networks.",
        "Survival of benign and of malign collisions by network size.", share=True,
    )  # fmt: skip


SIZES = grid([48], ["n", "4*n"], 80), grid([64, 128], ["n", "2*n", "4*n", "16*n"], 400)

CLAIM = Claim(
    number=2,
    name="sign-story",
    statement=(
        "Benign collisions (of opposite sign) do not cause polysemanticity; malign ones (of the "
        "same sign) do."
    ),
    source="A published summary of arXiv 2312.03096; its opposite is the authors' own argument",
    reading=(
        "At least half of the polysemantic neurons of converged flows hold features of the same "
        "sign, and malign collisions survive no less often than benign ones. If both fail, the "
        "opposite holds."
    ),
    experiments={
        "networks": Experiment(*SIZES),
        "collisions": Experiment(*SIZES, view=collisions, weights=True),
    },
    criteria=(
        Criterion("share of same-sign polysemantic neurons", 0.5, math.inf, same_sign_share),
        Criterion("survival, malign minus benign", 0.0, math.inf, malign_minus_benign),
    ),
    panel=panel,
    numbers=lambda tables: table(groups(tables), "share that survives"),
)
