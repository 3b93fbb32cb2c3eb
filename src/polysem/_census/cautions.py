"""What a reader must know before trusting a census: loud sentences, none if all is well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polysem._census.tables import Table

NAMED = 8  # seeds named in one sentence


def cautions(table: Table, has_start: bool, l1: float | None) -> tuple[str, ...]:
    """The warnings for a census table; `has_start` — starting weights were given."""
    seeds, total = table["seed"], len(table)
    countable = np.asarray(table["countable"])
    lost = seeds[~countable].tolist()
    unconverged = seeds[countable & ~np.asarray(table["converged"])].tolist()
    startless = seeds[countable & np.ma.getmaskarray(table["collisions_start"])].tolist()
    barren = seeds[countable & np.ma.getmaskarray(table["norm"])].tolist()
    remedy = "use λ > 0" if l1 == 0 else "let it run longer"
    found = []
    if lost:
        found.append(
            f"NOT COUNTED: {_named(lost, total)} not finite at the end (or beyond 1e30); "
            "nothing is known of them and no total includes them."
        )
    if startless and has_start:
        found.append(
            f"START NOT FINITE: {_named(startless, total)} without usable starting weights; "
            "their collisions and initial argmax are unknown."
        )
    if unconverged:
        found.append(
            f"NOT CONVERGED: {_named(unconverged, total)} not at an end state. Counts of an "
            "unconverged state depend on the threshold, and same-sign polysemantic neurons are "
            f"seen in unconverged states; {remedy} before you count."
        )
    if barren:
        found.append(
            f"ALL DEAD: {_named(barren, total)} without a living feature, so no polysemantic "
            "neuron could be seen; lower λ."
        )
    if l1 == 0:
        found.append(
            "λ = 0: nothing favours single neurons over any other directions, so that a count "
            "of polysemantic neurons has no meaning here."
        )
    return tuple(found)


def _named(seeds: Sequence[int], total: int) -> str:
    """'seed 3 is' or 'seeds 0, 2, 5 (3 of 8) are', with the verb."""
    if len(seeds) == 1:
        return f"seed {seeds[0]} (1 of {total}) is"
    names = ", ".join(str(seed) for seed in seeds[:NAMED])
    more = f" and {len(seeds) - NAMED} more" if len(seeds) > NAMED else ""
    return f"seeds {names}{more} ({len(seeds)} of {total}) are"
