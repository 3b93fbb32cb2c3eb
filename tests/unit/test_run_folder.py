"""A run and its folder hold the same; an interruption keeps what was finished."""

import json
import tracemalloc

import numpy as np
import pytest
import torch

import polysem
from polysem._errors import BadInput
from polysem._run import folder as folder_of_run
from polysem._run.memory import check_memory
from polysem._run.parts import FOLDER
from polysem._storage.weights import read_arrays


def small(out=None, **settings):
    settings = {"seeds": 3, "report": False, **settings}
    return polysem.simulate(6, 24, 0.1, out=out, **settings)


def test_a_folder_reads_back_as_the_same_run(tmp_path):
    run = small(tmp_path / "r", record=("l1_norm", "weights", "loss"))
    again = polysem.load(tmp_path / "r")
    assert again.spec == run.spec
    assert again.seeds == run.seeds
    assert again.rows == run.rows
    np.testing.assert_array_equal(again.start, run.start)
    np.testing.assert_array_equal(again.end, run.end)
    for kept, back in zip(run.trajectories, again.trajectories, strict=True):
        assert kept.keys() == back.keys()
        for name in kept:
            np.testing.assert_array_equal(kept[name], back[name])
    assert again.trajectory().equals(run.trajectory())


def test_what_the_contract_names_is_there(tmp_path):
    small(tmp_path / "r")
    weights = read_arrays(tmp_path / "r" / "weights.safetensors")
    assert {name: w.shape for name, w in weights.items()} == {
        "start": (3, 6, 24),
        "end": (3, 6, 24),
    }
    assert {p.name for p in (tmp_path / "r").iterdir()} == {
        "spec.json",
        "provenance.json",
        "weights.safetensors",
        "census.parquet",
        "features.parquet",
        "polysemantic_neurons.parquet",
        "collisions.parquet",
        "trajectory.parquet",
        "trajectory.safetensors",
    }
    facts = json.loads((tmp_path / "r" / "provenance.json").read_text())
    assert facts["seeds"] == [0, 1, 2]
    assert {"polysem", "commit", "dirty", "python", "libraries", "device", "seconds"} <= set(facts)


def interrupted_after(count, monkeypatch):
    """Make the solve of the seed after `count` others end as if Ctrl-C had been pressed."""
    from polysem._flow import face

    whole = face.solve_index
    calls = []

    def solve_index(*args):
        if len(calls) == count:
            raise KeyboardInterrupt
        calls.append(args)
        return whole(*args)

    monkeypatch.setattr(face, "solve_index", solve_index)


def test_ctrl_c_keeps_finished_seeds_and_resume_adds_the_rest(tmp_path, monkeypatch):
    whole = small()
    with monkeypatch.context() as patch:
        interrupted_after(2, patch)
        with pytest.raises(KeyboardInterrupt):
            small(tmp_path / "r")
    part = polysem.load(tmp_path / "r")
    assert part.seeds == (0, 1)
    assert part.provenance["complete"] is False
    np.testing.assert_array_equal(part.end, whole.end[:2])
    with monkeypatch.context() as patch:
        interrupted_after(1, patch)  # one seed is missing, so one is solved
        full = small(tmp_path / "r", resume=True)
    np.testing.assert_array_equal(full.end, whole.end)
    assert polysem.load(tmp_path / "r").rows == full.rows


def test_ctrl_c_before_the_first_seed_leaves_nothing_to_misread(tmp_path, monkeypatch):
    interrupted_after(0, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        small(tmp_path / "r")
    with pytest.raises(polysem.BadInput, match="no finished seed"):
        polysem.load(tmp_path / "r")


def test_a_killed_run_is_read_from_its_parts(tmp_path, monkeypatch):
    """A kill writes nothing at the end: only the parts are there."""
    monkeypatch.setattr("polysem._run.collect.write_run", lambda *a, **k: None)
    run = small(tmp_path / "r")
    assert len(list((tmp_path / "r" / FOLDER).iterdir())) == 3
    part = tmp_path / "r" / FOLDER / "seed-000000001.safetensors"
    part.write_bytes(part.read_bytes()[:-10])  # the last one was cut off
    assert polysem.load(tmp_path / "r").seeds == (0, 2)
    monkeypatch.undo()
    again = small(tmp_path / "r", resume=True)
    np.testing.assert_array_equal(again.end, run.end)
    assert not (tmp_path / "r" / FOLDER).exists()


class Killed(BaseException):
    """Stands for the end of a process."""


def kill_at_write(monkeypatch, number):
    """The process ends before the write of that number of `write_run`."""
    left = [number]
    for name in ("write_text", "write_arrays", "write_table"):
        true = getattr(folder_of_run, name)

        def write(*arguments, true=true):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            true(*arguments)

        monkeypatch.setattr(folder_of_run, name, write)


@pytest.mark.parametrize("interrupted", [False, True])
@pytest.mark.parametrize("number", range(9))
def test_a_kill_while_the_end_is_written_loses_no_seed(tmp_path, monkeypatch, number, interrupted):
    """Also if the first seeds are in the files of an earlier interruption only."""
    whole = small(tmp_path / "whole")
    if interrupted:
        with monkeypatch.context() as patch:
            interrupted_after(2, patch)
            with pytest.raises(KeyboardInterrupt):
                small(tmp_path / "r")
        assert polysem.load(tmp_path / "r").seeds == (0, 1)
    with monkeypatch.context() as patch:
        kill_at_write(patch, number)
        with pytest.raises(Killed):
            small(tmp_path / "r", resume=interrupted)
    assert polysem.load(tmp_path / "r").seeds == (0, 1, 2)
    again = small(tmp_path / "r", resume=True)
    np.testing.assert_array_equal(again.end, whole.end)
    assert [row["outcome"] for row in again.rows] == [row["outcome"] for row in whole.rows]


def test_resume_with_other_settings_is_refused(tmp_path):
    small(tmp_path / "r")
    with pytest.raises(polysem.BadInput, match="other settings"):
        polysem.simulate(6, 24, 0.2, 3, out=tmp_path / "r", resume=True)
    with pytest.raises(polysem.BadInput, match="--overwrite"):
        small(tmp_path / "r")
    assert polysem.load(tmp_path / "r").spec.network.l1 == 0.1


def test_bad_input_writes_nothing(tmp_path):
    for settings in ({"seeds": 0}, {"record": ("nonsense",)}, {"method": "x"}, {"dtpye": 3}):
        with pytest.raises(polysem.BadInput):
            small(tmp_path / "r", **settings)
    with pytest.raises(polysem.BadInput, match="GiB"):
        polysem.simulate(10**6, 10**7, out=tmp_path / "r")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    "further",
    [
        {"architecture": {"kind": "untied", "layers": 4}},
        {"hidden": {"kind": "relu"}, "batch": 10**4},
        {"data": {"kind": "k_hot", "k": 3}, "n": 20},
    ],
    ids=["further matrices", "drawn codes", "all codes"],
)
def test_a_training_too_large_for_the_memory_is_refused_before_it_begins(monkeypatch, further):
    monkeypatch.setattr("polysem._run.memory.physical_memory", lambda: 2**21)
    settings = {"n": 4, "m": 200, "l1": 0.1, "steps": 1}
    check_memory(settings["n"], settings["m"], 4)  # W alone would fit
    with pytest.raises(polysem.BadInput, match="GiB"):
        polysem.train(**{**settings, **further})


def test_a_network_beyond_all_memory_is_refused_without_an_array_of_its_size():
    tracemalloc.start()
    try:
        with pytest.raises(polysem.BadInput, match="GiB"):
            polysem.simulate(10**8, 10**8)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_a_folder_of_somebody_else_is_not_resumed(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(polysem.BadInput, match="nothing to resume"):
        small(tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_a_kill_in_the_first_moment_leaves_is_resumed(tmp_path):
    (tmp_path / ".spec.json.0123abcd.tmp").write_text("{")
    assert small(tmp_path, resume=True).seeds == (0, 1, 2)


def test_a_name_that_no_folder_can_have_is_refused(tmp_path):
    for name in ("y" * 300, "a\0b"):
        with pytest.raises(polysem.BadInput, match="cannot be named"):
            small(tmp_path / name)


@pytest.mark.parametrize(
    ("start", "words"),
    [([[1], [1, 2]], "no array of real numbers"), ("abc", "real numbers of shape")],
)
@pytest.mark.parametrize("verb", ["simulate", "train"])
def test_a_start_that_is_no_array_is_refused(verb, start, words):
    with pytest.raises(polysem.BadInput, match=words):
        getattr(polysem, verb)(start=start, l1=0.1)


@pytest.mark.parametrize("verb", ["simulate", "train"])
def test_a_start_may_be_a_list_a_long_double_or_a_parameter_of_torch(verb):
    numbers = [[0.5, 0.1, 0.2], [0.1, -0.4, 0.3]]
    made = (np.array(numbers, np.longdouble), torch.nn.Parameter(torch.tensor(numbers).double()))
    more = {"steps": 3, "device": "cpu"} if verb == "train" else {}
    ends = [getattr(polysem, verb)(start=s, l1=0.1, **more).end for s in (numbers, *made)]
    assert np.array_equal(ends[0], ends[1])
    assert np.allclose(ends[0], ends[2], atol=1e-6)


def test_a_scale_beside_a_given_start_is_refused():
    with pytest.raises(polysem.BadInput, match="start and scale"):
        polysem.simulate(start=np.eye(3), scale=2.0)


def test_simulate_says_that_chance_and_optimisers_are_of_training():
    for name in ("noise", "batch", "optimiser"):
        with pytest.raises(polysem.BadInput, match=rf"{name} belongs to training.*polysem\.train"):
            small(**{name: {"kind": "bipolar", "std": 0.1}})


@pytest.mark.parametrize("verb", ["simulate", "train"])
def test_fewer_processes_than_none_are_refused_and_none_is_this_one(tmp_path, verb):
    settings = {"steps": 3, "device": "cpu"} if verb == "train" else {}
    with pytest.raises(BadInput, match="workers = -1 is not allowed; 0 or 1 computes in this"):
        getattr(polysem, verb)(2, 4, 0.1, workers=-1, out=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()
    run = getattr(polysem, verb)(2, 4, 0.1, workers=0, **settings)
    assert run.provenance["workers"] == 0


def test_not_a_run_folder(tmp_path):
    with pytest.raises(polysem.BadInput, match="no run folder"):
        polysem.load(tmp_path / "nowhere")
    with pytest.raises(polysem.BadInput, match=r"no spec\.json"):
        polysem.load(tmp_path)


def test_a_start_can_be_given(rng):
    start = rng.normal(0, 0.2, (2, 5, 20))
    run = polysem.simulate(start=start, l1=0.1)
    assert run.end.shape == start.shape
    np.testing.assert_array_equal(run.start, start)
    with pytest.raises(polysem.BadInput, match="n = 6 was given, but start has n = 5"):
        polysem.simulate(n=6, start=start)
    with pytest.raises(polysem.BadInput, match="n \\(features\\) and m"):
        polysem.simulate(l1=0.1)


@pytest.mark.parametrize("verb", [polysem.simulate, polysem.train])
def test_more_seeds_than_starts_are_refused(verb):
    """Not one network solved where three were asked for."""
    start = np.full((2, 4), 0.1)
    with pytest.raises(polysem.BadInput, match="seeds = 3 was given, but start has 1"):
        verb(n=2, m=4, l1=0.1, seeds=3, start=start)
    with pytest.raises(polysem.BadInput, match="but start has 2"):
        verb(n=2, m=4, l1=0.1, seeds=3, start=np.stack([start, start]))
