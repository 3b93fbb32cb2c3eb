"""The whole site, apart from any other build.

python -m _site.build FOLDER    (from docs/; `make docs`)

Generated pages are written beside the sources, so each build works in a temporary copy of docs/;
what is finished takes the place of FOLDER at once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRIES = 20
INDEX = "index.html"
STRICT = ("-W", "--keep-going", "-q", "-b", "html")


def build(out: Path) -> int:
    """Build to `out`, warnings being errors; the exit code of Sphinx. `out` stays if it fails."""
    with tempfile.TemporaryDirectory(prefix="polysem-docs-") as place:
        docs, html = copy(Path(place)), Path(place) / "html"
        command = [sys.executable, "-m", "sphinx", *STRICT, "-d", Path(place) / "trees", docs, html]
        code = subprocess.run(command, check=False).returncode
        if code == 0:
            put(html, out)
    return code


def copy(place: Path) -> Path:
    """A copy of docs/, and links to what lies beside it."""
    docs = place / "docs"
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("_build", "generated"))
    for one in ROOT.iterdir():
        if one.name != "docs" and not one.name.startswith("."):
            (place / one.name).symlink_to(one)
    return docs


def put(html: Path, out: Path) -> None:
    """Move a finished site to `out`; the one that was there goes only then.

    Nothing but a site is ever replaced.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / INDEX).is_file()):
        raise SystemExit(f"{str(out)!r} holds something other than a site; choose another folder.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=out.parent) as place:
        new, old = Path(place) / "new", Path(place) / "old"
        shutil.copytree(html, new)
        for _ in range(TRIES):
            with contextlib.suppress(OSError):  # another build was quicker
                os.rename(out, old)
            shutil.rmtree(old, ignore_errors=True)
            with contextlib.suppress(OSError):
                os.rename(new, out)
                return
        raise SystemExit(f"Cannot put the site to {str(out)!r}; is it in use?")


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]).resolve()))
