"""The command line as a user meets it: output, one-sentence errors, exit codes."""

import json

import numpy as np
import pytest

from polysem._cli import run

SIMULATE = ["simulate", "--n", "6", "--m", "24", "--l1", "0.1", "--quiet"]


def call(capsys, *arguments):
    code = run([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_simulate_prints_one_json_object_and_writes_the_folder(capsys, tmp_path):
    code, out, _ = call(
        capsys, *SIMULATE, "--seeds", 3, "--seed", 5, "--out", tmp_path / "r", "--json"
    )
    assert code == 0
    said = json.loads(out)
    assert [row["seed"] for row in said["seeds"]] == [5, 6, 7]
    for row in said["seeds"]:
        assert row["outcome"] == "converged"
        assert row["polysemantic"] == row["opposite_sign"] + row["same_sign"]
        assert 0 <= row["initial_argmax_won"] <= 1
        assert row["wall_seconds"] > 0
        assert row["rhs_evaluations"] >= row["steps"] > 0
        assert row["dead_features"] == 0
    assert (tmp_path / "r" / "report.html").stat().st_size > 10_000
    assert (tmp_path / "r" / "figures" / "overview.svg").is_file()


def test_people_see_counts_theory_and_where_it_was_written(capsys, tmp_path):
    code, out, _ = call(capsys, *SIMULATE, "--out", tmp_path / "r", "--no-report")
    assert code == 0
    for words in ("polysemantic", "converged", "theory: With 6 features", str(tmp_path / "r")):
        assert words in out
    assert not (tmp_path / "r" / "report.html").exists()


def test_census_of_a_run_and_of_a_file(capsys, tmp_path):
    call(capsys, *SIMULATE, "--seeds", 2, "--out", tmp_path / "r", "--no-report")
    code, out, _ = call(capsys, "census", tmp_path / "r", "--json")
    assert code == 0
    assert [row["seed"] for row in json.loads(out)["seeds"]] == [0, 1]
    np.save(tmp_path / "w.npy", np.array([[1.0, 0.0], [-0.9, 0.0]]))
    code, out, _ = call(capsys, "census", tmp_path / "w.npy", "--json")
    assert code == 0
    assert json.loads(out)["polysemantic_neurons"][0]["features"] == [0, 1]
    code, out, _ = call(capsys, "census", tmp_path / "w.npy")
    assert code == 0
    assert "1 opposite-sign" in out


def test_an_unconverged_state_is_warned_of_loudly(capsys, rng, tmp_path):
    np.save(tmp_path / "w.npy", rng.normal(size=(4, 6)))
    code, _, err = call(capsys, "census", tmp_path / "w.npy")
    assert code == 0
    assert "WARNING: NOT CONVERGED" in err


def test_predict(capsys):
    code, out, _ = call(capsys, "predict", "--n", 64, "--m", 256, "--json")
    assert code == 0
    said = json.loads(out)
    assert 3 < said["expected_collisions"]["value"] < 4.2
    values = {p["name"]: p["value"] for p in said["predictions"]}
    assert 4.0 in values.values()  # n²/4m
    code, out, _ = call(capsys, "predict", "--n", 64, "--m", 256, "--l1", 0.01, "--sources")
    assert code == 0
    assert "arXiv 2312.03096" in out


def test_train_and_report(capsys, tmp_path):
    code, out, err = call(
        capsys, "train", "--n", 5, "--m", 10, "--steps", 30, "--seeds", 2, "--device", "cpu",
        "--option", "betas=[0.8, 0.9]", "--noise", "gaussian", "--noise-std", 0.1, "--quiet",
        "--out", tmp_path / "r", "--json",
    )  # fmt: skip
    assert code == 0, err
    assert [row["outcome"] for row in json.loads(out)["seeds"]] == ["steps_done"] * 2
    (tmp_path / "r" / "report.html").unlink()
    assert call(capsys, "report", tmp_path / "r")[0] == 0
    assert (tmp_path / "r" / "report.html").is_file()


BAD = [
    (["simulate", "--n", 0, "--m", 4], "n = 0 is not allowed"),
    (["simulate", "--n", 4, "--m", -1], "m = -1 is not allowed"),
    (["simulate", "--n", 4, "--m", 4, "--seeds", 0], "seeds = 0 is not allowed"),
    (["simulate", "--n", 4, "--m", 4, "--l1", -1], "l1 = -1.0 is not allowed"),
    (["simulate", "--n", 4, "--m", 4, "--l1", "nan"], "finite"),
    (["simulate", "--n", 4], "--m"),
    (["simulate", "--n", 4, "--m", 4, "--sed", 1], "--seed"),
    (["simulate", "--n", "four", "--m", 4], "--n"),
    (["simulate", "--n", 4, "--m", 4, "--record", "l1norm"], "l1_norm"),
    (["simulate", "--n", 4, "--m", 4, "--pair", "1-2"], "--pair 3,7"),
    (["simulate", "--n", 4, "--m", 4, "--method", "magic"], "method"),
    (["simulate", "--n", 4, "--m", 4, "--accuracy", "sloppy"], "accuracy"),
    (["simulate", "--n", 4, "--m", 4, "--dt", 0], "dt = 0"),
    (["simulte"], "simulate"),
    (["census", "nowhere.npy"], "nowhere.npy"),
    (["predict", "--n", 4, "--m", 0], "m = 0"),
    (["train", "--n", 4, "--m", 4, "--recipe", "lecomte2032"], "lecomte2023"),
    (["train", "--n", 4, "--m", 4, "--optimiser", "AdmaW"], "AdamW"),
    (["train", "--n", 4, "--m", 4, "--option", "beta"], "momentum=0.9"),
    (["train", "--n", 4, "--m", 4, "--noise-std", 0.1], "--noise"),
    (["train", "--m", 4], "n (features) and m (neurons)"),
    (["train", "--n", 0, "--recipe", "lecomte2023-noise"], "n = 0 is not allowed"),
    (["train", "--n", 4, "--m", 4, "--noise", "laplace:std=1", "--noise-std", 2], "both say std"),
    (["simulate", "--n", 4, "--m", 4, "--noise", "bipolar"], "noise belongs to training"),
    (["simulate", "--n", 4, "--m", 4, "--architecture", "untied"], "use train"),
    (["simulate", "--n", 4, "--m", 4, "--activation", "leaky:leak=0,leak=1"], "says leak twice"),
    (["simulate", "--n", 4, "--m", 4, "--activation", '{"a":' * 5000], "is not JSON"),
    (["simulate", "--n", 4, "--m", 4, "--activation", "leaky:leak=" + "[" * 5000], "leak = "),
    (["train", "--n", 4, "--m", 4, "--option", "eps=" + "[" * 5000], "is not a number"),
    (["report", "nowhere"], "nowhere"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=lambda x: str(x)[:40])
def test_bad_input_is_one_sentence_and_exit_code_2(capsys, tmp_path, arguments, words):
    code, out, err = call(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("polysem: ")
    assert err.count("\n") == 1
    assert len(err) < 500
    assert words in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_device_that_is_not_there(capsys):
    torch = pytest.importorskip("torch")
    missing = "mps" if torch.cuda.is_available() else "cuda"
    code, _, err = call(capsys, "train", "--n", 4, "--m", 4, "--device", missing)
    assert code == 2
    assert missing in err


def test_a_full_folder_is_refused(capsys, tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "mine.txt").write_text("mine")
    code, _, err = call(capsys, *SIMULATE, "--out", tmp_path / "r")
    assert code == 2
    assert "--overwrite" in err
    assert [p.name for p in (tmp_path / "r").iterdir()] == ["mine.txt"]


def test_no_space_left_is_exit_code_1_and_one_sentence(capsys, tmp_path, monkeypatch):
    import errno

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("polysem._run.parts.read_arrays", full)
    monkeypatch.setattr("safetensors.numpy.save_file", full)
    code, _, err = call(capsys, *SIMULATE, "--out", tmp_path / "r")
    assert code == 1
    assert "no space left" in err
    assert err.count("\n") == 1


def test_ctrl_c_is_exit_code_130(capsys, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("polysem._flow.face.solve_index", interrupt)
    code, _, err = call(capsys, *SIMULATE, "--out", tmp_path / "r")
    assert code == 130
    assert "Interrupted" in err


def test_a_failed_seed_is_exit_code_1(capsys, tmp_path):
    code, out, _ = call(
        capsys, "train", "--n", 4, "--m", 8, "--optimiser", "SGD", "--lr", 1e6, "--steps", 50,
        "--device", "cpu", "--json", "--quiet",
    )  # fmt: skip
    assert code == 1
    assert json.loads(out)["seeds"][0]["outcome"] == "diverged"


def test_help_and_version(capsys):
    assert "simulate" in call(capsys)[1]
    assert call(capsys, "--version")[1].startswith("polysem ")
    for verb in ("simulate", "train", "census", "predict", "reproduce", "report", "doctor"):
        code, out, _ = call(capsys, verb, "--help")
        assert code == 0
        assert "Usage" in out


def test_doctor_checks_the_engine(capsys):
    code, out, _ = call(capsys, "doctor", "--json")
    assert code == 0
    assert json.loads(out)["self_check"]["passed"] is True


def test_variations_of_the_model_are_typed_as_laws_and_said_in_the_report(capsys, tmp_path):
    laws = ["--activation", "leaky:leak=0.1", "--importance", "geometric:ratio=0.9"]
    laws += ["--penalty", '{"power": 2, "l2": 0.1}', "--negative-overlap", "strength=0.1,pairs=all"]
    code, out, _ = call(capsys, *SIMULATE, *laws, "--out", tmp_path / "r", "--json")
    assert code == 0
    network = json.loads(out)["spec"]["network"]
    assert network["activation"] == {"kind": "leaky", "leak": 0.1}
    assert network["importance"] == {"kind": "geometric", "ratio": 0.9}
    assert (network["penalty"]["power"], network["penalty"]["l2"]) == (2, 0.1)
    assert network["negative_overlap"] == {"strength": 0.1, "pairs": "all"}
    page = (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert "activation: leaky, leak = 0.1; importance: geometric, ratio = 0.9" in page
    code, out, _ = call(capsys, *SIMULATE, "--activation", "tanh")
    assert "solved by the reference stepper: the engine follows" in out
    code, out, _ = call(capsys, *SIMULATE, *laws)
    assert "theory of the base model: With 6 features" in out


@pytest.mark.parametrize(
    ("law", "says"),
    [
        (["--activation", "leaky:leak"], "kind:name=value"),
        (["--activation", "leaky:leak=2"], "leak = 2 is not allowed"),
        (["--activation", "step"], "allowed are relu, leaky, shifted"),
        (["--activation", "tanh", "--method", "engine"], "use method 'auto' or 'reference'"),
        (["--penalty", "{power: 2"], "not JSON"),
        (["--penalty", "power=0.2"], "power = 0.2 is not allowed"),
        (["--importance", "list:each=[1]"], "there are n = 6 features"),
        (["--negative-overlap", "strength=1,pairs=[[0,9]]"], "from 0 to 5"),
    ],
)
def test_a_law_that_does_not_fit_is_explained_in_one_sentence(capsys, law, says):
    code, _, err = call(capsys, *SIMULATE, *law)
    assert code == 2
    assert says in err
    assert "Traceback" not in err


def test_check_is_reported_seed_by_seed(capsys, tmp_path, monkeypatch):
    code, out, _ = call(capsys, *SIMULATE, "--seeds", 2, "--check", "--json")
    assert [row["differing_winners"] for row in json.loads(out)["seeds"]] == [[], []]
    code, out, _ = call(
        capsys, *SIMULATE, "--seeds", 2, "--check", "--out", tmp_path / "r", "--no-report"
    )
    assert code == 0
    assert "0 of 12 features have different winners" in out
    import polysem
    from polysem._cli.verb_simulate import check_in_words

    run_ = polysem.load(tmp_path / "r")
    assert [solve["differing_winners"] for solve in run_.solves] == [[], []]
    run_.solves[1]["differing_winners"] = [2, 4]
    assert "2 of 12 features" in check_in_words(run_)
    assert "seed 1: 2, 4" in check_in_words(run_)


def test_a_device_that_does_not_fit_is_refused_before_a_folder_is_made(capsys, tmp_path):
    torch, out = pytest.importorskip("torch"), tmp_path / "r"
    missing = "mps" if torch.cuda.is_available() else "cuda"
    code, _, err = call(capsys, *SIMULATE, "--device", missing, "--out", out)
    assert code == 2
    assert f"The device '{missing}' isn't there" in err
    law = ["--activation", "abs", "--device", "cuda"]
    code, _, err = call(capsys, *SIMULATE, *law, "--out", out)
    assert code == 2
    assert "use device 'cpu'" in err
    assert not out.exists()
