"""Arrays as safetensors: no code is ever loaded with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from polysem._errors import BadInput
from polysem._storage.files import whole_file


def write_arrays(
    path: Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None
) -> None:
    """Write named arrays as one whole safetensors file."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with whole_file(path) as temporary:
        temporary.touch()
        readable_as_usual = temporary.stat().st_mode  # the library makes files for the owner only
        try:
            save_file(contiguous, temporary, metadata=dict(metadata or {}))
            temporary.chmod(readable_as_usual)
        except SafetensorError as error:  # how the library reports a full disk
            raise OSError(None, str(error)) from error


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read every array; raises `BadInput` if the file is not whole."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise BadInput(f"{str(path)!r} is not a whole safetensors file: {error}.") from None
