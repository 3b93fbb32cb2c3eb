"""The final-state score beside the rows of a weights diagnosis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from polysem._diagnose.final_state.implied import Implied
from polysem._diagnose.final_state.inputs import Progress, measure_inputs
from polysem._diagnose.final_state.score import (
    LEANS_NECESSARY,
    LEANS_REMOVABLE,
    OUTSIDE,
    UNDECIDED,
    shipped,
)
from polysem._diagnose.rows import Finding


def with_opinions(
    findings: Sequence[Finding],
    strength: np.ndarray,
    network: Implied | None = None,
    progress: Progress | None = None,
) -> tuple[list[Finding], tuple[str, ...]]:
    """The rows with the score in words, and a sentence about the layer.

    `strength`: (features, neurons). `network`, `progress` — as in `measure_inputs`. The verdict
    stays "cannot be told": the score is right in most networks like those it was made from and
    promises nothing about others. `probability` is left empty outside the calibration range.
    """
    score = shipped()
    inputs = measure_inputs(strength, network, progress)
    if score is None or not len(inputs.neurons):
        return list(findings), ()
    p, said = score.probability(inputs.values), score.opinions(inputs.values)
    place = {int(k): j for j, k in enumerate(inputs.neurons)}
    rows, used = [], []
    for finding in findings:
        j = place.get(finding.neuron)
        if j is None or not finding.polysemantic:
            rows.append(finding)
            continue
        used.append(j)
        rows.append(_with(finding, float(p[j]), said[j]))
    return rows, _layer(p[used], [said[j] for j in used])


def _with(finding: Finding, p: float, said: str) -> Finding:
    evidence = f"{finding.evidence}; final-state score {p:.2f}, the weaker evidence: {said}"
    return replace(finding, probability=None if said == OUTSIDE else p, evidence=evidence)


def _layer(p: np.ndarray, said: list[str]) -> tuple[str, ...]:
    if not said:
        return ()
    count = Counter(said)
    parts = [
        f"{count[word]} {word}"
        for word in (LEANS_REMOVABLE, LEANS_NECESSARY, UNDECIDED, OUTSIDE)
        if count[word]
    ]
    inside = np.array([word != OUTSIDE for word in said])
    mean = f", mean P(removable) {p[inside].mean():.2f} inside it" if inside.any() else ""
    return (
        f"Final-state score of the polysemantic neurons (weaker evidence than retraining, no "
        f"verdict): {', '.join(parts)}{mean}.",
    )
