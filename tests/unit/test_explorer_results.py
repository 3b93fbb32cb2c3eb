"""The results page without a browser: numbers, points, networks kept and solved again."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportAttributeAccessIssue=false

import os
import time

import numpy as np
import pandas as pd
import pytest

import polysem

pytest.importorskip("panel", reason="the explorer needs panel: pip install 'polysem[explorer]'")

from polysem._explorer.jobs import Job
from polysem._explorer.results import example, networks
from polysem._explorer.results import view as view_module
from polysem._explorer.results.networks import kept_network, points_of, solved_again
from polysem._explorer.results.opened import ONLY_CELL, open_item
from polysem._explorer.results.view import ResultsView
from polysem._explorer.shelf import Shelf
from polysem._explorer.views import Session
from polysem._plots import sweep as figure
from polysem._plots.sweep_choice import choose
from polysem._plots.sweep_data import prepare

GRID = {"base": {"l1": 0.1}, "axes": {"n": [4, 8], "m": [8, 16, 128]}, "seeds": 3}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("explorer") / "runs"
    polysem.sweep(GRID, root / "kept", workers=0, weights=True)
    polysem.sweep({**GRID, "axes": {"m": [8, 16]}, "base": {"n": 8, "l1": 0.1}}, root / "bare",
                  workers=0)  # fmt: skip
    polysem.simulate(n=8, m=16, l1=0.1, seeds=4, out=root / "run", report=False)
    return root


def opened(root, name):
    return open_item(Shelf(root).open(name))


def page(root, **typed):
    view = ResultsView(Session({k: str(v) for k, v in typed.items()}, Shelf(root)))
    settle(view)
    return view


def settle(view, seconds=60):
    end = time.monotonic() + seconds
    view.tick()
    while view.working.busy or view.network.working.busy:
        assert time.monotonic() < end
        view.tick()
        time.sleep(0.005)
    view.tick()


@pytest.mark.parametrize("name", ["kept", "bare", "run"])
@pytest.mark.parametrize("asked", [{}, {"by": "none"}, {"facet": "none", "by": "none"}])
def test_points_are_those_of_the_figure(root, name, asked):
    found = opened(root, name)
    choice = choose(found.table, found.axes, **asked)
    points = points_of(found, choice)
    drawn = [
        ((panel.title, one.label, str(x)), mean, seeds)
        for panel in prepare(found.table, choice).panels
        for one in panel.points
        for x, mean, seeds in zip(one.x, one.mean, one.seeds, strict=True)
    ]
    mine = [(p.key, np.mean([value for *_, value in p.networks]), len(p.networks)) for p in points]
    assert [key for key, *_ in mine] == [key for key, *_ in drawn]
    np.testing.assert_allclose([m for _, m, _ in mine], [m for _, m, _ in drawn])
    assert [n for *_, n in mine] == [n for *_, n in drawn]
    assert sum(len(p.networks) for p in points) == len(found.table)


def test_a_network_of_a_sweep_is_the_one_that_simulate_gives(root):
    found = opened(root, "kept")
    row = found.table[(found.table["n"] == 8) & (found.table["m"] == 16)].iloc[2]
    cell, seed = row["cell"], int(row["seed"])
    assert networks.are_kept(found, cell, seed)
    run = kept_network(found, cell, seed)
    told = polysem.simulate(n=8, m=16, l1=0.1, seed=seed)
    np.testing.assert_array_equal(run.end, told.end)
    np.testing.assert_array_equal(run.start, told.start)
    assert run.outcomes == told.outcomes
    assert run.census.total("polysemantic") == row["polysemantic"]


def test_a_network_without_weights_is_solved_again_to_the_same_bits(root):
    found = opened(root, "bare")
    row = found.table[found.table["m"] == 16].iloc[1]
    cell, seed = row["cell"], int(row["seed"])
    assert not networks.are_kept(found, cell, seed)
    job = Job(lambda job: solved_again(job, found, cell, seed)).start()
    job.join(60)
    assert job.problem == ""
    told = polysem.simulate(n=8, m=16, l1=0.1, seed=seed)
    np.testing.assert_array_equal(job.result.end, told.end)


def test_the_page_shows_a_sweep_and_its_link_restores_axes_and_network(root):
    first = page(root, folder="kept")
    assert "networks were solved by gradient flow" in first.said.object
    assert first.axes.state()["x"] == ""
    first.axes._fields["x"].value = "n"
    first.axes._fields["by"].value = "m"
    first.axes._fields["y_log"].value = "no"
    settle(first)
    key = first.network._points[3].key
    first.network.choose(key)
    settle(first)
    assert first.network.run is not None
    state = {k: v for k, v in first.state().items() if v not in ("", None)}
    again = page(root, **state)
    assert again.state() == first.state()
    assert again.network.chosen == first.network.chosen
    assert again.network.said.object == first.network.said.object
    assert again.choice == first.choice
    assert f"found.plot({again.axes.python()})" in again.foot._more.object.replace("&#x27;", "'")
    for view in (first, again):
        view.close()


def test_the_page_shows_a_run_seed_by_seed(root):
    view = page(root, folder="run", cell=ONLY_CELL, seed=2)
    run = polysem.load(root / "run")
    assert view.network.run.seeds == (2,)
    np.testing.assert_array_equal(view.network.run.end[0], run.end[2])
    np.testing.assert_array_equal(view.network.run.start[0], run.start[2])
    pd.testing.assert_frame_equal(view._table()(), run.to_pandas())
    assert view.choice.x == "seed"


@pytest.mark.parametrize(("name", "cell_of"), [("kept", 4), ("bare", 4), ("run", 1)])
def test_the_python_on_the_page_gives_what_the_page_shows(root, name, cell_of):
    found = opened(root, name)
    row = found.table.iloc[cell_of]
    view = page(root, folder=name, cell=row["cell"], seed=int(row["seed"]))
    if view.network.run is None:
        view.network._solve()
        settle(view)
    told = {}
    exec(view._python(found), told)  # ends with a figure
    assert len(told["found"].to_pandas()) == len(found.table)
    kept = networks.are_kept(found, row["cell"], int(row["seed"]))
    code = networks.python_of(found, str(root / name), row["cell"], int(row["seed"]), kept).replace(
        "polysem.census(", "counted = polysem.census("
    )
    exec(code, told)
    run = view.network.run
    assert told["counted"].total("polysemantic") == run.census.total("polysemantic")
    end = told["run"].end[told["i"]] if name == "run" else told["weights"]["end"]
    np.testing.assert_array_equal(end, run.end[0])


def test_without_weights_the_page_offers_to_solve_again(root):
    view = page(root, folder="bare")
    view.network.choose(view.network._points[0].key)
    settle(view)
    assert view.network.solve.visible
    assert view.network.run is None
    view.network._solve()
    settle(view)
    assert "its count is that of the stored row" in view.network.note.object
    assert view.network.run is not None


def test_a_solve_can_be_cancelled(root, tmp_path):
    """256 × 256 takes seconds, so that it is under way when it is cancelled."""
    grid = {"base": {"n": 256, "m": 256, "l1": 0.0005, "t_max": 0.01}, "seeds": 1}
    polysem.sweep(grid, tmp_path / "long", workers=0)
    found = opened(tmp_path, "long")
    row = found.table.iloc[0]
    text = row["spec"].replace('"t_max":0.01', '"t_max":1000000.0')
    assert text != row["spec"]
    found.table["spec"] = text
    job = Job(lambda job: solved_again(job, found, row["cell"], 0)).start()
    time.sleep(0.2)
    job.cancel()
    job.join(20)
    assert not job.working
    assert job.result is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"folder": "../kept"}, "There is no result “../kept”"),
        ({"folder": "kept", "x": "<script>"}, "“&lt;script&gt;” is not in this result"),
        ({"folder": "kept", "cell": "nothing", "seed": "1"}, "not in this figure"),
    ],
)
def test_a_link_that_asks_for_what_is_not_there_says_so(root, typed, words):
    view = page(root, **typed)
    said = [view.picker._problem.object, view.network.note.object]
    said += [pane.object for pane in view.axes._problems.values()]
    assert any(words in text for text in said)


def test_columns_that_do_not_go_together_are_explained_beside_a_field(root):
    view = page(root, folder="kept")
    view.axes._fields["x"].value = "n"
    view.axes._fields["by"].value = "n"
    settle(view)
    assert any("must differ" in pane.object for pane in view.axes._problems.values())


def test_runs_of_one_folder_are_shown_together(tmp_path):
    for n, m in ((8, 16), (8, 32), (4, 16)):
        polysem.simulate(n=n, m=m, l1=0.1, seeds=2, out=tmp_path / f"{n}-{m}", report=False)
    view = page(tmp_path, folder="*")
    assert len(view.opened.table) == 6
    assert (view.choice.x, view.choice.by) == ("m", "n")
    assert len(view.network._points) == 3
    told = {}
    exec(view._python(view.opened), told)
    assert told["found"]["polysemantic"].tolist() == view._table()()["polysemantic"].tolist()
    key = next(p.key for p in view.network._points if p.networks[0][0] == "8-32")
    view.network.choose(key)
    settle(view)
    end = polysem.load(tmp_path / "8-32").end
    np.testing.assert_array_equal(view.network.run.end, end[:1])
    (tmp_path / "4-16" / "weights.safetensors").unlink()
    view.picker.again.clicks += 1
    settle(view)
    assert len(view.opened.table) == 4
    assert any("4-16" in words for words in view.opened.cautions)


def test_a_growing_sweep_is_read_again(root, tmp_path):
    grid = {"base": {"n": 4, "l1": 0.1}, "axes": {"m": [8]}, "seeds": 2}
    polysem.sweep(grid, tmp_path / "grows", workers=0)
    view = page(tmp_path)
    assert len(view.opened.table) == 2
    polysem.sweep({**grid, "axes": {"m": [8, 16]}}, tmp_path / "grows", workers=0)
    view.picker.again.clicks += 1
    settle(view)
    assert len(view.opened.table) == 4


def test_a_sweep_with_nothing_in_it_says_so(tmp_path):
    polysem.sweep({"base": {"n": 4, "m": 8, "l1": 0.1}, "seeds": 1}, tmp_path / "s", workers=0)
    for part in (tmp_path / "s" / "parts").iterdir():
        part.unlink()
    view = page(tmp_path)
    assert "has computed nothing yet" in view.working.status.object


def test_without_a_folder_a_small_example_is_computed_and_goes_away():
    view = page(None)
    assert view.example.visible
    view.example.clicks += 1
    settle(view)
    assert len(view.opened.table) == 120
    assert "polysem.sweep(" in view.foot._more.object
    folder = view.opened.found.folder
    assert folder.is_dir()
    view.close()
    assert not folder.exists()


def test_figures_of_many_networks_are_drawn_beside_the_page(root, monkeypatch):
    monkeypatch.setattr(view_module, "MANY", 5)
    view = ResultsView(Session({"folder": "kept"}, Shelf(root)))
    said = set()
    end = time.monotonic() + 60
    while not view.network._points:
        assert time.monotonic() < end
        view.tick()
        said.add(view.working._what)
        time.sleep(0.005)
    assert said >= {"Reading", "Drawing"}
    assert len(view.chart.layout) == 2
    view.axes._fields["by"].value = "none"
    settle(view)
    assert len(view.network._points) == 3 * 2  # panels of n instead of colours


def test_closing_a_page_ends_its_work_and_removes_what_it_wrote(monkeypatch):
    monkeypatch.setitem(example.GRID, "seeds", 100_000)
    view = page(None)
    view.example.clicks += 1
    end = time.monotonic() + 60
    while "networks" not in view.working.status.object:
        assert time.monotonic() < end
        view.tick()
        time.sleep(0.01)
    job, folder = view.working._job, view._scratch[0].name
    view.close()
    job.join(60)
    assert not job.working
    assert not os.path.exists(folder)


def test_scales_are_as_asked_where_they_can_be(root):
    table, axes = opened(root, "kept").table, ("n", "m")
    assert not prepare(table, choose(table, axes, x="m", x_log=False)).x.log
    assert prepare(table, choose(table, axes, x="n", x_log=True)).x.log
    assert not prepare(table, choose(table, axes, x_log=True, x="dead_features")).x.log
    assert prepare(table, choose(table, axes, y_log=True)).y.log
    assert not prepare(table, choose(table, axes, y_log=False)).y.log
    assert figure.draw_mpl(table, choose(table, axes, x="m", y_log=True)).axes
