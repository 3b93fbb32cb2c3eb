"""The pictures of the explorer on docs/explorer.md, taken anew from the present code.

python -m _site.screens    (from docs/; `make docs-screens`; a minute, needs Chromium)

Computes a small sweep and a diagnosis, serves them, and looks at every view in a browser.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from _site.build import ROOT

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
GRID = {"axes": {"n": [8, 16, 32], "m": [16, 32, 64, 128, 256]}, "base": {"l1": 0.05}, "seeds": 16}
SHOTS = {
    # picture: page, the words to wait for, height
    "explorer": ("live?n=64&m=256&l1=0.005&seed=0&run=yes&speed=at+once", "Finished.", 1330),
    "explorer-results": ("results?folder=sweep&x=m&by=n&y=polysemantic", "Point", 1900),
    "explorer-neurons": ("neurons?folder=live", "Its strongest features", 860),
    "explorer-claims": ("claims?claim=03-malign-fate", "What becomes of a collision?", 900),
}
WIDTH, PATIENCE = 1280, 120_000  # pixels; milliseconds
COLOURS = 256
POINT = 7  # of the results, counted from the head of the list
EMPTY = "explorer-claims"  # served without a folder: the ledger that comes with Polysem


def results(folder: Path) -> None:
    """What the results and the neurons are pictures of."""
    import polysem

    polysem.sweep(GRID, folder / "sweep", weights=True)
    run = polysem.simulate(n=12, m=12, l1=0.05, seeds=1)
    polysem.diagnose(run, network=0).save(folder / "live")


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """`polysem explore` in a process of its own; the address of its pages."""
    command = [sys.executable, "-u", "-m", "polysem", "explore", *arguments]
    command += ["--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield next(word for line in process.stdout for word in line.split() if "://" in word)
        finally:
            process.terminate()


def take(browser: Any, address: str, name: str, folder: Path) -> None:
    """One picture."""
    path, words, height = SHOTS[name]
    page = browser.new_page(viewport={"width": WIDTH, "height": height})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address.rsplit('/', 1)[0]}/{path}")
    page.get_by_text(words).first.wait_for()
    if words == "Point":
        page.get_by_label(words).select_option(index=POINT)
        page.get_by_text("Weights of one network").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(3000)  # figures are drawn after their words
    page.screenshot(path=folder / f"{name}.png")
    page.close()
    smaller(folder / f"{name}.png")


def smaller(picture: Path) -> None:
    """With a palette: a third of the size, and nobody sees it."""
    from PIL import Image

    with Image.open(picture) as whole:
        few = whole.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1)
    few.save(picture, optimize=True)


def main(folder: Path) -> None:
    """All of them into `folder`."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("POLYSEM_BROWSER") or next(filter(None, map(which, BROWSERS)), None)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        results(Path(place))
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with served(place) as full, served() as empty:
            for name in SHOTS:
                take(browser, empty if name == EMPTY else full, name, folder)
        browser.close()


if __name__ == "__main__":
    main(ROOT / "docs")
