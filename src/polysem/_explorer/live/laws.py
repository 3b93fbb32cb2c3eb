"""The laws drawn beside the course of a live network, where theory has something to say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from polysem._explorer.live.settings import LiveSettings
from polysem._theory.speed import sparsification, textbook

POINTS = 80
FIRST, LAST = 0.05, 20.0  # from this time on; until this λt


class Law(NamedTuple):
    """One law over time; arrays (times,)."""

    name: str
    t: np.ndarray
    l1_norm: np.ndarray
    m_prime: np.ndarray


class Laws(NamedTuple):
    """The laws of one network."""

    laws: tuple[Law, ...]


def laws_of(settings: LiveSettings) -> Laws | None:
    """The textbook and the corrected law; None where neither applies (see `why_none`)."""
    if why_none(settings):
        return None
    scale = 1.0 if settings.flows else settings.lr  # flow time of one step of plain descent
    t = np.geomspace(FIRST, max(LAST / settings.l1, 10 * FIRST), POINTS)
    found = {
        "textbook law": textbook(settings.m, settings.l1, t),
        "corrected law": sparsification(settings.m, settings.l1, t),
    }
    return Laws(
        tuple(Law(name, t / scale, law.l1_norm, law.m_prime) for name, law in found.items())
    )


def why_none(settings: LiveSettings) -> str:
    """Why no law is drawn, in a sentence; "" if laws are drawn."""
    if settings.l1 == 0:
        return "Theory's laws of speed need λ > 0."
    if settings.noise != "none":
        return "Theory's laws of speed are for training without noise."
    if settings.activation != "relu":
        return "Theory's laws of speed are for a ReLU output."
    if not settings.flows and settings.optimiser != "SGD":
        return f"Theory's laws of speed are for gradient descent, not for {settings.optimiser}."
    return ""
