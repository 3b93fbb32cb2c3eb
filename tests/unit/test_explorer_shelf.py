"""Which results may be opened: those in the folder, nothing outside it, and why not."""

import json
import os

import pytest

import polysem
from polysem._cli import run
from polysem._errors import BadInput
from polysem._explorer.shelf import HERE, Shelf
from polysem._explorer.views import VIEWS, landing


def made(folder, verb="simulate"):
    folder.mkdir(parents=True)
    (folder / "spec.json").write_text(json.dumps({"verb": verb}))
    return folder


@pytest.fixture
def runs(tmp_path):
    root = tmp_path / "runs"
    made(root / "one")
    made(root / "deep" / "er" / "two", "sweep")
    made(root / "ledger", "claims")
    made(root / "ledger" / "05-winner" / "starts", "sweep")
    made(root / "one" / "inner")  # a run holds no results of its own
    (root / "broken").mkdir()
    (root / "broken" / "spec.json").write_text("{")
    return root


def test_every_result_below_a_folder_is_found_by_its_place(runs):
    found = {item.name: item.verb for item in Shelf(runs).items()}
    assert found == {
        "one": "simulate",
        "deep/er/two": "sweep",
        "ledger": "claims",
        "ledger/05-winner/starts": "sweep",
        "broken": "",
    }
    named = {item.name for item in Shelf(runs).items(("sweep",)) if not item.problem}
    assert named == {"deep/er/two", "ledger/05-winner/starts"}


def test_the_folder_itself_may_be_the_result(runs):
    shelf = Shelf(runs / "one")
    assert [item.name for item in shelf.items()] == [HERE]
    assert shelf.open(HERE).path == (runs / "one").resolve()


@pytest.mark.parametrize(
    "name", ["../secret", "/etc", "one/../../secret", "..", "", "one/", "nothing", "deep"]
)
def test_only_listed_names_are_opened(runs, name):
    made(runs.parent / "secret")
    with pytest.raises(BadInput, match="There is no result"):
        Shelf(runs).open(name)


def test_links_never_lead_out(runs):
    secret = made(runs.parent / "secret")
    os.symlink(secret, runs / "linked")
    os.symlink(secret / "spec.json", runs / "one" / "weights.safetensors")
    spec = runs / "three" / "spec.json"
    spec.parent.mkdir()
    os.symlink(secret / "spec.json", spec)
    shelf = Shelf(runs)
    names = {item.name: item.problem for item in shelf.items()}
    assert "linked" not in names
    assert "leads out of the folder" in names["three"]
    with pytest.raises(BadInput, match="leads out of the folder"):
        shelf.open("three")
    with pytest.raises(BadInput, match="“weights.safetensors” that leads out"):
        shelf.open("one")


def test_a_link_within_the_folder_may_stay(runs):
    os.symlink(runs / "one" / "spec.json", runs / "one" / "copy.json")
    assert Shelf(runs).open("one").verb == "simulate"


def test_pipes_are_not_opened(runs):
    os.mkfifo(runs / "one" / "weights.safetensors")
    with pytest.raises(BadInput, match="is not a file"):
        Shelf(runs).open("one")


def test_what_cannot_be_read_is_listed_with_the_reason(runs):
    broken = next(item for item in Shelf(runs).items() if item.name == "broken")
    assert "cannot be read" in broken.problem
    with pytest.raises(BadInput, match="cannot be read"):
        Shelf(runs).open("broken")


def test_another_view_is_named(runs):
    with pytest.raises(BadInput, match="result of claims"):
        Shelf(runs).open("ledger", ("sweep",))


def test_the_first_page_is_that_of_the_first_result(runs, tmp_path):
    assert landing(Shelf()).slug == "live"
    assert landing(Shelf(runs / "one")).slug == "results"
    assert landing(Shelf(runs / "ledger")).slug == "claims"
    assert landing(Shelf(runs)).slug == "results"
    assert landing(Shelf(tmp_path / "nothing")).slug == "live"
    assert len({view.slug for view in VIEWS}) == len(VIEWS)


def test_bad_folders_end_the_command_with_one_sentence(runs, tmp_path, capsys):
    pytest.importorskip("panel", reason="the explorer needs panel")
    (tmp_path / "empty").mkdir()
    newer = made(tmp_path / "newer", "sweep")
    (newer / "spec.json").write_text(json.dumps({"verb": "sweep", "schema": 99, "grid": {}}))
    half = made(tmp_path / "half")
    (half / "spec.json").write_text(polysem.simulate(n=4, m=8, l1=0.1).spec.canonical_json())
    for folder, words in (
        (tmp_path / "nowhere", "There is no folder"),
        (tmp_path / "empty", "holds no result of Polysem"),
        (runs / "broken", "cannot be read"),
        (newer, "newer Polysem"),
        (half, "no finished seed"),
        (
            made(tmp_path / "other", "dance"),
            "'dance', which the explorer does not show",
        ),
        (made(tmp_path / "claims", "claims"), "holds no ledger.json"),
    ):
        assert run(["explore", str(folder), "--no-browser", "--port", "0"]) == 2, folder
        said = capsys.readouterr().err
        assert words in said, folder
        assert "Traceback" not in said
        assert len(said.strip().splitlines()) == 1


def test_a_link_to_what_is_not_there_chooses_nothing_else(tmp_path):
    """Of one result the list has no empty line, so a browser would choose the result by itself."""
    pytest.importorskip("panel", reason="the explorer needs panel")
    from polysem._explorer.picker import Picker

    polysem.simulate(4, 8, 0.1, out=tmp_path / "only", report=False)
    for asked, shown in (("", "only"), ("<script>", "")):
        picker = Picker(Shelf(tmp_path), ("simulate",), asked, lambda: None)
        found = picker.open()
        assert (found.name if found else "") == picker.list.value == shown
        assert picker.list.value in picker.list.options.values()
