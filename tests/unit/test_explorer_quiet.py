"""What the explorer says, and does not say, when a browser goes away; memory is given back."""

import asyncio
import logging

import pytest

pytest.importorskip("panel", reason="the explorer needs panel: pip install 'polysem[explorer]'")

from bokeh.server.connection import ServerConnection
from tornado.websocket import WebSocketClosedError

from polysem._explorer import memory
from polysem._explorer.quiet import SAID, on_exception, quiet


@pytest.fixture
def loop():
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_a_browser_that_went_away_is_not_logged_and_everything_else_is(loop, caplog):
    on_exception(loop, {"message": "never retrieved", "exception": WebSocketClosedError()})
    assert caplog.records == []
    on_exception(loop, {"message": "never retrieved", "exception": ValueError("a slip")})
    assert "never retrieved" in caplog.text
    assert "a slip" in caplog.text


def test_only_the_line_about_closed_connections_is_dropped(loop, caplog):
    quiet(loop)
    for name in ("bokeh.server.views.ws", "panel.io.document"):
        logging.getLogger(name).error(SAID)
        logging.getLogger(name).error("something else")
    assert [r.getMessage() for r in caplog.records] == ["something else"] * 2


def slip() -> None:
    raise AssertionError("a slip")


def test_a_message_for_a_closed_connection_is_not_logged_and_other_slips_are(loop, caplog):
    quiet(loop)
    closed = object.__new__(ServerConnection)
    closed._session = None
    for name in ("bokeh.server.protocol_handler", "tornado.application"):
        for act in (lambda: closed.session, slip):
            try:
                act()
            except AssertionError:
                logging.getLogger(name).error("a message", exc_info=True)
    assert ["a slip" in r.exc_text for r in caplog.records] == [True, True]


@pytest.mark.skipif(memory.glibc() is None, reason="only glibc on Linux can be told to")
def test_freed_memory_goes_back_to_the_system():
    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    memory.give_back()
    before = resident()
    blocks = [bytes(50_000) for _ in range(2_000)]  # too small for mappings of their own
    last = bytes(50_000)  # what keeps the heap from shrinking by itself
    held = resident()
    assert held - before > 80e6
    del blocks
    memory.give_back()
    assert resident() - before < 0.2 * (held - before)
    assert len(last) == 50_000


def test_pages_closed_together_are_given_back_once(loop, monkeypatch):
    calls = []
    monkeypatch.setattr(memory, "give_back", lambda: calls.append(1))
    monkeypatch.setattr(memory, "PATIENCE", 0.01)

    async def close_three() -> None:
        for _ in range(3):
            memory.give_back_soon()
        await asyncio.sleep(0.05)

    loop.run_until_complete(close_three())
    assert calls == [1]
    memory.give_back_soon()  # a server that has stopped
    assert calls == [1]
