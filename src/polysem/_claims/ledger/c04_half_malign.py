"""Half of all collisions are malign: counted at the start, where no dynamics has acted yet."""

from __future__ import annotations

from polysem._claims.claim import Claim
from polysem._claims.common import PAPER, SHOWN, by, table
from polysem._claims.decision import Criterion, Tables
from polysem._claims.effect import Effect, share
from polysem._claims.experiment import ANYWHEN, Experiment
from polysem._claims.panel import Panel, points

HALF = 0.47, 0.53
LAWS = ("normal", "xavier", "orthogonal")


def grid(n: list[int], seeds: int) -> dict:
    """Networks that take one step only: collisions are those of the start."""
    return {
        "base": {"flow.max_steps": 1, "l1": 0.01},
        "axes": {
            "n": n,
            "m": ["n", "4*n"],
            "initial": [{"kind": kind} for kind in LAWS],
        },
        "seeds": seeds,
    }


def malign(frame, confidence: float) -> Effect:
    """Share of same-sign collisions. Signs of pairs on one neuron are pairwise independent."""
    return share(
        frame["collisions_same"].sum(), frame["collisions_start"].sum(), confidence, "collisions"
    )


def criterion(law: str) -> Criterion:
    """Half, within 0.03, under one starting law."""

    def effect(tables: Tables, confidence: float) -> Effect:
        frame = tables["starts"]
        return malign(frame[frame["initial_kind"] == law], confidence)

    return Criterion(f"share of malign collisions, {law} start", *HALF, effect)


def groups(tables: Tables) -> list:
    """Shares by starting law and sizes."""
    return by(tables["starts"], ["initial_kind", "n", "m"], lambda f: malign(f, SHOWN))


def panel(tables: Tables) -> Panel:
    """Shares by sizes, one series per starting law."""
    found = groups(tables)
    series = [
        points(
            f"{law} start",
            [f"n={p['n']}, m={p['m']}" for p, _ in found if p["initial_kind"] == law],
            [e for p, e in found if p["initial_kind"] == law],
        )
        for law in LAWS
    ]
    return Panel(
        "Are half of all collisions malign?", "size of the network",
        "share of collisions of the same sign", tuple(series),
        "Two features collide if their largest initial weights are on one neuron. Exact 95 % "
        "intervals.",
        "Shares of malign collisions by network size and starting law.", claimed=HALF,
    )  # fmt: skip


CLAIM = Claim(
    number=4,
    name="half-malign",
    statement="Half of all collisions are malign.",
    source=f"{PAPER}, Section 3 (n²/4m counts half of the n²/2m colliding pairs)",
    reading=(
        "Of all pairs of features that have their largest initial weight on the same neuron, "
        "the share in which the two weights have the same sign is 0.5, within 0.03, for each of "
        "three symmetric starting laws."
    ),
    experiments={"starts": Experiment(grid([96], 250), grid([64, 256], 1000), accept=ANYWHEN)},
    criteria=tuple(criterion(law) for law in LAWS),
    panel=panel,
    numbers=lambda tables: table(groups(tables), "share malign"),
)
