"""What was found, in plain language, computed from the numbers of a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from polysem._census import Census
from polysem._plots.labels import number, plural

GOOD_ENDS = {
    "converged": "reached a certified end state",
    "steps_done": "did all their training steps",
}


def summary(run: Any) -> list[str]:
    """The paragraphs that open a report: what was done, what was counted, why."""
    parts = [_done(run), _ends(run)]
    if run.census.polysemantic is None:
        parts.append("No network ended with finite weights, so nothing could be counted.")
        return [" ".join(parts)]
    found = [_polysemantic(run.census), _predicted(run), _dead(run.census)]
    return [" ".join(parts), " ".join(filter(None, found)), *filter(None, [_collisions(run)])]


def _done(run: Any) -> str:
    network = run.spec.network
    verb = "solved by gradient flow" if run.spec.verb == "simulate" else "trained"
    return (
        f"{_count(len(run.seeds), 'network')} with {plural(network.n, 'feature')} and "
        f"{plural(network.m, 'neuron')} (λ = {network.l1:g}) {_were(len(run.seeds))} {verb}."
        f"{_variation(network)}"
    )


def _variation(network: Any) -> str:
    """How the loss differs from the base model, for which the theory was made."""
    if network.problem.is_base:
        return ""
    names = (
        "penalty",
        "activation",
        "importance",
        "negative_overlap",
        "data",
        "hidden",
        "architecture",
    )
    values = {name: getattr(network, name) for name in names}
    changed = [
        f"{name.replace('_', ' ')}: {_settings(value)}"
        for name, value in values.items()
        if value is not None and value != type(network).model_fields[name].default
    ]
    return (
        f" The loss is not that of the base model ({'; '.join(changed)}); predictions and "
        "theory curves are those of the base model, for comparison."
    )


def _settings(law: Any) -> str:
    """A configuration as people write it: 'leaky, leak = 0.1'."""
    values = law.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    kind = [law.kind] if hasattr(law, "kind") else []
    settings = [f"{k} = {v}" for k, v in values.items() if k != "kind"]
    return ", ".join([*kind, *settings])


def _ends(run: Any) -> str:
    """How many reached a good end, and how the others ended."""
    names = [str(outcome) for outcome in run.outcomes]
    sentences = []
    for name in dict.fromkeys(sorted(names, key=lambda name: name not in GOOD_ENDS)):
        count = names.count(name)
        what = GOOD_ENDS.get(name, f"ended as “{name}”")
        if count == 1:
            what = what.replace("all their", "all its")
        sentences.append(f"{_share(count, len(names))} {what}")
    text = "; ".join(sentences)
    text = f"{text[0].upper()}{text[1:]}."
    converged = int(np.sum(run.census.table["converged"]))
    if converged < len(names):
        text += (
            f" Judged by the weights themselves, {converged} of {len(names)} had converged, "
            "so read the counts with care."
        )
    return text


def _polysemantic(census: Census) -> str:
    mean = census.polysemantic
    assert mean is not None  # asked only where something was counted
    if mean.total == 0:
        return (
            f"No neuron represents two or more features (95 % upper limit "
            f"{number(mean.high)} per network)."
        )
    if mean.seeds == 1:
        first = f"{_count(mean.total, 'neuron')} {_verb(mean.total)} two or more features"
        first += f" (95 % interval of the expected number {_range(mean)})."
    else:
        first = (
            f"On average {number(mean.mean)} {'neuron' if mean.mean == 1 else 'neurons'} "
            f"(95 % interval {_range(mean)}) {_verb(mean.mean)} two or more features."
        )
    return f"{first} {_signs(census)}"


def _signs(census: Census) -> str:
    opposite, same = census.total("opposite_sign"), census.total("same_sign")
    if same == 0 or opposite == 0:
        total = opposite + same
        all_of = "It holds" if total == 1 else f"{_all(total).capitalize()} hold"
        kind = "two features of opposite sign" if same == 0 else "features of the same sign"
        return f"{all_of} {kind}."
    return (
        f"Of these {opposite + same:,} neurons in all, {opposite:,} "
        f"{'holds' if opposite == 1 else 'hold'} two features of opposite sign and {same:,} "
        f"{'holds' if same == 1 else 'hold'} features of the same sign."
    )


def _predicted(run: Any) -> str:
    from polysem._plots.polysemantic import predictions

    network = run.spec.network
    paper, *others = predictions(network.n, network.m)
    rest = " and ".join(f"{p.name} {number(p.value)}" for p in others)
    text = f"{paper.name} predicts {number(paper.value)}, {rest}."
    if network.m < network.n:
        text += " n²/4m is meant for many more neurons than features."
    return text


def _dead(census: Census) -> str:
    dead = census.total("dead_features")
    if dead == 0:
        return "No feature died."
    counted = int(np.sum(census.table["countable"])) * census.n_features
    return f"{dead:,} of {counted:,} features died (their encodings shrank to nothing)."


def _collisions(run: Any) -> str:
    """What became of collisions by sign, and how often the initial argmax won."""
    census = run.census
    won = census.table["initial_argmax_won"]
    if census.collisions is None or not np.ma.count(won):
        return ""
    text = (
        f"{float(np.ma.mean(won)):.0%} of the features ended on the neuron on which they started "
        "strongest (their initial argmax)."
    )
    sentences = [text] + [_fate(census, sign) for sign in ("opposite", "same")]
    return " ".join(sentences)


def _fate(census: Census, sign: str) -> str:
    rows = census.fates().to_dicts()
    total = sum(row[sign] for row in rows)
    stay = next(row[sign] for row in rows if row["fate"] == "both_stay")
    kind = {"opposite": "opposite", "same": "the same"}[sign]
    if total == 0:
        return f"No two features of {kind} sign started strongest on the same neuron."
    where = f"of {kind} sign that started strongest on the same neuron"
    if total == 1:
        return f"The only pair {where} {'stayed' if stay else 'did not stay'} there together."
    stayed = f"{stay:,}" if stay else "none"
    return f"Of {total:,} pairs {where}, {stayed} stayed there together."


def _range(mean: Any) -> str:
    return f"{number(mean.low)}–{number(mean.high)}"


def _share(count: int, total: int) -> str:
    if total == 1:
        return "it"
    return _all(total) if count == total else f"{count:,} of {total:,}"


def _all(total: int) -> str:
    return "both" if total == 2 else f"all {total:,}"


def _count(count: int, noun: str) -> str:
    return f"One {noun}" if count == 1 else plural(count, noun)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _verb(count: float) -> str:
    return "represents" if count == 1 else "represent"
