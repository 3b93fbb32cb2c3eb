"""`polysem.prevent` and the verb: what is asked, what comes back, what is refused."""

import json
from typing import Any

import numpy as np
import pytest

import polysem
from polysem import BadInput
from polysem._cli import run as command
from polysem._repair.prevent.registry import CLASSES, METHODS, method

SMALL = {"n": 6, "m": 12, "l1": 0.1, "seeds": 5}


@pytest.fixture(scope="module")
def plain():
    return polysem.simulate(**SMALL)


@pytest.fixture(scope="module")
def folder(plain, tmp_path_factory):
    out = tmp_path_factory.mktemp("prevent") / "out"
    polysem.prevent(plain, methods=["distinct", "disjoint"], out=out)
    return out


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_every_method_says_what_it_does_and_its_name_makes_it_again(cls):
    one = cls()
    assert one.does
    assert method(one.name) == one
    assert one.name in METHODS


def test_names_hold_the_settings_that_differ():
    assert method({"kind": "leak", "slope": 0.25}).name == "leak:slope=0.25"
    assert method("leak").name == "leak"


def test_given_run_and_made_run_are_the_same_networks(plain, folder):
    made = polysem.prevent(**SMALL, methods=["disjoint"], further=False)
    assert np.array_equal(made.plain.run.end, plain.end)
    assert [arm.name for arm in made.arms] == ["plain", "disjoint"]
    assert made["disjoint"].run.seeds == plain.seeds
    assert made["disjoint"].run.census.total("polysemantic") == 0
    assert made["disjoint"].after is None


def test_the_folder_is_read_back_the_same(folder):
    kept = polysem.load(folder)
    assert [arm.name for arm in kept.arms] == ["plain", "distinct", "disjoint", "shuffled"]
    assert kept["distinct"].sham == "shuffled"
    assert kept["disjoint"].expected[0] == 0
    assert {row["stage"] for row in kept.to_dicts()} == {"end", "after"}
    assert {row["against"] for row in kept.to_dicts() if row["method"] == "distinct"} == {
        "plain",
        "shuffled",
    }
    import pyarrow.parquet as pq

    assert pq.read_table(folder / "effects.parquet").to_pylist() == kept.to_dicts()
    page = (folder / "report.html").read_text()
    assert "Polysemantic neurons against loss" in page
    assert "sham: largest weights moved" in page
    assert (folder / "figures" / "pareto.svg").is_file()
    with pytest.raises(BadInput, match="no method 'nonsense' here; there are plain, distinct"):
        kept["nonsense"]


def test_what_was_finished_is_kept_and_other_settings_are_refused(plain, tmp_path, monkeypatch):
    from polysem._repair.prevent.disjoint import Disjoint

    def fail(self, plain, workers=None, progress=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(Disjoint, "run", fail)
    names = ["orthogonal", "disjoint"]
    with pytest.raises(KeyboardInterrupt):
        polysem.prevent(plain, methods=names, out=tmp_path / "o", further=False)
    assert [arm.name for arm in polysem.load(tmp_path / "o").arms] == ["plain", "orthogonal"]
    monkeypatch.undo()
    from polysem._repair.prevent.orthogonal import Orthogonal

    monkeypatch.setattr(Orthogonal, "run", None)  # must not be needed again
    whole = polysem.prevent(plain, methods=names, out=tmp_path / "o", further=False, resume=True)
    assert [arm.name for arm in whole.arms] == ["plain", "orthogonal", "disjoint"]
    with pytest.raises(BadInput, match="other settings"):
        polysem.prevent(plain, methods=["leak"], out=tmp_path / "o", resume=True)
    with pytest.raises(BadInput, match="not empty"):
        polysem.prevent(plain, methods=names, out=tmp_path / "o")


def test_a_run_with_seeds_missing_is_paired_with_those_it_has(plain):
    from dataclasses import replace

    some = [1, 3, 4]
    part = replace(
        plain,
        seeds=tuple(some),
        start=plain.start[some],
        end=plain.end[some],
        solves=tuple(plain.solves[i] for i in some),
        trajectories=tuple(plain.trajectories[i] for i in some),
    )
    whole = polysem.prevent(plain, methods=["orthogonal"], further=False)
    less = polysem.prevent(part, methods=["orthogonal"], further=False)
    assert less["orthogonal"].run.seeds == (1, 3, 4)
    assert np.array_equal(less["orthogonal"].run.end, whole["orthogonal"].run.end[some])


def test_trainings_are_compared_by_their_optimiser():
    result = polysem.prevent(
        n=4, m=8, l1=0.05, seeds=5, by="train", steps=300, lr=0.01, device="cpu",
        methods=["noise", "delayed"], further=True,
    )  # fmt: skip
    names = [arm.name for arm in result.arms]
    assert names == ["plain", "noise", "delayed", "noise:excess=0"]
    assert result["noise"].sham == "noise:excess=0"
    assert result.plain.after is not None
    assert result.plain.after.solves[0]["steps"] == 60
    spec: Any = result["noise"].run.spec
    assert spec.train.noise.kind == "three_point"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"methods": ["nonsense"]}, "Unknown method 'nonsense'"),
        ({"methods": ["noise"]}, "gradient flow has no noise"),
        ({"methods": []}, "No method was named"),
        ({"methods": "leak"}, "give a list"),
        ({"methods": [3]}, "3 is no method"),
        ({"methods": [{"kind": "leak", "slope": 2}]}, "slope = 2 is not allowed"),
        ({"by": "magic"}, "Unknown by 'magic'"),
        ({"confidence": 1.5}, "confidence = 1.5"),
        ({"lr": 0.1}, "Unknown setting 'lr'"),
        ({"m": None}, "Give n"),
        ({"m": 2, "methods": ["distinct"]}, "not even two on each"),
        ({"m": 5, "methods": ["disjoint"]}, "to themselves"),
        ({"activation": {"kind": "tanh"}, "methods": ["leak"]}, "output is 'tanh'"),
        ({"l1": 0.0, "methods": ["annealed"]}, "has no schedule"),
        ({"by": "train", "architecture": {"kind": "untied"}}, "one tied layer"),
    ],
)
def test_refusals_are_one_sentence_before_anything_is_computed(given, words, monkeypatch):
    monkeypatch.setattr("polysem._repair.prevent.prevent.run_plain", None)
    with pytest.raises(BadInput, match=words) as caught:
        polysem.prevent(**{**SMALL, **given})
    assert "\n" not in str(caught.value)


def test_a_run_and_settings_do_not_go_together(plain):
    with pytest.raises(BadInput, match="not both"):
        polysem.prevent(plain, n=3)
    with pytest.raises(BadInput, match="of type int"):
        polysem.prevent(3)  # pyright: ignore[reportArgumentType]
    given = polysem.simulate(start=plain.start, l1=0.1)
    with pytest.raises(BadInput, match="cannot be drawn for more neurons"):
        polysem.prevent(given, methods=["more_neurons"])


def test_the_verb_works_on_a_stored_run_and_says_json(plain, tmp_path, capsys):
    plain.save(tmp_path / "run")
    words = ["prevent", str(tmp_path / "run"), "--method", "disjoint", "--method", "leak:slope=0.3",
             "--out", str(tmp_path / "o"), "--quiet"]  # fmt: skip
    assert command([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in said["methods"]] == ["disjoint", "leak:slope=0.3"]
    assert said["methods"][0]["left"] == 0
    assert {row["measure"] for row in said["effects"]} >= {"polysemantic", "loss", "mixed_score"}
    assert command(["report", str(tmp_path / "o"), "--to", str(tmp_path / "again.html")]) == 0
    pages = [(tmp_path / name).read_text() for name in ("again.html", "o/report.html")]
    one, two = (page.partition('<script type="application/json"')[0] for page in pages)
    assert one == two  # behind it, the drawing library numbers its parts anew
    capsys.readouterr()
    assert command(words) == 2
    assert "not empty" in capsys.readouterr().err
    assert command([*words, "--resume"]) == 0
    assert "disjoint" in capsys.readouterr().out
    assert command(["prevent", str(tmp_path / "nowhere")]) == 2


@pytest.mark.statistical
def test_a_leak_removes_collisions_and_the_loss_stays():
    """30 fixed seeds. Were they drawn anew: the 99.9 % interval would miss 0 by chance 5e-4."""
    result = polysem.prevent(
        n=16, m=32, l1=0.05, seeds=30, methods=[{"kind": "leak", "slope": 0.3}], confidence=0.999
    )
    rows = {r["measure"]: r for r in result.to_dicts() if r["stage"] == "after"}
    assert rows["polysemantic"]["high"] < 0
    assert abs(rows["loss"]["effect"]) < 1e-5
    assert rows["loss_in_pairs"]["high"] < 0
