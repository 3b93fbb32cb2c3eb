"""Cells: computed once, whole if they exist, computed again only if missing."""

from collections import Counter

import numpy as np
import pytest

from polysem._errors import BadInput, RunFailed
from polysem._reproduce import cells as module
from polysem._reproduce.cells import Cell, compute_cell, read_cell, run_cells
from polysem._reproduce.plan import FULL, QUICK
from polysem._sweep.engine import Failure, Finished


@pytest.fixture
def in_process(monkeypatch):
    """Compute cells here, so that a test can count them."""
    computed = []

    def finished(cells, folder, engine):
        for cell in cells:
            compute_cell(cell, folder)
            computed.append(cell.id)
            yield cell

    monkeypatch.setattr(module, "_finished", finished)
    return computed


def flow_cell(seed, l1=0.1):
    return Cell("flow", {"n": 5, "m": 20, "l1": l1, "seed": seed, "seeds": 1})


def test_a_cell_holds_rows_and_arrays(tmp_path):
    cell = flow_cell(3)
    compute_cell(cell, tmp_path)
    result = read_cell(cell, tmp_path)
    assert [row["seed"] for row in result.rows] == [3]
    assert result.rows[0]["outcome"] == "converged"
    assert result.arrays["start_end"].shape == (5, 5)
    assert (np.diag(result.arrays["start_end"]) > 0).all()


def test_only_what_is_missing_is_computed(tmp_path, in_process):
    first, second = flow_cell(0), flow_cell(1)
    run_cells([first, first], tmp_path, 1, None)
    assert in_process == [first.id]
    seen = []
    run_cells([first, second], tmp_path, 1, lambda *a: seen.append(a))
    assert in_process == [first.id, second.id]
    assert [a[:2] for a in seen] == [(2, 2)]


def test_a_damaged_cell_is_computed_again(tmp_path, in_process):
    cell = flow_cell(0)
    run_cells([cell], tmp_path, 1, None)
    path = next(tmp_path.glob("*.safetensors"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput, match="not a whole"):
        read_cell(cell, tmp_path)
    run_cells([cell], tmp_path, 1, None)
    assert len(in_process) == 2
    assert read_cell(cell, tmp_path).rows


def test_worker_processes_give_the_same_cells(tmp_path):
    cells = [flow_cell(s) for s in range(3)]
    run_cells(cells, tmp_path / "two", 2, None)
    for cell in cells:
        compute_cell(cell, tmp_path)
        here, there = read_cell(cell, tmp_path), read_cell(cell, tmp_path / "two")
        np.testing.assert_array_equal(here.arrays["start_end"], there.arrays["start_end"])


def test_the_published_sizes_are_planned():
    assert FULL.n == 256
    assert FULL.widths == tuple(range(256, 4097, 256))
    assert FULL.seeds == 16
    for plan in (QUICK, FULL):
        ids = {cell.id for cell in plan.cells()}
        for m in plan.widths:
            seeds = [
                s
                for cell in plan.count_cells()
                if cell.measure == "flow" and cell.settings["m"] == m
                for s in range(
                    cell.settings["seed"], cell.settings["seed"] + cell.settings["seeds"]
                )
            ]
            assert seeds == list(range(plan.seeds))
        shared = [cell.id for cell in plan.curve_cells() if cell.settings["l1"] == 0.001]
        assert set(shared) <= ids
    full = {c.id for c in FULL.count_cells()}
    assert {c.id for c in FULL.curve_cells() if c.settings["l1"] == 0.001} == full


class Flaky:
    """An engine on which the first `failures` attempts of every task fail."""

    def __init__(self, failures):
        self.attempts = Counter()
        self.failures = failures

    def run(self, tasks, work):
        for task in tasks:
            self.attempts[task.items[0].cell] += 1
            if self.attempts[task.items[0].cell] <= self.failures:
                yield Finished(task, (), Failure("killed", "its worker was ended by SIGKILL"))
            else:
                yield Finished(task, tuple(work(task)))


def test_a_cell_whose_process_dies_is_tried_again(tmp_path):
    cells = [flow_cell(0), flow_cell(1)]
    done = list(module._finished(cells, tmp_path, Flaky(2)))
    assert {cell.id for cell in done} == {cell.id for cell in cells}
    with pytest.raises(RunFailed, match=r"flow n=5, m=20, l1=0.1 its worker was ended by SIGKILL"):
        list(module._finished(cells, tmp_path / "other", Flaky(3)))


def test_a_cell_travels_as_text():
    assert Cell.of(flow_cell(3).text).id == flow_cell(3).id
