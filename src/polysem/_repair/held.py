"""A layer some of whose neurons are held to one feature, retrained with further ones held too."""

from __future__ import annotations

import torch

from polysem._diagnose.origin.activity import Activity
from polysem._diagnose.origin.moves import strict_mask
from polysem._diagnose.origin.network import Parameters, represented
from polysem._diagnose.origin.penalised import PRICE
from polysem._repair.arm import Arm, trained
from polysem._repair.counted import Counted
from polysem._repair.joint import Effort
from polysem._repair.purify import retrained_pure, work_of
from polysem._repair.site_network import SiteNetwork
from polysem._repair.trials import Trial


def polysemantic(network: SiteNetwork, activity: Activity, parameters: Parameters) -> set[int]:
    """Neurons polysemantic by recordings or by weights."""
    carried = represented(network, parameters).sum(0)
    return activity.several(parameters).union(torch.nonzero(carried >= 2).flatten().tolist())


class Held:
    """One layer, its neurons by recordings and weights, and what may be spent.

    An arm's mask says which neurons are held: those that it leaves one feature. `price` — of their
    impurity.
    """

    def __init__(
        self,
        counted: Counted,
        network: SiteNetwork,
        activity: Activity,
        effort: Effort,
        price: float = PRICE,
    ) -> None:
        assert effort.horizon is not None
        self.counted, self.network, self.activity = counted, network, activity
        self.effort, self.horizon, self.price = effort, effort.horizon, price

    def left(self, parameters: Parameters) -> set[int]:
        """Neurons polysemantic by recordings or by weights."""
        return polysemantic(self.network, self.activity, parameters)

    def gap(self, arm: Arm, sham: Arm) -> float:
        """Feature-worths above the sham."""
        return arm.above(sham, self.network.worth)

    def affords(self, copies: int) -> bool:
        """True if so many may still be retrained."""
        return self.effort.left(self.counted) >= copies * work_of(self.counted, self.horizon)

    def sham_after(self, control: Arm) -> Arm:
        """The sham after a horizon more."""
        return trained(self.counted, control, self.horizon, self.effort.seed)

    def retrained(self, state: Arm, groups: list[list[Trial]]) -> list[Arm]:
        """A copy for each group, its neurons masked and held pure beside those that are so now."""
        masks, chosen = self.holds(state, groups)
        return self.copies(state, torch.stack(masks), chosen)

    def holds(
        self, state: Arm, groups: list[list[Trial]]
    ) -> tuple[list[torch.Tensor], list[list[int]]]:
        """For each group, the mask and which neurons are to be pure."""
        assert state.mask is not None
        others = self._pure(state)
        masks, chosen = [], []
        for group in groups:
            mask = state.mask.clone()
            for one in group:
                mask[one.keep, one.neuron] = 1
                mask = strict_mask(mask, one.neuron, one.keep)
            masks.append(mask)
            mine = [one.neuron for one in group]
            chosen.append(mine + [k for k in others if k not in mine])
        return masks, chosen

    def _pure(self, state: Arm) -> list[int]:
        """Neurons that are held to one feature and respond to no other."""
        assert state.mask is not None
        left = self.left(state.parameters)
        single = torch.nonzero(state.mask.sum(0) == 1).flatten().tolist()
        return [k for k in single if k not in left]

    def copies(self, state: Arm, mask: torch.Tensor, chosen: list[list[int]]) -> list[Arm]:
        """The copies after the horizon."""
        layer = self.counted, self.network, self.activity
        return retrained_pure(*layer, state, mask, chosen, self.effort, self.price)
