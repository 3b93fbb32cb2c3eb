"""Several widths at once: one table, one answer, and its folder."""

import json
from html import escape

import pytest

import polysem
from polysem import BadInput
from polysem._cli import run as command

SMALL = {"n": 8, "l1": 0.2, "seeds": 6, "further": False}


@pytest.fixture(scope="module")
def found():
    return polysem.prevent(**SMALL, m=[4, 16], methods=["disjoint", "repair"])


def test_each_width_is_the_comparison_of_that_width(found):
    alone = polysem.prevent(**SMALL, m=16, methods=["disjoint", "repair"])
    assert found.comparisons[1].effects.to_dicts() == alone.effects.to_dicts()
    methods = {m: {r["method"] for r in found.to_dicts() if r["m"] == m} for m in (4, 16)}
    assert methods[4] == {"repair", "repair_sham"}  # disjoint does not fit
    assert methods[16] == {"disjoint", "repair", "repair_sham"}


def test_the_table_is_in_feature_worths_and_the_answer_says_it(found):
    rows = {(r["m"], r["method"]): r for r in found.to_dicts()}
    tight, roomy = rows[4, "repair"], rows[16, "repair"]
    assert tight["must"] == 4
    assert tight["left"] == tight["plain"] <= 4  # a dead feature needs no neuron
    assert (roomy["must"], roomy["left"]) == (0, 0)
    assert roomy["free"]
    effect = {r["measure"]: r for r in found.comparisons[1].to_dicts() if r["method"] == "repair"}[
        "loss"
    ]
    assert roomy["loss"] == effect["effect"]  # the loss of a zero output is 1 per feature
    answer = found.answer()
    assert "at m = 16 all polysemanticity but what pigeonholes require went" in answer[0]
    assert "at m = 4 all of it was necessary, and none was removed" in answer[0]
    assert "no method removed any for nothing" in answer[1]
    assert "left 0" in answer[2]


def test_the_command_writes_a_folder_that_is_read_back(tmp_path, capsys):
    words = ["prevent", "--n", "8", "--m", "4,16", "--l1", "0.2", "--seeds", "6", "--no-further",
             "--method", "repair", "--quiet", "--out", str(tmp_path / "o")]  # fmt: skip
    assert command([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    kept = polysem.load(tmp_path / "o")
    assert kept.answer() == said["answer"]
    assert kept.to_dicts() == said["table"]
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    assert escape(said["answer"][2]) in page
    assert (tmp_path / "o" / "answer.txt").read_text(encoding="utf-8").splitlines() == said[
        "answer"
    ]
    assert command(words) == 2
    assert command([*words, "--resume"]) == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"m": []}, "different widths"),
        ({"m": [4, 16], "methods": ["leak", "magic"]}, "Unknown method"),
        ({"m": [2, 4], "methods": ["disjoint"]}, "to themselves"),
        ({"m": [4, 16], "methods": ["disjoint"]}, "No method that was named fits m = 4"),
        ({"m": [4, -1]}, "m = -1"),
    ],
)
def test_refused_before_anything_is_computed(given, words, monkeypatch, tmp_path):
    monkeypatch.setattr("polysem._repair.prevent.prevent.run_plain", None)
    with pytest.raises(BadInput, match=words):
        polysem.prevent(**{**SMALL, **given}, out=tmp_path / "o")
    assert not (tmp_path / "o").exists()
