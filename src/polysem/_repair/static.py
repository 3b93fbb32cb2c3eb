"""Losses of many changed copies, without training."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from polysem._diagnose.origin.network import Parameters, Rewirable, joined, mean_losses

NUMBERS = 2**22  # weights held at a time


def loss_of_each(network: Rewirable, copies: Iterable[Parameters]) -> list[float]:
    """The loss of each copy, as many at a time as fit."""
    size = sum(values.numel() for values in network.parameters().values())
    at_once = max(1, min(256, NUMBERS // size))
    found: list[float] = []
    rest = iter(copies)
    while group := list(islice(rest, at_once)):
        found += mean_losses(network, joined(group)).tolist()
    return found


def loss_of(network: Rewirable, parameters: Parameters) -> float:
    """The loss of one setting of the weights."""
    return loss_of_each(network, [parameters])[0]
