"""What the neurons of a user's layer respond to, where labels say which features are on.

By its weights a neuron may serve one class and still fire for several. This is what a diagnosis
from recordings sees, and what retraining can be made to take away.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.func import functional_call

from polysem._diagnose.labels_tier import THRESHOLD
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.pair_rows import Pairs, rows_of
from polysem._diagnose.selectivity.adjusted import Sums
from polysem._diagnose.selectivity.auroc import auroc_of_ranks, rank_sum_p
from polysem._diagnose.selectivity.measure import Measure
from polysem._diagnose.selectivity.ranks import centred_ranks
from polysem._diagnose.selectivity.relatedness import Relatedness

SOFT = 0.2  # standard deviations over which two activations count as nearly equal
MARGIN = 0.02  # of AUROC, by which the retraining stays clear of the threshold
REFERENCE = 64  # samples that every sample is compared with


def targets(labels: Any, features: int) -> torch.Tensor | None:
    """Which features are on: (samples, features) of 0 and 1, or None if the labels do not say.

    `labels` — class numbers (samples,), or zeros and ones (samples, features).
    """
    if not isinstance(labels, torch.Tensor):
        return None
    if labels.ndim == 1 and not labels.is_floating_point() and labels.dtype != torch.bool:
        if int(labels.min()) < 0 or int(labels.max()) >= features:
            return None
        return torch.nn.functional.one_hot(labels.long(), features).float()
    whole = labels.ndim == 2 and labels.shape[1] == features
    if whole and bool(((labels == 0) | (labels == 1)).all()):
        return labels.float()
    return None


def pairs_of(activations: np.ndarray, labels: np.ndarray) -> Pairs:
    """Pairs of neuron and feature as a diagnosis makes them, without intervals and permutations.

    `activations` (samples, neurons), `labels` (samples, features) of 0 and 1.
    """
    ranks = centred_ranks(activations)
    area, p = auroc_of_ranks(ranks, labels), rank_sum_p(ranks, labels)
    two_classes = np.full(labels.shape[1], True)
    return Pairs(
        Sums.of(2 * area - 1, labels.astype(np.float64), two_classes, ranks),
        THRESHOLD,
        np.zeros_like(p),
        Measure(area, area, area, p),
        tuple(map(str, range(activations.shape[1]))),
        tuple(map(str, range(labels.shape[1]))),
        Relatedness.from_labels(labels),
    )


class Activity:
    """The inputs of the second layer over the data to train on.

    `model`, `decoder`, `batches` — of a `SiteNetwork`. `known` — labels say which features are on,
    and the layer gives one row per label.
    """

    def __init__(self, model: torch.nn.Module, decoder: str, batches: Any, features: int) -> None:
        self.model, self.decoder = model, model.get_submodule(decoder)
        found = [targets(labels, features) for _, labels in batches]
        self.batches = [inputs for inputs, _ in batches]
        self.on = [y for y in found if y is not None]
        self.known = len(self.on) == len(found) and self._one_row_each()

    def _one_row_each(self) -> bool:
        own = {n: p.detach() for n, p in self.model.named_parameters()}
        with torch.no_grad():
            a = self.of(own, self.batches[0])
        return a.ndim == 2 and len(a) == len(self.on[0])

    def of(self, parameters: Parameters, inputs: Any) -> torch.Tensor:
        """What the second layer is given, with these weights."""
        kept: list[torch.Tensor] = []
        handle = self.decoder.register_forward_pre_hook(lambda _m, given: kept.append(given[0]))
        try:
            given = inputs if isinstance(inputs, tuple) else (inputs,)
            keywords = inputs if isinstance(inputs, dict) else {}
            functional_call(self.model, parameters, () if keywords else given, keywords)
        finally:
            handle.remove()
        return kept[0]

    def shared(self, parameters: Parameters) -> dict[int, float]:
        """Neurons that a diagnosis from recordings calls polysemantic → |2·AUROC − 1| of their
        second feature."""
        with torch.no_grad():
            a = torch.cat([self.of(parameters, inputs) for inputs in self.batches])
        activations = a.cpu().numpy().astype(np.float64)
        rows = rows_of(pairs_of(activations, torch.cat(self.on).cpu().numpy()), ())
        return {row.neuron: row.score or 0.0 for row in rows if row.polysemantic}

    def impurity(
        self, parameters: Parameters, batch: int, keep: torch.Tensor, chosen: torch.Tensor
    ) -> torch.Tensor:
        """Sum over the `chosen` neurons of Σ max(|AUROC − ½| − bar, 0)² over all features but
        `keep`; both (neurons,). The AUROC is that of one batch, made smooth."""
        a, y = self.of(parameters, self.batches[batch]), self.on[batch]
        width = SOFT * a.detach().std(0).clamp(min=1e-4)
        step = max(1, len(a) // REFERENCE)
        rank = torch.sigmoid((a[:, None] - a[None, ::step]) / width).mean(1)
        with_, without = y.sum(0), (1 - y).sum(0)
        area = (y.mT @ rank) / with_.clamp(min=1)[:, None]
        area = area - ((1 - y).mT @ rank) / without.clamp(min=1)[:, None]
        excess = (area.abs() - (THRESHOLD - 0.5 - MARGIN)).clamp(min=0).square()
        others = torch.arange(y.shape[1])[:, None] != keep[None]
        seen = ((with_ > 0) & (without > 0))[:, None] & others
        return (excess * seen).sum(0) @ chosen
