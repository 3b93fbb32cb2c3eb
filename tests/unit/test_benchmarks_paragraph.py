"""Stored parts, figures, verdicts and the paragraph, from made-up results."""

import json
import platform
from pathlib import Path

import pytest
from benchmarks import _store
from benchmarks._figures import Figure, figures
from benchmarks._store import Store, parts_of
from benchmarks._table import number, precision_table
from benchmarks._verdicts import State, Verdict, table, verdicts
from benchmarks.draw import draw
from benchmarks.paragraph import BEGIN, END, UNMEASURED, into, paragraph

CASE = "256x1024x0.01"


def row(method, seconds, **more):
    ratios = {"ratio_to_fast": seconds, "ratio_to_tight": seconds / 2}
    return {"method": method, "seconds": seconds, "rhs": 5, **ratios, **more}


def precision():
    measured = {"winners_differing": 0.0, "weight_error": 0.0, "measured_share": 1.0}
    rows = [
        row("Polysem fast", 1.0, weight_error_midway=0.005, **measured),
        row("Polysem tight", 2.0, weight_error_midway=0.001, **measured),
        row("proximal Euler dt=0.01", 300.0, measured_share=0.1),
        row("authors: 7500 autograd AdamW steps", 80.0, measured_share=0.5),
        row("SciPy RK45", 40.0, at_least=True, trouble="out of time", measured_share=0.2),
        row("SciPy LSODA", 1.5, at_least=True, trouble="RuntimeError: no", measured_share=0.0),
        row("torchdiffeq dopri5", 20.0, at_least=False, weight_error_midway=1e-4, **measured),
    ]
    for one in rows:
        one["floor_seconds"] = 0.1
    found = {"case": CASE, "t_end": 500.0, "reference_outcome": "converged", "sgemm_rate": 1e9}
    return found | {"rows": rows}


@pytest.fixture
def results(tmp_path):
    content = {
        "benchmark": "flow_precision",
        "machine": {"cpu": "Abacus"},
        "parts": {CASE: {"conditions": {}, "found": precision()}},
    }
    (tmp_path / "flow_precision.json").write_text(json.dumps(content))
    return tmp_path


def test_figures_of_a_precision_part(results):
    found = figures(results)
    assert found[f"precision/{CASE}/fast/euler"] == Figure(300.0)
    assert found[f"precision/{CASE}/tight/authors"] == Figure(40.0)
    assert found[f"precision/{CASE}/tight/same_winners"] == Figure(1.0)


def test_solvers_that_gave_up_or_are_more_accurate_are_no_comparison(results):
    assert figures(results)[f"precision/{CASE}/fast/ode"] == Figure(40.0, at_least=True)


def test_paragraph_names_what_fell_short_and_what_is_missing(results):
    text = paragraph(results)
    assert text.startswith(BEGIN)
    assert text.endswith(END)
    assert "(Abacus), 256 features on 1024" not in text
    assert "(Abacus), 256 features on 1,024 neurons at λ = 0.01" in text
    assert "**1 s** (`--accuracy fast`) or **2 s**" in text
    assert "Euler takes 300 and 150 times" in text
    assert "SciPy RK45 more than 40 and 20 times" in text
    assert "Of 5 targets measured, 4 are met. Short of its target:" in text
    assert "- 256 × 1,024, `fast` against the authors' steps: 80× (≥ 85×)" in text
    assert "Not measured: 256 × 4,096 at λ = 0.001, `fast`" in text


def test_paragraph_without_results_says_so(tmp_path):
    assert paragraph(tmp_path) == f"{BEGIN}\n\n{UNMEASURED}\n\n{END}"


def test_paragraph_goes_between_the_markers_and_nowhere_else():
    readme = f"before\n{BEGIN}\nold\n{END}\nafter {{}} \\1\n"
    assert into(readme, "new \\1") == "before\nnew \\1\nafter {} \\1\n"
    with pytest.raises(SystemExit, match="once each"):
        into("no markers", "new")


@pytest.mark.parametrize(
    ("target", "figure", "state"),
    [
        ({"at_least": 30}, Figure(30.0), State.MET),
        ({"at_least": 30}, Figure(29.9), State.SHORT),
        ({"at_least": 30}, Figure(29.9, at_least=True), State.NOT_SHOWN),
        ({"at_least": 30}, Figure(31.0, at_least=True), State.MET),
        ({"at_most": 6}, Figure(6.0), State.MET),
        ({"at_most": 6}, Figure(6.1), State.SHORT),
        ({"at_most": 6}, None, State.UNMEASURED),
    ],
)
def test_verdicts(target, figure, state):
    assert Verdict({"unit": "×", "says": "…", **target}, figure).state is state


def test_targets_are_readable_and_each_has_one_figure_and_one_aim():
    judged = verdicts({})
    names = [one.target["figure"] for one in judged]
    assert len(set(names)) == len(names) >= 19
    assert all(("at_least" in v.target) != ("at_most" in v.target) for v in judged)
    assert len(table(judged).splitlines()) == len(judged) + 2


def test_numbers_are_shown_with_three_digits():
    shown = [number(value) for value in (0.012345, 1.2345, 99.64, 1234.5, 0, None)]
    assert shown == ["0.0123", "1.23", "99.6", "1,234", "0", "–"]


def test_table_marks_bounds_and_solvers_that_gave_up():
    lines = precision_table(precision()).splitlines()
    assert next(x for x in lines if x.startswith("SciPy RK45")).count("≥") == 4
    assert any(x.startswith("SciPy LSODA (gave up)") for x in lines)


def test_picture_is_drawn_from_results_and_without_them(results, tmp_path):
    whole, empty = tmp_path / "whole.svg", tmp_path / "empty.svg"
    draw(results, whole)
    draw(tmp_path / "none", empty)
    assert whole.stat().st_size > empty.stat().st_size > 1000


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr("benchmarks._machine.sgemm_rate", lambda repeats=5: 1e9)
    monkeypatch.setattr(_store, "one_thread", lambda: None)


def test_a_part_is_measured_once_unless_redone(tmp_path, quiet):
    made = []

    def measure():
        made.append(1)
        return {"times": len(made)}

    assert Store("name", tmp_path).part("a", measure) == {"times": 1}
    assert Store("name", tmp_path).part("a", measure) == {"times": 1}
    assert Store("name", tmp_path, redo=True).part("a", measure) == {"times": 2}
    assert parts_of("name", tmp_path) == {"a": {"times": 2}}
    stored = json.loads((tmp_path / "name.json").read_text())
    kept = stored["parts"]["a"]["conditions"]
    assert {"load_before", "load_after", "sgemm_before", "sgemm_after", "commit"} <= set(kept)


def test_an_interrupted_part_leaves_the_others(tmp_path, quiet):
    Store("name", tmp_path).part("a", lambda: {"x": 1})
    with pytest.raises(KeyboardInterrupt):
        Store("name", tmp_path).part("b", interrupted)
    assert parts_of("name", tmp_path) == {"a": {"x": 1}}


def interrupted():
    raise KeyboardInterrupt


def test_what_is_derived_stands_beside_the_parts(tmp_path, quiet):
    store = Store("name", tmp_path)
    store.part("a", lambda: {"x": 1})
    store.derive("sum", 1)
    assert json.loads((tmp_path / "name.json").read_text())["sum"] == 1
    assert parts_of("name", tmp_path) == {"a": {"x": 1}}


def test_parts_of_two_machines_are_not_mixed(tmp_path, quiet, monkeypatch):
    Store("name", tmp_path).part("a", lambda: {"x": 1})
    monkeypatch.setattr(_store, "machine", lambda: {"cpu": "another"})
    with pytest.raises(SystemExit, match="another machine"):
        Store("name", tmp_path).part("b", lambda: {"x": 2})
    Store("name", tmp_path, redo=True).part("b", lambda: {"x": 2})
    assert parts_of("name", tmp_path) == {"b": {"x": 2}}


def test_a_result_says_nothing_about_where_it_was_made(tmp_path, quiet):
    Store("name", tmp_path).part("a", lambda: {"x": 1})
    text = (tmp_path / "name.json").read_text()
    for private in (platform.node(), str(Path.home()), str(_store.RESULTS), str(tmp_path)):
        assert private not in text


def test_figures_of_sweeps(tmp_path):
    parts = {"in process": {"ms": 4.0, "cpu_ms": 3.0}, "reading": {"parts": 9, "as_left": 2.5}}
    kills = {"50": {"kills": 50, "sound": True}, "90": {"kills": 90, "sound": False}}
    for name, found in (("sweep_overhead", parts), ("sweep_kill", kills)):
        stored = {key: {"found": part} for key, part in found.items()}
        (tmp_path / f"{name}.json").write_text(json.dumps({"parts": stored}))
    assert figures(tmp_path) == {
        "sweep/cell": Figure(4.0),
        "sweep/reading": Figure(2.5),
        "sweep/kills": Figure(50),
    }
