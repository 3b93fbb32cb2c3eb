"""Which feature of each polysemantic neuron stays, and where the others go: an assignment.

Features that leave are matched with homes, at most one each, so that the sum of the static costs is
least (Hungarian method, `scipy.optimize.linear_sum_assignment`); a feature without a home is taken
off. In dense layers, where nearly every neuron carries several features and few are free, what
stays is matched as well, so that every feature keeps a neuron.
"""

from __future__ import annotations

import numpy as np
import torch

from polysem._diagnose.origin.network import Parameters, Rewirable, represented
from polysem._repair.homes import homes, silent
from polysem._repair.prices import MOVED, Prices, Stay, affordable
from polysem._repair.relocation import Relocation

FAR = 1e6  # feature-worths: never chosen if there is another way


def plan(
    network: Rewirable,
    start: Parameters,
    mask: torch.Tensor,
    held: dict[int, list[int]],
    trials: int | None = None,
) -> list[Relocation]:
    """One relocation for every neuron of `held` (neuron → features, strongest first).

    Cheapest first. Built upon `start` and `mask`; nothing is trained. At most `trials` losses are
    looked at: neurons for which that is not enough are left out, those with most features first.
    """
    held = dict(held)
    if trials is not None:
        held = affordable(held, trials * 2 // 3)
    if not held:
        return []
    priced = Prices(network, start, mask)
    leaving = sum(min(len(features) - 1, MOVED) for features in held.values())
    wanted = leaving if trials is None else min(leaving, trials // 3)
    there = [h for h in homes(network, start, priced.before, wanted) if h[0] not in held]
    dense = network.reading.relative_to == "neuron"
    idle: dict[int, list[int]] = {}
    if dense and trials is None:
        nothing = silent(network, start, list(held), priced.before)
        idle = {k: held.pop(k) for k in sorted(nothing)}
        there = [*((k, 0.0) for k in idle), *there]
    options = priced.stays(held, [] if dense else there)
    if dense:
        chosen = _covering(network, start, options)
        chosen = priced.with_gains(chosen, held, there)
    else:
        home = there[0][1] if there else 0.0
        chosen = [min(stays, key=lambda s: s.least(home)) for stays in options.values()]
    goes = _matched(chosen, there)
    found = [_relocation(stay, held[stay.neuron], goes, dict(there)) for stay in chosen]
    taken = set(goes.values())
    found += [  # of neurons that do nothing and that nobody wants, no more than one feature is left
        Relocation(k, keep, (), tuple(rest), 0.0)
        for k, (keep, *rest) in idle.items()
        if k not in taken
    ]
    return sorted(found, key=lambda r: (r.cost, r.neuron))


def _covering(network: Rewirable, start: Parameters, options: dict[int, list[Stay]]) -> list[Stay]:
    """Neurons to slots of features; a feature's first slot is filled before any second one.

    Features that a monosemantic neuron carries need none, and are not counted on.
    """
    held = represented(network, start)
    alone = held[:, held.sum(0) == 1].any(-1)
    slots = 1 + -(-2 * len(options) // network.n_features)
    cost = np.full((len(options), network.n_features, slots), FAR)
    for row, stays in enumerate(options.values()):
        for stay in stays:
            cost[row, stay.keep] = stay.bare
            if not alone[stay.keep]:
                cost[row, stay.keep, 0] -= FAR / 1e3
    rows, columns = _assignment(cost.reshape(len(options), network.n_features * slots))
    features = {int(row): int(column) // slots for row, column in zip(rows, columns, strict=True)}
    chosen = []
    for row, stays in enumerate(options.values()):
        wanted = [s for s in stays if s.keep == features.get(row)]
        chosen.append(wanted[0] if wanted else min(stays, key=lambda s: s.bare))
    return chosen


def _matched(chosen: list[Stay], there: list[tuple[int, float]]) -> dict[tuple[int, int], int]:
    """(neuron, feature) → its home, for those that get one."""
    leaving = [(stay.neuron, f, gain) for stay in chosen for f, gain in stay.gains]
    if not leaving or not there:
        return {}
    cost = np.full((len(leaving), len(there) + len(leaving)), FAR)
    for row, (_, _, gain) in enumerate(leaving):
        cost[row, : len(there)] = [gain + emptying for _, emptying in there]
        cost[row, len(there) + row] = 0.0  # taken off
    rows, columns = _assignment(cost)
    return {
        leaving[row][:2]: there[column][0]
        for row, column in zip(rows, columns, strict=True)
        if column < len(there)
    }


def _assignment(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(np.nan_to_num(cost, nan=FAR, posinf=FAR))


def _relocation(
    stay: Stay, features: list[int], goes: dict[tuple[int, int], int], emptying: dict[int, float]
) -> Relocation:
    homes = tuple((f, goes[stay.neuron, f]) for f, _ in stay.gains if (stay.neuron, f) in goes)
    moved = {f for f, _ in homes}
    dropped = tuple(f for f in features if f != stay.keep and f not in moved)
    gained = sum(gain for f, gain in stay.gains if f in moved)
    cost = stay.bare + gained + sum(emptying[d] for _, d in homes)
    return Relocation(stay.neuron, stay.keep, homes, dropped, cost)
