"""A whole reproduction at toy size, through the command line's own doors."""

import json
from dataclasses import replace

import pytest

import polysem
from polysem._cli import run
from polysem._reproduce.plan import QUICK

TOY = replace(
    QUICK,
    name="toy",
    n=8,
    widths=(8, 16, 32),
    curve_widths=(8, 16),
    seeds=3,
    curve_seeds=2,
    recipe_steps=40,
    noise_steps=40,
    noise_seeds=2,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("reproduction") / "r"
    polysem.reproduce(out, plan=TOY, workers=2)
    return out


def test_everything_promised_is_there(folder):
    names = {p.name for p in folder.iterdir()}
    assert {"report.html", "comparison.parquet", "counts.parquet", "spec.json"} <= names
    assert len(list((folder / "figures").glob("*.svg"))) == 6
    page = (folder / "report.html").read_text()
    assert "n = 8 instead of 256" in page
    assert "default-src 'none'" in page  # the browser asks for nothing from outside


def test_it_is_not_computed_twice(folder, capsys):
    cells = {p: p.stat().st_mtime_ns for p in (folder / "cells").iterdir()}
    again = polysem.reproduce(folder, plan=TOY, resume=True)
    assert {p: p.stat().st_mtime_ns for p in (folder / "cells").iterdir()} == cells
    assert len(again.rows) > 15
    assert {row["agreement"] for row in again.rows} <= {"agrees", "differs"}
    with pytest.raises(polysem.BadInput, match="--resume"):
        polysem.reproduce(folder, plan=TOY)
    with pytest.raises(polysem.BadInput, match="other settings"):
        polysem.reproduce(folder, resume=True)


def test_the_report_can_be_written_again(folder, capsys, tmp_path):
    assert run(["report", str(folder), "--to", str(tmp_path / "again.html"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["report"].endswith("again.html")
    assert "Published against ours" in (tmp_path / "again.html").read_text()
