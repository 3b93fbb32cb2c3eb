"""Saving a figure: whole files, the same bytes for the same numbers."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from polysem._errors import BadInput
from polysem._plots.mpl import publication
from polysem._storage.files import whole_file

NO_DATES = {
    "svg": {"Date": None, "Creator": "Polysem"},
    "pdf": {"CreationDate": None, "Creator": "Polysem", "Producer": "Polysem"},
    "png": {"Software": "Polysem"},
}


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write `figure` to `path` (.svg, .pdf or .png) and return it.

    Raises `BadInput` for another ending and `RunFailed` if the file cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in NO_DATES:
        raise BadInput(
            f"Figures are written as .svg, .pdf or .png, not {path.suffix!r}; rename {path.name!r}."
        )
    with publication(), whole_file(path) as temporary:
        figure.savefig(temporary, format=kind, metadata=NO_DATES[kind])
    return path
