"""The explorer under load: many pages at once in a real browser, and its memory afterwards (Linux).

    python -m benchmarks.explorer_sessions [--sessions 20] [--rounds 2] [--redo]

A server in a process of its own; every page runs a network of 64 × 256. "warm" is the server's
physical memory after one page has run and closed, "peak" the most while all pages run, "after" once
all are closed. "first_change" is from the click on Run to the first picture, "answer" from a click
on Pause to the page's answer while 256 × 4096 is computed: seconds, in the browser, one page.
Needs playwright and Chromium.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._command import parser
from benchmarks._store import Found, Store
from benchmarks._table import flat_table

RUNNING = "live?n=64&m=256&l1=0.0005&seed={seed}&run=yes&speed=slow"
LARGE = "live?n=256&m=4096&l1=0.002&run=yes"
PATIENCE = 300  # seconds
FIRST_CHANGE = """button => new Promise(done => {
  const plot = Bokeh.documents.map(d => d.get_model_by_name("Weights W")).find(p => p)
  const began = performance.now()
  const seen = () => requestAnimationFrame(() => done((performance.now() - began) / 1000))
  plot.renderers[0].data_source.properties.data.change.connect(seen)
  button.click()
})"""
ANSWER = """button => new Promise(done => {
  const before = button.textContent, began = performance.now()
  new MutationObserver(() => { if (button.textContent !== before)
    done((performance.now() - began) / 1000) })
    .observe(button, {childList: true, characterData: true, subtree: true})
  button.click()
})"""


def memory(pid: int) -> float:
    """Physical memory of a process, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise SystemExit("This system does not tell the memory of a process (VmRSS).")


def threads(pid: int) -> int:
    """Threads of a process."""
    return len(os.listdir(f"/proc/{pid}/task"))


@contextmanager
def server() -> Iterator[tuple[int, str]]:
    """A running explorer: its process and address."""
    command = [sys.executable, "-m", "polysem", "explore", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+?:\d+", process.stdout.readline())
        assert found is not None
        yield process.pid, f"{found.group()}/"
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import sync_playwright
    from tests.browser.conftest import chromium

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


def settled(pid: int, quiet: Callable[[], bool]) -> float:
    """Memory once `quiet` and unchanged for longer than closed pages are kept."""
    end, seen = time.monotonic() + PATIENCE, list[float]()
    while time.monotonic() < end:
        time.sleep(3)
        seen = [*seen[-5:], memory(pid)] if quiet() else []
        if len(seen) > 5 and max(seen) - min(seen) < 1:
            return seen[-1]
    raise SystemExit("The server did not come to rest.")


def open_pages(shown: Any, address: str, count: int, pid: int) -> tuple[list[Any], float]:
    """Pages that all run, in contexts of their own, and the most memory meanwhile."""
    contexts, most = [], 0.0
    for seed in range(count):
        context = shown.new_context()
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(address + RUNNING.format(seed=seed))
        page.get_by_text("At the start").first.wait_for()
        most = max(most, memory(pid))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        most = max(most, memory(pid))
        time.sleep(0.5)
    return contexts, most


def load(sessions: int, rounds: int) -> Found:
    """Open and close all pages, `rounds` times."""
    with server() as (pid, address), browser() as shown:
        contexts, _ = open_pages(shown, address, 1, pid)
        contexts[0].close()
        idle = threads(pid)
        warm = settled(pid, lambda: threads(pid) <= idle)
        found: Found = {"sessions": sessions, "warm_mb": warm}
        for number in range(1, rounds + 1):
            contexts, most = open_pages(shown, address, sessions, pid)
            busy = threads(pid)
            for context in contexts:
                context.close()
            found |= {
                f"threads_{number}": busy,
                f"peak_mb_{number}": most,
                f"after_mb_{number}": settled(pid, lambda: threads(pid) <= idle),
            }
        return found


def response(repeats: int) -> Found:
    """Medians of the two waits of one page."""
    with server() as (_, address), browser() as shown:
        first, answer = [], []
        for seed in range(repeats + 1):  # the first one warms up
            page = shown.new_page()
            page.set_default_timeout(1000 * PATIENCE)
            page.goto(f"{address}live?n=64&m=256&l1=0.005&seed={seed}")
            first.append(page.get_by_role("button", name="Run").evaluate(FIRST_CHANGE))
            page.close()
        page = shown.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(address + LARGE)
        page.get_by_text("At t =").first.wait_for()
        pause = page.get_by_role("button", name=re.compile("Pause|Go on"))
        for _ in range(2 * repeats):
            answer.append(pause.evaluate(ANSWER))
            page.wait_for_timeout(700)
        return {
            "first_change": median(first[1:]),
            "first_change_most": max(first[1:]),
            "answer": median(answer),
            "answer_most": max(answer),
        }


def main(arguments: list[str] | None = None) -> None:
    options = parser(__doc__)
    options.add_argument("--sessions", type=int, default=20)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--repeats", type=int, default=5)
    given = options.parse_args(arguments)
    store = Store("explorer_sessions", given.results, given.redo)
    name = f"{given.sessions} sessions"
    parts = [
        store.part(name, partial(load, given.sessions, given.rounds)),
        store.part("response", partial(response, given.repeats)),
    ]
    for part in parts:
        print(flat_table("The explorer", [part]))


if __name__ == "__main__":
    main()
