"""The page and the figures of a diagnosis: every neuron can be opened, nothing is markup."""

import numpy as np
import pytest
from tests.unit.test_report_page import Elements

import polysem
from polysem._cli import run
from polysem._plots import (
    diagnosis_costs,
    diagnosis_kinds,
    diagnosis_map,
    diagnosis_neurons,
    diagnosis_nulls,
    diagnosis_thresholds,
)
from polysem._report.diagnosis_page import CSV, SHOWN_NEURONS

HOSTILE = "</script><img src=x onerror=alert(1)>$$x$$"
FIGURES = (
    diagnosis_costs,
    diagnosis_kinds,
    diagnosis_map,
    diagnosis_neurons,
    diagnosis_nulls,
    diagnosis_thresholds,
)


def recording(rng, neurons=6, features=3, samples=200):
    y = (rng.random((samples, features)) < 0.4).astype(float)
    x = rng.normal(size=(samples, neurons))
    x[:, 0] += 2 * y[:, 0] + 2 * y[:, 1]
    x[:, 1] -= 3 * y[:, 2]
    x[:, 3] = 7
    names = [f"{HOSTILE}{i}" for i in range(features)]
    return polysem.diagnose(activations=x, labels=y, names=names, draws=50)


def test_every_neuron_has_a_part_to_open_and_the_table_leads_there(rng, tmp_path):
    page = recording(rng).report(tmp_path / "p.html").read_text()
    elements = Elements(page)
    places = {attrs["id"] for attrs in elements.of("div") if "id" in attrs}
    assert {f"neuron-{k}" for k in range(6)} <= places
    links = {attrs["href"] for attrs in elements.of("a") if attrs["href"].startswith("#")}
    assert links == {f"#neuron-{k}" for k in range(6)}
    text = " ".join(elements.text)
    assert "Neuron 0: polysemantic, origin unknown – " in text
    assert "Its activation is 7 in all 200 samples." in text
    assert "partial r" in text
    assert page.index("Neuron 0:") < page.index("Neuron 1:")  # polysemantic ones first


def test_hostile_names_are_text_and_nothing_comes_from_outside(rng, tmp_path):
    page = recording(rng).report(tmp_path / "p.html").read_text()
    elements = Elements(page)
    assert elements.of("img") == []
    assert len(elements.of("script")) == 3
    assert HOSTILE in "".join(elements.text)
    for tag, attributes in elements.found:
        assert not any(name.startswith("on") for name in attributes), tag
        assert attributes.get("src") is None
        assert attributes.get("href", "#").startswith(("#", "data:"))


def test_a_large_layer_with_long_names_stays_below_three_megabytes(rng, tmp_path):
    y = (rng.random((120, 40)) < 0.3).astype(float)
    x = rng.normal(size=(120, 1500)) + 2 * y @ (rng.random((40, 1500)) < 0.08)
    names = [f"{'a very long name <&> ' * 20}{i}" for i in range(40)]
    found = polysem.diagnose(activations=x, labels=y, names=names, draws=5)
    page = found.report(tmp_path / "p.html")
    assert page.stat().st_size <= 3_000_000
    text = page.read_text()
    assert text.count("<details>") == SHOWN_NEURONS
    assert "writes it to neurons.parquet" in text
    assert len(found.to_pandas().to_csv()) > CSV


def test_a_basis_no_better_than_a_random_one_is_a_loud_warning(rng, tmp_path):
    W = rng.normal(size=(8, 8))
    text = polysem.diagnose(W, draws=20).report(tmp_path / "p.html").read_text()
    assert "no better a basis than random mixtures" in text
    text = polysem.diagnose(np.eye(8), draws=20).report(tmp_path / "q.html").read_text()
    assert "no better a basis than random mixtures" not in text


@pytest.mark.parametrize("figure", FIGURES, ids=lambda m: m.__name__.rpartition(".")[2])
@pytest.mark.parametrize(
    "W", [np.eye(3), np.zeros((2, 2)), np.ones((1, 1)), np.full((2, 3), np.nan)]
)
def test_every_figure_can_be_drawn_of_anything(figure, W):
    found = polysem.diagnose(W, draws=5)
    assert figure.draw_bokeh(found) is not None
    assert len(found.plot().axes) == 6


def test_the_figures_hold_the_numbers(rng):
    found = recording(rng)
    bars = diagnosis_kinds.prepare(found)
    assert dict(zip(bars.kinds, bars.counts, strict=True)) == {
        "polysemantic, origin unknown": 1,
        "monosemantic": 1,
        "represents nothing": 3,
        "not assessable": 1,
    }
    dots = diagnosis_neurons.prepare(found)
    assert dots is not None
    assert sorted(dots.neuron) == [0, 1, 2, 4, 5]
    at = dots.neuron.index(0)
    row = found.to_dicts()[0]
    assert dots.y[at] == row["score"]
    assert dots.x[at] == pytest.approx(abs(float(row["strengths"].split(",")[0])), abs=1e-3)
    drawn = diagnosis_map.prepare(found)
    assert drawn is not None
    assert drawn.kinds == ["polysemantic, origin unknown", "monosemantic"]
    assert (drawn.values != 0).sum(0).tolist() == [2, 1]
    tests = diagnosis_nulls.prepare(found)
    assert tests is not None
    assert len(tests.z) == len(found.nulls)


def test_the_axis_of_costs_holds_all_costs_and_both_edges_of_the_verdicts():
    for cost in (1e-6, 0.1, 40.0):
        at = np.array([cost])
        costs = diagnosis_costs.Costs(at, at / 2, 2 * at, ["removable"], [0], ["0"], (0.02, 0.3))
        low, high = diagnosis_costs.reach(costs)
        assert low < diagnosis_costs.squashed(-0.02)
        assert high > diagnosis_costs.squashed(max(0.3, 2 * cost))


def test_a_stored_diagnosis_is_drawn_again(rng, tmp_path, capsys):
    folder = recording(rng).save(tmp_path / "d")
    assert run(["report", str(folder), "--to", str(tmp_path / "again.html")]) == 0
    assert "Neuron 0: polysemantic" in (tmp_path / "again.html").read_text()
    capsys.readouterr()
