"""What it costs to make a neuron respond to one feature, where its weights carry one at most.

No mask reaches such a neuron: what it reads makes it polysemantic, not what it writes. So its
retraining pays for its impurity (`Penalised`), and a move counts only where the neuron really is
not polysemantic by its recordings afterwards and the layer's number of such neurons is lower than
in the sham and than before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.copies import Bar, Measured, Progress, against
from polysem._diagnose.origin.module import ModuleNetwork
from polysem._diagnose.origin.moves import strict_mask
from polysem._diagnose.origin.network import (
    Parameters,
    masked_,
    mean_losses,
    represented,
    stacked,
    strengths,
)
from polysem._diagnose.origin.penalised import Penalised
from polysem._diagnose.origin.removal import FINALISTS, MOST, Removal, removal_of, still_open
from polysem._diagnose.origin.retrain import Horizon, retrain
from polysem._diagnose.origin.shams import Shams, further, measure_shams
from polysem._diagnose.rows import Finding

RECORDINGS = "recordings"
EXCITED = 2  # features that may stay: those that excite the neuron most
NUMBERS = 2**22  # weights trained at a time


@dataclass(frozen=True)
class Purification:
    """`neuron` is to respond to `keep` alone; `masked` — and to write nothing else."""

    neuron: int
    keep: int
    masked: bool

    def words(self) -> str:
        """The move in a few words."""
        drop = ", drop its other weights" if self.masked else ""
        return f"keep feature {self.keep}{drop}, a price on answers to others"


def measure_recorded(
    network: ModuleNetwork,
    activity: Activity,
    neurons: Sequence[int],
    horizon: Horizon,
    seeds: tuple[int, ...] = (0, 1),
    progress: Progress | None = None,
    most: int = MOST,
) -> list[Removal]:
    """The graded cost of making each of `neurons` respond to one feature; ∞ where none was made to.

    Those that `activity` does not call polysemantic are left out. Seeds, finalists and further
    seeds as in `measure_removals`. `features`, `strengths` are of the recordings (2·AUROC − 1).
    """
    rows = activity.rows(network.parameters())
    rows = {k: rows[k] for k in neurons if rows[k].polysemantic}
    options = {k: options_of(network, activity, row) for k, row in rows.items()}
    if not options:
        return []
    every = further(seeds, max(most, len(seeds)))
    test = _Test(network, activity, horizon, measure_shams(network, horizon, every), Bar(progress))
    found = test.of(options, seeds[:1])
    places = {k: one.cheapest(FINALISTS) for k, one in found.items()}

    def go_on(who: list[int], more: tuple[int, ...]) -> None:
        some = {k: [options[k][j] for j in places[k]] for k in who if more}
        for k, one in test.of(some, more).items():
            found[k] = found[k].beside(one, places[k])

    go_on(list(options), seeds[1:])
    unclear = [k for k, one in found.items() if _reached(one) and still_open(one)]
    go_on(unclear, every[len(seeds) :])
    return [test.removal(row, options[k], found[k]) for k, row in rows.items()]


def options_of(network: ModuleNetwork, activity: Activity, row: Finding) -> list[Purification]:
    """Features that may stay: what excites the neuron most, what it writes most, with a mask where
    the labels are the features of the wires; the first also without one."""
    signed = [(int(f), s) for f, s in zip(row.features, row.strengths, strict=True)]
    keeps = [f for f, s in signed if s > 0][:EXCITED] or [signed[0][0]]
    if activity.labels.shape[1] != network.n_features:
        return [Purification(row.neuron, f, False) for f in keeps]
    written = int(strengths(network, network.parameters())[:, row.neuron].argmax())
    masked = [Purification(row.neuron, f, True) for f in dict.fromkeys([*keeps, written])]
    return [*masked, Purification(row.neuron, keeps[0], False)]


@dataclass
class _Test:
    """Copies of a layer, each with one neuron to be purified, against shams."""

    network: ModuleNetwork
    activity: Activity
    horizon: Horizon
    shams: Shams
    bar: Bar

    @cached_property
    def before(self) -> int:
        """Neurons that are polysemantic by their recordings now."""
        return len(self.activity.several(self.network.parameters()))

    def of(
        self, options: dict[int, list[Purification]], seeds: tuple[int, ...]
    ) -> dict[int, Measured]:
        """What every neuron's moves come to, (moves, seeds): ∞ where one did not succeed."""
        flat = [move for group in options.values() for move in group]
        if not flat or not seeds:
            return {}
        self.bar.grow(len(flat) * len(seeds))
        each = [self._seed(flat, seed) for seed in seeds]
        columns = [torch.stack(column, 1) for column in zip(*each, strict=True)]
        sizes = [len(group) for group in options.values()]
        by_neuron = zip(*(column.split(sizes) for column in columns), strict=True)
        return {k: Measured(*one) for k, one in zip(options, by_neuron, strict=True)}

    def _seed(self, moves: list[Purification], seed: int) -> tuple[torch.Tensor, ...]:
        """(gaps, falls, errors) of one retraining seed, as many copies at a time as fit."""
        start = stacked(self.network.parameters(), 1)
        sham = one_of(retrain(self.network, start, None, self.horizon, seed), 0)
        count = min(len(self.activity.several(sham)), self.before)
        at_once = max(1, NUMBERS // sum(v.numel() for v in start.values()))
        parts = []
        for left in range(0, len(moves), at_once):
            some = moves[left : left + at_once]
            parts.append(self._judged(some, self.purified(some, seed), seed, count))
            self.bar.add(len(some))
        return tuple(torch.cat(column) for column in zip(*parts, strict=True))

    def purified(self, moves: list[Purification], seed: int) -> Parameters:
        """The copies after the horizon."""
        device = self.network.wires[0].view(self.network.parameters()).device
        neurons = torch.tensor([[move.neuron] for move in moves], device=device)
        keep = torch.tensor([[move.keep] for move in moves], device=device)
        pure = Penalised(self.network, self.activity, neurons, keep)
        start = stacked(self.network.parameters(), len(moves))
        mask = masks(self.network, moves)
        return retrain(pure, start, mask, self.horizon, seed)  # pyright: ignore[reportArgumentType]

    def _judged(
        self, moves: list[Purification], after: Parameters, seed: int, count: int
    ) -> tuple[torch.Tensor, ...]:
        gaps, _, errors = against(self.network, after, [self.shams.of(seed)] * len(moves))
        carried = represented(self.network, after).sum(-2)
        falls = torch.zeros(len(moves), dtype=gaps.dtype)
        for c, move in enumerate(moves):
            one, k = one_of(after, c), move.neuron
            if int(carried[c, k]) < 2 and not self.activity.several(one, [k]):
                falls[c] = count - len(self.activity.several(one))
            if not falls[c] >= 1 or not self.activity.varies(one, k):
                gaps[c] = torch.inf
        return gaps.cpu(), falls, errors.cpu()

    def removal(self, row: Finding, moves: list[Purification], measured: Measured) -> Removal:
        """The neuron's row."""
        network, start = self.network, self.network.parameters()
        copies = stacked(start, len(moves) + 1)
        masked_(network, copies, torch.cat([masks(network, moves), masks(network, [])]))
        losses = mean_losses(network, copies)
        static = float(losses[:-1].min() - losses[-1]) / network.worth
        features = tuple(int(f) for f in row.features)
        made = removal_of(
            row.neuron, features, row.strengths, moves, static, measured, self.shams.jumped
        )
        return replace(made, by=RECORDINGS)


def masks(network: ModuleNetwork, moves: Sequence[Purification]) -> torch.Tensor:
    """(moves, features, neurons), of ones where a move has none; one of ones for no moves."""
    ones = torch.ones(network.n_features, network.n_neurons)
    ones = ones.to(network.wires[0].view(network.parameters()).device)
    each = [strict_mask(ones, m.neuron, m.keep) if m.masked else ones for m in moves]
    return torch.stack(each or [ones])


def one_of(copies: Parameters, place: int) -> Parameters:
    """One of the copies."""
    return {name: values[place] for name, values in copies.items()}


def _reached(measured: Measured) -> bool:
    """True if some seed made the neuron respond to one feature."""
    return bool(torch.isfinite(measured.each).any())
