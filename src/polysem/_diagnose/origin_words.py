"""The origin test in plain sentences."""

from __future__ import annotations

from collections import Counter
from typing import Any


def origin_sentences(diagnosis: Any) -> list[str]:
    """Verdicts, what they mean, φ and init-caused."""
    origin = diagnosis.origin
    total = len(origin.removals)
    if total == 0:
        none = "No neuron is polysemantic in its weights"
        said = [] if origin.recorded else [f"{none}, so there is no origin to test."]
        return said + _recorded(diagnosis)
    alone = {removal.neuron for removal in origin.recorded}
    rows = [f for f in diagnosis.findings if f.neuron not in alone]
    tested = Counter(f.verdict for f in rows if f.cost is not None)
    counts = ", ".join(f"{count} {name}" for name, count in tested.items())
    most = max(len(removal.each) for removal in origin.removals)
    seeds = f"{len(origin.seeds)} to {most}" if most > len(origin.seeds) else f"{most}"
    said = [
        f"Origin at the horizon of {origin.horizon.words()}, {seeds} retraining seeds: {counts}."
    ]
    falls = sum(r.count_falls >= 1 for r in origin.removals)
    said.append(
        f"For {falls} of {total} the layer's count of polysemantic neurons would fall as well; for "
        f"{total - falls} polysemanticity would merely move."
    )
    phi = origin.together
    if phi is not None:
        said.append(
            f"Together, {phi.removed} of {phi.polysemantic} can be removed at no cost (φ = "
            f"{phi.share:.2f})."
        )
    if origin.init_caused:
        caused = sum(origin.init_caused.values())
        said.append(
            f"With their losing initial weights at zero, {caused} of {len(origin.init_caused)} "
            "are not polysemantic after training again."
        )
    return said + _recorded(diagnosis)


def _recorded(diagnosis: Any) -> list[str]:
    """Verdicts on neurons that are polysemantic by their recordings alone."""
    origin = diagnosis.origin
    if not origin.recorded:
        return []
    alone = {removal.neuron for removal in origin.recorded}
    tested = Counter(f.verdict for f in diagnosis.findings if f.neuron in alone)
    counts = ", ".join(f"{count} {name}" for name, count in tested.items())
    one = len(alone) == 1
    return [
        f"{len(alone)} {'is' if one else 'are'} polysemantic by {'its' if one else 'their'} "
        f"recordings alone; retrained for {origin.horizon.words()} with a price on answers to "
        f"other features, each against the sham: {counts}."
    ]
