"""Many scripts in one fresh process, one after the other: importing and compiling happen once.

Warnings are errors. Each has a folder and names of its own, and the process is not the tests'.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

RUNNER = """
import contextlib, io, json, os, sys, traceback
for place, name in json.loads(sys.argv.pop()):
    os.chdir(place)
    with open(name, encoding="utf-8") as file:
        code = file.read()
    printed, wrong = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, name, "exec"), {"__name__": "__main__"})
    except BaseException:
        wrong = traceback.format_exc()
    print(json.dumps([printed.getvalue(), wrong]), flush=True)
"""


class Told(NamedTuple):
    """What a script printed, and its traceback; '' if it ended well."""

    printed: str
    wrong: str


def run(scripts: list[Path], folder: Path) -> dict[Path, Told]:
    """Every script → what came of it, as far as the process lived."""
    places = [folder / f"of-{i}" for i in range(len(scripts))]
    for place in places:
        place.mkdir()
    todo = [[str(place), str(script)] for place, script in zip(places, scripts, strict=True)]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER, json.dumps(todo)],
        env={k: v for k, v in os.environ.items() if k != "POLYSEM_CHECK_SHAPES"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = [Told(*json.loads(line)) for line in done.stdout.splitlines()]
    if len(found) < len(scripts):  # the process itself died
        found.append(Told("", done.stderr or f"exit code {done.returncode}"))
    return dict(zip(scripts, found, strict=False))
