"""A diagnosis in plain sentences, computed from its numbers."""

from __future__ import annotations

from typing import Any

from polysem._diagnose.origin_words import origin_sentences


def summary(diagnosis: Any) -> list[str]:
    """What was found, sentence by sentence."""
    said = [_counts(diagnosis), *diagnosis.notes]
    if diagnosis.origin is not None:
        said += origin_sentences(diagnosis)
    elif diagnosis.polysemantic:
        said.append(
            "Whether their polysemanticity is incidental or necessary cannot be told without the "
            "loss and the data of the network."
        )
    said += [f"{null}." for null in diagnosis.nulls]
    said += [_problem(row) for row in diagnosis.problems[:5]]
    if len(diagnosis.problems) > 5:
        said.append(f"{len(diagnosis.problems) - 5} more things could not be assessed.")
    return said


def _counts(diagnosis: Any) -> str:
    c = diagnosis.counts()
    words = (
        f"{diagnosis.source}: {c['polysemantic']} of {c['neurons']} neurons are polysemantic, "
        f"{c['monosemantic']} monosemantic, {c['silent']} represent nothing"
    )
    if c["not_assessable"]:
        words += f", {c['not_assessable']} could not be assessed"
    return words + "."


def _problem(row: Any) -> str:
    sentence = str(row)
    return sentence[:1].upper() + sentence[1:]
