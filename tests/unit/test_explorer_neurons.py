"""The neurons view without a browser: what is listed, what is said of one neuron, what is saved."""

# pyright: reportAttributeAccessIssue=false

import time

import matplotlib
import numpy as np
import pytest

import polysem

pytest.importorskip("panel", reason="the explorer needs panel: pip install 'polysem[explorer]'")

from polysem._explorer.neurons.evidence import evidence
from polysem._explorer.neurons.listing import Wanted, columns_of, frame_of, kinds, listed
from polysem._explorer.neurons.sheets import SHEETS
from polysem._explorer.neurons.view import NeuronsView
from polysem._explorer.shelf import Shelf
from polysem._explorer.table import _plain
from polysem._explorer.views import Session

HOSTILE = "</script><img src=x onerror=alert(1)>$$x$$"


def recording(rng, neurons=6, features=3, samples=200):
    y = (rng.random((samples, features)) < 0.4).astype(float)
    x = rng.normal(size=(samples, neurons))
    x[:, 0] += 2 * y[:, 0] + 2 * y[:, 1]
    x[:, 1] -= 3 * y[:, 2]
    x[:, 3] = 7
    names = [f"{HOSTILE}{i}" for i in range(features)]
    return polysem.diagnose(activations=x, labels=y, names=names, draws=50)


@pytest.fixture
def folder(rng, tmp_path):
    return recording(rng).save(tmp_path / "found")


def opened(folder, **typed) -> NeuronsView:
    view = NeuronsView(Session(typed, Shelf(folder)))
    end = time.monotonic() + 60
    while view.working.busy:
        assert time.monotonic() < end
        view.tick()
        time.sleep(0.005)
    view.tick()
    return view


def numbers(diagnosis, **wanted) -> list[int]:
    return [finding.neuron for finding in listed(diagnosis, Wanted(**wanted))]


def test_filters_take_what_they_say(rng):
    found = recording(rng)
    everything = numbers(found)
    assert sorted(everything) == list(range(6))
    assert everything[0] == 0  # polysemantic ones first
    assert numbers(found, polysemantic=True) == found.polysemantic == [0]
    for kind, count in kinds(found).items():
        of_kind = numbers(found, kind=kind)
        assert len(of_kind) == count
        assert {found.findings[k].kind for k in of_kind} == {kind}
    assert sum(kinds(found).values()) == 6
    assert numbers(found, feature="$$X$$2") == [1]  # part of a name, in any case
    assert numbers(found, feature="no such") == []
    least = found.findings[0].score_p
    assert least is not None
    assert 0 in numbers(found, p=str(least))
    assert 0 not in numbers(found, p=str(least / 2))
    assert 3 not in numbers(found, p="1")  # it has no p


@pytest.mark.parametrize("p", ["abc", "-1", "2", "nan", "<b>"])
def test_a_bad_p_is_explained_and_asks_nothing(rng, p):
    assert "give a number from 0 to 1" in Wanted(p=p).problem
    assert len(listed(recording(rng), Wanted(p=p))) == 6


def test_the_list_has_what_is_known(rng):
    found = recording(rng)
    columns = columns_of(found)
    assert "cost" not in columns  # not measured on a recording
    assert {"neuron", "kind", "features", "selectivity", "score", "score_p"} <= set(columns)
    frame = frame_of(listed(found, Wanted()), columns)
    assert list(frame.columns) == list(columns)
    row = frame[frame["neuron"] == 0].iloc[0]
    assert row["score"] == found.findings[0].score
    assert _plain(float("nan")) is None
    assert _plain(np.int64(3)) == 3


def test_the_evidence_of_a_neuron_is_text(rng):
    found = recording(rng)
    said = evidence(found, found.findings[0])
    assert "<img" not in said
    assert "origin" in said
    assert "95 %" in said  # the interval of its selectivity
    assert "under the null" in said
    assert "Its activation is 7 in all 200 samples." in evidence(found, found.findings[3])


def test_a_link_opens_the_neuron_and_the_filter(folder):
    view = opened(folder, neuron="1", feature="$$x$$2", save="neuron")
    assert view.neuron == view.table.chosen == 1
    assert [row[0] for row in view.table.rows] == [1]
    state = view.state()
    assert (state["neuron"], state["feature"], state["save"]) == (1, "$$x$$2", "neuron")
    assert "Neuron 1<" in view.head.object
    view.filters.feature.value = ""
    view.tick()
    assert len(view.table.rows) == 6
    view.table.chosen = 0
    view.tick()
    assert view.neuron == 0
    assert "Neuron 0<" in view.head.object
    view.close()


@pytest.mark.parametrize("asked", ["99", "-1", "<script>", "²"])
def test_a_neuron_that_is_not_there_is_said(folder, asked):
    view = opened(folder, neuron=asked)
    assert view.neuron == 0
    assert "There is no neuron" in view.picker._problem.object
    assert "<script>" not in view.picker._problem.object


def test_a_click_in_a_picture_chooses_the_neuron(folder):
    view = opened(folder)
    plot = view.pictures.dots.objects[0].object
    source = next(r.data_source for r in plot.renderers if 1 in r.data_source.data["neuron"])
    source.selected.indices = [list(source.data["neuron"]).index(1)]
    view.tick()
    assert view.neuron == 1


def test_what_is_damaged_is_said(folder):
    (folder / "diagnosis.json").write_text("{")
    view = opened(folder)
    assert "missing or damaged" in view.working.status.object
    assert not view._body.visible


def test_without_a_folder_the_page_says_how_to_make_one():
    view = NeuronsView(Session({}, Shelf()))
    assert "polysem diagnose" in view.said.object


@pytest.mark.parametrize("kind", SHEETS)
def test_what_is_saved_and_the_python_for_it(folder, tmp_path, kind):
    matplotlib.use("agg")
    view = opened(folder, polysemantic="yes", neuron="0", save=kind)
    sheet, chosen = SHEETS[kind], view._chosen()
    sheet.figure(chosen).savefig(tmp_path / "f.svg")
    table = sheet.table(chosen)
    assert len(table)
    names: dict = {}
    exec(sheet.python(chosen), names)
    if kind == "all":
        assert names["table"]["neuron"].tolist() == table["neuron"].tolist() == [0]
    if kind == "neuron":
        assert set(table["neuron"]) == {0}
        shown = names["features"]
        assert len(table) == (shown["neuron"] == 0).sum()


def test_a_large_layer_is_quick(rng, tmp_path):
    """1,536 neurons and 40 features; processor time, so that other work does not count."""
    y = (rng.random((150, 40)) < 0.4).astype(float)
    x = rng.normal(size=(150, 1536)) + y @ (4 * (rng.random((40, 1536)) < 0.03))
    found = polysem.diagnose(activations=x, labels=y, draws=20)
    view = opened(found.save(tmp_path / "large"))
    began = time.process_time()
    for neuron in range(5):
        view.choose(neuron + 100)
    view.filters.polysemantic.value = "yes"
    view.tick()
    assert time.process_time() - began < 5
    assert 0 < len(view.table.rows) < 1536
