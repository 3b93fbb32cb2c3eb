"""Every example and every notebook runs from top to bottom; notebooks convert."""

from pathlib import Path

import jupytext
import pytest
from tests.examples.one_process import run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.timeout(900)  # all in one test, because they share one process
def test_all_of_them_run_and_say_something(tmp_path):
    told = run([*EXAMPLES, *NOTEBOOKS], tmp_path)
    assert {name: one.wrong for name, one in told.items() if one.wrong} == {}
    assert len(told) == len(EXAMPLES) + len(NOTEBOOKS)
    assert [name for name, one in told.items() if not one.printed.strip()] == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("raise ValueError('so')", "ValueError: so"),
        ("import warnings\nwarnings.warn('old')", "UserWarning: old"),
        ("import os, sys\nsys.stderr.write('gone')\nsys.stderr.flush()\nos._exit(3)", "gone"),
    ],
)
def test_this_test_can_fail(tmp_path, code, wrong):
    (tmp_path / "good.py").write_text("print(1)")
    (tmp_path / "script.py").write_text(code)
    good, bad = run([tmp_path / "good.py", tmp_path / "script.py"], tmp_path).values()
    assert good == ("1\n", "")
    assert wrong in bad.wrong


def test_there_are_enough():
    assert len(EXAMPLES) >= 5
    assert len(NOTEBOOKS) == 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_converts(path):
    cells = jupytext.read(path).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert len(code) >= 3
    for text in code:
        compile(text, path.name, "exec")
