"""What made a stored result: code, libraries, machine, time."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = ("numpy", "scipy", "numba", "torch", "pyarrow", "safetensors", "pydantic")


def provenance(**facts: Any) -> dict[str, Any]:
    """The record stored beside a result; `facts` (device, threads, seeds, …) are added to it."""
    return {
        "polysem": version("polysem"),
        **code_state(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        **facts,
    }


def version(name: str) -> str | None:
    """Installed version of a distribution, without importing it; None if it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def code_state() -> dict[str, Any]:
    """Commit and dirty flag of the checkout that Polysem runs from; None for an installed copy."""
    source = Path(__file__).resolve().parent
    commit = _git(source, "rev-parse", "HEAD")
    tracked = commit and _git(source, "ls-files", "--error-unmatch", Path(__file__).name)
    if not tracked:
        return {"commit": None, "dirty": None}
    return {"commit": commit, "dirty": bool(_git(source, "status", "--porcelain", "."))}


def _git(folder: Path, *arguments: str) -> str | None:
    """Output of a git command in `folder`, or None where git or a repository is missing."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
