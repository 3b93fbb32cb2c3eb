"""Neurons made to respond to one feature: together, then (`maximal`) each one left alone."""

from __future__ import annotations

from collections.abc import Iterator
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
    record = (*layer.moved, *rows(network, activity, layer))
    if record:
        return replace(layer, moved=record)
    assert layer.active is not None  # `purified` counts them
    unchanged = (layer.active[0],) * 3  # some came nearer to pure, and none became so
    return replace(given, active=unchanged, left=layer.left, steps=layer.steps)


def rows(network: SiteNetwork, activity: Activity, layer: Layer) -> Iterator[dict[str, Any]]:
    """A record of neurons made pure without a move: what was taken off them, or that they were."""
    before, after = layer.before.parameters, layer.repaired.parameters
    then, now = represented(network, before), represented(network, after)
    left = polysemantic(network, activity, after)
    named = {row["neuron"] for row in layer.moved} | {row.get("to_neuron") for row in layer.moved}
    for k in sorted(polysemantic(network, activity, before) - left - named):
        dropped = torch.nonzero(then[:, k] & ~now[:, k]).flatten().tolist()
        yield from ({"neuron": k, "feature": f, "kind": "drop"} for f in dropped)
        if not dropped:
            held = int(strengths(network, after)[:, k].argmax())
            yield {"neuron": k, "feature": held, "to_neuron": k, "kind": "purify"}
