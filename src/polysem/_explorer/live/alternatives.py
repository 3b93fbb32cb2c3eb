"""Every figure of the live view in a sentence, for those who cannot see it."""

from __future__ import annotations

import numpy as np

from polysem._explorer.live import planes, words
from polysem._explorer.live.course import QUANTITIES
from polysem._explorer.live.moment import Moment
from polysem._plots.labels import plural


def weights(now: Moment) -> str:
    """How many weights are left, and how large."""
    n, m, frame = now.settings.n, now.settings.m, now.frame
    pooled = " Each cell is the largest weight of a block." if now.opening.pooled else ""
    return (
        f"Weights at {words.time_of(frame, now.settings)}: {n:,} features on "
        f"{plural(m, 'neuron')}. A feature has {frame.m_prime:.3g} nonzero weights on average; the "
        f"largest weight is {float(np.abs(frame.picture).max()):.2f}.{pooled}"
    )


def collisions(now: Moment) -> str:
    """How many pairs last, by kind."""
    pairs, resolved = now.opening.pairs, now.frame.resolved
    when = words.time_of(now.frame, now.settings)
    if not pairs.collided:
        return f"Collisions at {when}: none; the closest pair are {now.pair_words}."
    benign = int((pairs.benign & ~resolved).sum())
    malign = int((~pairs.benign & ~resolved).sum())
    return (
        f"Collisions at {when}: of {plural(len(pairs), 'pair')} {benign} benign and {malign} "
        f"malign last, {int(resolved.sum())} are resolved."
    )


def phase(now: Moment) -> str:
    """Where the pair is, and what pulls at it."""
    x, y = now.frame.weights[now.pair]
    return (
        f"Phase portrait at {words.time_of(now.frame, now.settings)}: {now.pair_words}, weights "
        f"{x:+.3f} and {y:+.3f}. {planes.forces_in_words(now.frame, now.pair)}"
    )


def course(now: Moment, quantity: str) -> str:
    """A quantity at the start and now, beside the laws."""
    first, frame = now.history.frames[0], now.frame
    said = (
        f"{QUANTITIES[quantity]}: {getattr(first, quantity):.3g} at the start, "
        f"{getattr(frame, quantity):.3g} at {words.time_of(frame, now.settings)}"
    )
    for law in now.laws.laws if now.laws is not None and frame.t > 0 else ():
        at = np.interp(np.log(frame.t), np.log(law.t), getattr(law, quantity))
        said += f"; {law.name} {at:.3g}"
    return f"{said}."
