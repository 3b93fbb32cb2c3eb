"""Who may import whom: data flows one way through the rooms."""

import ast
from pathlib import Path

import pytest

import polysem

ROOT = Path(polysem.__file__).parent
RANK = {
    "_types": 0,
    "_errors": 0,
    "_config": 1,
    "_intervals": 1,
    "_storage": 2,
    "_network": 2,
    "_flow": 3,
    "_train": 4,
    "_theory": 4,
    "_census": 4,
    "_diagnose": 5,
    "_run": 5,
    "_repair": 6,
    "_sweep": 7,
    "_claims": 8,
    "_reproduce": 8,
    "_plots": 9,
    "_report": 10,
    "_explorer": 11,
    "_cli": 12,
    "__init__": 13,
    "__main__": 13,
}
# Imports inside a function, made when a user asks a result to draw or store itself.
LATE = {
    ("_run", "_plots"),
    ("_run", "_report"),
    ("_diagnose", "_plots"),
    ("_diagnose", "_report"),
    ("_repair", "_plots"),
    ("_repair", "_report"),
    ("_sweep", "_plots"),
    ("_sweep", "_report"),
    ("_reproduce", "_plots"),
    ("_reproduce", "_report"),
    ("_claims", "_plots"),
    ("_claims", "_report"),
    ("_census", "_plots"),
    ("_theory", "_plots"),
}
LATE_DOORS = {"_cli": {"__init__"}}  # verbs call the public door inside their functions


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0]


def imports(tree: ast.Module):
    """(room imported, True if at the top of the module) for every import of polysem."""
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        names = []
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("polysem"):
            if node.module == "polysem":
                names = [f"polysem.{alias.name}" for alias in node.names]
            else:
                names = [str(node.module)]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names if a.name.split(".")[0] == "polysem"]
        for name in names:
            parts = name.split(".")
            found = parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"
            yield found, id(node) in top


def violations(path: Path, source: str):
    here = room(path)
    for there, at_top in imports(ast.parse(source)):
        if there == here:
            continue
        allowed = RANK[there] < RANK[here]
        late = not at_top and ((here, there) in LATE or there in LATE_DOORS.get(here, ()))
        if not (allowed or late):
            yield f"{path.relative_to(ROOT)} imports {there}"


def test_every_room_has_a_rank():
    rooms = {p.stem if p.is_file() else p.name for p in ROOT.iterdir()}
    assert rooms - {"__pycache__", "py"} == set(RANK)


def test_imports_point_one_way():
    found = [v for path in ROOT.rglob("*.py") for v in violations(path, path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("_network/tied.py", "from polysem._flow import solve"),
        ("_flow/face.py", "def f():\n    from polysem._census import Census"),
        ("_run/run.py", "from polysem._plots.overview import plot_run"),
        ("_census/take.py", "import polysem"),
        ("_theory/predict.py", "from polysem._cli import main"),
    ],
)
def test_this_test_can_fail(path, source):
    assert list(violations(ROOT / path, source))
