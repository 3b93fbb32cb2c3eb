"""The origin test of a whole layer: costs, verdicts, φ, init-caused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from polysem._diagnose.origin.copies import Progress
from polysem._diagnose.origin.network import Rewirable
from polysem._diagnose.origin.removal import Removal, measure_removals
from polysem._diagnose.origin.retrain import Horizon
from polysem._diagnose.origin.together import Together, measure_together


@dataclass(frozen=True)
class Origin:
    """What matched retraining says about one layer.

    `removals` — one per neuron that is polysemantic by its weights. `recorded` — one per neuron
    that is so by recordings alone, where labels say which features are on. `together` — φ, None if
    it was not asked for.
    `init_caused` — neuron → whether the start caused it, where training can be rerun. `horizon`,
    `seeds` — how it was measured.
    """

    removals: tuple[Removal, ...]
    together: Together | None
    horizon: Horizon
    seeds: tuple[int, ...]
    init_caused: Mapping[int, bool] = field(default_factory=dict)
    recorded: tuple[Removal, ...] = ()


def measure_origin(
    network: Rewirable,
    horizon: Horizon,
    seeds: tuple[int, ...] = (0, 1),
    moves: int = 4,
    together: bool = True,
    progress: Progress | None = None,
    neurons: tuple[int, ...] | None = None,
) -> Origin:
    """Test every polysemantic neuron of a layer; then, if asked for, how many together.

    `neurons` — those to test, all by default.
    """
    removals = measure_removals(network, horizon, seeds, moves, progress, neurons)
    phi = measure_together(network, removals, horizon, seeds) if together else None
    return Origin(tuple(removals), phi, horizon, seeds)
