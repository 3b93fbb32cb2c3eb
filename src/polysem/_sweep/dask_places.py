"""Where Dask computes: `--cluster tcp://host:8786`, `local:4`, `slurm` or `slurm:FILE`."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from polysem._errors import BadInput, RunFailed, one_line

CONNECT_SECONDS = 10
ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^\s/]+:\d+")
NEEDS = {"slurm": ("distributed", "dask_jobqueue")}


class Place(Protocol):
    """A Dask cluster that may still have to be started.

    `name` — for people. `waiting` — what to say while it has no workers.
    """

    name: str
    waiting: str

    def open(self) -> Any:
        """A connected `distributed.Client`. Raises `RunFailed` if there is none to be had."""
        ...

    def close(self) -> None:
        """Stop what `open` started."""
        ...

    def threads(self) -> int | None:
        """Tasks at once, if that is known without starting anything."""
        ...


def place_of(cluster: str) -> Place:
    """The place of a `--cluster`. Raises `BadInput` if it is none, or if Dask is not installed."""
    kind, _, detail = cluster.partition(":")
    if ADDRESS.fullmatch(cluster):
        _check_installed(kind)
        return Existing(cluster)
    if kind == "local" and detail.isdecimal() and int(detail) > 0:
        _check_installed(kind)
        from polysem._sweep.dask_local import Local

        return Local(int(detail))
    if kind == "slurm" and (detail or ":" not in cluster):
        _check_installed(kind)
        from polysem._sweep.dask_slurm import Slurm

        return Slurm(Path(detail) if detail else None)
    raise BadInput(
        f"cluster = {cluster!r} is not allowed; use tcp://HOST:PORT of a Dask scheduler, local:4 "
        "(workers), slurm, or slurm:FILE (its configuration)."
    )


class Existing:
    """A scheduler that somebody else runs."""

    def __init__(self, address: str) -> None:
        self.name = address
        self.waiting = f"The Dask scheduler {address} has no workers; waiting for some."

    def open(self) -> Any:
        """A client of it."""
        return connected(self.name, self.name)

    def close(self) -> None:
        """Nothing: it was there before."""

    def threads(self) -> int | None:
        """Threads of its workers now."""
        client = self.open()
        try:
            return sum(client.nthreads().values())
        finally:
            client.close()


def connected(address: Any, name: str) -> Any:
    """A client of a scheduler or cluster. Raises `RunFailed` if it does not answer."""
    from distributed import Client

    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        said = one_line(str(error)) or type(error).__name__
        raise RunFailed(f"No Dask scheduler answers at {name}: {said}.") from None


def _check_installed(kind: str) -> None:
    for package in NEEDS.get(kind, ("distributed",)):
        if find_spec(package) is None:
            raise BadInput(
                f"--cluster {kind} needs the package {package}, which is not installed: "
                "pip install 'polysem[cluster]'."
            )
