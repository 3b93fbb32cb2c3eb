"""Who may reach the explorer, and what the command line says."""

import asyncio
import signal
import socket
import subprocess
import sys
import time

import pytest

pytest.importorskip("panel", reason="the explorer needs panel: pip install 'polysem[explorer]'")

from polysem._cli import run
from polysem._errors import BadInput
from polysem._explorer.auth import same
from polysem._explorer.serve import check_address, free_port, make_server


@pytest.mark.parametrize(
    ("address", "port", "token", "words"),
    [
        ("0.0.0.0", None, None, "--port and --token"),
        ("0.0.0.0", 5006, None, "--token"),
        ("192.168.1.2", None, "long-enough-word", "--port"),
        ("0.0.0.0", 0, "long-enough-word", "--port"),
        ("127.0.0.1", 70_000, None, "from 0 to 65535"),
        ("0.0.0.0", 5006, "short", "at least 8"),
    ],
)
def test_other_machines_only_with_a_port_and_a_token(address, port, token, words):
    with pytest.raises(BadInput, match=words):
        check_address(address, port, token)


def test_what_is_allowed():
    check_address("127.0.0.1", None, None)
    check_address("localhost", 0, None)
    check_address("0.0.0.0", 5006, "long-enough-word")


def test_a_taken_port_is_one_sentence(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run(["explore", "--port", str(port), "--no-browser"]) == 2
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


def test_tokens_are_compared_whole():
    assert same("abcdefgh", "abcdefgh")
    assert not same("abcdefg", "abcdefgh")
    assert not same(None, "abcdefgh")
    assert not same("", "abcdefgh")


@pytest.mark.parametrize("token", [None, "long-enough-word"])
def test_requests_from_elsewhere_are_refused(token):
    """Without the token nothing is shown and no socket opened; other origins never are."""
    from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
    from tornado.websocket import websocket_connect

    async def look():
        server = make_server(port=free_port("127.0.0.1"), token=token)
        server.start()
        url = f"http://127.0.0.1:{server.port}"
        client = AsyncHTTPClient()
        answer = await client.fetch(f"{url}/live", follow_redirects=False, raise_error=False)
        assert answer.code == (200 if token is None else 302)
        if token is not None:
            wrong = await client.fetch(f"{url}/live?token=wrong-word", raise_error=False)
            assert b"Token, as given" in wrong.body
            right = await client.fetch(f"{url}/live?token={token}", follow_redirects=False)
            assert right.code == 200
            assert "HttpOnly" in right.headers["Set-Cookie"]
            assert "SameSite=Strict" in right.headers["Set-Cookie"]
            guess = await client.fetch(
                f"{url}/login", method="POST", body="token=guess", raise_error=False
            )
            assert guess.code == 403
        headers = {"Origin": "http://evil.example"}
        socket_url = f"ws://127.0.0.1:{server.port}/live/ws"
        with pytest.raises(HTTPClientError, match="403"):
            await websocket_connect(HTTPRequest(socket_url, headers=headers))
        server.stop()

    asyncio.run(look())


def test_a_server_leaves_ctrl_c_as_it_was():
    async def make():
        make_server(port=free_port("127.0.0.1")).stop()

    before = signal.getsignal(signal.SIGINT)
    asyncio.run(make())
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_ends_the_command_quietly():
    command = [sys.executable, "-m", "polysem", "explore", "--port", "0", "--no-browser"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as running:
        assert running.stdout is not None
        assert "The explorer is at" in running.stdout.readline()
        time.sleep(2)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "Traceback" not in errors
