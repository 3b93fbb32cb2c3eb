"""A repair in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polysem._repair.result import Repair

DONE = {
    "relocate": "were made monosemantic",
    "rotate": "became monosemantic in the new basis",
}


def summary(repair: Repair) -> list[str]:
    """The result in words."""
    rows = repair.to_dicts()
    had = sum(row["polysemantic"] for row in rows)
    where = "one network" if len(rows) == 1 else f"{len(rows)} networks"
    if had == 0:
        return [f"No neuron of {where} is polysemantic; nothing was moved."]
    if len(repair.moved) == 0:
        return [
            f"{had} polysemantic neurons in {where}, and none of them can be removed at no cost; "
            "nothing was moved.",
            *_costs(repair),
        ]
    left = len(repair.left_alone)
    if repair.method == "split":
        parted = len({(row["seed"], row["neuron"]) for row in repair.moved.to_dicts()})
        said = f"{parted} of {had} polysemantic neurons in {where} were split"
        rest = f"of the wider layer's neurons {left or 'none'} {_are(left)} polysemantic."
        return [f"{said}; {rest}", *_costs(repair)]
    said = f"{repair.removed} of {had} polysemantic neurons in {where} {DONE[repair.method]}"
    return [f"{said}; {left} {_are(left)} polysemantic still.", *_costs(repair)]


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _costs(repair: Repair) -> list[str]:
    rows = repair.to_dicts()
    said = []
    if len(repair.moved):
        effect = {row["quantity"]: row for row in repair.effects.to_dicts()}
        gap = effect["loss against sham, feature-worths"]
        between = "" if gap["low"] is None else f" ({gap['low']:.2g} to {gap['high']:.2g})"
        said.append(
            f"Loss against the sham: {gap['difference']:+.2g} of a feature's worth{between}."
        )
    shares = [row["share"] for row in rows if row["share"] is not None]
    work = sum(row["steps"] for row in rows)
    if shares:
        said.append(
            f"It took {sum(shares) / len(shares):.1%} of the cost of training, the sham included "
            f"(at most {max(shares):.1%})."
        )
    else:
        said.append(
            f"It took as much as {work:.0f} steps of training, the sham included. Say how many the "
            "training took (training_steps), and share limits that."
        )
    said += [
        f"By activations {row['active']} neurons were selective for several features, and "
        f"{row['active_repaired']} are ({row['active_sham']} in the sham)."
        for row in rows
        if row["active"] is not None
    ]
    said += _survival(rows)
    kept = [row["preserved"] for row in rows if row["preserved"] is not None]
    if kept:
        what = "outputs" if repair.method == "split" else "the loss"
        said.append(f"The rewiring alone changed {what} by no more than {max(kept):.1g}.")
    return said


def _survival(rows: list[dict[str, Any]]) -> list[str]:
    """Whether it lasted when trained on."""
    on = [row for row in rows if row["further"] is not None]
    if not on:
        return []
    was, now, sham = (
        sum(row[name] for row in on)
        for name in ("count_repaired", "count_repaired_further", "count_sham_further")
    )
    steps = max(row["further"] for row in on)
    gap = sum(row["gap_further"] for row in on) / len(on)
    return [
        f"Trained on for {steps} steps without a mask, {now} neurons were polysemantic where {was} "
        f"had been left, and {sham} in the sham; loss against the sham {gap:+.2g} of a feature's "
        "worth."
    ]
