"""Planning, for any grid and any state of the folder."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from polysem._sweep.arithmetic import evaluate
from polysem._sweep.cells import canonical, cells_of, seed_ranges, spec_of
from polysem._sweep.grid import read_grid
from polysem._sweep.plan import missing_items, tasks_of

sizes = st.integers(1, 50)
lists = st.lists(sizes, min_size=1, max_size=4)
strengths = st.lists(st.floats(1e-4, 1), min_size=1, max_size=3)


def grid_cells(n, m, l1, seeds, **more):
    axes = {"n": n, "m": m, "l1": l1}
    return cells_of(read_grid({"axes": axes, "seeds": seeds, **more}))


@given(lists, lists, strengths)
def test_cells_are_all_combinations_once_and_are_rebuilt_from_their_text(n, m, l1):
    cells = grid_cells(n, m, l1, 1)
    assert len(cells) == len(set(n)) * len(set(m)) * len(set(l1))
    for cell in cells:
        spec = spec_of(cell.text, 5, 3)
        assert canonical(spec) == cell.text
        assert (spec.network.n, spec.network.m) == (cell.n, cell.m)


@given(lists, lists, strengths, st.randoms(use_true_random=False))
def test_the_order_of_writing_changes_no_identity(n, m, l1, random):
    ids = {cell.id for cell in grid_cells(n, m, l1, 1)}
    axes = [("l1", l1), ("network.m", m), ("n", n)]
    random.shuffle(axes)
    assert {cell.id for cell in cells_of(read_grid({"axes": dict(axes)}))} == ids


@given(lists, st.integers(1, 30), st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_what_is_handed_out_is_what_is_missing(n, seeds, there, elsewhere):
    cells = grid_cells(n, [8, 20_000], [0.01], seeds)
    held = {cell.id: there if i % 2 else elsewhere for i, cell in enumerate(cells)}
    missing = missing_items(cells, lambda cell: held[cell.id])
    tasks = tasks_of(missing, ".", False)
    found = [
        (item.cell, seed)
        for task in tasks
        for item in task.items
        for seed in range(item.first, item.first + item.count)
    ]
    wanted = {(cell.id, s) for cell in cells for s in range(seeds) if s not in held[cell.id]}
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert [m.seconds for m in missing] == sorted((m.seconds for m in missing), reverse=True)


@given(st.sets(st.integers(0, 60)))
def test_runs_of_seeds_cover_them_in_as_few_pieces_as_can_be(seeds):
    runs = list(seed_ranges(sorted(seeds)))
    assert [s for first, count in runs for s in range(first, first + count)] == sorted(seeds)
    assert len(runs) == sum(s - 1 not in seeds for s in seeds)


@given(st.integers(-99, 99), st.integers(1, 99), st.sampled_from(["+", "-", "*", "/", "//", "%"]))
def test_arithmetic_is_that_of_numbers(a, b, operator):
    functions = {
        "+": a + b, "-": a - b, "*": a * b, "/": a / b, "//": a // b, "%": a % b,
    }  # fmt: skip
    assert evaluate(f"n {operator} m", {"n": a, "m": b}.__getitem__) == functions[operator]


@given(st.text(max_size=30))
def test_no_text_does_anything_but_have_a_value_or_be_refused(text):
    from polysem._errors import BadInput

    try:
        value = evaluate(text, {"n": 3}.__getitem__)
    except (BadInput, KeyError):
        return
    assert isinstance(value, int | float | str | bool)


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 9))
def test_geometric_ranges_have_equal_ratios_and_both_ends(first, last, count):
    grid = {"base": {"n": 2, "m": 2}, "axes": {"l1": {"geometric": [first, last, count]}}}
    values = [spec_of(cell.text, 0, 1).network.l1 for cell in cells_of(read_grid(grid))]
    assert abs(values[0] / first - 1) < 1e-11
    assert abs(values[-1] / last - 1) < 1e-11 or len(values) == 1
    ratios = [b / a for a, b in pairwise(values)]
    if len(values) == count:
        assert max(ratios) <= min(ratios) * (1 + 1e-10)
    assert json.dumps(values)
