"""`polysem.prevent` on a user's own model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from polysem._errors import BadInput
from polysem._repair.judge.effects import PLAIN
from polysem._repair.modules.apply import refusal, trained
from polysem._repair.modules.comparison import ModuleArm, ModuleComparison, write
from polysem._repair.modules.measures import measured
from polysem._repair.modules.training import Make, Training
from polysem._repair.prevent.choice import named, with_shams
from polysem._repair.prevent.method import Method
from polysem._repair.prevent.registry import DEFAULTS
from polysem._storage.files import check_out, prepare_out
from polysem._storage.provenance import provenance

Progress = Callable[[int, int, str], None]


def prevent_modules(
    make: Make,
    said: dict[str, Any],
    *,
    seeds: int,
    seed: int,
    methods: Iterable[Any] | None,
    further: bool,
    confidence: float,
    out: str | Path | None,
    overwrite: bool,
    report: bool,
    progress: Progress | None,
) -> ModuleComparison:
    """Plain models of the seeds, and the same seeds under every method; see `polysem.prevent`."""
    folder = check_out(out, overwrite)
    training = Training.of(make, said)
    chosen = _chosen(methods, training)
    if seeds < 1:
        raise BadInput(f"seeds = {seeds} is not allowed: give at least 1.")
    numbers = range(seed, seed + seeds)
    began, arms = time.perf_counter(), []
    for one in (None, *chosen):
        if progress is not None:
            progress(len(arms), len(chosen) + 1, PLAIN if one is None else one.name)
        plain = arms[0].models if arms else ()
        arms.append(_arm(one, training, numbers, plain, further))
    if progress is not None:
        progress(len(arms), len(arms), "done")
    asked = {
        "model": type(arms[0].models[0]).__name__,
        "encoder": training.encoder,
        "decoder": training.decoder,
        "features": training.features,
        "seeds": seeds,
        "seed": seed,
        "methods": [one.name for one in chosen],
        "further": further,
    }
    facts = provenance(seconds=round(time.perf_counter() - began, 3))
    result = ModuleComparison(tuple(arms), confidence, asked, facts)
    if folder is not None:
        prepare_out(folder, overwrite)
        write(result, folder, report)
    return result


def _chosen(given: Iterable[Any] | None, training: Training) -> list[Method]:
    """The methods, and their shams; by default those that can be used on this model."""
    found = named(DEFAULTS if given is None else given)
    reasons = {one: refusal(one, training) for one in found}
    if given is None:
        found = [one for one in found if reasons[one] is None]
    for one in found:
        if reasons[one] is not None:
            raise BadInput(
                f"The method {one.name!r} cannot be used on one's own model: {reasons[one]}."
            )
    return with_shams(found)


def _arm(
    one: Method | None,
    training: Training,
    seeds: Sequence[int],
    plain: Sequence[nn.Module],
    further: bool,
) -> ModuleArm:
    name = PLAIN if one is None else one.name
    models, rows = [], []
    for place, seed in enumerate(seeds):
        model = trained(one, training, seed, plain[place] if plain else None)
        models.append(model)
        rows.append(_row(name, seed, "end", model, training))
    if further:
        rows += [
            _row(name, seed, "after", _once_more(model, training, seed), training)
            for model, seed in zip(models, seeds, strict=True)
        ]
    does = "plain start and loss" if one is None else one.does
    sham = None if one is None or one.sham is None else one.sham.name
    return ModuleArm(name, does, tuple(rows), sham, tuple(models))


def _once_more(model: nn.Module, training: Training, seed: int) -> nn.Module:
    """A copy trained again, plainly and without a mask: does what was reached last?"""
    import copy

    return training.trained(copy.deepcopy(model), training.loss, seed + 1_000_003)


def _row(name: str, seed: int, stage: str, model: nn.Module, training: Training) -> dict[str, Any]:
    finite = all(bool(torch.isfinite(p).all()) for p in model.parameters())
    values = measured(model, training)
    return {
        "method": name,
        "seed": seed,
        "stage": stage,
        "outcome": "trained" if finite else "diverged",
        "used": finite,
        "why": None if finite else "its weights are not finite",
        **values,
    }
