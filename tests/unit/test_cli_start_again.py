"""The explorer's process has the allocator that gives memory back, unless told otherwise."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("panel")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.parametrize(("given", "found"), [(None, "malloc"), ("pymalloc", "pymalloc")])
def test_the_allocator_of_a_serving_process(given, found, monkeypatch):
    monkeypatch.delenv("PYTHONMALLOC", raising=False)
    if given is not None:
        monkeypatch.setenv("PYTHONMALLOC", given)
    command = [sys.executable, "-m", "polysem", "explore", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert re.search(r"http://\S+:\d+", process.stdout.readline())
        names = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
        assert f"PYTHONMALLOC={found}".encode() in names
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def test_other_commands_are_not_started_twice(monkeypatch):
    from polysem._cli import start_again as module

    begun = []
    monkeypatch.setattr(module.os, "execve", lambda *given: begun.append(given))
    monkeypatch.delenv("PYTHONMALLOC", raising=False)
    for arguments in ([], ["predict"], ["simulate", "explore"]):
        module.start_again(arguments)
    assert begun == []
    module.start_again(["explore", "--port", "0"])
    assert len(begun) == 1
