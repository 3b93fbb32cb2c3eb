"""Dask workers as SLURM jobs, by dask-jobqueue; docs/slurm.yaml is its configuration, explained."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any

from polysem._errors import BadInput, RunFailed, one_line
from polysem._sweep.dask_places import connected

LARGEST_FILE = 2**20
TEST_SECONDS = 60


def jobqueue() -> Any:
    """dask-jobqueue, without the handler of Ctrl-C that importing it puts in place of ours."""
    before = signal.getsignal(signal.SIGINT)
    import dask_jobqueue

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, before)
    return dask_jobqueue


class Slurm:
    """As many jobs as polysem.jobs of the configuration says, replaced when they end.

    `file` — a configuration laid over Dask's own (~/.config/dask, $DASK_CONFIG). Raises
    `BadInput` if it cannot be read, says too little, or no SLURM is here.
    """

    name = "slurm"

    def __init__(self, file: Path | None = None) -> None:
        jobqueue()  # its defaults become part of Dask's configuration
        self._file = {} if file is None else read_configuration(file)
        self.jobs, self._job = self._settings()
        self.waiting = (
            "No job of SLURM runs yet; waiting for one (squeue --me says why, and a job that "
            "ends at once leaves its reason in the log-directory of the configuration)."
        )
        self._cluster: Any = None
        self._settled: Any = None
        if which("sbatch") is None:
            raise BadInput("--cluster slurm needs sbatch, which is not installed here.")

    def open(self) -> Any:
        """Submit the jobs and connect; does not wait for them. Raises `RunFailed` if SLURM
        refuses."""
        from dask import config

        SLURMCluster = jobqueue().SLURMCluster
        # Jobs are made whenever one has ended, and read the configuration then.
        self._settled = config.set(config.merge(config.config, self._file))
        try:
            self._cluster = SLURMCluster(silence_logs="error")
            try_out(self._cluster.job_script())
            self._cluster.adapt(minimum_jobs=self.jobs, maximum_jobs=self.jobs)
        except (RuntimeError, ValueError, OSError, subprocess.SubprocessError) as error:
            self.close()
            raise RunFailed(one_line(f"SLURM refuses: {error}")) from None
        return connected(self._cluster, self.name)

    def close(self) -> None:
        """Cancel the jobs."""
        if self._cluster is not None:
            with suppress(TimeoutError):
                self._cluster.close()
            self._cluster = None
        if self._settled is not None:
            self._settled.__exit__(None, None, None)
            self._settled = None

    def threads(self) -> int | None:
        """Tasks at once when all jobs run."""
        return self.jobs * int(self._job["cores"])

    def _settings(self) -> tuple[int, Mapping[str, Any]]:
        """(jobs, settings of one job), checked."""
        from dask import config

        settings = config.merge(config.config, self._file)
        jobs, job = settings.get("polysem", {}).get("jobs", 1), settings["jobqueue"]["slurm"]
        if not (isinstance(jobs, int) and jobs > 0):
            raise BadInput(f"polysem.jobs = {jobs!r} is not allowed; a whole number is needed.")
        for name in ("cores", "memory"):
            if not job.get(name):
                raise BadInput(
                    f"The configuration of --cluster slurm does not say jobqueue.slurm.{name}; "
                    "see docs/slurm.yaml, and pass it as --cluster slurm:FILE."
                )
        return jobs, job


def try_out(script: str) -> None:
    """Ask SLURM whether it would take a job. Raises `RuntimeError` with its reason if not: a job
    refused later would be asked for again and again, and the sweep would wait for it."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        command = ["sbatch", "--test-only", file.name]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TEST_SECONDS, check=False
        )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"sbatch left with exit code {done.returncode}")


def read_configuration(path: Path) -> dict[str, Any]:
    """Settings of a YAML file, by a safe loader. Raises `BadInput`."""
    import yaml

    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{str(path)!r} has more than {LARGEST_FILE} bytes; it is no settings.")
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(one_line(f"{str(path)!r} cannot be read: {error}.")) from None
    if not isinstance(found, dict) or not isinstance(found.get("jobqueue"), dict):
        raise BadInput(f"{str(path)!r} has no settings under jobqueue: see docs/slurm.yaml.")
    return found
