"""Every sentence with which Polysem refuses or stops, read from its code, on the page about it.

A sentence belongs to the first page of `PAGES` whose pattern it holds. One that belongs to none
fails the tests: write it a page, or say which it is like.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polysem
from _site.markdown import plain

KINDS = ("BadInput", "RunFailed")
UNKNOWN = "Unknown …; did you mean …? allowed are …."
PAGES = (  # page, pattern of "file: sentence"
    ("run-failed", r"^RunFailed|Could not write"),
    ("unknown-name", r"Unknown |here (is|are) no (claim|method)|has no (claim|neuron)"
                     r"|no method; give|is not there;|has no optimiser|could be …; say which"),
    ("missing-package", r"pip install|needs sbatch|[Tt]he device …|^_sweep/devices"),
    ("memory", r"memory|too many for a dense"),
    ("site", r"The site |--site |candidates with|no linear layer|linear layers around"
             r"|site is …"),
    ("cannot-be-rewired", r"rewired|cannot be repaired|cannot be copied|Splitting would|Split net"
                          r"|A split|rotate needs|same module|two linear layers|repair the module"
                          r"|repair a run without|the layers were used|The shapes do not fit"),
    ("batches", r"[Bb]atch |batches \(|data (is|can) |stream is|loss must|needs loss"
                r"|… fails: …: …|give loss|[Ww]ithout data|lazy layers|give data for a"),
    ("folder-in-use", r"output folder|The output (…|cannot)|--overwrite|--resume|be locked"
                      r"|writing into …"),
    ("value-not-allowed", r"is not allowed|is too short|are no law|does not accept|has a loop"
                          r"|names the parent|not (understood|JSON: …|a number, true|name=val)"
                          r"|cannot listen|Figures are written|neighbours brings|with one label"
                          r"|is sym|must be one whole|Every count is 0|a ratio needs|vary together"
                          r"|holds no numbers; choose|has … values; at most|no number of neurons"
                          r"|must return a torch|list of whole numbers|can be fitted"
                          r"|overlap with those|twice; give it once"),
    ("grid", r"^_sweep/(axes|cells|grid|points|overlay|fields|arithmetic|dask_slurm)\.py"),
    ("cannot-be-read", r"^_census/(csv_file|npy_file|safetensors_file)|cannot be (read|imported)"
                       r"|does not exist|is (not )?a (whole|sound|file|folder|run folder|….*file)"
                       r"|run folder|has the extension|an archive of arrays|no columns|^_diagnose/"
                       r"inputs/files|holds (a result|no (whole|plain))|newer Polysem|damaged"
                       r"|that can be read|must be a function|computed nothing|were kept"
                       r"|takes arguments|holds no (…|result)|no folder …|no result “|another view"
                       r"|files; it|the link|… fails: …|no text file|has no tensor|not show"),
    ("shapes", r"shape|\(axis|rows of|entries for|names for|named for|has no name|both called|NaN"
               r"|infinite|not finite|real numbers|not whole|numbers only|is empty: give|holds …: "
               r"|array of numbers|two feature numbers|do not fit|relatedness knows|names of …"
               r"|whose squares"),
    ("does-not-go-together", r"go together|not both|give one of them|was given|belongs? to a torch"
                             r"|are needed|needs? --|needs worker|without starting|given as an arra"
                             r"|belongs to training"
                             r"|no weight decay|be used here|are for|is for|must differ|use prevent"
                             r"|Nothing to diagnose|No method|is one text|leave out|as many inputs"
                             r"|is compared on|exactly, but|base model only|or a run|of type …; g"
                             r"|needs|must be the same layer|option of the command|one's own model"
                             r"|belong to Polysem|has one width|be used with|polysem.Relatedness"),
)  # fmt: skip


class Sentence(NamedTuple):
    """`text` with … for what is filled in; `kind` — its class; `where` — file in polysem."""

    text: str
    kind: str
    where: str


def page_of(sentence: Sentence) -> str:
    """The page that explains a sentence; '' if none does."""
    start = sentence.kind if sentence.kind == "RunFailed" else sentence.where
    text = f"{start}: {sentence.text}"
    return next((page for page, pattern in PAGES if re.search(pattern, text)), "")


def write(folder: Path) -> None:
    """For every page the list of its sentences, to be included."""
    folder.mkdir()
    for page, _ in PAGES:
        lines = sorted({f"- {plain(s.text)}" for s in sentences() if page_of(s) == page})
        (folder / f"{page}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


@cache
def sentences() -> tuple[Sentence, ...]:
    """All of them, by file."""
    root = Path(polysem.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        where = path.relative_to(root).as_posix()
        found += sentences_of(path.read_text(encoding="utf-8"), where)
    return tuple(found)


def sentences_of(code: str, where: str = "") -> list[Sentence]:
    """The sentences of one file."""
    tree = ast.parse(code)
    makers = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    found = []
    for node in ast.walk(tree):
        name = getattr(getattr(node, "func", None), "id", "")
        if name in KINDS and node.args:  # pyright: ignore[reportAttributeAccessIssue]
            argument = node.args[0]  # pyright: ignore[reportAttributeAccessIssue]
            found += [Sentence(text, name, where) for text in _texts(argument, makers)]
    return found


def _texts(node: ast.AST, makers: dict[str, ast.FunctionDef]) -> Iterator[str]:
    """What an expression may say: text, with places, or what a function of the file returns."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield " ".join(node.value.split())
    elif isinstance(node, ast.JoinedStr):
        parts = (v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
        yield " ".join("".join(map(str, parts)).split())
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, makers)
        yield from _texts(node.orelse, makers)
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "id", "")
        if name == "unknown_name":
            yield UNKNOWN
        elif name == "one_line":
            yield from _texts(node.args[0], makers)
        for inner in ast.walk(makers[name]) if name in makers else ():
            if isinstance(inner, ast.Return) and inner.value is not None:
                yield from _texts(inner.value, makers)
