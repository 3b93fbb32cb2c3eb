"""What neurons cost once they have settled: made pure, they cost most at first.

So where none can go at once, the cheapest are held all the same and the layer is trained on. On the
way more may be spent than at the end.
"""

from __future__ import annotations

from dataclasses import replace

from polysem._repair.arm import Arm
from polysem._repair.held import Held
from polysem._repair.trials import Trial, Tried, cheapest

RESTS = 10  # horizons at most
SETTLED = 0.05  # of what may be spent, that each of them must gain


def settled(held: Held, state: Arm, control: Arm, tried: list[Tried]) -> tuple[Arm, Arm] | None:
    """(repaired, sham) with the cheapest of `tried` held too: all, half, …, none of them.

    None if that lowers neither the count nor what was spent.
    """
    order = [one.trial for one in cheapest(tried)]
    shams, size = [control], len(order)
    while held.affords(2):
        arm, sham = _trained_on(held, state, shams, order[:size])
        if better(held, arm, sham, state, control):
            return arm, sham
        if size == 0:
            break
        size //= 2
    return None


def _trained_on(held: Held, state: Arm, shams: list[Arm], group: list[Trial]) -> tuple[Arm, Arm]:
    """`state` with `group` held and the sham, a horizon at a time until little is gained.

    `shams` — after 0, 1, … horizons; it grows.
    """
    (mask,), (neurons,) = held.holds(state, [group])
    arm, last = replace(state, mask=mask), float("inf")
    for turn in range(1, RESTS + 1):
        if not neurons or not held.affords(2):
            return arm, shams[turn - 1]
        if len(shams) == turn:
            shams.append(held.sham_after(shams[-1]))
        (arm,) = held.copies(arm, mask[None], [neurons])
        gap = held.gap(arm, shams[turn])
        if not last - gap >= SETTLED * held.effort.spend:
            return arm, shams[turn]
        last = gap
    return arm, shams[RESTS]


def better(held: Held, arm: Arm, sham: Arm, state: Arm, control: Arm) -> bool:
    """Affordable, and fewer neurons are left than in `state`, or as many and less is spent."""
    gap = held.gap(arm, sham)
    fewer = len(held.left(state.parameters)) - len(held.left(arm.parameters))
    if not gap <= held.effort.spend or fewer < 0 or arm.count > state.count:
        return False
    return fewer > 0 or held.gap(state, control) - gap > SETTLED * held.effort.spend
