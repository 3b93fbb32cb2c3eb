"""Which features a neuron answers to by themselves, and which only through a stronger one.

A neuron that answers to one class of three is silenced by the other two, as far as AUROC can see;
one that answers to a feature also prefers what co-occurs with it. So beyond a neuron's strongest
feature each further one must hold its own with the stronger ones held equal: its coefficient in
the linear regression of the neuron's ranks on them all (Frisch and Waugh 1933), which is
2·AUROC − 1 where there is nothing to control for; the partial correlation for real features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polysem._diagnose.selectivity.correlation import correlation_p
from polysem._diagnose.selectivity.relatedness import Relatedness

EXPLAINED = 1e-9  # of a feature's variance left by the stronger ones: none, to rounding
EXCITING = 0.05  # strengths that differ by less are about equal
ROUNDS = 4  # of adding and dropping; two are the rule


@dataclass(frozen=True)
class Sums:
    """What the regressions need.

    `signed` (neurons, features): 2·AUROC − 1 for `binary` features, r for real ones. `labels`
    (features, features): correlations. `positive` (features,): samples with the feature. `n`
    samples. `spread` (neurons,): Σ of squared centred ranks 2r − (n + 1).
    """

    signed: np.ndarray
    labels: np.ndarray
    positive: np.ndarray
    binary: np.ndarray
    n: int
    spread: np.ndarray

    @classmethod
    def of(
        cls, signed: np.ndarray, labels: np.ndarray, binary: np.ndarray, ranks: np.ndarray
    ) -> Sums:
        """From selectivity, labels (samples, features), and centred ranks (samples, neurons)."""
        y = labels - labels.mean(0)
        length = np.sqrt((y**2).sum(0))
        y = y / np.where(length > 0, length, 1)
        spread = np.einsum("sk,sk->k", ranks, ranks, dtype=np.float64)
        positive = np.where(binary, labels.sum(0), 0)
        return cls(signed, y.T @ y, positive, binary, len(y), spread)

    @property
    def scale(self) -> np.ndarray:
        """Correlation of ranks and labels over 2·AUROC − 1, 1 for real features."""
        pairs = self.positive * (self.n - self.positive)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.sqrt(self.n * pairs[None] / self.spread[:, None])
        return np.where(self.binary, np.nan_to_num(scale, posinf=0.0), 1.0)


@dataclass(frozen=True)
class Adjusted:
    """`held` — features a neuron answers to by themselves, or related to one such; `strength` — of
    each feature with the neuron's other held ones (those related to it apart) held equal, on the
    scale of `signed`; `p` — of that, two-sided. All (neurons, features).
    """

    held: np.ndarray
    strength: np.ndarray
    p: np.ndarray


def adjusted(
    sums: Sums, selective: np.ndarray, bar: np.ndarray, cut: float, related: Relatedness
) -> Adjusted:
    """Drop from `selective` (neurons, features) what other features of the neuron explain.

    A feature stays if its adjusted strength reaches `bar` (features,) with a p of at most `cut`;
    features related to one that stays, stay with it. Features are tried from the strongest down; of
    two that are about equally strong the one that excites the neuron comes first.
    """
    known = np.isfinite(sums.signed)
    scale = sums.scale
    signed = np.where(known, sums.signed, 0.0)
    held, strength, p = selective.copy(), np.zeros(known.shape), np.ones(known.shape)
    for k in np.flatnonzero(known.any(1)):
        one = _Neuron(signed[k] * scale[k], scale[k], sums)
        choice = _Choice(one, signed[k], selective[k], bar, cut, related.related)
        held[k], strength[k], p[k] = choice.made()
    return Adjusted(held, np.where(known, strength, np.nan), np.where(known, p, np.nan))


class _Choice:
    """Which features of one neuron stay."""

    def __init__(
        self,
        neuron: _Neuron,
        signed: np.ndarray,
        selective: np.ndarray,
        bar: np.ndarray,
        cut: float,
        related: np.ndarray,
    ) -> None:
        self.neuron, self.selective = neuron, selective
        self.bar, self.cut, self.related = bar - 1e-12, cut, related
        self.order = np.abs(signed) + EXCITING * (signed > 0)

    def made(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(held, strength, p), each (features,)."""
        stays = self._component(self._strongest(self.selective))
        for _ in range(ROUNDS):
            before = stays
            stays = self._without_explained(self._with_more(stays))
            if (stays == before).all():
                break
        strength, p = self.neuron.beside(np.flatnonzero(stays))
        for part in self._components(stays):
            alone, alone_p = self.neuron.beside(np.flatnonzero(stays & ~part))
            strength, p = np.where(part, alone, strength), np.where(part, alone_p, p)
        return stays & self.selective, strength, p

    def _strongest(self, among: np.ndarray) -> int:
        return int(np.argmax(np.where(among, self.order, -2.0) if among.any() else self.order))

    def _pass(self, others: np.ndarray) -> np.ndarray:
        """Selective features that hold their own beside `others`."""
        strength, p = self.neuron.beside(np.flatnonzero(others))
        return self.selective & (np.abs(strength) >= self.bar) & (p <= self.cut)

    def _with_more(self, stays: np.ndarray) -> np.ndarray:
        """Add the strongest that holds its own, until none does."""
        while True:
            left = self.selective & ~stays
            left = left & self._pass(stays) if left.any() else left
            if not left.any():
                return stays
            stays = stays | self._component(self._strongest(left))

    def _without_explained(self, stays: np.ndarray) -> np.ndarray:
        """Drop, weakest first, what no longer holds its own beside those that came later."""
        parts = self._components(stays)
        parts.sort(key=lambda part: float(self.order[part].max()))
        for part in parts:
            rest = stays & ~part
            if rest.any() and not (self._pass(rest) & part).any():
                stays = rest
        return stays

    def _components(self, stays: np.ndarray) -> list[np.ndarray]:
        """`stays` by groups of related features."""
        found, left = [], stays.copy()
        while left.any():
            part = self._component(int(np.argmax(left))) & stays
            found.append(part)
            left &= ~part
        return found

    def _component(self, feature: int) -> np.ndarray:
        """The feature, and the selective ones that chains of related ones link to it."""
        found = np.zeros(len(self.selective), dtype=bool)
        found[feature] = True
        while True:
            more = found | (self.selective & self.related[found].any(0))
            if (more == found).all():
                return found
            found = more


class _Neuron:
    """Regressions of one neuron's standardised ranks on standardised labels."""

    def __init__(self, scores: np.ndarray, scale: np.ndarray, sums: Sums) -> None:
        self.scores, self.scale, self.sums = scores, scale, sums

    def beside(self, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Adjusted strength and p of every feature with `others` held equal."""
        labels, scores = self.sums.labels, self.scores
        inverse = np.linalg.pinv(labels[np.ix_(others, others)], rcond=EXPLAINED, hermitian=True)
        mixed = labels[:, others] @ inverse
        left = scores - mixed @ scores[others]
        room = 1 - np.einsum("fs,fs->f", mixed, labels[:, others])
        rest = max(1 - float(scores[others] @ inverse @ scores[others]), EXPLAINED)
        with np.errstate(divide="ignore", invalid="ignore"):
            partial = left / np.sqrt(room * rest)
            slope = left / room / self.scale
        own = (room > EXPLAINED) & (self.scale > 0)
        partial = np.clip(np.where(own, partial, 0.0), -1 + 1e-12, 1 - 1e-12)
        strength = np.where(self.sums.binary, np.clip(np.where(own, slope, 0.0), -1, 1), partial)
        return strength, correlation_p(partial, self.sums.n, len(others))
