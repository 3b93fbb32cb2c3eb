"""One page per claim, from its file in `polysem._claims.ledger` and the stored results."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

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
            _draw(claim, found, pages)
        (pages / f"{claim.id}.md").write_text(
            page(claim, found, results["provenance"]), encoding="utf-8"
        )
        verdict = found["verdict"] if found else "not in the stored run"
        link = f"[{claim.number}](generated/claims/{claim.id}.md)"
        rows.append((link, plain(claim.statement), verdict))
    lines = table(("claim", "statement", "stored verdict"), rows)
    (folder / "claims-table.md").write_text(lines + "\n", encoding="utf-8")


def page(claim: Any, found: dict[str, Any] | None, made: dict[str, Any]) -> str:
    """One page: what is said, what was found, how."""
    verdict = f"**{found['verdict'].capitalize()}** in the stored run" if found else NOT_STORED
    parts = [
        f"# {claim.number}. {_title(claim.name)}",
        f"> {plain(claim.statement)}",
        f"{verdict}.",
        f"*Source:* {plain(claim.source)}.",
        f"**How we read it.** {plain(claim.reading)}",
        *(_figures(claim, found) if found else []),
        "## The decision",
        f"Criteria and ranges were fixed before measuring. A decided verdict is wrong with "
        f"probability {claim.alpha:.0%} at most ([why]({RULE})).",
        _criteria(claim, found),
        *(_results(found, made) if found else []),
        *_experiments(claim),
        "## Compute it again",
        f"    polysem claims {claim.number} --out ledger{_seed(found)}  # these networks\n"
        f"    polysem claims {claim.number} --out fresh --seed 100000  # others",
    ]
    return "\n\n".join(parts) + "\n"


SPELT = {"adamw": "AdamW", "l1": "ℓ1", "lambda": "λ", "co-occurrence": "co-occurrence"}
RULE = "../../claims.md#how-a-verdict-comes-about"
NOT_STORED = "The stored run does not have this claim yet; compute it as said below"


def _seed(found: dict[str, Any] | None) -> str:
    """The option that gives the networks of the stored run."""
    first = re.search(r"seeds from (\d+)", found["size"]) if found else None
    return f" --seed {first[1]}" if first else ""


def _title(name: str) -> str:
    """The word for a claim as a heading: "No ℓ1", "AdamW"."""
    words = [name] if name in SPELT else name.split("-")
    text = " ".join(SPELT.get(word, word) for word in words)
    return text[:1].upper() + text[1:] if text[0].isascii() else text


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


def _figures(claim: Any, found: dict[str, Any]) -> list[str]:
    from polysem._plots.claims_text import alt, caption

    shown = _panels(found)
    names = _names(claim, shown)
    return [figure(name, alt(p), caption(p)) for name, p in zip(names, shown, strict=True)]


def _results(found: dict[str, Any], made: dict[str, Any]) -> list[str]:
    from polysem._claims.words import excluded_words

    changes = found["what_would_change"] or ["No single criterion could change it alone."]
    counted = plain(excluded_words(found["seeds_used"], found["seeds_excluded"]))
    return [
        f"{counted} Size: {found['size']}; stored on {made['written'][:10]} by Polysem "
        f"{made['polysem']} ({made['commit'][:10]}).",
        "**What would change the verdict**",
        "\n".join(f"- {plain(sentence)}" for sentence in changes),
        *_numbers(found.get("numbers") or []),
    ]


def _numbers(rows: list[dict[str, Any]]) -> list[str]:
    from polysem._report.markup import cell

    if not rows:
        return []
    body = table(
        [plain(name) for name in rows[0]], [map(plain, map(cell, row.values())) for row in rows]
    )
    return ["## The numbers", "Intervals are 95 % ones here.", body]


def _experiments(claim: Any) -> list[str]:
    """In words, and as grids to copy."""
    from polysem._claims.gather import Size
    from polysem._claims.words import experiments_told

    told = [
        f"- *{plain(names)}*: {plain(words)}"
        for names, words in experiments_told(claim, Size()).items()
    ]
    grids = [_grid(name, experiment) for name, experiment in claim.experiments.items()]
    return [
        "## The experiments",
        "At quick size:",
        "\n".join(told),
        "<details><summary>The same as grids of sweeps</summary>",
        *grids,
        "</details>",
    ]


def _grid(name: str, experiment: Any) -> str:
    values = json.loads(json.dumps(experiment.quick))
    text = yaml.safe_dump(values, default_flow_style=None, sort_keys=False, allow_unicode=True)
    return f"```yaml\n# {name}\n{text}```"


def _panels(found: dict[str, Any]) -> list[Any]:
    from polysem._claims.stored import panel_of

    return [panel_of(values) for values in (found["panel"], *found.get("beside", ()))]


def _names(claim: Any, shown: list[Any]) -> list[str]:
    return [f"{claim.id}.svg", *(f"{claim.id}-{i}.svg" for i in range(2, len(shown) + 1))]


def _draw(claim: Any, found: dict[str, Any], folder: Path) -> None:
    from polysem._plots.claims import draw_mpl
    from polysem._plots.save import save_figure

    shown = _panels(found)
    for name, panel in zip(_names(claim, shown), shown, strict=True):
        save_figure(draw_mpl(panel), folder / name)
