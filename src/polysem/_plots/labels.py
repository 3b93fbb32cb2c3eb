"""Text on figures: the line that says what was run, and plain English for numbers."""

from __future__ import annotations


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 seed`, `8 seeds`, `1,024 seeds`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def settings_line(
    n: int | None = None,
    m: int | str | None = None,
    l1: float | str | None = None,
    seeds: int | str | None = None,
    note: str = "",
) -> str:
    """`n = 64 features, m = 256 neurons, λ = 0.005, 8 seeds`, leaving out what is None."""
    parts = [
        None if n is None else f"n = {n:,}",
        None if m is None else f"m = {m:,}" if isinstance(m, int) else f"m = {m}",
        None if l1 is None else f"λ = {l1:g}" if isinstance(l1, (int, float)) else f"λ = {l1}",
        plural(seeds, "seed") if isinstance(seeds, int) else seeds,
        note or None,
    ]
    return ", ".join(part for part in parts if part)


def number(value: float) -> str:
    """A number as people write it: 3, 3.4, 0.25, 12,345."""
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def shortened(text: str, most: int = 80) -> str:
    """The text, cut with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def seeds_phrase(groups: list[int]) -> str:
    """How many seeds each point rests on: `8 seeds`, or `4–16 seeds` where they differ."""
    low, high = min(groups, default=0), max(groups, default=0)
    return plural(low, "seed") if low == high else f"{low:,}–{high:,} seeds"
