"""First-choice collisions at the start, and what became of every one.

Two features collide if their largest |start weight| lies on the same neuron k (three features on
one neuron make three pairs). The collision is of opposite ("benign") or the same ("malign") sign
by the product of their start weights on k. Its fate is read at the end from who still is
represented by k.
"""

from __future__ import annotations

import numpy as np

from polysem._census.tables import Table
from polysem._census.winners import Winners
from polysem._types import Weights

FATES = ("both_stay", "larger_stays", "smaller_stays", "neither_stays")
SIGNS = ("opposite", "same")
ENDS = ("stayed", "moved", "undecided", "dead")

COLLISIONS = {
    "seed": "int",
    "neuron": "int",
    "larger": "int",
    "smaller": "int",
    "sign": "text",
    "fate": "text",
    "larger_end": "text",
    "larger_rank": "int",
    "smaller_end": "text",
    "smaller_rank": "int",
    "larger_start_weight": "float",
    "smaller_start_weight": "float",
}


def collision_table(seed: int, start: Weights, winners: Winners) -> Table:
    """One row per colliding pair of one seed; `start`: (n_features, n_neurons).

    `larger`, `smaller` — the two features by |start weight on the neuron| (the lower index if
    equal). `…_end` — "stayed" (k represents it), "moved" (its largest weight is elsewhere),
    "undecided" (its largest weight is on k, yet k does not represent it) or "dead". `…_rank` — of
    the neuron that it ended on, among its own |start weights|, 1 = largest; unknown if it stayed
    or died.
    """
    assert winners.first_choice is not None  # a start was given
    assert winners.won is not None
    one, other = colliding_pairs(winners.first_choice)
    neuron = winners.first_choice[one]
    swap = np.abs(start[other, neuron]) > np.abs(start[one, neuron])
    larger, smaller = np.where(swap, other, one), np.where(swap, one, other)
    weights = start[larger, neuron], start[smaller, neuron]
    stays = winners.won[larger], winners.won[smaller]
    values = {
        "seed": np.full(len(neuron), seed),
        "neuron": neuron,
        "larger": larger,
        "smaller": smaller,
        "sign": np.where(np.sign(weights[0]) == np.sign(weights[1]), "same", "opposite"),
        "fate": np.select(
            [stays[0] & stays[1], stays[0], stays[1]], list(FATES[:3]), default=FATES[3]
        ),
        "larger_start_weight": weights[0],
        "smaller_start_weight": weights[1],
    }
    for name, feature in (("larger", larger), ("smaller", smaller)):
        values[f"{name}_end"], values[f"{name}_rank"] = _ends(feature, neuron, winners)
    return Table.of(COLLISIONS, values)


def colliding_pairs(first_choice: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of features i < j with the same first choice (−1: none), ordered by neuron."""
    order = np.argsort(first_choice, kind="stable")
    order = order[np.searchsorted(first_choice[order], 0) :]
    cuts = np.flatnonzero(np.diff(first_choice[order])) + 1
    groups = [group for group in np.split(order, cuts) if len(group) > 1]
    if not groups:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    pairs = [group[np.array(np.triu_indices(len(group), 1))] for group in groups]
    one, other = np.concatenate(pairs, axis=1)
    return one, other


def fate_summary(collisions: Table) -> Table:
    """Counts of fate × sign: one row per fate with columns opposite, same and total."""
    sign, fate = collisions["sign"], collisions["fate"]
    counts = {s: [int(((fate == f) & (sign == s)).sum()) for f in FATES] for s in SIGNS}
    return Table.of(
        {"fate": "text", "opposite": "int", "same": "int", "total": "int"},
        {"fate": list(FATES), **counts, "total": np.sum(list(counts.values()), axis=0)},
    )


def departure_summary(collisions: Table) -> Table:
    """Where those went that left: counts by end and rank at start, by sign of the collision.

    Columns end ("moved", "undecided", "dead"), rank, opposite, same, total; a feature in two
    collisions is counted in both.
    """
    counts: dict[tuple[int, int], dict[str, int]] = {}
    for who in ("larger", "smaller"):
        names = (collisions[n].tolist() for n in (f"{who}_end", f"{who}_rank", "sign"))
        for end, rank, sign in zip(*names, strict=True):
            if end != "stayed":
                key = ENDS.index(end), rank or 0
                counts.setdefault(key, dict.fromkeys(SIGNS, 0))[sign] += 1
    kinds = {"end": "text", "rank": "int", "opposite": "int", "same": "int", "total": "int"}
    lines = [
        (ENDS[e], r or None, *c.values(), sum(c.values())) for (e, r), c in sorted(counts.items())
    ]
    return Table.of(kinds, {n: [line[i] for line in lines] for i, n in enumerate(kinds)})


def _ends(
    feature: np.ndarray, neuron: np.ndarray, winners: Winners
) -> tuple[np.ndarray, np.ndarray]:
    """How each of these features ended with respect to `neuron`, and the rank it moved to."""
    assert winners.won is not None
    assert winners.rank_at_start is not None
    stayed, final = winners.won[feature], winners.neuron[feature]
    conditions = [stayed, final < 0, final == neuron]
    end = np.select(conditions, ["stayed", "dead", "undecided"], default="moved")
    rank = winners.rank_at_start[feature]
    return end, np.ma.MaskedArray(rank, stayed | (final < 0))
