"""What static moves would cost the network that weights imply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._diagnose.final_state.implied import Implied, implied_loss

HOMES = 128
"""Neurons that are tried as a home or emptied, those with the weakest weights first."""
KEEP, MOVED = 2, 4
"""Features that may stay on a neuron, and of those that leave how many get a home."""


@dataclass(frozen=True)
class Costs:
    """Changes of the implied loss, in units of one feature's worth, for one neuron.

    `mask_only` — of dropping all features but one. `relocation` — of moving the others, each to
    its cheapest home. `eviction` — of emptying the cheapest other neuron.
    """

    mask_only: float
    relocation: float
    eviction: float


@dataclass
class _Trial:
    """A layer in which features are being moved: its outputs, and its weights at the homes."""

    outputs: np.ndarray
    hidden: np.ndarray  # (features, homes)
    outgoing: np.ndarray  # (homes, features)


@dataclass(frozen=True)
class _Put:
    """A feature put on every home at once: the loss of its row and column, and what they become."""

    loss: np.ndarray  # (homes,)
    rows: np.ndarray  # (homes, features): what the feature does to all outputs
    columns: np.ndarray  # (homes, features): what all features do to its output
    into: float
    out: float


class StaticMoves:
    """Static moves on an implied network; `strength` (features, neurons) says who is weak.

    The neurons tried as homes are chosen once, so the time is at most proportional to features³.
    """

    def __init__(self, implied: Implied, strength: np.ndarray) -> None:
        self.implied = implied
        self.before = implied_loss(implied.outputs)
        self.homes = np.argsort(np.abs(strength).max(0), kind="stable")[:HOMES]
        self.hidden = implied.hidden[:, self.homes].astype(np.float64)
        self.outgoing = implied.outgoing[self.homes].astype(np.float64)
        pairs = zip(self.hidden.T, self.outgoing, strict=True)
        self.emptied = np.array(
            [implied_loss(implied.outputs - np.outer(h, d)) - self.before for h, d in pairs]
        )

    def costs(self, neuron: int, features: np.ndarray) -> Costs:
        """Costs for a neuron that represents `features`, strongest first, two or more."""
        into = self.implied.hidden[:, neuron].astype(np.float64)
        out = self.implied.outgoing[neuron].astype(np.float64)
        without = self.implied.outputs - np.outer(into, out)
        rest = implied_loss(without) - self.before
        masked, moved = [], []
        for keep in features[:KEEP]:
            own = float(without[keep, keep])
            stays = own + float(into[keep] * out[keep])
            # With one feature left, only its own product comes back.
            masked.append(rest + _miss(stays) - _miss(own))
            trial = _Trial(without.copy(), self.hidden.copy(), self.outgoing.copy())
            trial.outputs[keep, keep] = stays
            leave = [int(f) for f in features if f != keep][:MOVED]
            moved.append(masked[-1] + self._relocated(neuron, leave, trial, into, out))
        others = self.emptied[self.homes != neuron]
        evict = others.min() if len(others) else self.emptied.min()
        return Costs(float(min(masked)), float(min(moved)), float(evict))

    def _relocated(
        self, neuron: int, leave: list[int], trial: _Trial, into: np.ndarray, out: np.ndarray
    ) -> float:
        """Change of the loss when `leave` find homes one after the other, from the masked state."""
        open_, total = self.homes != neuron, 0.0
        if not open_.any():
            return 0.0
        for f in leave:
            puts = [_put(trial, f, s * into[f], s * out[f]) for s in self.implied.signs]
            losses = np.where(open_, np.stack([put.loss for put in puts]), np.inf)
            sign, home = np.unravel_index(losses.argmin(), losses.shape)
            before = _crossed(trial.outputs[f][None], trial.outputs[:, f][None], f)
            total += float(losses[sign, home] - before[0])
            put = puts[int(sign)]
            trial.outputs[f], trial.outputs[:, f] = put.rows[home], put.columns[home]
            trial.hidden[f, home] += put.into
            trial.outgoing[home, f] += put.out
        return total


def _put(trial: _Trial, f: int, into: float, out: float) -> _Put:
    rows = trial.outputs[f][None] + into * trial.outgoing
    columns = trial.outputs[:, f][None] + out * trial.hidden.T
    own = trial.outputs[f, f] + into * trial.outgoing[:, f] + out * trial.hidden[f] + into * out
    rows[:, f] = columns[:, f] = own
    return _Put(_crossed(rows, columns, f), rows, columns, into, out)


def _crossed(rows: np.ndarray, columns: np.ndarray, f: int) -> np.ndarray:
    """Loss of feature f's row and column of the outputs, several of each: (homes,)."""
    said, heard = np.maximum(rows, 0), np.maximum(columns, 0)
    own = said[:, f]
    both = np.einsum("ij,ij->i", said, said) + np.einsum("ij,ij->i", heard, heard)
    return both - 2 * own**2 + (own - 1) ** 2


def _miss(output: float) -> float:
    """What a feature's own output is short of 1 by, squared."""
    return (max(output, 0.0) - 1) ** 2
