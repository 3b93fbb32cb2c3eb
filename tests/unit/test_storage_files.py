"""Files are whole or absent; folders that are not ours are not touched."""

import errno
import os

import numpy as np
import pytest

from polysem._errors import BadInput, RunFailed
from polysem._storage.files import check_out, prepare_out, whole_file, write_text
from polysem._storage.weights import read_arrays, write_arrays


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RunFailed, match=r"no space left on device; .* kept"), whole_file(path) as t:
        t.write_text("half of the n")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_gone_is_a_run_that_failed(tmp_path):
    with pytest.raises(RunFailed, match="no such file or directory"):
        write_text(tmp_path / "gone" / "a.txt", "x")


@pytest.mark.parametrize("resume", [False, True])
def test_a_new_or_empty_folder_is_fine(tmp_path, resume):
    assert check_out(tmp_path / "new" / "deep", resume=resume) == tmp_path / "new" / "deep"
    assert check_out(tmp_path) == tmp_path
    assert check_out(None) is None
    assert not (tmp_path / "new").exists()


def test_a_full_folder_is_refused_and_overwrite_is_offered(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInput, match="not empty; .*--overwrite"):
        check_out(tmp_path)
    with pytest.raises(BadInput, match="not written by Polysem"):
        check_out(tmp_path, overwrite=True)
    prepare_out(tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_overwrite_replaces_a_run_of_ours(tmp_path):
    (tmp_path / "spec.json").write_text("{}")
    (tmp_path / "old.txt").write_text("old")
    assert check_out(tmp_path, overwrite=True) == tmp_path
    prepare_out(tmp_path, overwrite=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="is a file"):
        check_out(tmp_path / "file")
    with pytest.raises(BadInput, match="is a file"):
        check_out(tmp_path / "file" / "below")


def test_a_damaged_safetensors_file_is_named(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(b"not at all")
    with pytest.raises(BadInput, match=r"w\.safetensors.*not a whole safetensors file"):
        read_arrays(tmp_path / "w.safetensors")


def test_arrays_are_as_readable_as_any_other_file(tmp_path):
    write_arrays(tmp_path / "a.safetensors", {"a": np.arange(3.0)})
    write_text(tmp_path / "b.txt", "b")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.safetensors")["a"], [0, 1, 2])
