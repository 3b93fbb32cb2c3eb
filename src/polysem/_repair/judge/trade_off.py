"""Does removing polysemanticity cost performance? One comparison per width, and an answer in words.

The question is open in Lecomte et al. (2023): whether taking out incidental polysemanticity escapes
the trade-off between interpretability (few polysemantic neurons) and performance (low loss).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from polysem._census.tables import Table
from polysem._repair.judge.comparison import Comparison
from polysem._repair.judge.effects import PLAIN
from polysem._theory.counts import polysemantic_floor

FREE = 0.02
"""A method is free if the upper end of what it adds to the loss is at most this share of one
feature's worth (the loss of a zero output, by feature)."""
WIDER = "more_neurons"
ALL, PARTLY, NECESSARY, UNKNOWN = "all", "partly", "necessary", "unknown"
ANSWERS = {
    ALL: "all polysemanticity but what pigeonholes require went at no loss",
    PARTLY: "some that need not be could not be removed at no loss",
    NECESSARY: "all of it was necessary, and none was removed",
    UNKNOWN: "nothing can be said",
}
"""Kind of answer at a width → in words."""
KINDS = {
    "m": "int",
    "method": "text",
    "pairs": "int",
    "must": "int",
    "plain": "float",
    "left": "float",
    "left_after": "float",
    "removed": "float",
    "removed_low": "float",
    "removed_high": "float",
    "loss": "float",
    "loss_low": "float",
    "loss_high": "float",
    "loss_in_pairs": "float",
    "loss_in_pairs_low": "float",
    "loss_in_pairs_high": "float",
    "free": "bool",
}
"""One row per width and method. `must` — polysemantic neurons that pigeonholes require; `plain`,
`left`, `left_after` — per network, without and with the method, and after more training; `removed`
— of the plain ones; `loss`, `loss_in_pairs` — what the method adds to the plain loss and to that
with two features on, in units of one feature's worth; `free` — see `FREE`."""


@dataclass(frozen=True, eq=False, repr=False)
class TradeOff:
    """`comparisons` — one per width, each of the same n, λ, seeds and methods."""

    comparisons: tuple[Comparison, ...]

    @cached_property
    def table(self) -> Table:
        """One row per width and method; see `KINDS`."""
        rows = [row for one in self.comparisons for row in _rows(one)]
        return Table.of(KINDS, {name: [row[name] for row in rows] for name in KINDS})

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Networks whose weights diverged."""
        return [row for one in self.comparisons for row in one.failures]

    def answer(self) -> list[str]:
        """The question answered, one sentence per width, the whole first."""
        widths = [_network(one).m for one in self.comparisons]
        said = [_sentence(m, self.table.to_dicts()) for m in widths]
        network = _network(self.comparisons[0])
        parts = []
        for kind, words in ANSWERS.items():
            where = [str(m) for m, (_, of) in zip(widths, said, strict=True) if of == kind]
            parts += [f"at m = {', '.join(where)} {words}"] if where else []
        whole = f"n = {network.n}, λ = {network.l1:g}: {'; '.join(parts)}"
        return [f"{whole}.", *(sentence for sentence, _ in said)]

    def to_dicts(self) -> list[dict[str, Any]]:
        """The table as plain dicts, fit for JSON."""
        return self.table.to_dicts()

    def report(self, path: str | Path) -> Path:
        """Write the self-contained page to `path` and return it."""
        from polysem._report.trade_off import trade_off_page

        return trade_off_page(self).write(Path(path))

    def __repr__(self) -> str:
        return "\n".join(self.answer())


def _network(one: Comparison) -> Any:
    return one.plain.run.spec.network


def _rows(one: Comparison) -> list[dict[str, Any]]:
    network = _network(one)
    nothing = np.zeros((1, network.n, network.m), np.float32)
    worth = float(network.problem.loss(nothing)[0]) / network.n
    found = []
    for arm in one.arms:
        if arm.name == PLAIN:
            continue
        end, after = (_effects(one, arm.name, stage) for stage in ("end", "after"))
        counts = end["polysemantic"]
        row = {
            "m": network.m,
            "method": arm.name,
            "pairs": counts["pairs"],
            "must": polysemantic_floor(network.n, network.m),
            "plain": counts["mean_against"],
            "left": counts["mean"],
            "left_after": after["polysemantic"]["mean"] if after else None,
            "removed": _turned(counts["effect"]),
            "removed_low": _turned(counts["high"]),
            "removed_high": _turned(counts["low"]),
        }
        for name in ("loss", "loss_in_pairs"):
            effect = end[name]
            row |= {name: _over(effect["effect"], worth)}
            row |= {f"{name}_{e}": _over(effect[e], worth) for e in ("low", "high")}
        high = row["loss_high"]
        found.append(row | {"free": None if high is None else high <= FREE})
    return found


def _effects(one: Comparison, method: str, stage: str) -> dict[str, Mapping[str, Any]]:
    """Measure → its effect against the plain networks."""
    return {
        row["measure"]: row
        for row in one.effects.to_dicts()
        if (row["method"], row["against"], row["stage"]) == (method, PLAIN, stage)
    }


def _over(value: float | None, worth: float) -> float | None:
    return None if value is None else value / worth


def _turned(value: float | None) -> float | None:
    return None if value is None else 0.0 - value  # no negative zero


def _sentence(m: int, table: list[dict[str, Any]]) -> tuple[str, str]:
    """What the best free method of that width reached, and the kind of answer that is."""
    rows = [row for row in table if row["m"] == m and row["left"] is not None]
    same = [row for row in rows if row["free"] and not row["method"].startswith(WIDER)]
    if not same:
        return f"m = {m}: too few networks, or no method was free.", UNKNOWN
    best = min(same, key=lambda row: (row["left"], row["loss_high"]))
    must = best["must"]
    said = f"m = {m}: {best['plain']:.3g} polysemantic neurons per network, {must} must be; "
    if best["removed"] <= 0:
        return f"{said}no method removed any for nothing.", NECESSARY if best[
            "plain"
        ] <= must else PARTLY
    said += f"{best['method']} left {best['left']:.3g}"
    said += (
        f" (removed {best['removed']:.3g}, 95 % {best['removed_low']:.3g} to "
        f"{best['removed_high']:.3g}), loss {best['loss']:+.2g} of a feature's worth "
        f"({best['loss_low']:.2g} to {best['loss_high']:.2g})"
    )
    if best["loss_in_pairs"] is not None:
        said += f", with two features on {best['loss_in_pairs']:+.2g}"
    if best["left_after"] is not None:
        said += f"; after more training {best['left_after']:.3g}"
    return f"{said}.", ALL if best["left"] <= must else PARTLY
