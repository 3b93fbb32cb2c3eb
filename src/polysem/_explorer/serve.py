"""The server: which page answers where, at which address, and for whom."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import panel as pn
from tornado.web import RedirectHandler

from polysem._errors import BadInput
from polysem._explorer import memory, texts
from polysem._explorer.auth import TokenAuth
from polysem._explorer.links import asked
from polysem._explorer.page import page
from polysem._explorer.quiet import quiet
from polysem._explorer.shelf import Shelf
from polysem._explorer.views import VIEWS, Entry, Session, landing

LOOPBACK = ("127.0.0.1", "localhost")
USUAL_PORT = 5006
SHORTEST_TOKEN = 8
LOOK_FOR_CLOSED = 2000  # milliseconds between two looks for pages that were closed
KEEP_CLOSED = 5000  # milliseconds for which a page that lost its connection is kept
PING = 20  # seconds after which a browser that does not answer counts as gone


def maker(entry: Entry, shelf: Shelf) -> Callable[[], Any]:
    """What makes the page of a view for a new session."""

    def make() -> Any:
        view = entry.build(Session(asked(pn.state.session_args), shelf))
        notice = texts.html("")
        ready = threading.Event()  # what changes while a browser still builds a page may get lost
        pn.state.onload(ready.set)

        def tick() -> None:
            if not ready.is_set():
                return
            try:
                view.tick()
            except Exception as error:  # a page never falls silent; the log has the rest
                said = f"This page met something unforeseen ({type(error).__name__}: {error})."
                notice.object = texts.problem(f"{said} Load it again; the link keeps your choices.")
                raise

        pn.state.add_periodic_callback(tick, period=view.period)

        def closed(_: Any) -> None:
            view.close()
            memory.give_back_soon()

        pn.state.on_session_destroyed(closed)
        return page(entry, pn.Column(notice, view.layout, sizing_mode="stretch_width"))

    return make


def make_server(
    *,
    port: int | None = None,
    address: str = "127.0.0.1",
    token: str | None = None,
    folder: str | Path | None = None,
) -> Any:
    """The server, bound and not started; `server.port` says where.

    `folder` — whose results may be opened. `port` — 5006 if None, 0 for any free one. `address` —
    other than of this machine only with `port` and a `token` of at least 8 characters. Raises
    `BadInput`.
    """
    check_address(address, port, token)
    shelf = Shelf(folder)
    shelf.check()
    first = f"/{landing(shelf).slug}"
    port = free_port(address, USUAL_PORT if port is None else port)
    local = address in LOOPBACK
    origins = [f"{host}:{port}" for host in LOOPBACK] if local else [f"*:{port}"]
    extra: dict[str, Any] = {} if token is None else {"auth_provider": TokenAuth(token)}
    with interrupts_kept():
        server = pn.io.server.get_server(
            {entry.slug: maker(entry, shelf) for entry in VIEWS},
            port=port,
            address=address,
            websocket_origin=origins,
            extra_patterns=[("/", RedirectHandler, {"url": first, "permanent": False})],
            use_index=False,
            check_unused_sessions_milliseconds=LOOK_FOR_CLOSED,
            unused_session_lifetime_milliseconds=KEEP_CLOSED,
            **extra,
        )
    # Bokeh pings too, but waits for no answer: a sleeping laptop would keep its work running.
    server._tornado.settings |= {"websocket_ping_interval": PING, "websocket_ping_timeout": PING}
    quiet(server.io_loop.asyncio_loop)  # pyright: ignore[reportAttributeAccessIssue]  # tornado on asyncio
    return server


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """What Ctrl-C does is afterwards as it was: Panel takes it over for good, for all code."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def check_address(address: str, port: int | None, token: str | None) -> None:
    """Raise `BadInput` unless the address is of this machine, or a port and a token are given."""
    if port is not None and not 0 <= port <= 65_535:
        raise BadInput(f"--port {port} is not allowed: give a number from 0 to 65535.")
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise BadInput(f"--token is too short: give at least {SHORTEST_TOKEN} characters.")
    if address not in LOOPBACK and (not port or token is None):
        raise BadInput(
            f"--address {address} can be reached from other machines, so --port and --token are "
            "needed too, such as --port 5006 --token and a long random word."
        )


def free_port(address: str, port: int = 0) -> int:
    """This port, or any for 0. Raises `BadInput` if it cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise BadInput(
                f"The explorer cannot listen on {address}:{port} ({error.strerror}); give "
                "another --port, or --port 0 for any free one."
            ) from None
        return int(probe.getsockname()[1])


def warm_up() -> threading.Thread:
    """Load the engine's compiled kernels beside everything else, so that the first run is quick."""
    from polysem._flow import SimulateSpec, solve

    def work() -> None:
        spec = SimulateSpec.build(network={"n": 8, "m": 64, "l1": 0.1}, record={"what": ()})
        solve(spec, workers=1)

    thread = threading.Thread(target=work, name="polysem-warm-up", daemon=True)
    thread.start()
    return thread


def explore(server: Any, *, browser: bool = True) -> None:
    """Serve until interrupted; `browser` opens the page."""
    memory.keep_little()
    warm_up()
    server.start()
    if browser:
        server.io_loop.add_callback(server.show, "/")
    try:
        with interrupts_kept():
            wake = server.io_loop.asyncio_loop.call_soon_threadsafe
            signal.signal(signal.SIGINT, lambda *_: wake(server.io_loop.stop))
            server.io_loop.start()
    finally:
        server.stop()
