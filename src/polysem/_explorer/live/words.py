"""A live network in words: where it is, and the census at its end."""

from __future__ import annotations

from typing import Any

from polysem._explorer.live.frames import Frame, Opening
from polysem._explorer.live.settings import LiveSettings
from polysem._plots.labels import plural


def at_start(opening: Opening) -> str:
    """How many pairs collide at the start."""
    pairs = opening.pairs
    if not pairs.collided:
        return (
            "At the start no two features have their largest weight on one neuron; the closest "
            "pair is shown."
        )
    benign = int(pairs.benign.sum())
    collide = plural(len(pairs), "pair of features collides", "pairs of features collide")
    return (
        f"At the start {collide}: {benign} benign (opposite sign), "
        f"{len(pairs) - benign} malign (same sign)."
    )


def time_of(frame: Frame, settings: LiveSettings) -> str:
    """`t = 12.3`, or `step 40`."""
    return f"t = {frame.t:,.4g}" if settings.flows else f"step {frame.t:,.0f}"


def moment(frame: Frame, settings: LiveSettings, opening: Opening) -> str:
    """Time and sparsity of one moment, and how many collisions last."""
    lasting = int((~frame.resolved).sum())
    collisions = ""
    if opening.pairs.collided:
        collisions = f" {lasting} of {plural(len(opening.pairs), 'collision')} last."
    time = time_of(frame, settings)
    return (
        f"At {time} a feature has {frame.m_prime:.3g} of {settings.m:,} weights left "
        f"and ‖W‖₁ = {frame.l1_norm:.3g}.{collisions}"
    )


def progress(frame: Frame, settings: LiveSettings) -> int:
    """How far it is, 0 to 99: of the steps, or of the way from m weights per feature to one."""
    import math

    if not settings.flows:
        return min(99, int(100 * frame.t / settings.steps))
    if settings.m < 2:
        return 50
    left = math.log(max(frame.m_prime, 1)) / math.log(settings.m)
    return max(0, min(99, int(100 * (1 - left))))


def at_end(run: Any) -> list[str]:
    """The outcome and the census, sentence by sentence."""
    census, outcome = run.census, run.outcomes[0]
    said = [f"Outcome: {str(outcome).replace('_', ' ')}. {outcome.remedy}"]
    if not census.table["countable"][0]:
        return said
    found = {sign: census.total(f"{sign}_sign") for sign in ("opposite", "same")}
    total = census.total("polysemantic")
    said.append(
        f"{plural(total, 'polysemantic neuron')}: {found['opposite']} with features of opposite "
        f"sign, {found['same']} of the same sign; {census.total('dead_features')} of "
        f"{plural(census.n_features, 'feature')} dead."
    )
    if census.collisions is not None and len(census.collisions):
        fates = census.fates()
        stay = fates["fate"].tolist().index("both_stay")
        for sign, kind in (("opposite", "benign"), ("same", "malign")):
            count, both = int(fates[sign].sum()), int(fates[sign][stay])
            said.append(f"Of {plural(count, f'{kind} collision')} at the start {both} lasted.")
        later = total - len(_lasting(census))
        if later:
            said.append(f"{plural(later, 'polysemantic neuron')} formed later, by other choices.")
    return [*said, *census.warnings]


def _lasting(census: Any) -> set[int]:
    """Polysemantic neurons on which a collision of the start lasted."""
    lasted = census.collisions["fate"] == "both_stay"
    collided = set(census.collisions["neuron"][lasted].tolist())
    return collided & set(census.polysemantic_neurons["neuron"].tolist())
