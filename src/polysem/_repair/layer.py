"""What became of one layer: three arms, what moved, what was left alone, what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from polysem._repair.arm import Arm


@dataclass(frozen=True)
class Layer:
    """One layer before and after.

    `before`, `sham`, `repaired` — the three arms; `sham` had the steps of `repaired` and no mask;
    it is `before` if nothing was moved. `moved` — rows of the record, without a seed.
    `polysemantic` — neurons before and after. `left` — neuron → why it is still polysemantic.
    `steps` — work in steps of a training (see `Counted`), the sham's included. `horizon` — most
    steps of one retraining. `preserved` — largest change of an output (split) or of the loss
    (rotate) by the rewiring itself, before any retraining; None where it is not meant to be none.
    `active` — neurons whose activations are selective for several features, before, of the sham and
    of the repaired network; None where labels do not say which are on. `further` — sham and
    repaired network after `further_steps` of training on without a mask, None if that was not asked
    for or nothing was moved.
    """

    before: Arm
    sham: Arm
    repaired: Arm
    moved: tuple[Mapping[str, Any], ...]
    polysemantic: tuple[int, int]
    left: Mapping[int, str]
    steps: float
    horizon: int
    preserved: float | None = None
    active: tuple[int, int, int] | None = None
    further: tuple[Arm, Arm] | None = None
    further_steps: int = 0


def still(held: Iterable[int], reasons: Mapping[int, str], otherwise: str) -> dict[int, str]:
    """Why each of the neurons `held` is polysemantic at the end; `otherwise` if none was given."""
    return {k: reasons.get(k, otherwise) for k in held}
