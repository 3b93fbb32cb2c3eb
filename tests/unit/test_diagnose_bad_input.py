"""Bad arrays, walked through the tiers: one sentence, or a named row."""

# pyright: reportOptionalMemberAccess=false

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array
from tests.unit.bad_input import N, diagnosed, one_sentence
from torch import nn

import polysem
from polysem import BadInput, Relatedness
from polysem._cli import run


@pytest.fixture
def x(rng):
    return rng.normal(size=(N, 5))


@pytest.fixture
def y(rng):
    return (rng.random((N, 3)) < 0.4).astype(float)


# Activations and labels -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda x, y: (x.T, y), "Is activations transposed"),
        (lambda x, y: (x, y.T), "Is labels transposed"),
        (lambda x, y: (x, y[:-1]), r"has 60 samples and labels has 59 \(axis 0"),
        (lambda x, y: (x, np.concatenate([y, y])), r"has 60 samples and labels has 120 \(axis 0"),
        (lambda x, y: (x, y[:, 0]), "for one feature, or a column of 0 and 1 per class"),
        (lambda x, y: (x[:, 0], y), r"activations\[:, None\] for one of the neurons"),
        (lambda x, y: (x, np.array([["a", "b"]] * N)), "labels holds <U1 values"),
        (lambda x, y: (x.astype(object), y), "activations holds object values"),
        (lambda x, y: (x, [[2**80, 0]] * N), "labels holds object values"),
        (lambda x, y: (x + 1j, y), "holds complex128 values"),
        (lambda x, y: (x, np.full((N, 2), np.datetime64("2020-01-01"))), "holds datetime64"),
        (lambda x, y: (x[:0], y[:0]), r"no samples \(axis 0\)"),
        (lambda x, y: (x[:, :0], y), r"no neurons \(axis 1\)"),
        (lambda x, y: (x, y[:, :0]), r"no features \(axis 1\)"),
        (lambda x, y: (x[:3], y[:3]), "at least 4 are needed"),
        (lambda x, y: (1e200 * x, y), "whose squares are no numbers; divide"),
        (lambda x, y: (1e-200 * x, y), "whose squares are no numbers; divide"),
        (lambda x, y: (x, {"a": y}), "labels holds object values"),
        (lambda x, y: (x, None), "labels are missing"),
        (lambda x, y: (torch.zeros(N, 2, device="meta"), y), "activations, a Tensor, cannot be"),
        (lambda x, y: (x, pd.DataFrame({"a": ["u"] * N, "b": 1})), "Column 'a' holds .* values"),
        (lambda x, y: (x, pd.DataFrame(y, columns=["a", "b", "a"])), "both called 'a'"),
        (lambda x, y: (x, pd.DataFrame(y, columns=["a", "b", " "])), "has no name"),
    ],
)
def test_recordings_refused(spoil, said, x, y):
    with pytest.raises(BadInput, match=said) as error:
        diagnosed(*spoil(x, y))
    one_sentence(error.value)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "a", "b"], "both called 'a'"),
        (["a", None, "b"], "has no name"),
        (["a", "\t\n", "b"], "has no name"),
        ([], "0 feature names for 3 features"),
        ("abc", "names of features are str; give a list of 3"),
        (7, "names of features are int; give a list of 3"),
    ],
)
def test_names_refused(names, said, x, y):
    with pytest.raises(BadInput, match=said):
        diagnosed(x, y, names=names)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"related": np.eye(3)}, "related is ndarray; give polysem.Relatedness"),
        ({"related": Relatedness.none(4)}, "relatedness knows 4 features and there are 3"),
        ({"site": "a"}, "site cannot be used with activations with labels"),
        ({"loss": print}, "loss cannot be used with activations with labels"),
        ({"outgoing": np.eye(3)}, "outgoing cannot be used with"),
        ({"bias": np.ones(3), "outgoing_bias": 1}, "bias and outgoing_bias cannot be used with"),
        ({"key": "w"}, "key names a tensor of a file, and no file was given"),
        ({"draws": 0}, "draws = 0 is not allowed"),
        ({"draws": "many"}, "draws"),
        ({"seed": -1}, "seed = -1 is not allowed"),
        ({"seed": 2**64}, "seed = .* is not allowed"),
        ({"threshold": float("nan")}, "threshold"),
        ({"treshold": 0.7}, "did you mean 'threshold'"),
        ({"transpose": True}, "transpose belongs to weights, not to activations with labels"),
        ({"network": 1}, "network belongs to weights or a run, not to activations"),
        ({"init_caused": True}, "init_caused belongs to a run, not to activations"),
    ],
)
def test_arguments_refused(more, said, x, y):
    with pytest.raises(BadInput, match=said) as error:
        polysem.diagnose(activations=x, labels=y, **more)
    one_sentence(error.value)


DRAWN = ("one of each", "4 samples", "all activations NaN", "real and binary labels", "all zero")


def whole(found, tmp_path, drawn=True):
    """Everything a user can do with a diagnosis; nothing of it may fail or warn."""
    json.dumps(found.to_dicts(), allow_nan=False)
    assert len(found.findings) == sum(list(found.counts().values())[1:])
    if drawn:
        found.report(tmp_path / "page.html")
        found.plot()
    again = polysem.load(found.save(tmp_path / "d", overwrite=True))
    assert again.to_dicts() == found.to_dicts()
    return "\n".join(found.summary())


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda x, y: (x[:, :1], y), id="one neuron"),
        pytest.param(lambda x, y: (x, y[:, :1]), id="one feature"),
        pytest.param(lambda x, y: (x[:, :1], y[:, :1]), id="one of each"),
        pytest.param(lambda x, y: (x[:4], np.eye(4)[:, :2] + np.eye(4)[:, 2:]), id="4 samples"),
        pytest.param(lambda x, y: (x[:5], y[:5]), id="5 samples"),
        pytest.param(lambda x, y: (0 * x, y), id="every neuron constant"),
        pytest.param(lambda x, y: (x * np.nan, y), id="all activations NaN"),
        pytest.param(lambda x, y: (x, 0 * y), id="every label of one class"),
        pytest.param(lambda x, y: (x, np.where(y > 0, np.inf, np.nan)), id="labels that are none"),
        pytest.param(lambda x, y: (np.where(x > 1, np.inf, x), y), id="some infinite"),
        pytest.param(lambda x, y: ((x > 0), y.astype(bool)), id="booleans"),
        pytest.param(lambda x, y: ((9 * x).astype(np.int8), y.astype(np.uint8)), id="bytes"),
        pytest.param(lambda x, y: (x.astype(np.float16), 5 * y - 7), id="halves; labels -7 and -2"),
        pytest.param(lambda x, y: (x.astype(np.longdouble), y.astype(">f8")), id="other floats"),
        pytest.param(lambda x, y: (1e30 * x.astype(np.float32), y), id="large float32"),
        pytest.param(lambda x, y: (1e-30 * x.astype(np.float32), y), id="small float32"),
        pytest.param(lambda x, y: (x, np.c_[y, y[:, 0], 1 - y[:, 1]]), id="labels twice"),
        pytest.param(lambda x, y: (x, np.c_[y, x[:, 0]]), id="real and binary labels"),
        pytest.param(lambda x, y: (x, x[:, :2]), id="neurons as labels"),
        pytest.param(lambda x, y: (x, np.tile(np.eye(N), 3)[:, :90]), id="more features"),
        pytest.param(lambda x, y: (csr_array(np.maximum(x, 0)), csr_array(y)), id="sparse"),
        pytest.param(lambda x, y: (x.tolist(), y.astype(int).tolist()), id="lists"),
        pytest.param(lambda x, y: (np.asfortranarray(x)[::-1], y), id="strides"),
        pytest.param(lambda x, y: (np.maximum(x, 2.9), y), id="nearly silent neurons"),
    ],
)
def test_odd_recordings_go_through(spoil, x, y, tmp_path, request):
    """Whatever cannot be assessed is named; everything else is diagnosed and stored."""
    x, y = spoil(x, y)
    found = diagnosed(x, y)
    whole(found, tmp_path, request.node.callspec.id in DRAWN)
    bad = [f for f in found.findings if f.verdict == "not assessable"]
    assert all(f.evidence.endswith(".") for f in bad)
    assert (
        bool(found.problems) == (not np.isfinite(found.profile.measures["auroc"]).all())
        or (found.profile.feature < 0).any()
    )


def test_missing_values_of_frames_and_masks_are_named(x, y):
    frame = pd.DataFrame(y, columns=["a", "b", "c"]).astype({"a": bool, "b": "Int64"})
    frame.loc[3, "b"] = pd.NA
    mask = np.zeros(x.shape, bool)
    mask[7, 2] = True
    found = diagnosed(np.ma.array(x, mask=mask), frame)
    assert [str(p).split(", the")[0] for p in found.problems] == [
        "neuron 2: not assessable: 1 of 60 values is NaN or infinite",
        "feature b: not assessable: 1 of 60 values is NaN or infinite",
    ]
    assert found.findings[2].verdict == "not assessable"


def test_hostile_names_are_shown_as_they_are(x, y, tmp_path, capsys):
    turned = "ünïcödé 🐈\x1b[31m\nline \u202eback"
    names = ["[red]<script>alert(1)</script>$x_", turned, "\ud800" + "n" * 400]
    x[:, 0] += 9 * y[:, 0] + 9 * y[:, 1]
    found = diagnosed(x, y, names=names)
    said = whole(found, tmp_path) + "".join(found.profile.names)
    assert not {"\x1b", "\u202e"} & set(said)
    assert "<script>alert" not in (tmp_path / "page.html").read_text(encoding="utf-8")
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    (tmp_path / "names.txt").write_text("[red]a[/red]\n$b$\nc;,<d>\n", encoding="utf-8")
    arguments = ["--activations", "x.npy", "--labels", "y.npy", "--names", "names.txt"]
    paths = [str(tmp_path / a) if "." in a else a for a in arguments]
    assert run(["diagnose", *paths, "--draws", "10", "--quiet"]) == 0
    assert "[red]a[/red]" in capsys.readouterr().out


# Weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "more", "said"),
    [
        (np.ones(3), {}, "1 axes; it must have two"),
        (np.ones((2, 3, 4, 5)), {}, "4 axes"),
        (np.ones((2, 3, 4)), {"network": 2}, "networks 0 to 1 .axis 0"),
        (np.eye(3), {"network": 1}, "network = 1 is not allowed: these weights are one network"),
        (np.eye(3), {"init_caused": True}, "init_caused belongs to a run, not to weights"),
        (nn.Linear(2, 2), {"transpose": True}, "transpose belongs to weights, not to a model"),
        (np.zeros((0, 3)), {}, "no features"),
        (np.zeros((3, 0)), {}, "no neurons"),
        (np.eye(3), {"outgoing": np.eye(4)}, "3 neurons .axis 1. and outgoing has 4"),
        (np.eye(3), {"bias": np.zeros(3)}, "bias needs outgoing weights .* and there are none"),
        (
            np.eye(3),
            {"outgoing": np.ones((3, 4)), "outgoing_bias": np.zeros(4)},
            "outgoing_bias needs .* the 3 features, and they lead to 4 outputs",
        ),
        (np.eye(3), {"outgoing": np.eye(3), "bias": [0, 1]}, r"shape \(2,\); it must be \(3,\)"),
        (np.eye(3), {"outgoing": np.eye(3), "bias": list("abc")}, "bias holds"),
        (
            np.eye(3),
            {"outgoing": np.eye(3), "outgoing_bias": [0, np.nan, 0]},
            r"outgoing_bias\[1\] = nan is not allowed; give finite numbers",
        ),
        (np.eye(3), {"bias_key": "b"}, "bias_key names a tensor of a file, and no file"),
        (np.eye(3), {"data": []}, "data belong to a torch.nn.Module"),
        (np.eye(3), {"names": ["a"]}, "1 feature names for 3"),
        (np.eye(3), {"related": Relatedness.none(2)}, "relatedness knows 2 features"),
        (1e150 * np.eye(3), {}, "whose squares are no numbers"),
        ({"w": np.eye(3)}, {}, "holds object values"),
        (len, {}, "holds object values"),
        (3, {}, "0 axes"),
    ],
)
def test_weights_refused(source, more, said):
    with pytest.raises(BadInput, match=said) as error:
        polysem.diagnose(source, **more)
    one_sentence(error.value)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(np.ones((1, 1)), id="one of each"),
        pytest.param(np.ones((1, 5)), id="one feature"),
        pytest.param(np.ones((5, 1)), id="one neuron"),
        pytest.param(np.zeros((4, 3)), id="all zero"),
        pytest.param(np.full((4, 3), np.nan), id="all NaN"),
        pytest.param(np.diag([1.0, np.inf, 2.0]), id="infinite"),
        pytest.param(np.eye(4, dtype=bool), id="booleans"),
        pytest.param(np.eye(4, dtype=np.int8)[:, :3] * 100, id="bytes"),
        pytest.param(torch.eye(4, dtype=torch.bfloat16, requires_grad=True), id="bfloat16"),
        pytest.param(np.eye(3, dtype=np.float32) * np.float32(1e30), id="large"),
        pytest.param(np.eye(3, dtype=np.float32) * np.float32(1e-30), id="small"),
        pytest.param(np.stack([np.eye(3), np.ones((3, 3))]), id="two networks"),
        pytest.param(pd.DataFrame(np.eye(3), columns=["u", "v", "w"]), id="a frame"),
        pytest.param([[1, -1, 0]] * 6, id="lists; all features on the same neurons"),
    ],
)
def test_odd_weights_go_through(source, tmp_path, request):
    whole(polysem.diagnose(source, draws=1), tmp_path, request.node.callspec.id in DRAWN)


def test_neurons_of_a_frame_keep_their_names():
    frame = pd.DataFrame([[1.0, 0, 0], [-1, 0, 0], [0, 0, np.nan]], columns=["u", "v", "w"])
    found = polysem.diagnose(frame, draws=10)
    assert [f.name for f in found.findings] == ["u", "v", "w"]
    assert str(found.problems[0]).startswith("neuron w: not assessable")
    turned = polysem.diagnose(frame, draws=10, transpose=True)
    assert turned.profile.names == ("u", "v", "w")


def test_warnings_are_errors_here():
    """The walk above would notice a warning."""
    with pytest.raises(RuntimeWarning):
        np.log(np.zeros(1))
    assert warnings.filters[0][0] == "error"
