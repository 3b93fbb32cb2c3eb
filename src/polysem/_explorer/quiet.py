"""A browser that goes away in the middle of a message is no error; everything else is logged."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

GONE = (WebSocketClosedError, StreamClosedError)
SAID = "Failed sending message as connection was closed"  # Bokeh's and Panel's words for it
LOGGERS = ("bokeh.server.views.ws", "panel.io.document", "panel")


def about_others(record: logging.LogRecord) -> bool:
    """False for a log line which only says that a browser went away."""
    gone = record.exc_info is not None and isinstance(record.exc_info[1], GONE)
    return not gone and record.getMessage() != SAID


def on_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What an event loop does with an exception that nobody awaited."""
    if not isinstance(context.get("exception"), GONE):
        loop.default_exception_handler(context)


def quiet(loop: asyncio.AbstractEventLoop) -> None:
    """Say nothing when a tab is closed."""
    loop.set_exception_handler(on_exception)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(about_others)
