"""Turn the basis of a linear hidden layer so that features lie along neurons; the function stays.

Maximises Σ (A R)⁴ over orthogonal R, A the features' weights, by matching, stretching and
projecting: R ← polar(Aᵀ (A R)³), which never lowers the sum (Zhai et al. 2020, JMLR 21:165).
"""

from __future__ import annotations

import torch

from polysem._diagnose.origin.network import Parameters, Rewirable, represented, strengths
from polysem._diagnose.origin.removal import occupants
from polysem._diagnose.origin.retrain import Horizon
from polysem._errors import BadInput
from polysem._repair.arm import measured, trained
from polysem._repair.counted import Counted
from polysem._repair.layer import Layer, still

STARTS = 4  # the present basis and three random ones
MOST = 300
STILL = 1e-9
INERTIA = 1e-3


def rotate_layer(network: Counted, horizon: Horizon | None, seed: int) -> Layer:
    """Rotate if that lowers the layer's count; the sham is the unrotated network, retrained."""
    if not network.linear:
        raise BadInput(
            "rotate needs a linear hidden layer; this one has a non-linearity, which ties it to "
            "its neurons. Use method = 'relocate' or 'split'."
        )
    start = network.parameters()
    before = measured(network, start, None)
    turned = rotated(network, start, sparsest(_rows(network, start), seed))
    arm = measured(network, turned, None)
    counts = (len(occupants(network)), len(occupants(network, turned)))
    if arm.count >= before.count:
        said = "no rotation was found that lowers the layer's count"
        left = dict.fromkeys(occupants(network), said)
        return Layer(before, before, before, (), (counts[0], counts[0]), left, network.steps, 0)
    sham = trained(network, before, horizon, seed)
    repaired = trained(network, arm, horizon, seed)
    after = occupants(network, repaired.parameters)
    return Layer(
        before,
        sham,
        repaired,
        tuple(_moved(network, start, turned)),
        (counts[0], len(after)),
        still(after, {}, "no rotation was found that makes it monosemantic too"),
        network.steps,
        0 if horizon is None else horizon.steps,
        float((arm.losses - before.losses).abs().max()),
    )


def sparsest(rows: torch.Tensor, seed: int) -> torch.Tensor:
    """The orthogonal R, (neurons, neurons), that makes rows (any, neurons) @ R sparsest."""
    generator = torch.Generator().manual_seed(seed)
    m = rows.shape[1]
    starts = [torch.eye(m, dtype=rows.dtype)]
    for _ in range(STARTS - 1):
        noise = torch.randn(m, m, dtype=rows.dtype, generator=generator)
        starts.append(torch.linalg.qr(noise)[0])
    found = [_climbed(rows, turn) for turn in starts]
    return max(found, key=lambda turn: float((rows @ turn).pow(4).sum()))


def _climbed(rows: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    for _ in range(MOST):
        slope = rows.mT @ (rows @ turn).pow(3)
        slope = slope + INERTIA * slope.norm().clamp(min=1e-30) * turn  # directions no row sees
        left, _, right = torch.linalg.svd(slope)
        after = left @ right
        if float((after - turn).abs().max()) < STILL:
            return after
        turn = after
    return turn


def _rows(network: Rewirable, start: Parameters) -> torch.Tensor:
    return torch.cat([wire.view(start) for wire in network.wires]).double()


def rotated(network: Rewirable, start: Parameters, turn: torch.Tensor) -> Parameters:
    """The weights in the basis of the columns of `turn`: the same function where it is linear."""
    parameters = {name: values.clone() for name, values in start.items()}
    for wire in network.wires:
        view = wire.view(start)
        wire.view(parameters).copy_((view.double() @ turn).to(view.dtype))
    for other in network.beside:
        values = start[other.name].movedim(other.axis, -1)
        there = parameters[other.name].movedim(other.axis, -1)
        there.copy_((values.double() @ turn).to(values.dtype))
    return parameters


def _moved(network: Rewirable, start: Parameters, turned: Parameters) -> list[dict[str, object]]:
    """Where each feature was strongest before and is now."""
    before, after = strengths(network, start).argmax(-1), strengths(network, turned).argmax(-1)
    carried = represented(network, turned).any(-1)
    return [
        {"neuron": int(before[f]), "feature": f, "to_neuron": int(after[f]), "kind": "rotate"}
        for f in range(network.n_features)
        if carried[f]
    ]
