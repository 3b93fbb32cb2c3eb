"""Dask on this machine: a scheduler in this process, one Dask worker with several threads."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from distributed import Scheduler, SpecCluster
from distributed.deploy.subprocess import SubprocessWorker

from polysem._errors import RunFailed
from polysem._sweep.dask_places import connected

LOOPBACK = "127.0.0.1"
START_SECONDS = 120


def _about_others(record: logging.LogRecord) -> bool:
    """False for the scheduler's words on a worker that has gone, which the engine tells itself."""
    return "CommClosedError" not in record.getMessage()


class LocalWorker(SubprocessWorker):
    """A Dask worker, looked after by a nanny, that Ctrl-C on the terminal does not reach."""

    async def _start(self) -> None:
        wanted = {"cls": self.worker_class, "opts": self.worker_kwargs}
        command = ["-m", "dask", "spec", self.scheduler, "--spec", json.dumps(wanted)]
        paths = os.pathsep.join(path for path in sys.path if path)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env={**os.environ, "PYTHONPATH": paths},
            process_group=0,
        )

    def end(self) -> None:
        """Kill what a close that was interrupted has left."""
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Local:
    """`threads` tasks at once, each in a process of its own as everywhere."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self.name = f"local:{threads}"
        self.waiting = "The Dask worker on this machine does not start; waiting for it."
        self._cluster: Any = None

    def open(self) -> Any:
        """Start everything and connect. Raises `RunFailed` if the worker does not start."""
        logging.getLogger("distributed.scheduler").addFilter(_about_others)
        scheduler = {"host": LOOPBACK, "dashboard": False, "dashboard_address": f"{LOOPBACK}:0"}
        worker = {"cls": LocalWorker, "options": {"worker_kwargs": self._worker()}}
        self._cluster = SpecCluster(
            scheduler={"cls": Scheduler, "options": scheduler},
            workers={0: worker},
            worker=worker,
            silence_logs=logging.ERROR,  # pyright: ignore[reportArgumentType]  # a level
        )
        client = connected(self._cluster, self.name)
        try:
            client.wait_for_workers(1, timeout=START_SECONDS)
        except TimeoutError:
            client.close()
            self.close()
            raise RunFailed("The Dask worker on this machine does not start.") from None
        return client

    def _worker(self) -> dict[str, Any]:
        return {
            "host": LOOPBACK,
            "nthreads": self._threads,
            "memory_limit": "auto",
            "dashboard": False,
            "dashboard_address": f"{LOOPBACK}:0",
            "silence_logs": logging.ERROR,
        }

    def close(self) -> None:
        """Stop the workers and the scheduler."""
        if self._cluster is None:
            return
        workers = list(self._cluster.workers.values())
        try:
            self._cluster.close()
        finally:
            self._cluster = None
            for worker in workers:
                worker.end()

    def threads(self) -> int | None:
        """Tasks at once."""
        return self._threads
