"""Static moves: ways to make one neuron monosemantic before any retraining.

For every feature that may stay: mask the others; move the others to the homes where they cost
least, free neurons first; where the layer is linear, rotate its basis so that the neuron sees
little but the feature that stays. Each ends with a hard mask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from polysem._diagnose.origin.network import (
    DEAD,
    Parameters,
    Rewirable,
    free_neurons,
    joined,
    masked_,
    mean_losses,
    stacked,
    strengths,
)
from polysem._diagnose.origin.ranking import best_copy

HOMES = 128  # neurons tried as a home, those with the weakest wires first
KEEP = 2  # features that may stay: the strongest
MOVED = 4  # features that are given a home: the strongest of those that leave


@dataclass(frozen=True)
class Move:
    """One way to make neuron `neuron` monosemantic.

    `keep` — the feature that stays. `kind` — "mask", "relocate" or "rotate". `homes` — neuron of
    each feature that was moved. `parameters` — weights after it, `mask` (features, neurons) of 0
    and 1 that holds from then on, `loss` before any retraining (NaN until it is measured).
    """

    neuron: int
    keep: int
    kind: str
    homes: tuple[tuple[int, int], ...]
    parameters: Parameters
    mask: torch.Tensor
    loss: float

    def words(self) -> str:
        """The move in a few words."""
        if self.kind == "mask":
            return f"keep feature {self.keep}, drop the others"
        if self.kind == "rotate":
            return f"keep feature {self.keep}, rotate the layer's basis"
        where = ", ".join(f"feature {g} to neuron {d}" for g, d in self.homes)
        return f"keep feature {self.keep}, move {where}"


def best_moves(
    network: Rewirable,
    neuron: int,
    features: list[int],
    most: int = 4,
    start: Parameters | None = None,
    mask: torch.Tensor | None = None,
) -> list[Move]:
    """The `most` static moves of least loss for `neuron`, which represents `features`.

    `features`: strongest first. `start` and `mask` — weights and mask to build upon (moves of
    other neurons, made before); the trained weights and no mask by default.
    """
    start = network.parameters() if start is None else start
    mask = torch.ones(network.n_features, network.n_neurons) if mask is None else mask
    found: list[Move] = []
    for keep in features[:KEEP]:
        found.append(_mask_only(network, neuron, keep, start, mask))
        leave = [f for f in features if f != keep][:MOVED]
        found += _relocations(network, neuron, keep, leave, start, mask)
        if network.linear:
            found.append(_rotation(network, neuron, keep, start, mask))
    losses = mean_losses(network, joined([move.parameters for move in found])).tolist()
    found = [replace(move, loss=loss) for move, loss in zip(found, losses, strict=True)]
    found.sort(key=lambda move: move.loss)
    return found[:most]


def strict_mask(mask: torch.Tensor, neuron: int, keep: int) -> torch.Tensor:
    """The mask with nothing but `keep` left on `neuron`."""
    mask = mask.clone()
    mask[torch.arange(len(mask)) != keep, neuron] = 0
    return mask


def _finished(
    network: Rewirable,
    parameters: Parameters,
    mask: torch.Tensor,
    neuron: int,
    keep: int,
    kind: str,
    homes: tuple[tuple[int, int], ...] = (),
) -> Move:
    masked_(network, parameters, mask)
    return Move(neuron, keep, kind, homes, parameters, mask, float("nan"))


def _copy(parameters: Parameters) -> Parameters:
    return {name: values.clone() for name, values in parameters.items()}


def _mask_only(
    network: Rewirable, neuron: int, keep: int, start: Parameters, mask: torch.Tensor
) -> Move:
    return _finished(network, _copy(start), strict_mask(mask, neuron, keep), neuron, keep, "mask")


def _relocations(
    network: Rewirable,
    neuron: int,
    keep: int,
    leave: list[int],
    start: Parameters,
    mask: torch.Tensor,
) -> list[Move]:
    """The features that leave go, one after the other, each to its cheapest home.

    Twice: once anywhere, once to free neurons only if there are any (a free home may look dearer
    than it is after retraining). The same move is not listed twice.
    """
    free = free_neurons(network, start)
    choices = [torch.ones_like(free)]
    if free.any():
        choices.append(free)
    moves: dict[tuple[tuple[int, int], ...], Move] = {}
    for allowed in choices:
        parameters, homes = _copy(start), []
        strict = strict_mask(mask, neuron, keep)
        masked_(network, parameters, strict)
        for feature in leave:
            home = _cheapest_home(network, neuron, feature, start, parameters, strict, allowed)
            if home is None:
                break
            parameters, d = home
            homes.append((feature, d))
        if homes and tuple(homes) not in moves:
            moves[tuple(homes)] = _finished(
                network, parameters, strict, neuron, keep, "relocate", tuple(homes)
            )
    return list(moves.values())


def _cheapest_home(
    network: Rewirable,
    neuron: int,
    feature: int,
    start: Parameters,
    parameters: Parameters,
    mask: torch.Tensor,
    allowed: torch.Tensor,
) -> tuple[Parameters, int] | None:
    """Weights with `feature`'s wires at `neuron` carried, with either sign, to the best neuron."""
    free = free_neurons(network, parameters)
    trials = _trials(network, neuron, feature, parameters, mask, allowed, free)
    if not trials:
        return None
    copies = _changeable(network, parameters, trials)
    for place, (d, sign, emptied) in enumerate(trials):
        one = {name: values[place] for name, values in copies.items()}
        for wire in network.wires:
            if emptied:
                wire.view(one)[:, d] = 0
            wire.view(one)[feature, d] += sign * wire.view(start)[feature, neuron]
        for other in network.beside if emptied else ():
            there = one[other.name].select(other.axis, d)
            there.copy_(start[other.name].select(other.axis, neuron))
    best = best_copy(network, copies)
    return {name: values[best].clone() for name, values in copies.items()}, trials[best][0]


def _changeable(
    network: Rewirable, parameters: Parameters, trials: list[tuple[int, float, bool]]
) -> Parameters:
    """A copy of each weight for every trial; of those that no trial changes, one for all."""
    changed = {wire.name for wire in network.wires}
    if any(emptied for _, _, emptied in trials):
        changed |= {other.name for other in network.beside}
    own = stacked({n: v for n, v in parameters.items() if n in changed}, len(trials))
    return own | {
        n: v.expand(len(trials), *v.shape) for n, v in parameters.items() if n not in changed
    }


def _trials(
    network: Rewirable,
    neuron: int,
    feature: int,
    parameters: Parameters,
    mask: torch.Tensor,
    allowed: torch.Tensor,
    free: torch.Tensor,
) -> list[tuple[int, float, bool]]:
    """(home, sign, emptied first) to be tried, homes with the weakest wires first.

    A free neuron may be emptied; then it takes over all else that the old home is made of. Only
    one dead neuron is tried, since all are alike.
    """
    size = strengths(network, parameters).amax(0)
    dead = size <= DEAD * size.max()
    open_ = allowed & (mask[feature] > 0)
    open_[neuron] = False
    order = [int(d) for d in size.argsort(stable=True) if open_[d]]
    order = [d for d in order if dead[d]][:1] + [d for d in order if not dead[d]]
    return [
        (d, sign, emptied)
        for d in order[:HOMES]
        for emptied in ((True, False) if free[d] and not dead[d] else (bool(free[d]),))
        for sign in (1.0, -1.0)
    ]


def _rotation(
    network: Rewirable, neuron: int, keep: int, start: Parameters, mask: torch.Tensor
) -> Move:
    """Turn the hidden basis so that `neuron` looks along q, which sees `keep` and little else.

    q maximises (W_keep·q)² / (Σ_{j≠keep}(W_j·q)² + small): q ∝ (Σ W_j W_jᵀ + small)⁻¹ W_keep. The
    rest of the basis follows by one reflection, which changes no lengths and no angles.
    """
    W = network.wires[0].view(start).double()
    scatter = W.mT @ W - torch.outer(W[keep], W[keep])
    ridge = 1e-6 * scatter.diagonal().mean().clamp(min=1e-12)
    eye = torch.eye(network.n_neurons, dtype=W.dtype)
    q = torch.linalg.solve(scatter + ridge * eye, W[keep])
    q = q / q.norm().clamp(min=1e-30)
    v = eye[neuron] - q
    size = (v @ v).clamp(min=1e-30)
    turn = (eye - 2 * torch.outer(v, v) / size).to(torch.float32)
    parameters = _copy(start)
    for wire in network.wires:
        wire.view(parameters).copy_(wire.view(start) @ turn)
    return _finished(network, parameters, strict_mask(mask, neuron, keep), neuron, keep, "rotate")


def as_copies(moves: list[Move]) -> tuple[Parameters, torch.Tensor]:
    """Weights and masks of all moves, with a leading axis of copies."""
    return joined([m.parameters for m in moves]), torch.stack([m.mask for m in moves])
