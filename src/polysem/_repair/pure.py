"""Neurons made to respond to one feature: together, then (`maximal`) each one left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.network import represented, strengths
from polysem._repair.arm import unmasked
from polysem._repair.counted import Counted
from polysem._repair.held import polysemantic
from polysem._repair.joint import Effort
from polysem._repair.layer import Layer
from polysem._repair.maximal import maximal
from polysem._repair.purify import purified
from polysem._repair.site_network import SiteNetwork


def made_pure(
    counted: Counted,
    network: SiteNetwork,
    activity: Activity,
    layer: Layer,
    effort: Effort,
    alone: bool,
) -> Layer:
    """The layer with as many neurons pure as cost nothing; `alone` — with every neuron left tested.

    Where nothing could be moved together, neurons are tested alone all the same; if none of them
    can go either, the network stays what it was, to the bit.
    """
    given = layer
    if alone and layer.repaired.mask is None:
        layer = replace(layer, repaired=unmasked(network, layer.before))
    layer = purified(counted, network, activity, layer, effort)
    if alone:
        layer = maximal(counted, network, activity, layer, effort)
    record = tuple(rows(network, activity, layer))
    if record:
        return replace(layer, moved=record)
    assert layer.active is not None  # `purified` counts them
    unchanged = (layer.active[0],) * 3  # some came nearer to pure, and none became so
    return replace(given, active=unchanged, left=layer.left, steps=layer.steps)


def rows(network: SiteNetwork, activity: Activity, layer: Layer) -> Iterator[Mapping[str, Any]]:
    """The record: moves that still hold, and what else became of neurons that are pure now.

    What was taken off them, what they took up, or that they respond to less with the same weights.
    """
    before, after = layer.before.parameters, layer.repaired.parameters
    then, now = represented(network, before), represented(network, after)
    moved = [row for row in layer.moved if _holds(row, now)]
    yield from moved
    left = polysemantic(network, activity, after)
    gone = polysemantic(network, activity, before) - left
    if not gone and not moved:
        return
    off = {(row["neuron"], row["feature"]) for row in moved}
    on = {(row.get("to_neuron"), row["feature"]) for row in moved}
    named = {k for k, _ in off | on}
    for k in sorted(set(torch.nonzero(then.any(0)).flatten().tolist()) - left):
        dropped = _features(then[:, k] & ~now[:, k])
        taken = _features(now[:, k] & ~then[:, k])
        more = [{"neuron": k, "feature": f, "kind": "drop"} for f in dropped if (k, f) not in off]
        more += [{"feature": f, "to_neuron": k, "kind": "take"} for f in taken if (k, f) not in on]
        if not more and k in gone and k not in named:
            held = int(strengths(network, after)[:, k].argmax())
            more = [{"neuron": k, "feature": held, "to_neuron": k, "kind": "purify"}]
        yield from more


def _holds(row: Mapping[str, Any], now: torch.Tensor) -> bool:
    """A feature that was moved is where it went, one that was taken off is not where it was."""
    home = row.get("to_neuron")
    place = row["neuron"] if home is None else home
    return bool(now[row["feature"], place]) == (home is not None)


def _features(which: torch.Tensor) -> list[int]:
    return torch.nonzero(which).flatten().tolist()
