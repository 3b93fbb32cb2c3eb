"""A real browser and a real server for the tests of this folder.

Ledger of skips: all of them are skipped where no Chromium is installed; `apt-get install
chromium-headless-shell` (or chromium) lifts it, as the Makefile does where it can.
"""

import asyncio
import os
import shutil
import threading
import time

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "no Chromium is installed: apt-get install chromium-headless-shell"
PATIENCE = 120_000  # milliseconds; other work may share the processor
FIRST_CHANGE = """button => new Promise(done => {
  const plot = Bokeh.documents.map(d => d.get_model_by_name("Weights W")).find(p => p)
  const began = performance.now()
  const seen = () => requestAnimationFrame(() => done((performance.now() - began) / 1000))
  plot.renderers[0].data_source.properties.data.change.connect(seen)
  button.click()
})"""
"""Seconds from a click on a button of the live view to the first picture of the weights."""


def live_threads() -> int:
    return sum(thread.name == "polysem-live" for thread in threading.enumerate())


def soon(condition, seconds=60) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def chromium() -> str | None:
    """Path of an installed Chromium."""
    return os.environ.get("POLYSEM_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser():
    if chromium() is None:
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


class Served:
    """A server in a thread of this process, so that a test can look at its sessions."""

    def __init__(self, **options):
        self._options = options
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_):
        self._loop.add_callback(self._stop)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _serve(self):
        from tornado.ioloop import IOLoop

        from polysem._explorer.serve import make_server, warm_up

        asyncio.set_event_loop(asyncio.new_event_loop())
        warm_up()
        self._server = make_server(**{"port": 0, **self._options})
        self.port, self._loop = self._server.port, IOLoop.current()
        self._server.start()
        self._loop.add_callback(self._ready.set)
        self._loop.start()

    def _stop(self):
        self._server.stop()
        self._loop.stop()

    def sessions(self) -> int:
        """Pages that the server still knows."""
        return len(self._server.get_sessions())

    def hang_up(self) -> None:
        """Cut every connection."""
        for client in list(self._server._tornado._clients):
            self._loop.add_callback(client._socket.close)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


@pytest.fixture(scope="session")
def serve():
    """`with serve(folder=…) as served:`, for modules that replace `served`."""
    pytest.importorskip("panel", reason="the explorer needs panel: pip install 'polysem[explorer]'")
    return Served


@pytest.fixture(scope="session")
def served(serve):
    with serve() as running:
        yield running


class Watched:
    """A page with everything it complained about and everything it asked for."""

    def __init__(self, context, served):
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.served = served
        self.errors, self.requests = [], []
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("websocket", lambda w: self.requests.append(w.url))

    def open(self, path):
        self.page.goto(self.served.url(path))
        return self

    def says(self, text):
        """Wait until the page shows a text."""
        self.page.get_by_text(text).first.wait_for()

    def words(self):
        """All words on the page, those in shadow roots too."""
        return self.page.evaluate(
            """() => { const all = []; const walk = node => {
                 if (node.nodeType === 3) all.push(node.nodeValue);
                 if (["STYLE", "SCRIPT"].includes(node.nodeName)) return;
                 if (node.shadowRoot) walk(node.shadowRoot);
                 node.childNodes.forEach(walk); };
               walk(document.body); return all.join(" "); }"""
        )

    def at_rest(self, seconds=0.5):
        """All words on the page, once they have stayed the same for a while."""
        seen = [self.words()]

        def stayed():
            self.page.wait_for_timeout(1000 * seconds)
            seen.append(self.words())
            return seen[-1] == seen[-2]

        assert soon(stayed)
        return seen[-1]

    def download(self, label, path):
        """Click a download and save it."""
        with self.page.expect_download() as download:
            self.page.get_by_text(label).first.click()
        download.value.save_as(path)
        return path

    def labels(self):
        """What figures say to those who cannot see them: first word → all words."""
        said = self.page.evaluate(
            """() => { const all = []; const walk = node => {
                 if (node.getAttribute?.("role") === "img" && node.ariaLabel)
                   all.push(node.ariaLabel);
                 if (node.shadowRoot) walk(node.shadowRoot);
                 node.childNodes.forEach(walk); };
               walk(document.body); return all; }"""
        )
        return {words.split()[0].rstrip(":"): words for words in said}

    def outside(self):
        """Requests that were not for this server."""
        own = (f"http://127.0.0.1:{self.served.port}/", f"ws://127.0.0.1:{self.served.port}/")
        return [url for url in self.requests if not url.startswith((*own, "data:", "blob:"))]


@pytest.fixture
def watched(browser, served):
    """Makes watched pages; at the end none of them has complained or asked outside."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, accept_downloads=True)
    pages = []

    def new():
        pages.append(Watched(context, served))
        return pages[-1]

    yield new
    context.close()
    for one in pages:
        assert one.errors == []
        assert one.outside() == []
