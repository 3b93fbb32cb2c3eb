"""Repair of Polysem's own networks: stored runs and the tied autoencoder module."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from polysem._diagnose.origin.removal import occupants
from polysem._diagnose.origin.retrain import Horizon
from polysem._diagnose.origin.tied import TiedNetwork
from polysem._errors import BadInput
from polysem._network.hidden import HiddenIdentity
from polysem._network.problem import Problem
from polysem._repair.arm import measured
from polysem._repair.counted import Counted
from polysem._repair.joint import Effort, Progress, repair_layer
from polysem._repair.layer import Layer
from polysem._repair.options import RepairOptions
from polysem._repair.result import Repair, Repaired
from polysem._repair.rotate import rotate_layer
from polysem._repair.run_refusals import check_finite, check_hidden, check_run
from polysem._repair.runs import ended, sham_of
from polysem._repair.split import divided, split_layer, splits
from polysem._repair.survival import further_of, surviving

EXACT = 1e-5
"""A split that changes an output by more is refused."""


def of_run(run: Any, settings: RepairOptions, progress: Progress | None) -> Repair:
    """All networks of a run, or one; the run in the result has the same networks, repaired."""
    check_run(run)
    if settings.training_steps is not None:
        raise BadInput("training_steps belongs to a torch.nn.Module; what a run cost is known.")
    chosen = _chosen(len(run.seeds), settings)
    check_finite(run, chosen)
    cost = [float(s.get("rhs_evaluations") or s.get("steps") or 0) or None for s in run.solves]
    labels = [run.seeds[i] for i in chosen]
    ends, done = _each(run.end, chosen, labels, cost, run.spec.network.problem, settings, progress)
    spec = run.spec.network
    source = f"n = {spec.n}, m = {spec.m}, l1 = {spec.l1:g}, {len(chosen)} of its networks"
    if settings.method == "split":
        raise BadInput(
            "A split network is wider than its run; split the module instead: "
            "polysem.repair(polysem.TiedAutoencoder(W), loss=problem, method='split')."
        )
    said = {"repaired": settings.model_dump(mode="json")}
    model, asked = ended(run, ends, said), settings.model_dump(mode="json")
    return Repair(model, done, source, settings.method, asked, sham_of(run, done, asked))


def of_tied(model: Any, loss: Any, settings: RepairOptions, progress: Progress | None) -> Repair:
    """A `TiedAutoencoder` of any number of networks; `loss` is its `Problem` or λ."""
    if not isinstance(loss, Problem | int | float):
        raise BadInput("A TiedAutoencoder needs loss = λ, or the Problem that it was trained on.")
    problem = loss if isinstance(loss, Problem) else Problem(float(loss))
    if not model.W.requires_grad:
        raise BadInput("W cannot be rewired: it is frozen (requires_grad is False).")
    W = model.W.detach().cpu().numpy()
    if not np.isfinite(W).all():
        raise BadInput("W cannot be rewired: it holds a NaN or infinite number.")
    chosen = _chosen(len(W), settings)
    cost = [settings.training_steps] * len(W)
    ends, done = _each(W, chosen, chosen, cost, problem, settings, progress)
    repaired = copy.deepcopy(model)
    values = torch.as_tensor(ends).to(model.W)
    repaired.W = torch.nn.Parameter(values)
    source = f"TiedAutoencoder {tuple(W.shape)}, {len(chosen)} of its networks"
    return Repair(repaired, done, source, settings.method, settings.model_dump(mode="json"))


def _chosen(networks: int, settings: RepairOptions) -> list[int]:
    if settings.network is None:
        return list(range(networks))
    if settings.network >= networks:
        raise BadInput(
            f"network = {settings.network} is not allowed: there are networks 0 to {networks - 1}."
        )
    return [settings.network]


def _each(
    W: np.ndarray,
    chosen: list[int],
    labels: list[int],
    cost: list[float | None],
    problem: Problem,
    settings: RepairOptions,
    progress: Progress | None,
) -> tuple[np.ndarray, tuple[Repaired, ...]]:
    check_hidden(problem)
    if settings.maximal:
        raise BadInput(
            "maximal is not allowed here: it tests neurons by their recordings, which only one's "
            "own torch.nn.Module with data has. Leave it out."
        )
    if settings.method == "split" and len(chosen) != 1:
        raise BadInput("Split networks differ in width; choose one with network = 0, 1, ….")
    work = {"relocate": _relocate, "rotate": _rotate, "split": _split}[settings.method]
    ends, done = list(W), []
    for place, (i, label) in enumerate(zip(chosen, labels, strict=True)):
        network = TiedNetwork(W[i], problem)
        network.linear = isinstance(problem.hidden, HiddenIdentity)
        layer = work(network, settings, cost[i])
        if layer.moved:
            ends[i] = layer.repaired.parameters["W"].numpy().astype(W.dtype)
        judged = network if settings.method != "split" else _wider(network, layer)
        layer = surviving(judged, layer, further_of(settings, cost[i]), settings.seed)
        done.append(Repaired(label, layer, network.worth, cost[i]))
        if progress is not None:
            progress(place + 1, len(chosen))
    kept = [ends[chosen[0]]] if settings.method == "split" else ends
    return np.stack(kept), tuple(done)


def horizon_of(settings: RepairOptions, budget: float | None = None) -> Horizon | None:
    """The horizon; half of `budget` each for the sham and the repaired network at most."""
    steps = settings.steps if budget is None else min(settings.steps, int(budget / 2))
    return Horizon(steps=steps, rate=settings.rate) if steps > 0 else None


def _relocate(network: TiedNetwork, settings: RepairOptions, cost: float | None) -> Layer:
    budget = None if cost is None else settings.share * cost
    return repair_layer(Counted(network), effort_of(settings, budget))


def effort_of(settings: RepairOptions, budget: float | None) -> Effort:
    """How much may be spent, by `settings` and in steps of a training."""
    return Effort(horizon_of(settings), budget, settings.rounds, settings.seed, settings.spend)


def _rotate(network: TiedNetwork, settings: RepairOptions, cost: float | None) -> Layer:
    budget = None if cost is None else settings.share * cost - 2
    return rotate_layer(Counted(network), horizon_of(settings, budget), settings.seed)


def _split(network: TiedNetwork, settings: RepairOptions, _: float | None) -> Layer:
    held = occupants(network)
    before = measured(network, network.parameters(), None)
    made = splits(held, network.n_neurons)
    more = sum(len(one.homes) for one in made)
    wide = torch.cat([network.W, network.W.new_zeros(network.n_features, more)], 1)
    wider = TiedNetwork(wide, network.problem)
    start, _mask = divided(wider, wider.parameters(), made)
    preserved = _outputs_change(network, start["W"])
    if preserved > EXACT:
        raise BadInput(
            f"Splitting would change an output by {preserved:.2g}: in a tied network a neuron's "
            "features can be parted exactly only if the output activation hides their overlap. "
            "Use method = 'relocate'."
        )
    return split_layer(
        before, held, Counted(wider), made, preserved, horizon_of(settings), settings.seed
    )


def _wider(network: TiedNetwork, layer: Layer) -> TiedNetwork:
    """The split network."""
    return TiedNetwork(layer.repaired.parameters["W"], network.problem)


def _outputs_change(network: TiedNetwork, W: torch.Tensor) -> float:
    """Largest change of an output over all inputs."""
    problem = network.problem
    X = torch.as_tensor(problem.inputs(network.n_features), dtype=W.dtype)
    outputs: Callable[[torch.Tensor], Any] = lambda V: problem.activation.value(  # noqa: E731
        problem.hidden.value(X @ V) @ V.mT
    )
    return float((outputs(W) - outputs(network.W)).abs().max())
