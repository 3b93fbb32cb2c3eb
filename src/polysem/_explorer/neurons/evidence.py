"""One neuron: what it is in a sentence, its features, every figure that is known."""

from __future__ import annotations

from typing import Any

from polysem._explorer import texts
from polysem._plots.diagnosis_kinds import MEANING
from polysem._plots.labels import shortened
from polysem._report.diagnosis_neuron import neuron_evidence
from polysem._report.page import Page


def evidence(diagnosis: Any, finding: Any) -> str:
    """The markup of one neuron's part; every name in it is shown as text."""
    page = Page("")
    neuron_evidence(page, diagnosis, finding)
    return page.blocks


def headline(finding: Any) -> str:
    """Which neuron, and what it is in a sentence or two."""
    name = "" if finding.name == str(finding.neuron) else f" ({shortened(finding.name, 60)})"
    return texts.heading(f"Neuron {finding.neuron}{name}") + texts.status(verdict(finding))


def verdict(finding: Any) -> str:
    """What the neuron is, and how probably that could be removed."""
    meaning = MEANING.get(finding.kind, "")
    said = f"{finding.kind.capitalize()}{f': {meaning}' if meaning else ''}."
    if finding.probability is not None and finding.cost is not None:
        said += f" Probability of being removable: {finding.probability:.3f}."
    return said
