"""A sweep on SLURM: a real controller, node daemon and munge on this machine, if installed."""

import os
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

import polysem
from polysem._errors import BadInput

if find_spec("dask_jobqueue") is None:
    pytest.skip("the extra polysem[cluster] is not installed", allow_module_level=True)

from polysem._sweep.dask_slurm import Slurm, jobqueue, read_configuration

DAEMONS = ("munged", "slurmctld", "slurmd")
SHIPPED = Path(__file__).resolve().parents[2] / "docs" / "slurm.yaml"
GRID = {"base": {"n": 8}, "axes": {"m": [8, 24], "l1": [0.05, 0.1]}, "seeds": 2}
CONFIGURATION = """\
ClusterName=polysem
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={port}
SlurmdPort={port1}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MailProg=/bin/true
SchedulerParameters=sched_interval=2
MinJobAge=60
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=1500 State=UNKNOWN
PartitionName=here Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
"""


def missing_daemons():
    """Why no SLURM can be started here; an empty text if it can."""
    absent = [name for name in DAEMONS if found(name) is None]
    if absent:
        return f"{', '.join(absent)} not installed (Debian: slurm-wlm, munge)"
    return "" if os.geteuid() == 0 else "a node daemon of SLURM needs root"


def found(name):
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


needs_slurm = pytest.mark.skipif(bool(missing_daemons()), reason=missing_daemons() or "-")


class OneNode:
    """munge, slurmctld and slurmd in one folder, as children of this process."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []

    def start(self, environment):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        port = 20000 + os.getpid() % 20000
        text = CONFIGURATION.format(
            folder=self.folder,
            host=socket.gethostname().split(".")[0],
            port=port,
            port1=port + 1,
            cpus=os.cpu_count(),
        )
        (self.folder / "slurm.conf").write_text(text)
        self._munge()
        self._daemon("slurmctld", "-D", environment=environment)
        self._daemon("slurmd", "-D", environment=environment)
        deadline, done = time.monotonic() + 60, None
        while time.monotonic() < deadline:
            done = subprocess.run(
                ["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True, text=True
            )
            if done.stdout.strip() in ("idle", "mixed"):
                return
            time.sleep(0.5)
        logs = "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))
        raise AssertionError(f"SLURM did not come up: {done}\n{logs}")

    def _munge(self):
        options = ["--foreground", "--force"]
        for name, file in (("key-file", "munge.key"), ("socket", "munge.socket")):
            options.append(f"--{name}={self.folder / file}")
        rest = ("pid", "log", "seed")
        options += [f"--{name}-file={self.folder / f'munge.{name}'}" for name in rest]
        self._daemon("munged", *options, environment=dict(os.environ))
        deadline = time.monotonic() + 20
        while not (self.folder / "munge.socket").exists() and time.monotonic() < deadline:
            time.sleep(0.1)

    def _daemon(self, name, *options, environment):
        path = found(name)
        assert path is not None
        with open(self.folder / f"{name}.said.log", "wb") as log:
            process = subprocess.Popen([path, *options], env=environment, stdout=log, stderr=log)
        self.processes.append(process)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """The environment in which sbatch finds a cluster of one node."""
    folder = tmp_path_factory.mktemp("slurm")
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    node = OneNode(folder)
    try:
        node.start(environment)
        yield environment
    finally:
        subprocess.run(["scancel", "-u", "root"], env=environment, capture_output=True)
        node.stop()


def configuration(path, **job):
    """The shipped settings for a small machine."""
    settings = read_configuration(SHIPPED)
    settings["polysem"]["jobs"] = 1
    small = {"cores": 1, "memory": "1GB", "walltime": "00:10:00"}
    settings["jobqueue"]["slurm"] |= small | job
    path.write_text(yaml.safe_dump(settings))
    return path


def jobs(environment):
    done = subprocess.run(
        ["squeue", "-h", "-o", "%i %T"], env=environment, capture_output=True, text=True
    )
    return [line.split() for line in done.stdout.splitlines()]


@needs_slurm
@pytest.mark.timeout(600)
def test_a_sweep_on_slurm_is_that_of_one_process(slurm, tmp_path):
    (tmp_path / "grid.yaml").write_text(yaml.safe_dump(GRID, sort_keys=False))
    settings = configuration(tmp_path / "slurm.yaml")
    command = [sys.executable, "-m", "polysem", "sweep", "grid.yaml", "--out", "far", "--quiet"]
    done = subprocess.run(
        [*command, "--cluster", f"slurm:{settings}"],
        env=slurm, capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    logs = "".join(path.read_text()[-3000:] for path in tmp_path.glob("slurm-logs/*"))
    assert done.returncode == 0, done.stderr + logs
    here = polysem.sweep(GRID, "here", workers=0)
    far = polysem.load("far")
    assert far.without_timings().equals(here.without_timings())
    deadline = time.monotonic() + 60
    while jobs(slurm) and time.monotonic() < deadline:
        time.sleep(1)
    assert jobs(slurm) == []  # nothing is left in the queue


@needs_slurm
@pytest.mark.timeout(600)
def test_a_cancelled_job_is_replaced_and_nothing_is_lost(slurm, tmp_path):
    grid = {"base": {"n": 32, "m": 32}, "axes": {"l1": {"geometric": [0.001, 0.002, 10]}}}
    (tmp_path / "grid.yaml").write_text(yaml.safe_dump(grid))
    settings = configuration(tmp_path / "slurm.yaml")
    command = [sys.executable, "-m", "polysem", "sweep", "grid.yaml", "--out", "far", "--quiet"]
    sweep = subprocess.Popen(
        [*command, "--cluster", f"slurm:{settings}"],
        env=slurm, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("far/parts/*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.1)
        (first, *_) = [job for job, state in jobs(slurm) if state == "RUNNING"]
        subprocess.run(["scancel", first], env=slurm, check=True)
        said, _ = sweep.communicate(timeout=150)
    finally:
        if sweep.poll() is None:
            sweep.kill()
    assert sweep.returncode == 0, said
    assert len(polysem.load("far")) == 10


@needs_slurm
def test_a_job_that_slurm_does_not_take_is_said_at_once(slurm, tmp_path):
    (tmp_path / "grid.yaml").write_text(yaml.safe_dump(GRID, sort_keys=False))
    settings = configuration(tmp_path / "slurm.yaml", queue="nowhere")
    command = [sys.executable, "-m", "polysem", "sweep", "grid.yaml", "--out", "far", "--quiet"]
    done = subprocess.run(
        [*command, "--cluster", f"slurm:{settings}"],
        env=slurm, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 1
    assert "SLURM refuses: " in done.stderr
    assert "invalid partition specified: nowhere" in done.stderr


def test_the_shipped_configuration_is_understood(tmp_path, monkeypatch):
    monkeypatch.setattr("polysem._sweep.dask_slurm.which", lambda name: "/usr/bin/sbatch")
    place = Slurm(SHIPPED)
    assert place.jobs == 2
    assert place.threads() == 4
    script = script_of(SHIPPED)
    assert "#SBATCH --cpus-per-task=2" in script
    assert "#SBATCH --mem=4G" in script
    assert "#SBATCH -t 01:00:00" in script
    assert "--nthreads 2" in script
    assert "--nworkers" not in script


def test_ctrl_c_stays_ours_when_the_library_is_loaded():
    """dask-jobqueue takes SIGINT when it is imported; in a process of its own, to see it fresh."""
    code = """if True:
        import signal
        from polysem._sweep.dask_slurm import jobqueue
        before = signal.getsignal(signal.SIGINT)
        jobqueue()
        assert signal.getsignal(signal.SIGINT) is before
    """
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def script_of(path):
    """The script of a job that dask-jobqueue makes of a configuration."""
    from dask import config

    jobqueue()
    from dask_jobqueue.slurm import SLURMJob

    with config.set(config.merge(config.config, read_configuration(path))):
        return SLURMJob(scheduler="tcp://127.0.0.1:1", name="x").job_script()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jobqueue: {slurm: {memory: 1GB}}", "does not say jobqueue.slurm.cores"),
        ("polysem: {jobs: none}\njobqueue: {slurm: {cores: 1, memory: 1GB}}", "polysem.jobs = "),
        ("a: [", "cannot be read"),
        ("a: 1", "has no settings under jobqueue"),
    ],
)
def test_configurations_that_say_too_little(tmp_path, text, message, monkeypatch):
    monkeypatch.setattr("polysem._sweep.dask_slurm.which", lambda name: "/usr/bin/sbatch")
    path = tmp_path / "slurm.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=message):
        Slurm(path)


def test_without_slurm_it_says_so(monkeypatch):
    monkeypatch.setattr("polysem._sweep.dask_slurm.which", lambda name: None)
    with pytest.raises(BadInput, match="needs sbatch, which is not installed here"):
        Slurm(SHIPPED)
