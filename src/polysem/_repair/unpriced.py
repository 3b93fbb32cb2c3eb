"""The plan that needs no prices: the strongest feature stays, the others go where nothing is."""

from __future__ import annotations

from polysem._diagnose.origin.network import Parameters, Rewirable, free_neurons, strengths
from polysem._repair.relocation import Relocation


def unpriced(network: Rewirable, start: Parameters, held: dict[int, list[int]]) -> list[Relocation]:
    """Relocations of those neurons of `held` for all of whose features there is a free neuron.

    `held` — neuron → features, strongest first. Neurons with the fewest features come first; of the
    free neurons (which represent no feature) those with the weakest wires; among equals the weakest
    neurons, whose number must not matter. Costs are unknown (NaN).
    """
    each, free = strengths(network, start), free_neurons(network, start)
    size = each.amax(0)
    homes = [int(d) for d in size.argsort(stable=True) if free[d]]
    found = []
    for neuron, (keep, *leaving) in sorted(
        held.items(), key=lambda group: (len(group[1]), float(each[group[1], group[0]].sum()))
    ):
        if len(leaving) > len(homes):
            break
        goes = tuple(zip(leaving, homes, strict=False))
        homes = homes[len(leaving) :]
        found.append(Relocation(neuron, keep, goes, (), float("nan")))
    return found
