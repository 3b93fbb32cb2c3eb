"""What a recording, a layer or a file may hold, and how bad input is refused or named."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_tensors

from polysem._diagnose.inputs.arrays import column_names, matrix
from polysem._diagnose.inputs.files import read_array
from polysem._diagnose.inputs.layer import Layer
from polysem._diagnose.inputs.recording import Recording
from polysem._diagnose.mixed.pairs import epairs, pairs
from polysem._diagnose.nulls.labels import CountRule
from polysem._diagnose.selectivity.information import mutual_information
from polysem._diagnose.selectivity.measure import measure_selectivity
from polysem._diagnose.selectivity.relatedness import Relatedness
from polysem._diagnose.streaming.stream import stream_selectivity
from polysem._errors import BadInput

X = np.arange(24.0).reshape(8, 3) % 7
Y = np.array([[0, 1], [1, 1], [0, 0], [1, 0], [0, 1], [1, 0], [0, 0], [1, 1.0]])


@pytest.mark.parametrize(
    "values",
    [
        X,
        X.astype(np.float16),
        X.astype(int),
        X.tolist(),
        pd.DataFrame(X),
        torch.tensor(X, requires_grad=True),
        torch.tensor(X).to(torch.bfloat16),
    ],
)
def test_arrays_of_any_library(values):
    found = matrix(values, "activations", ("samples", "neurons"))
    assert found.dtype in (np.float32, np.float64)
    np.testing.assert_array_equal(found, X)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (X[:, 0], r"activations has shape \(8,\), 1 axes; it must have two, \(samples, neurons\)"),
        (X[None], r"shape \(1, 8, 3\), 3 axes"),
        (X[:0], r"shape \(0, 3\): no samples \(axis 0\)"),
        (X[:, :0], r"shape \(8, 0\): no neurons \(axis 1\)"),
        ([[1, 2], [3]], "rows of unequal length"),
        (np.array([["a"]]), "holds <U1 values"),
        (X + 1j, "holds complex128 values"),
    ],
)
def test_what_is_no_matrix_of_numbers(values, sentence):
    with pytest.raises(BadInput, match=sentence):
        matrix(values, "activations", ("samples", "neurons"))


@pytest.mark.parametrize(
    ("activations", "labels", "sentence"),
    [
        (X, Y[:7], r"activations has 8 samples and labels has 7 \(axis 0 of shapes"),
        (X.T, Y, "Is activations transposed"),
        (X, np.zeros((5, 8)), "Is labels transposed"),
        (X[:3], Y[:3], r"activations has 3 samples \(axis 0\); at least 4"),
    ],
)
def test_samples_must_fit(activations, labels, sentence):
    with pytest.raises(BadInput, match=sentence):
        Recording.of(activations, labels)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a"], r"1 feature names for 2 features \(axis 1\)"),
        (["a", " "], "feature 1 .* has no name"),
        (["a", None], "feature 1 .* has no name"),
        (["a", "a"], "features 0 and 1 .* are both called 'a'"),
    ],
)
def test_every_feature_needs_a_name_of_its_own(names, sentence):
    with pytest.raises(BadInput, match=sentence):
        Recording.of(X, Y, names)


def test_names_come_from_a_data_frame():
    assert Recording.of(X, pd.DataFrame(Y, columns=["cat", "dog"])).names == ("cat", "dog")
    assert column_names(None, X, 3, "neuron") == ("0", "1", "2")


def test_problems_are_named_and_nothing_else_changes():
    x, y = np.tile(X, 2), np.concatenate([Y, np.zeros((8, 5))], axis=1)
    x[:, 1] = 3
    x[2, 4], x[5, 4] = np.nan, np.inf
    y[3, 3] = np.nan
    y[4, 4] = 1
    y[:, 5] = Y[:, 0]
    y[:, 6] = 1 - Y[:, 1]
    found = Recording.of(x, y, list("abcdefg"))
    assert [str(row) for row in found.problems] == [
        "neuron 1: not assessable: its activation is 3 in all 8 samples.",
        "neuron 4: not assessable: 2 of 8 values are NaN or infinite, the first at row 2 (counted "
        "from 0).",
        "feature c: not assessable: its label is 0 in all 8 samples: one class only.",
        "feature d: not assessable: 1 of 8 values is NaN or infinite, the first at row 3 (counted "
        "from 0).",
        "feature e: not assessable: 1 of 8 samples is in its smaller class; at least 2 are needed.",
        "feature f: not assessable: it has the same labels as feature 'a', which is assessed.",
        "feature g: not assessable: it has the opposite labels of feature 'b', which is assessed.",
    ]
    assert found.usable("neuron").tolist() == [True, False, True, True, False, True]
    assert found.usable("feature").tolist() == [True, True, *[False] * 5]
    assert np.isnan(x[2, 4])  # the user's array is as it was
    measured = measure_selectivity(found)
    clean = measure_selectivity(Recording.of(x[:, [0, 2, 3, 5]], y[:, :2]))
    for name in ("auroc", "difference", "correlation", "information"):
        value = getattr(measured, name).value
        assert np.isnan(value[[1, 4]]).all()
        assert np.isnan(value[:, 2:]).all()
        np.testing.assert_allclose(value[[0, 2, 3, 5], :2], getattr(clean, name).value)
    np.testing.assert_allclose(
        measured.partial.value[[0, 2, 3, 5], :2], clean.partial.value, atol=1e-12
    )
    assert measured.problems[:7] == found.problems


def test_labels_of_two_values_are_recoded_and_real_ones_kept():
    y = np.c_[2 * Y[:, 0] - 1, np.linspace(0, 1, 8)]
    found = Recording.of(X, y)
    assert found.binary.tolist() == [True, False]
    np.testing.assert_array_equal(found.labels, np.c_[Y[:, 0], y[:, 1]])
    measured = measure_selectivity(found)
    for measure in (measured.auroc, measured.difference):
        assert np.isnan(measure.value[:, 1]).all()
    for measure in (measured.correlation, measured.partial, measured.information):
        assert np.isfinite(measure.value).all()
    assert [row.name for row in measured.problems] == ["AUROC", "standardised mean difference"]
    assert "real for 1." in measured.problems[0].reason


def test_a_one_hot_coding_names_the_measure_that_it_spoils(rng):
    classes = np.eye(3)[np.arange(30) % 3]
    measured = measure_selectivity(Recording.of(rng.standard_normal((30, 2)), classes, list("abc")))
    assert str(measured.problems[-1]) == (
        "measure partial correlation: not assessable: each is a linear combination of others: a, "
        "b, c."
    )
    assert np.isfinite(measured.auroc.value).all()
    assert (measured.auroc.low < measured.auroc.value).all()
    assert (measured.auroc.value < measured.auroc.high).all()


def test_too_few_samples_to_control_for_all_features(rng):
    y = np.eye(6)[[0, 0, 1, 1, 2, 2]][:, :3] + np.eye(6)[[3, 4, 3, 4, 3, 4]][:, 3:][:, [0, 1, 2]]
    y = np.c_[y[:, :2], rng.standard_normal((6, 4))]
    measured = measure_selectivity(Recording.of(rng.standard_normal((6, 2)), y))
    assert "6 samples are too few to control for 5 features" in str(measured.problems[-1])
    assert np.isnan(measured.partial.value).all()


def test_layer():
    W = np.arange(12.0).reshape(3, 4)
    out = np.ones((4, 2))
    assert Layer.of(W).outgoing is None
    W[1, 2], out[0, 1] = np.nan, np.inf
    found = Layer.of(W, out, ["a", "b", "c"])
    assert [row.index for row in found.problems] == [0, 2]
    assert not found.weights[:, [0, 2]].any()
    with pytest.raises(BadInput, match=r"weights has 4 neurons \(axis 1\) and outgoing has 2 .*tr"):
        Layer.of(W, out.T)
    with pytest.raises(BadInput, match="outgoing has shape"):
        Layer.of(W, np.ones(4))


def test_biases_of_a_layer():
    W = np.arange(12.0).reshape(3, 4)
    bias = np.array([0, 1, np.nan, 3])
    assert Layer.of(W, W.T).sides is None
    found = Layer.of(W, W.T, bias=bias[None])
    assert [(row.index, row.reason) for row in found.problems] == [
        (2, "its bias is NaN or infinite.")
    ]
    sides = found.sides
    assert sides is not None
    np.testing.assert_array_equal(sides.bias, [0, 1, 0, 3])
    np.testing.assert_array_equal(sides.outgoing_bias, np.zeros(3))
    assert not sides.into[:, 2].any()
    assert not sides.outgoing[2].any()
    assert np.isnan(bias[2])  # the caller's own is untouched
    W[0, 2] = np.inf
    assert "values" in Layer.of(W, W.T, bias=bias).problems[0].reason


def test_files(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "b.npy", Y.astype(bool))
    save_file({"x": X, "y": Y.astype(bool)}, tmp_path / "two.safetensors")
    save_file({"y": Y.astype(bool)}, tmp_path / "one.safetensors")
    save_tensors({"x": torch.tensor(X).to(torch.bfloat16)}, tmp_path / "half.safetensors")
    pq.write_table(pa.table({"cat": Y[:, 0].astype(bool), "dog": Y[:, 1]}), tmp_path / "y.parquet")
    assert isinstance(read_array(tmp_path / "x.npy").array, np.memmap)
    np.testing.assert_array_equal(read_array(tmp_path / "x.npy").array, X)
    np.testing.assert_array_equal(read_array(tmp_path / "b.npy").array, Y)
    np.testing.assert_array_equal(read_array(tmp_path / "two.safetensors", "x").array, X)
    np.testing.assert_array_equal(read_array(tmp_path / "two.safetensors", "y").array, Y)
    np.testing.assert_array_equal(read_array(tmp_path / "one.safetensors").array, Y)
    np.testing.assert_array_equal(read_array(tmp_path / "half.safetensors").array, X)
    table = read_array(tmp_path / "y.parquet")
    np.testing.assert_array_equal(table.array, Y)
    assert table.columns == ("cat", "dog")


def test_files_refused(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    np.save(tmp_path / "short.npy", X)
    whole = (tmp_path / "short.npy").read_bytes()
    (tmp_path / "short.npy").write_bytes(whole[:-9])
    (tmp_path / "text.npy").write_text("1,2")
    (tmp_path / "text.parquet").write_text("1,2")
    (tmp_path / "text.safetensors").write_text("1,2")
    (tmp_path / "model.pt").write_bytes(b"\x80\x04N.")
    (tmp_path / "x.txt").write_text("1")
    pq.write_table(pa.table({"a": ["x", "y"]}), tmp_path / "words.parquet")
    save_file({"x": X, "y": Y}, tmp_path / "two.safetensors")
    for name, key, sentence in (
        ("objects.npy", None, "holds no plain array of numbers"),
        ("short.npy", None, "cut short"),
        ("text.npy", None, "is not a .npy file"),
        ("text.parquet", None, "is not a sound .parquet file"),
        ("text.safetensors", None, "is not a sound .safetensors file"),
        ("model.pt", None, "no checkpoint that can be read without running its code"),
        ("x.txt", None, "extension '.txt'; allowed are .npy"),
        ("words.parquet", None, "Column 'a' of .* holds string values"),
        ("two.safetensors", None, "holds 2 matrices; name one"),
        ("two.safetensors", "z", "has no tensor 'z'"),
        ("short.npy", "z", "leave out the key"),
        ("none.npy", None, "is not a file"),
    ):
        with pytest.raises(BadInput, match=sentence):
            read_array(tmp_path / name, key)


def test_settings_out_of_range():
    recording = Recording.of(X, Y)
    for level in (0, 1, np.nan):
        with pytest.raises(BadInput, match=f"level = {level} is not allowed"):
            measure_selectivity(recording, level)
    for bins in (1, 256):
        with pytest.raises(BadInput, match=f"bins = {bins} is not allowed"):
            mutual_information(X, Y, bins)
    with pytest.raises(BadInput, match="bins = 1 is not allowed"):
        stream_selectivity([(X, Y)], bins=1)
    for threshold in (0.5, 1.1):
        with pytest.raises(BadInput, match=f"threshold = {threshold} is not allowed"):
            CountRule(threshold, Relatedness.none(2))
    for vectors, k, sentence in (
        (X[:, 0], 1, "it must be .neurons, dims."),
        (X * np.nan, 1, "NaN or infinity"),
        (X * 0, 1, "0 rows that are not zero"),
        (np.eye(4), 4, "k = 4 is not allowed: 4 vectors have 1 to 3"),
    ):
        for test in (pairs, epairs):
            with pytest.raises(BadInput, match=sentence):
                test(vectors, k=k, draws=2)
    with pytest.raises(BadInput, match="No number of neighbours"):
        pairs(X[:4, :2] + 1, target_angle=3.1)
