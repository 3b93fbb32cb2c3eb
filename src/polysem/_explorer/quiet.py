"""A browser that goes away in the middle of a message is no error; everything else is logged."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

from bokeh.server.connection import ServerConnection
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

GONE = (WebSocketClosedError, StreamClosedError)
SAID = "Failed sending message as connection was closed"  # Bokeh's and Panel's words for it
SESSION: Any = ServerConnection.session.fget  # pyright: ignore[reportAttributeAccessIssue]
LOGGERS = (
    "bokeh.server.views.ws",
    "bokeh.server.protocol_handler",
    "panel.io.document",
    "panel",
    "tornado.application",
)


def gone(error: BaseException | None) -> bool:
    """True if an exception only says that a browser went away."""
    return isinstance(error, GONE) or _of_detached(error)


def _of_detached(error: BaseException | None) -> bool:
    """Bokeh asserts that a connection has a session, which one that is closed has no more."""
    if not isinstance(error, AssertionError):
        return False
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1] is SESSION.__code__


def about_others(record: logging.LogRecord) -> bool:
    """False for a log line which only says that a browser went away."""
    away = record.exc_info is not None and gone(record.exc_info[1])
    return not away and record.getMessage() != SAID


def on_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What an event loop does with an exception that nobody awaited."""
    if not gone(context.get("exception")):
        loop.default_exception_handler(context)


def quiet(loop: asyncio.AbstractEventLoop) -> None:
    """Say nothing when a tab is closed."""
    loop.set_exception_handler(on_exception)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(about_others)
