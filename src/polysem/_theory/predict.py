"""Everything theory says about n features on m neurons, in one table."""

from __future__ import annotations

from polysem._theory.checks import penalty, whole
from polysem._theory.count_predictions import count_predictions
from polysem._theory.death_predictions import death_predictions, threshold_predictions
from polysem._theory.prediction import Predictions
from polysem._theory.time_predictions import (
    scaled_time_predictions,
    start_predictions,
    time_predictions,
)


def predict(n: int, m: int, l1: float | None = None) -> Predictions:
    """All scalar predictions for n features, m neurons and, if given, penalty strength λ = `l1`.

    Without `l1` the predictions that need λ are left out. Whole n, m from 1 to 1e12, finite
    `l1` ≥ 0; errors: `BadInput`. Takes well under a second for any of them.

    >>> predict(256, 1024)["polysemantic_balls"].value  # doctest: +SKIP
    14.096
    """
    n, m = whole("n", n), whole("m", m)
    items = [
        *count_predictions(n, m),
        *start_predictions(m),
        *scaled_time_predictions(n, m),
        *threshold_predictions(n, m),
    ]
    title = f"Theory for n = {n} features, m = {m} neurons"
    if l1 is None:
        return Predictions(items, title, n, m)
    l1 = penalty(l1)
    items += [*death_predictions(n, m, l1), *time_predictions(n, m, l1)]
    return Predictions(items, f"{title}, λ = {l1:g}", n, m)
