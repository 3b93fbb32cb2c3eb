"""One page per claim, from its file in `polysem._claims.ledger` and the stored results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from _site import ledger
from _site.markdown import figure, plain, table


def write(srcdir: Path, folder: Path) -> None:
    """Pages, pictures, and the table of all of them."""
    from polysem._claims.discover import all_claims

    results = json.loads((srcdir / "ledger.json").read_text(encoding="utf-8"))
    pages = folder / "claims"
    pages.mkdir()
    rows = []
    for claim in all_claims():
        found = results["claims"].get(claim.id)
        if found:
            _draw(found, pages / f"{claim.id}.svg")
        (pages / f"{claim.id}.md").write_text(
            page(claim, found, results["provenance"]), encoding="utf-8"
        )
        verdict = found["verdict"] if found else "not in the stored run"
        link = f"[{claim.number}](generated/claims/{claim.id}.md)"
        rows.append((link, plain(claim.statement), verdict))
    lines = table(("claim", "statement", "stored verdict"), rows)
    (folder / "claims-table.md").write_text(lines + "\n", encoding="utf-8")


def page(claim: Any, found: dict[str, Any] | None, made: dict[str, Any]) -> str:
    """One page."""
    parts = [
        f"# {claim.number}. {claim.name.replace('-', ' ').capitalize()}",
        f"> {plain(claim.statement)}",
        f"*Source:* {plain(claim.source)}",
        f"**How we read it.** {plain(claim.reading)}",
        "## Criteria",
        f"Fixed before measuring; α = {claim.alpha:g} for the verdict as a whole. "
        "How a verdict follows: [the claims ledger](../../claims.md#how-a-verdict-comes-about).",
        _criteria(claim, found),
        *(_results(claim, found, made) if found else [NOT_STORED]),
        "## The experiments",
        "Quick size, as grids of [sweeps](../../sweeps.md).",
        *(_grid(name, experiment) for name, experiment in claim.experiments.items()),
        "## Compute it again",
        f"    polysem claims {claim.number} --out ledger\n"
        f"    polysem claims {claim.number} --out fresh --seed 100000  # on other networks",
    ]
    return "\n\n".join(parts) + "\n"


NOT_STORED = "The stored run does not have this claim yet; compute it as said below."


def _criteria(claim: Any, found: dict[str, Any] | None) -> str:
    from polysem._claims.change import range_words

    if not found:
        rows = [(plain(c.says), range_words(c.low, c.high)) for c in claim.criteria]
        return table(("if the claim is true, then", "lies"), rows)
    head = ("if the claim is true, then", "lies", "measured", "interval", "so it")
    return table(head, [_criterion(row) for row in found["criteria"]])


def _criterion(row: dict[str, Any]) -> tuple[str, ...]:
    says = plain(row["criterion"]) + ("" if row["central"] else " (beside)")
    if row["measured"] is None:
        return says, row["claimed"], "–", "too few data", f"is {row['answer']}"
    low, high = ("∞" if v is None else f"{v:.3g}" for v in (row["low"], row["high"]))
    answer = "is open" if row["answer"] == "open" else row["answer"]
    return says, row["claimed"], f"{row['measured']:.3g}", f"{low} to {high}", answer


def _results(claim: Any, found: dict[str, Any], made: dict[str, Any]) -> list[str]:
    shown = found["panel"]
    excluded = "; ".join(f"{count} × {why}" for why, count in found["seeds_excluded"].items())
    changes = found["what_would_change"] or ["No single criterion could change it alone."]
    return [
        "## Stored result",
        f"**{found['verdict'].capitalize()}**, from {found['seeds_used']:,} networks"
        + (f"; excluded by rule: {plain(excluded)}" if excluded else "")
        + f". {found['size'].capitalize()} size, seeds from 0, {made['written'][:10]}, "
        f"Polysem {made['polysem']} ({made['commit'][:10]}).",
        figure(f"{claim.id}.svg", shown["alt"], shown["caption"]),
        "**What would change the verdict**",
        "\n".join(f"- {plain(sentence)}" for sentence in changes),
    ]


def _grid(name: str, experiment: Any) -> str:
    values = json.loads(json.dumps(experiment.quick))
    text = yaml.safe_dump(values, default_flow_style=None, sort_keys=False, allow_unicode=True)
    return f"```yaml\n# {name}\n{text}```"


def _draw(found: dict[str, Any], path: Path) -> None:
    from polysem._plots.claims import draw_mpl
    from polysem._plots.save import save_figure

    save_figure(draw_mpl(ledger.panel(found)), path)
