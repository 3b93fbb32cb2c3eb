"""The report of a run: everything in it, light enough, free of the outside."""

import numpy as np
import pytest

from polysem._flow.outcome import Outcome
from polysem._flow.spec import SimulateSpec
from polysem._report.run_page import write_run_report
from polysem._run.run import Run

LIMIT = 3e6  # bytes of an ordinary report


def run_of(n, m, seeds=2, outcome=Outcome.CONVERGED):
    rng = np.random.default_rng(1)
    start = rng.normal(size=(seeds, n, m)).astype(np.float32)
    end = np.where(np.abs(start) == np.abs(start).max(-1, keepdims=True), np.sign(start), 0)
    t = np.geomspace(0.1, 1000, 40)
    kept = {"t": t, "l1_norm": 9 / t[:, None] + np.ones(n), "m_prime": 9 / t[:, None] + np.ones(n)}
    solve = {"outcome": outcome, "t": 12.5, "steps": 2, "rhs_evaluations": 34567}
    return Run(
        spec=SimulateSpec.build(network={"n": n, "m": m, "l1": 0.0125}, seeds=seeds),
        seeds=tuple(range(seeds)),
        start=start,
        end=end.astype(np.float32),
        solves=tuple({**solve, "wall_seconds": 0.5, "method": "engine"} for _ in range(seeds)),
        trajectories=(kept,) * seeds,
        provenance={"polysem": "1.2.3", "note": "<script>alert(1)</script>"},
    )


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert write_run_report(run_of(16, 64), path) == path
    return path.read_text(encoding="utf-8")


def test_it_has_figures_table_settings_and_provenance(html):
    assert html.count("<figure ") == 5
    assert html.count("<tr>") == 3  # heading and two seeds
    assert '<td class="number">34,567</td>' in html
    assert "<dt>network.l1</dt><dd>0.0125</dd>" in html
    assert "<dt>polysem</dt><dd>1.2.3</dd>" in html
    assert 'download="seeds.csv"' in html
    assert "<script>alert" not in html


def test_warnings_of_the_census_are_loud(html, tmp_path):
    assert 'role="alert"' in html  # same-sign pairs overlap, so this run is not at an end state
    assert "NOT CONVERGED" in html


def test_a_wide_run_stays_light(tmp_path):
    path = write_run_report(run_of(256, 4096, seeds=1), tmp_path / "report.html")
    assert path.stat().st_size < LIMIT


def test_the_heaviest_heat_map_stays_light(tmp_path):
    run = run_of(300, 600, seeds=1)
    dense = Run(run.spec, run.seeds, run.start, run.start, run.solves, run.trajectories)
    assert write_run_report(dense, tmp_path / "report.html").stat().st_size < LIMIT


def test_remedies_are_said(tmp_path):
    path = write_run_report(run_of(4, 8, outcome=Outcome.STEP_LIMIT), tmp_path / "report.html")
    assert "Raise max_steps." in path.read_text(encoding="utf-8")
