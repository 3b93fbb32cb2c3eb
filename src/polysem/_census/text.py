"""A census in a few lines of plain language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polysem._census.collisions import SIGNS
from polysem._census.tables import Table

if TYPE_CHECKING:
    from polysem._census.census import Census

FATE_WORDS = {
    "both_stay": "both stay",
    "larger_stays": "larger stays",
    "smaller_stays": "smaller stays",
    "neither_stays": "neither",
}


def describe(census: Census) -> str:
    """Heading, counts, collisions and warnings, one short line each."""
    lines = [_heading(census)]
    if census.polysemantic is not None:
        lines += [_polysemantic(census), _features(census)]
    if census.collisions is not None:
        lines += _collisions(census.collisions, census.fates())
    lines.append(f"  converged: {int(np.sum(census.table['converged']))} of {len(census.seeds)}")
    return "\n".join(lines + [f"  ! {warning}" for warning in census.warnings])


def _heading(census: Census) -> str:
    seeds = "1 seed" if len(census.seeds) == 1 else f"{len(census.seeds)} seeds"
    return (
        f"Census of {seeds}: {census.n_features} features, {census.n_neurons} neurons; "
        f"a neuron represents a feature if {census.rule.words()}"
    )


def _polysemantic(census: Census) -> str:
    counts = [f"{census.total(f'{sign}_sign')} {sign}-sign" for sign in SIGNS]
    return (
        f"  polysemantic neurons: {census.polysemantic}; "
        f"{census.total('polysemantic')} in all, {' and '.join(counts)}"
    )


def _features(census: Census) -> str:
    counted = int(np.sum(census.table["countable"])) * census.n_features
    line = f"  features: {census.total('dead_features')} of {counted} dead"
    won = census.table["initial_argmax_won"]
    if np.ma.count(won):
        line += f"; {float(np.ma.mean(won)):.0%} are represented by their initial argmax neuron"
    return line


def _collisions(collisions: Table, fates: Table) -> list[str]:
    """One line per sign: how many first-choice collisions, and their fates."""
    lines = []
    for sign in SIGNS:
        counts = dict(zip(fates["fate"].tolist(), fates[sign].tolist(), strict=True))
        words = ", ".join(f"{FATE_WORDS[fate]} {count}" for fate, count in counts.items())
        lines.append(f"  collisions at the start, {sign} sign: {sum(counts.values())} ({words})")
    return lines if len(collisions) else ["  collisions at the start: none"]
