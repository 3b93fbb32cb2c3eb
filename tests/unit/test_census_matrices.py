"""Reading matrices: what is accepted, and every refusal to the letter."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file

from polysem._census import take_census
from polysem._census.matrices import read_matrix
from polysem._errors import BadInput

W = np.arange(6, dtype=np.float32).reshape(2, 3) / 8


def refused(path, **kwargs) -> str:
    """The message, with the path cut to its name."""
    with pytest.raises(BadInput) as error:
        read_matrix(path, **kwargs)
    text = str(error.value).replace(f"{path.parent}/", "")
    assert "\n" not in text
    return text


def npy(tmp_path, array, name="w.npy", **kwargs):
    np.save(tmp_path / name, array, **kwargs)
    return tmp_path / name


def text(tmp_path, content, name="w.csv"):
    (tmp_path / name).write_bytes(content.encode())
    return tmp_path / name


def tensors(tmp_path, **arrays):
    save_file(arrays, tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


class TestNpy:
    def test_matrix_and_batch(self, tmp_path):
        end, start, info = read_matrix(npy(tmp_path, W))
        assert end.shape == (1, 2, 3)
        assert end.dtype == np.float32
        assert (end[0] == W).all()
        assert start is None
        assert (info.key, info.stored_shape, info.notes) == (None, (2, 3), ())
        assert read_matrix(npy(tmp_path, np.stack([W, W]))).end.shape == (2, 2, 3)

    @pytest.mark.parametrize(
        ("dtype", "expected"),
        [("<f2", "f4"), (">f4", "f4"), ("<f8", "f8"), ("<i4", "f8"), ("u1", "f8"), (">i8", "f8")],
    )
    def test_types(self, tmp_path, dtype, expected):
        end = read_matrix(npy(tmp_path, (8 * W).astype(dtype))).end
        assert end.dtype == np.dtype(expected)
        assert (end[0] == 8 * W).all()

    def test_transpose_turns_columns_into_features(self, tmp_path):
        found = read_matrix(npy(tmp_path, np.asfortranarray(W)), transpose=True)
        assert (found.end[0] == W.T).all()
        assert found.end.flags.c_contiguous
        assert found.info.transposed

    def test_not_a_matrix(self, tmp_path):
        rule = (
            "which is not a matrix; it must be (features, neurons) or (seeds, features, neurons)."
        )
        assert refused(npy(tmp_path, W[0])) == f"w.npy has shape (3,), {rule}"
        assert refused(npy(tmp_path, np.float32(1))) == f"w.npy has shape (), {rule}"
        assert refused(npy(tmp_path, W[None, None])) == f"w.npy has shape (1, 1, 2, 3), {rule}"

    def test_wrong_type(self, tmp_path):
        assert refused(npy(tmp_path, np.array([["a", "b"]]))) == (
            "w.npy holds <U1 values; encodings must be real numbers."
        )
        assert refused(npy(tmp_path, W * 1j)).startswith("w.npy holds complex64 values")
        assert refused(npy(tmp_path, W > 0)).startswith("w.npy holds bool values")
        record = np.zeros((2, 2), dtype=[("a", "f4")])
        assert "encodings must be real numbers" in refused(npy(tmp_path, record))

    def test_empty(self, tmp_path):
        message = "w.npy has shape (0, 3) and so holds no numbers."
        assert refused(npy(tmp_path, W[:0])) == message
        assert refused(text(tmp_path, "", "e.npy")) == "e.npy is empty (0 bytes)."

    def test_not_finite(self, tmp_path):
        bad = W.copy()
        bad[1, 2] = np.nan
        assert refused(npy(tmp_path, bad)) == (
            "w.npy has 1 value that is NaN or infinite, first nan at row 1, column 2 (counted "
            "from 0); remove or repair them."
        )
        bad[0, 1] = -np.inf
        assert refused(npy(tmp_path, np.stack([W, bad]))) == (
            "w.npy has 2 values that are NaN or infinite, first -inf at seed 1, row 0, column 1 "
            "(counted from 0); remove or repair them."
        )

    def test_pickled_objects_are_never_opened(self, tmp_path):
        opened = tmp_path / "opened"

        class Trap:
            def __reduce__(self):
                return (open, (str(opened), "w"))

        trap = np.array([[Trap()]], dtype=object)
        path = npy(tmp_path, trap, allow_pickle=True)
        message = "which can run code when"
        assert refused(path).startswith(f"w.npy holds pickled Python objects, {message} they are")
        (tmp_path / "p.npy").write_bytes(pickle.dumps(Trap()))
        assert refused(tmp_path / "p.npy").startswith(f"p.npy is a pickle, {message} it is opened")
        assert not opened.exists()

    def test_cut_short(self, tmp_path):
        path = npy(tmp_path, W)
        path.write_bytes(path.read_bytes()[:-5])
        assert refused(path) == (
            "w.npy is cut short: its header promises 24 bytes of numbers and 19 are there; copy "
            "or save it again."
        )
        path.write_bytes(path.read_bytes()[:40])
        assert refused(path).startswith("w.npy is corrupt: its header cannot be read (")

    @pytest.mark.parametrize("damage", [b"(2, -3)", b"((((((", b"'2', 3)", b"2L 3L\0\0"])
    def test_damaged_header(self, tmp_path, damage):
        path = npy(tmp_path, W)
        path.write_bytes(path.read_bytes().replace(b"(2, 3), "[: len(damage)], damage))
        assert refused(path).startswith("w.npy is corrupt: its header")

    def test_huge_promise_is_not_believed(self, tmp_path):
        path = npy(tmp_path, W)
        path.write_bytes(
            path.read_bytes().replace(b"(2, 3), }        ", b"(2000000, 3000000), }")[:140]
        )
        assert "is cut short" in refused(path)

    def test_other_files_under_that_name(self, tmp_path):
        np.savez(tmp_path / "w.npz", W)
        (tmp_path / "w.npz").rename(tmp_path / "z.npy")
        assert refused(tmp_path / "z.npy").startswith("z.npy is an archive (.npz or .zip)")
        assert refused(text(tmp_path, "1,2\n", "t.npy")).startswith("t.npy is not a .npy file")

    def test_no_keys(self, tmp_path):
        assert refused(npy(tmp_path, W), key="a") == (
            "w.npy holds one array without a name; leave out the key 'a'."
        )


class TestCsv:
    def test_plain_numbers(self, tmp_path):
        found = read_matrix(text(tmp_path, "1,2,3\n4,5.5,-6e-1\n"))
        assert found.end.tolist() == [[[1, 2, 3], [4, 5.5, -0.6]]]
        assert found.end.dtype == np.float64
        assert found.info.notes == ()

    @pytest.mark.parametrize(
        "content",
        [
            '"a",b\n1,2\n3,4\n',
            "\ufeffa,b\r\n1,2\r\n3,4\r\n",
            "\n\na,b\n1,2\n\n3,4",
            "0,1\n1,2\n3,4\n",
        ],
    )
    def test_header_is_left_out_and_said(self, tmp_path, content):
        found = read_matrix(text(tmp_path, content))
        assert found.end.tolist() == [[[1, 2], [3, 4]]]
        assert found.info.notes == ("The first row was taken as a header and left out.",)

    def test_unnamed_first_column_is_an_index(self, tmp_path):
        found = read_matrix(text(tmp_path, ",0,1\ncat,1,2\ndog,3,4\n"))
        assert found.end.tolist() == [[[1, 2], [3, 4]]]
        assert len(found.info.notes) == 2
        assert "taken as an index" in found.info.notes[1]

    def test_one_row_and_one_column_are_matrices(self, tmp_path):
        assert read_matrix(text(tmp_path, "1,2,3\n")).end.shape == (1, 1, 3)
        assert read_matrix(text(tmp_path, "1\n2\n")).end.shape == (1, 2, 1)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "w.csv is empty."),
            ("\n \n", "w.csv is empty."),
            ("a,b\n", "w.csv has a header row and no numbers below it."),
            ("1;2\n3;4\n", "w.csv separates its columns with semicolons; use commas."),
            ("1\t2\n", "w.csv separates its columns with tabs; use commas."),
            (
                "1,2\n3\n",
                "w.csv is not a matrix: the number of cells is 1 in line 2 and 2 in the first row.",
            ),
            (
                "a,b\n1,2\n3,x\n",
                "w.csv is not a matrix of numbers: line 3, column 2 holds 'x'; only the first row "
                "may hold names.",
            ),
            (
                "1,2\n,4\n",
                "w.csv is not a matrix of numbers: line 2, column 1 holds an empty cell; only the "
                "first row may hold names.",
            ),
            (
                "1,2\nnan,4\n",
                "w.csv has 1 value that is NaN or infinite, first nan at row 1, column 0 (counted "
                "from 0); remove or repair them.",
            ),
        ],
    )
    def test_refusals(self, tmp_path, content, message):
        assert refused(text(tmp_path, content)) == message

    def test_bytes_that_are_no_text(self, tmp_path):
        (tmp_path / "w.csv").write_bytes(b"\xff\xfe\x00\x81,")
        assert refused(tmp_path / "w.csv").startswith("w.csv is not text in UTF-8")
        (tmp_path / "w.csv").write_bytes(b"1,2\n3,\xff\n")
        assert refused(tmp_path / "w.csv").startswith("w.csv is not text in UTF-8")


class TestSafetensors:
    def test_only_matrix_is_found(self, tmp_path):
        found = read_matrix(tensors(tmp_path, bias=W[0], weight=W))
        assert found.info.key == "weight"
        assert (found.end[0] == W).all()

    def test_polysem_run_gives_start_and_end(self, tmp_path):
        start, end = np.stack([W, W]), np.stack([2 * W, np.full_like(W, np.nan)])
        found = read_matrix(tensors(tmp_path, start=start, end=end))
        assert found.start is not None
        assert (found.start == start).all()
        np.testing.assert_array_equal(found.end, end)  # a diverged seed is the census's business
        assert take_census(found.end, found.start).to_dicts()[1]["countable"] is False
        turned = read_matrix(tmp_path / "w.safetensors", transpose=True)
        assert turned.start is not None
        assert turned.start.shape == turned.end.shape == (2, 3, 2)

    def test_key_chooses(self, tmp_path):
        path = tensors(tmp_path, start=W[None], end=2 * W[None])
        found = read_matrix(path, key="start")
        assert found.start is None
        assert (found.end[0] == W).all()

    def test_missing_key_lists_what_is_there(self, tmp_path):
        path = tensors(tmp_path, weight=W, bias=W[0])
        assert refused(path, key="wieght") == (
            "w.safetensors has no tensor 'wieght' (did you mean 'weight'?); the tensors there: "
            "bias (3,), weight (2, 3)."
        )

    def test_ambiguous_file_lists_its_matrices(self, tmp_path):
        assert refused(tensors(tmp_path, a=W, b=W.T.copy(), c=W[0])) == (
            "w.safetensors holds 2 matrices; name one with key: a (2, 3), b (3, 2)."
        )
        many = {f"layer{i:03}": W for i in range(50)}
        assert refused(tensors(tmp_path, **many)).endswith("layer019 (2, 3) and 30 more.")
        assert refused(tensors(tmp_path, c=W[0])) == "w.safetensors holds no matrix: c (3,)."
        assert refused(tensors(tmp_path)) == "w.safetensors holds no matrix: none."

    @pytest.mark.parametrize(
        "dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int32, torch.uint8]
    )
    def test_types(self, tmp_path, dtype):
        values = (torch.arange(6).reshape(2, 3) * 3).to(dtype)
        save_torch_file({"first": torch.ones(5), "w": values}, tmp_path / "t.safetensors")
        found = read_matrix(tmp_path / "t.safetensors")
        wide = dtype in (torch.bfloat16, torch.float16)
        assert found.end.dtype == (np.float32 if wide else np.float64)
        assert (found.end[0] == values.double().numpy()).all()

    def test_bfloat16_equals_torch_bit_for_bit(self, tmp_path):
        values = torch.randn(40, 50, generator=torch.Generator().manual_seed(0)).bfloat16()
        save_torch_file({"w": values}, tmp_path / "t.safetensors")
        found = read_matrix(tmp_path / "t.safetensors")
        assert (found.end[0] == values.float().numpy()).all()
        assert found.info.stored_dtype == "BF16"

    def test_exotic_type(self, tmp_path):
        save_torch_file({"w": torch.ones(2, 2).to(torch.float8_e4m3fn)}, tmp_path / "t.safetensors")
        assert refused(tmp_path / "t.safetensors") == (
            "Tensor 'w' in t.safetensors is of type F8_E4M3; convert it to float32 first."
        )

    def test_not_finite_names_the_tensor(self, tmp_path):
        bad = W.copy()
        bad[0, 0] = np.inf
        assert refused(tensors(tmp_path, w=bad)).startswith(
            "Tensor 'w' in w.safetensors has 1 value that is NaN or infinite, first inf at row 0"
        )

    def test_vector_by_key(self, tmp_path):
        path = tensors(tmp_path, w=W, b=W[0])
        assert refused(path, key="b").startswith("Tensor 'b' in w.safetensors has shape (3,)")

    def test_corrupt(self, tmp_path):
        path = tensors(tmp_path, w=W)
        whole = path.read_bytes()
        for content in (whole[:-3], whole[:20], whole[:4], b"", whole + b"x", b"\xff" * 64):
            path.write_bytes(content)
            message = refused(path)
            assert message.startswith("w.safetensors is not a sound .safetensors file (")
            assert message.endswith("); copy or save it again.")

    def test_offsets_that_overlap_are_refused(self, tmp_path):
        entry = {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}
        header = json.dumps({"a": entry, "b": entry}).encode()
        path = tmp_path / "w.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
        assert "is not a sound .safetensors file" in refused(path, key="a")


class TestPaths:
    def test_missing(self, tmp_path):
        assert refused(tmp_path / "w.npy") == (
            "w.npy does not exist; give a .safetensors, .npy or .csv file."
        )

    def test_folder(self, tmp_path):
        assert (
            refused(tmp_path)
            == f"{tmp_path.name} is a folder, not a file; give the file inside it."
        )
        (tmp_path / "weights.safetensors").touch()
        assert refused(tmp_path).endswith("/weights.safetensors?")

    @pytest.mark.parametrize("name", ["w.txt", "w", "w.tsv"])
    def test_extension(self, tmp_path, name):
        extension = name[1:] or "(none)"
        assert refused(text(tmp_path, "1,2\n", name)) == (
            f"{name} has the extension {extension!r}; allowed are .safetensors, .npy and .csv."
        )

    def test_pickles_and_archives(self, tmp_path):
        assert refused(text(tmp_path, "", "model.pt")) == (
            "model.pt is a .pt file, which can run code when it is opened, so Polysem does not; "
            "save the matrix with safetensors.torch.save_file or numpy.save."
        )
        assert refused(text(tmp_path, "", "w.npz")) == (
            "w.npz is an archive of arrays; save the one matrix you mean with numpy.save as a "
            ".npy file."
        )

    def test_case_of_the_extension_does_not_matter(self, tmp_path):
        npy(tmp_path, W).rename(tmp_path / "W.NPY")
        assert read_matrix(str(tmp_path / "W.NPY")).end.shape == (1, 2, 3)

    def test_the_system_refuses(self, tmp_path, monkeypatch):
        path = npy(tmp_path, W)

        def denied(*_args, **_kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("pathlib.Path.open", denied)
        assert refused(path) == "w.npy cannot be read: Permission denied."
