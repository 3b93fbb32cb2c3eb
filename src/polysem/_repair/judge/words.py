"""A comparison in words and in a short table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from polysem._repair.judge.effects import PLAIN

if TYPE_CHECKING:
    from polysem._repair.judge.comparison import Comparison

CHIEF = ("polysemantic", "loss", "metric", "loss_in_pairs", "effective_neurons", "mixed_score")
"""Measures of the short table, where they are measured."""


def summary_rows(result: Comparison) -> list[dict[str, Any]]:
    """One row per method but plain: expected, mean count, effects on the chief measures."""
    found = []
    for arm in result.arms:
        if arm.name == PLAIN:
            continue
        effects = _effects(result, arm.name, PLAIN, "end")
        later = _effects(result, arm.name, PLAIN, "after")
        count = effects["polysemantic"]
        row = {
            "method": arm.name,
            "pairs": count["pairs"],
            "expected": arm.expected[0] if arm.expected else None,
            "plain": count["mean_against"],
            "left": count["mean"],
            "left_after": later["polysemantic"]["mean"] if later else None,
        }
        chief = [name for name in CHIEF if name in effects]
        found.append(row | {f"Δ {name}": interval(effects[name]) for name in chief})
    return found


def interval(effect: dict[str, Any]) -> str:
    """'-3.2 [-4, -2.4]', or 'unknown'."""
    if effect["effect"] is None or effect["low"] is None:
        return "unknown"
    return f"{effect['effect']:.3g} [{effect['low']:.3g}, {effect['high']:.3g}]"


def in_words(result: Comparison) -> list[str]:
    """What was compared, what each method did, who was left out."""
    lines = [f"{result.headline} ({result.confidence:.0%} intervals of paired differences):"]
    for row in summary_rows(result):
        plain, left = (_number(row[name]) for name in ("plain", "left"))
        lines.append(
            f"  {row['method']}: polysemantic neurons {plain} → {left} "
            f"({row['Δ polysemantic']}), loss {row['Δ loss']}"
        )
    return lines + exclusions(result)


def exclusions(result: Comparison) -> list[str]:
    """One sentence per method and stage with excluded seeds, naming them."""
    counts = Counter((r["method"], r["stage"], r["why"]) for r in result.excluded)
    sentences = []
    for (method, stage, why), count in counts.items():
        seeds = [
            r["seed"]
            for r in result.excluded
            if (r["method"], r["stage"], r["why"]) == (method, stage, why)
        ]
        named = ", ".join(map(str, seeds[:8])) + (f" and {count - 8} more" if count > 8 else "")
        where = "" if stage == "end" else " after more training"
        sentences.append(f"{method}{where}: excluded {count} ({why}): seeds {named}.")
    return sentences


def _effects(result: Comparison, method: str, against: str, stage: str) -> dict[str, Any]:
    """Measure → row of the effect table."""
    return {
        row["measure"]: row
        for row in result.effects.to_dicts()
        if (row["method"], row["against"], row["stage"]) == (method, against, stage)
    }


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"
