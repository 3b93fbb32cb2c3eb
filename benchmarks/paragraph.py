"""The README's performance paragraph, written from the stored results: nothing in it is typed.

python -m benchmarks.paragraph
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks._figures import Figure, figures, row_of, slowest_claim
from benchmarks._store import RESULTS, Found, parts_of, read
from benchmarks._table import number
from benchmarks._verdicts import State, Verdict, verdicts
from polysem._storage.files import write_text

README = Path(__file__).parents[1] / "README.md"
BEGIN = "<!-- performance: written by `python -m benchmarks.paragraph` -->"
END = "<!-- end of performance -->"
SHOWN = "256x1024x0.01"
UNMEASURED = (
    "Not measured on this version yet: `make bench`, on an idle machine, measures everything and "
    "writes this paragraph and its picture."
)


def paragraph(folder: Path = RESULTS) -> str:
    """What stands between the markers, with them."""
    found = figures(folder)
    judged = verdicts(found)
    sentences = [_solve(folder), _others(found), *_shortfalls(judged)] if found else [UNMEASURED]
    return "\n\n".join([BEGIN, *filter(None, sentences), END])


def _solve(folder: Path) -> str:
    """The work–precision figures of one problem, with the picture."""
    part = parts_of("flow_precision", folder).get(SHOWN)
    content = read("flow_precision", folder)
    if part is None or content is None:
        return ""
    n, m, l1 = SHOWN.split("x")
    fast, tight = (row_of(part, f"Polysem {preset}") for preset in ("fast", "tight"))
    euler, authors = row_of(part, "proximal Euler"), row_of(part, "authors:")
    return (
        "![Seconds and error of ways to solve the flow, and how the time grows]"
        "(docs/performance.svg)\n\n"
        f"On one core ({content['machine']['cpu']}), {n} features on {int(m):,} neurons at "
        f"λ = {l1} reach their certified end in **{number(fast['seconds'], 2)} s** "
        f"(`--accuracy fast`) or **{number(tight['seconds'], 2)} s** (`tight`, the default). "
        f"Dense proximal Euler takes {_times(euler)} times as long as the two, the authors' 7,500 "
        f"AdamW steps {_times(authors)} times{_off_the_shelf(part)}."
    )


def _off_the_shelf(part: Found) -> str:
    solver = slowest_claim(part, "fast")
    if solver is None:
        return ""
    bound = "more than " if solver["at_least"] else ""
    return f", {solver['method']} {bound}{_times(solver)} times"


def _times(row: Found) -> str:
    """'325 and 132': over fast and over tight."""
    return f"{number(row['ratio_to_fast'])} and {number(row['ratio_to_tight'])}"


SENTENCES = {
    "growth/n/tight": "The time of `tight` grows as the power {} of n at m = 4n",
    "growth/m/tight": "and as the power {} of m at n = 128.",
    "collisions/minutes": "The published collision experiment (16 widths × 16 seeds) takes {} "
    "minutes on two cores,",
    "collisions/minutes_fast": "or {} with `fast`.",
    "cold_start/smallest": "The first result in a fresh process is there after {} s,",
    "cold_start/small": "or {} s the very first time that kernels have to be compiled.",
    "memory/1024x65536x0.01/minutes": "1,024 features on 65,536 neurons take {} minutes on one "
    "core,",
    "memory/1024x65536x0.01/gb": "at a peak of {} GB.",
}


def _others(found: Mapping[str, Figure]) -> str:
    """One sentence for each of the other figures that were measured."""
    return " ".join(
        text.format(number(found[name].value, 2))
        for name, text in SENTENCES.items()
        if name in found
    )


def _shortfalls(judged: Sequence[Verdict]) -> list[str]:
    """What fell short of the targets, by name, and what was not measured."""
    by_state = {state: [v for v in judged if v.state is state] for state in State}
    short = [f"{v.target['says']}: {v.measured} ({v.aim})" for v in by_state[State.SHORT]]
    short += [
        f"{v.target['says']}: {v.measured} shown ({v.aim})" for v in by_state[State.NOT_SHOWN]
    ]
    missing = [v.target["says"] for v in by_state[State.UNMEASURED]]
    measured = len(judged) - len(missing)
    lines = [f"Of {measured} targets measured, {len(by_state[State.MET])} are met."]
    if short:
        lines[0] += " Short of its target:"
        lines.append("\n".join(f"- {line}" for line in short))
    if missing:
        lines.append("Not measured: " + "; ".join(missing) + ".")
    return lines


def into(readme: str, text: str) -> str:
    """`readme` with what stands between the markers replaced by `text`."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), flags=re.DOTALL)
    if len(pattern.findall(readme)) != 1:
        raise SystemExit(f"README.md needs {BEGIN} and {END} once each.")
    return pattern.sub(lambda _: text, readme)


def main() -> None:
    write_text(README, into(README.read_text(encoding="utf-8"), paragraph()))


if __name__ == "__main__":
    main()
