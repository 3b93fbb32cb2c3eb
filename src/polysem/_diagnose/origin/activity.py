"""What the neurons of a user's layer respond to, where labels say which features are on.

By its weights a neuron may serve one class and still fire for several. This is what a diagnosis
from recordings sees, and what retraining can be made to take away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch.func import functional_call

from polysem._diagnose.labels_tier import THRESHOLD
from polysem._diagnose.origin.impurity import impurity
from polysem._diagnose.origin.network import Parameters
from polysem._diagnose.pair_rows import Pairs, rows_of
from polysem._diagnose.rows import Finding
from polysem._diagnose.selectivity.adjusted import Sums, adjusted
from polysem._diagnose.selectivity.auroc import auroc_of_ranks, rank_sum_p
from polysem._diagnose.selectivity.measure import Measure
from polysem._diagnose.selectivity.ranks import centred_ranks
from polysem._diagnose.selectivity.relatedness import Relatedness


def targets(labels: Any, features: int) -> torch.Tensor | None:
    """Which features are on: (samples, features) of 0 and 1, or None if the labels do not say.

    `labels` — class numbers (samples,), or zeros and ones (samples, features).
    """
    if not isinstance(labels, torch.Tensor):
        return None
    if labels.ndim == 1 and not labels.is_floating_point() and labels.dtype != torch.bool:
        if not len(labels) or int(labels.min()) < 0 or int(labels.max()) >= features:
            return None
        return torch.nn.functional.one_hot(labels.long(), features).float()
    whole = labels.ndim == 2 and labels.shape[1] == features
    if whole and bool(((labels == 0) | (labels == 1)).all()):
        return labels.float()
    return None


def pairs_of(
    activations: np.ndarray,
    labels: np.ndarray,
    related: Relatedness | None = None,
    threshold: float = THRESHOLD,
) -> Pairs:
    """Pairs of neuron and feature as a diagnosis makes them, without intervals and permutations.

    `activations` (samples, neurons), `labels` (samples, features) of 0 and 1.
    """
    ranks = centred_ranks(activations)
    area, p = auroc_of_ranks(ranks, labels), rank_sum_p(ranks, labels)
    two_classes = np.full(labels.shape[1], True)
    return Pairs(
        Sums.of(2 * area - 1, labels.astype(np.float64), two_classes, ranks),
        threshold,
        np.zeros_like(p),
        Measure(area, area, area, p),
        tuple(map(str, range(activations.shape[1]))),
        tuple(map(str, range(labels.shape[1]))),
        related or Relatedness.from_labels(labels),
    )


class Activity:
    """What one module of a network is given or gives, over the data to train on.

    `model`, `site`, `batches` — as of a `ModuleNetwork`; `features` — how many there are. `given` —
    what is recorded is the module's input, else its output. `related`, `threshold` — the rule of
    the diagnosis. `known` — labels say which features are on, and there is one row per label.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        site: str,
        batches: Any,
        features: int,
        given: bool = True,
        related: Relatedness | None = None,
        threshold: float = THRESHOLD,
    ) -> None:
        self.model, self.site, self.given = model, model.get_submodule(site), given
        found = [targets(labels, features) for _, labels in batches]
        self.batches = [inputs for inputs, _ in batches]
        self.on = [y for y in found if y is not None]
        self.known = len(self.on) == len(found) and self._one_row_each()
        self.threshold = threshold
        if self.known:
            self.labels = torch.cat(self.on).cpu().numpy()
            self.related = related or Relatedness.from_labels(self.labels)
            self._related = torch.from_numpy(self.related.related).to(self.on[0].device)

    def _one_row_each(self) -> bool:
        own = {n: p.detach() for n, p in self.model.named_parameters()}
        with torch.no_grad():
            seen = [self.of(own, inputs) for inputs in self.batches]
        rows = zip(seen, self.on, strict=True)
        return all(a is not None and a.ndim == 2 and len(a) == len(y) for a, y in rows)

    def of(self, parameters: Parameters, inputs: Any) -> torch.Tensor:
        """What is recorded with these weights: (samples, neurons) where `known`."""
        kept: list[Any] = []
        if self.given:
            handle = self.site.register_forward_pre_hook(lambda _m, given: kept.append(given[0]))
        else:
            handle = self.site.register_forward_hook(lambda _m, _i, gave: kept.append(gave))
        try:
            given = inputs if isinstance(inputs, tuple) else (inputs,)
            keywords = dict(inputs) if isinstance(inputs, Mapping) else {}
            functional_call(self.model, parameters, () if keywords else given, keywords)
        finally:
            handle.remove()
        return kept[0][0] if isinstance(kept[0], tuple) else kept[0]

    def pairs(self, parameters: Parameters) -> Pairs:
        """Pairs of neuron and feature with these weights."""
        with torch.no_grad():
            a = torch.cat([self.of(parameters, inputs) for inputs in self.batches])
        activations = a.cpu().numpy().astype(np.float64)
        return pairs_of(activations, self.labels, self.related, self.threshold)

    def rows(self, parameters: Parameters) -> list[Finding]:
        """The rows of a diagnosis from recordings, one per neuron, names as numbers."""
        return rows_of(self.pairs(parameters), ())

    def several(self, parameters: Parameters, among: Collection[int] | None = None) -> set[int]:
        """Neurons (of `among`) that are polysemantic by the same rule, without their rows."""
        pairs = self.pairs(parameters)
        some = np.flatnonzero(pairs.selective.sum(1) >= 2)
        some = some if among is None else some[np.isin(some, list(among))]
        sums = replace(pairs.sums, signed=pairs.sums.signed[some], spread=pairs.sums.spread[some])
        held = adjusted(sums, pairs.selective[some], pairs.bar, pairs.cut, self.related).held
        return set(some[self.related.groups(held) >= 2].tolist())

    def varies(self, parameters: Parameters, neuron: int) -> bool:
        """False for a neuron that gives the same for all samples."""
        with torch.no_grad():
            a = torch.cat([self.of(parameters, x)[:, neuron] for x in self.batches])
        return bool((a != a[0]).any())

    def shared(self, parameters: Parameters) -> dict[int, float]:
        """Neurons that a diagnosis from recordings calls polysemantic → |2·AUROC − 1| of their
        second feature."""
        rows = self.rows(parameters)
        return {row.neuron: row.score or 0.0 for row in rows if row.polysemantic}

    def impurity(
        self, parameters: Parameters, batch: int, neurons: torch.Tensor, keep: torch.Tensor
    ) -> torch.Tensor:
        """Sum of the `impurity` of some neurons on one batch; both (neurons to be pure,)."""
        a = self.of(parameters, self.batches[batch])[:, neurons]
        bar = self.threshold - 0.5
        return impurity(a, self.on[batch], keep, self._related, bar).sum()
