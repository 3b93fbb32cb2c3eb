"""Reading a matrix of encodings from a file: rows are features, columns are neurons.

Nothing is ever unpickled. Every refusal is a `BadInput` of one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from polysem._census.csv_file import read_csv
from polysem._census.matrix_info import MatrixFile, MatrixInfo, Stored
from polysem._census.npy_file import read_npy
from polysem._census.safetensors_file import read_safetensors
from polysem._census.shapes import plain_float
from polysem._errors import BadInput, one_line
from polysem._types import Weights

READERS: dict[str, Callable[[Path, str | None], Stored]] = {
    ".safetensors": read_safetensors,
    ".npy": read_npy,
    ".csv": read_csv,
}
PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib")


def read_matrix(path: str | Path, key: str | None = None, *, transpose: bool = False) -> MatrixFile:
    """Read weights from a .safetensors, .npy or .csv file.

    `key` — which tensor of a .safetensors file; not needed if it holds one matrix, or is the
    `weights.safetensors` of a Polysem run, of which both `start` and `end` are read.
    `transpose` — True if the file's rows are neurons and its columns features.

    Returns `(end, start, info)`: the weights (seeds, n_features, n_neurons), the start in the same
    shape (None for anything but a Polysem run) and what was read. float16 and bfloat16 become
    float32, integers float64. Raises `BadInput` for what is not a finite matrix; only the seeds of
    a Polysem run may hold NaN (a diverged seed), which the census reports seed by seed.
    """
    path = Path(path)
    stored = _reader(path)(path, key)
    end = _weights(stored.end, stored.name(path), transpose)
    start = None
    if stored.start is not None:
        start = _weights(stored.start, f"Tensor 'start' in {path}", transpose)
    else:
        _refuse_not_finite(stored.end, stored.name(path))
    info = MatrixInfo(
        path=str(path),
        key=stored.key,
        stored_shape=stored.end.shape,
        stored_dtype=stored.dtype or str(stored.end.dtype),
        transposed=transpose,
        notes=stored.notes,
    )
    return MatrixFile(end, start, info)


def _reader(path: Path) -> Callable[[Path, str | None], Stored]:
    """The reader for this path's extension; `BadInput` if there is no such file or no reader."""
    suffix = path.suffix.lower()
    if path.is_dir():
        inside = path / "weights.safetensors"
        hint = f"did you mean {inside}?" if inside.is_file() else "give the file inside it."
        raise BadInput(f"{path} is a folder, not a file; {hint}")
    if not path.is_file():
        raise BadInput(f"{path} does not exist; give a .safetensors, .npy or .csv file.")
    if suffix in PICKLES:
        raise BadInput(
            f"{path} is a {suffix} file, which can run code when it is opened, so Polysem does "
            "not; save the matrix with safetensors.torch.save_file or numpy.save."
        )
    if suffix == ".npz":
        raise BadInput(
            f"{path} is an archive of arrays; save the one matrix you mean with numpy.save "
            "as a .npy file."
        )
    if suffix not in READERS:
        raise BadInput(
            f"{path} has the extension {suffix or '(none)'!r}; allowed are .safetensors, .npy "
            "and .csv."
        )
    return _guarded(READERS[suffix])


def _guarded(reader: Callable[[Path, str | None], Stored]) -> Callable[..., Stored]:
    """The reader with the system's refusals (no permission, disk error) said as `BadInput`."""

    def read(path: Path, key: str | None) -> Stored:
        try:
            return reader(path, key)
        except OSError as error:
            reason = one_line(error.strerror or str(error))
            raise BadInput(f"{path} cannot be read: {reason}.") from None
        except MemoryError:
            raise BadInput(f"{path} does not fit into memory.") from None

    return read


def _weights(array: np.ndarray, name: str, transpose: bool) -> Weights:
    """The array as contiguous (seeds, n_features, n_neurons) of float32 or float64."""
    if array.dtype.kind not in "fiu":
        raise BadInput(f"{name} holds {array.dtype} values; encodings must be real numbers.")
    if array.ndim not in (2, 3):
        raise BadInput(
            f"{name} has shape {array.shape}, which is not a matrix; it must be (features, "
            "neurons) or (seeds, features, neurons)."
        )
    if array.size == 0:
        raise BadInput(f"{name} has shape {array.shape} and so holds no numbers.")
    array = array if array.ndim == 3 else array[None]
    array = array.swapaxes(1, 2) if transpose else array
    return np.ascontiguousarray(array, dtype=plain_float(array.dtype))


def _refuse_not_finite(array: np.ndarray, name: str) -> None:
    """`BadInput` with the number of NaNs and infinities and the place of the first."""
    finite = np.isfinite(array)
    if finite.all():
        return
    place = tuple(int(i) for i in np.unravel_index(int(finite.argmin()), array.shape))
    axes = ("seed", "row", "column")[-array.ndim :]
    where = ", ".join(f"{axis} {i}" for axis, i in zip(axes, place, strict=True))
    count = int(array.size - np.count_nonzero(finite))
    values = "1 value that is" if count == 1 else f"{count} values that are"
    raise BadInput(
        f"{name} has {values} NaN or infinite, first {array[place]} at {where} (counted from 0); "
        "remove or repair them."
    )
