"""Bad files, in Python and on the command line: one sentence, and no code of a file ever runs."""

# pyright: reportOptionalMemberAccess=false

import json
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import save_file
from tests.unit.bad_input import N, diagnosed, one_sentence
from torch import nn

import polysem
from polysem import BadInput
from polysem._cli import run


@pytest.fixture
def x(rng):
    return rng.normal(size=(N, 5))


@pytest.fixture
def y(rng):
    return (rng.random((N, 3)) < 0.4).astype(float)


@pytest.fixture
def folder(tmp_path, x, y, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", x)
    np.save("y.npy", y)
    np.savez("both.npz", x=x, y=y)
    np.save("objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save("records.npy", np.zeros(3, dtype=[("a", "f4")]))
    np.save("empty.npy", np.zeros((0, 4)))
    np.save("line.npy", x[:, 0])
    save_file({"x": x, "y": y}, "two.safetensors")
    save_file({"x": x}, "x.safetensors")
    pd.DataFrame(x, columns=list("uvwxy"), index=[f"s{i}" for i in range(N)]).to_parquet(
        "x.parquet"
    )
    pd.DataFrame(y, columns=["a", "b", "c"]).to_parquet("y.parquet")
    pd.DataFrame({"a": ["u"] * N, "b": 1.0}).to_parquet("words.parquet")
    twice = pa.Table.from_arrays([pa.array(x[:, 0]), pa.array(x[:, 1])], names=["a", "a"])
    pq.write_table(twice, "twice.parquet")
    pq.write_table(pa.table({"a": [[1.0, 2.0]] * N}), "lists.parquet")
    torch.save({"model": {"w": torch.eye(4)}, "step": 3}, "one.pt")
    torch.save({"x": torch.from_numpy(x), "y": torch.from_numpy(y)}, "two.pt")
    torch.save(torch.eye(3, 4), "plain.pth")
    torch.save(nn.Linear(3, 4), "module.pt")
    torch.save({"lr": 0.1}, "nothing.ckpt")
    with open("code.pt", "wb") as file:
        pickle.dump(Evil(), file)
    with open("w.pkl", "wb") as file:
        pickle.dump(x, file)
    for name in ("cut.npy", "cut.safetensors", "cut.parquet", "cut.pt"):
        kind = name.split(".")[1]
        whole = {"npy": "x.npy", "safetensors": "x.safetensors", "parquet": "x.parquet"}
        data = (tmp_path / whole.get(kind, "one.pt")).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        (tmp_path / f"void.{kind}").write_bytes(b"")
        (tmp_path / f"text.{kind}").write_text("1,2\n3,4\n")
    (tmp_path / "w.csv").write_text("1,0\n0,1\n")
    (tmp_path / "sub.npy").mkdir()
    return tmp_path


class Evil:
    """Unpickled, it would leave a file behind."""

    def __reduce__(self):
        return open, ("ran.txt", "w")


FILES = [
    ("nothing.npy", "is not a file"),
    ("sub.npy", "is not a file"),
    ("x" * 300 + ".npy", "is not a file"),
    ("both.npz", "is a .npz file, which Polysem does not open"),
    ("w.pkl", "is a .pkl file, which Polysem does not open"),
    ("w.csv", "extension '.csv'; allowed are"),
    ("objects.npy", "holds no plain array of numbers"),
    ("records.npy", "must hold real numbers|1 axes"),
    ("empty.npy", r"no (features|samples) \(axis 0\)"),
    ("line.npy", "1 axes; it must have two"),
    ("cut.npy", "cut short"),
    ("cut.safetensors", "is not a sound .safetensors file"),
    ("cut.parquet", "is not a sound .parquet file"),
    ("cut.pt", "is no checkpoint that can be read without running its code"),
    ("void.npy", "is not a .npy file"),
    ("void.safetensors", "is not a sound .safetensors file"),
    ("void.parquet", "is not a sound .parquet file"),
    ("void.pt", "is no checkpoint"),
    ("text.npy", "is not a .npy file"),
    ("text.safetensors", "is not a sound .safetensors file"),
    ("text.parquet", "is not a sound .parquet file"),
    ("text.pt", "is no checkpoint"),
    ("words.parquet", "Column 'a' of .* holds .*string values"),
    ("lists.parquet", "Column 'a' of .* holds list<.*> values"),
    ("two.safetensors", r"holds 2 matrices; name one with key: x \(60, 5\), y \(60, 3\)"),
    ("two.pt", r"holds 2 matrices; name one with key: x \(60, 5\), y \(60, 3\)"),
    ("nothing.ckpt", "holds no matrix: none"),
    ("module.pt", "without running its code"),
    ("code.pt", "without running its code"),
]


@pytest.mark.parametrize(("name", "said"), FILES, ids=[name[:30] for name, _ in FILES])
def test_files_refused_in_python_and_on_the_command_line(name, said, folder, capsys):
    for given in ({"source": name}, {"activations": name, "labels": "y.npy"}):
        with pytest.raises(BadInput, match=said) as error:
            polysem.diagnose(**given)
        one_sentence(error.value)
    for arguments in ([name], ["--activations", "x.npy", "--labels", name]):
        assert run(["diagnose", *arguments, "--draws", "5"]) == 2
        out, err = capsys.readouterr()
        assert not out
        assert len(err.strip().splitlines()) == 1
        assert "Traceback" not in err
    assert not (folder / "ran.txt").exists()


def test_equal_names_in_a_parquet_file_are_told(folder):
    with pytest.raises(BadInput, match="neurons 0 and 1 .* are both called 'a'"):
        polysem.diagnose(activations="twice.parquet", labels="y.npy")


def test_checkpoints_of_tensors_are_read_as_they_are(folder, x, y):
    assert polysem.diagnose("one.pt", draws=5).source.startswith("Weights of 4 features on 4")
    assert polysem.diagnose("one.pt", key="model.w", draws=5).counts()["monosemantic"] == 4
    assert polysem.diagnose("plain.pth", draws=5).source.startswith("Weights of 3 features on 4")
    with pytest.raises(BadInput, match=r"no tensor 'w'; the tensors there: model.w \(4, 4\)"):
        polysem.diagnose("one.pt", key="w")
    wanted = diagnosed(x, y).to_dicts()
    for kind in ("safetensors", "pt"):
        found = diagnosed(f"two.{kind}", f"two.{kind}", key="x", labels_key="y")
        assert found.to_dicts() == wanted
    found = diagnosed("x.parquet", "y.parquet")
    assert [f.name for f in found.findings] == list("uvwxy")  # and no neuron of the row names
    assert found.profile.names == ("a", "b", "c")


def test_the_command_line_takes_names_keys_and_relatedness(folder, capsys):
    files = ["--activations", "two.pt", "--key", "x", "--labels", "two.safetensors",
             "--labels-key", "y", "--draws", "5", "--json", "--quiet"]  # fmt: skip
    np.save("alike.npy", np.eye(3))
    sides = {"w": np.eye(3), "o": np.eye(3), "b": np.zeros(3)}
    save_file(sides, "layer.safetensors")
    layer = ["layer.safetensors", "--key", "w", "--outgoing", "layer.safetensors",
             "--outgoing-key", "o", "--draws", "5", "--quiet"]  # fmt: skip
    assert run(["diagnose", *layer, "--bias", "layer.safetensors", "--bias-key", "b"]) == 0
    capsys.readouterr()
    assert run(["diagnose", *layer, "--outgoing-bias", "alike.npy"]) == 2
    assert "outgoing_bias has shape (3, 3); it must be (3,)" in capsys.readouterr().err
    for more, said in (
        (["--names", "p,q,r"], "correlate at 0.5"),
        (["--hierarchy", "2,2,-1"], "within 1 step"),
        (["--similarity", "alike.npy"], "of similarity 0.5"),
    ):
        assert run(["diagnose", *files, *more]) == 0
        assert said in json.dumps(json.loads(capsys.readouterr().out)["summary"])
    for more, said in (
        (["--names", "p,q"], "2 feature names for 3 features"),
        (["--names", "two.pt"], "no text file"),
        (["--hierarchy", "a"], "not a list of whole numbers"),
        (["--hierarchy", "1,0,-1"], "has a loop"),
        (["--hierarchy", "9,0,-1"], "names the parent 9"),
        (["--similarity", "x.npy"], "must be (features, features)"),
        (["--similarity", "alike.npy", "--hierarchy", "1"], "not both"),
        (["--outgoing", "x.npy"], "outgoing cannot be used"),
        (["--threshold", "nan"], "threshold"),
        (["--seed", "99999999999999999999"], "seed"),
        (["--draws", "-3"], "draws"),
    ):
        assert run(["diagnose", *files, *more]) == 2, more
        err = capsys.readouterr().err
        assert said in err
        assert len(err.strip().splitlines()) == 1
