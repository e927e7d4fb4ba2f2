"""A Slurm cluster of one node on this machine, for as long as a command runs.

``python tests/slurm_cluster.py complimits batch GRID.yml --profile slurm`` starts
munged, slurmctld and slurmd in a temporary folder on free ports, as whoever runs
it and without systemd or cgroups, runs the command, and stops them again.
"""

from __future__ import annotations

import getpass
import os
import random
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")
"""Where the daemons are, which the path of a user may leave out."""
PACKAGES = Path(__file__).with_name("apt-slurm.txt")
NODE = "node"
NODE_OPTIONS = ("-D", "-N", NODE)
PORTS = range(20_000, 30_000)
"""Below those that the system gives to whoever asks for any."""
START_SECONDS = 30.0
CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
ReturnToService=1
KillWait=2
NodeName={node} NodeAddr=127.0.0.1 NodeHostname={host} CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=tests Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class ClusterError(RuntimeError):
    """Slurm cannot run here."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that runs.

    Attributes
    ----------
    folder : Path
        Configuration, state and logs.
    environment : dict of str to str
        Environment in which the commands of Slurm find it.
    daemons : dict of str to Popen
        What runs it, by name.
    """

    folder: Path
    environment: dict[str, str]
    daemons: dict[str, subprocess.Popen[bytes]]

    def run(self, command: str) -> str:
        """What a command of Slurm prints."""
        done = subprocess.run(
            shlex.split(command), env=self.environment, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()

    def node_state(self) -> str:
        """State of the node, such as ``idle`` or ``down``."""
        return self.run("sinfo --noheader --format=%T")

    def wait_for_node(self, *states: str, seconds: float = START_SECONDS) -> None:
        """Wait until the node is in one of some states."""
        end = time.monotonic() + seconds
        while (state := self.node_state()) not in states:
            if time.monotonic() > end:
                raise ClusterError(f"the node is {state} after {seconds:.0f} s, not {' or '.join(states)}")
            time.sleep(0.2)

    def fail_node(self) -> None:
        """Let the node fail as a power cut does: its daemon and all its jobs are gone, and the controller sees it."""
        node = self.daemons["slurmd"]
        os.killpg(node.pid, signal.SIGKILL)
        node.wait()
        _kill_processes(self.environment, of_jobs=True)
        self.run(f"scontrol update nodename={NODE} state=down reason=failed")

    def repair_node(self) -> None:
        """Start the node again."""
        self.daemons["slurmd"] = _start(self.folder, self.environment, "slurmd", *NODE_OPTIONS)
        self.run(f"scontrol update nodename={NODE} state=resume")
        self.wait_for_node("idle", "mixed", "allocated")


def missing_daemons() -> list[str]:
    """Daemons that are not installed."""
    return [name for name in DAEMONS if _program(name) is None]


@contextmanager
def running_cluster(folder: Path, cpus: int = 2) -> Iterator[Cluster]:
    """Start a cluster in an empty folder; stop it, with its jobs, whatever happens.

    Parameters
    ----------
    folder : Path
        For configuration, state and logs; its path must be short enough for a socket.
    cpus : int
        Processors that the node says it has.

    Raises
    ------
    ClusterError
        If a daemon is not installed, or does not come up.
    """
    if missing := missing_daemons():
        packages = " ".join(line for line in PACKAGES.read_text().splitlines() if not line.startswith("#"))
        raise ClusterError(f"no {', '.join(missing)}. As root: apt-get install --no-install-recommends {packages}")
    environment = _configure(folder, cpus)
    munge = folder / "munge"
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed", "log-file": "log"}
    options = [f"--{option}={munge / name}" for option, name in files.items()]
    cluster = Cluster(folder, environment, {})
    try:
        cluster.daemons["munged"] = _start(folder, environment, "munged", "--foreground", *options)
        _wait_for_file(cluster, munge / "socket")
        cluster.daemons["slurmctld"] = _start(folder, environment, "slurmctld", "-D")
        cluster.daemons["slurmd"] = _start(folder, environment, "slurmd", *NODE_OPTIONS)
        _wait_until_up(cluster)
        yield cluster
    finally:
        _stop(cluster)


def _configure(folder: Path, cpus: int) -> dict[str, str]:
    """Write the configuration, the key, and commands that know where they are."""
    for name in ("munge", "state", "spool", "bin"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    key = folder / "munge" / "key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    controller_port, node_port = _free_ports(2)
    configuration = folder / "slurm.conf"
    text = CONFIGURATION.format(
        node=NODE,
        host=socket.gethostname().partition(".")[0],
        user=getpass.getuser(),
        folder=folder,
        cpus=cpus,
        memory=memory,
        controller_port=controller_port,
        node_port=node_port,
    )
    configuration.write_text(text, encoding="utf-8")
    # The plugin runs srun in a job without the variables of Slurm, and so without the place of the configuration.
    srun = folder / "bin" / "srun"
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={configuration} exec {_program("srun")} "$@"\n', encoding="utf-8")
    srun.chmod(0o755)
    path = os.pathsep.join([str(srun.parent), os.environ["PATH"]])
    return {**os.environ, "SLURM_CONF": str(configuration), "PATH": path}


def _start(folder: Path, environment: dict[str, str], name: str, *options: str) -> subprocess.Popen[bytes]:
    program = _program(name)
    assert program
    with (folder / f"{name}.out").open("wb") as said:
        return subprocess.Popen(
            [program, *options],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _wait_until_up(cluster: Cluster) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        _check(cluster)
        with suppress(subprocess.CalledProcessError):
            if cluster.node_state() == "idle":
                return
        time.sleep(0.2)
    raise ClusterError(f"the node is not up after {START_SECONDS:.0f} s\n{_said(cluster.folder)}")


def _wait_for_file(cluster: Cluster, path: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not path.exists():
        _check(cluster)
        if time.monotonic() > end:
            raise ClusterError(f"no {path.name} after {START_SECONDS:.0f} s\n{_said(cluster.folder)}")
        time.sleep(0.1)


def _check(cluster: Cluster) -> None:
    for name, daemon in cluster.daemons.items():
        if daemon.poll() is not None:
            raise ClusterError(f"{name} ended\n{_said(cluster.folder)}")


def _said(folder: Path) -> str:
    """The last lines of what every daemon says."""
    logs = sorted(folder.glob("*.out"))
    return "\n".join(f"{log.name}:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]) for log in logs)


def _stop(cluster: Cluster) -> None:
    daemons = list(cluster.daemons.values())
    if len(daemons) == len(DAEMONS) and all(daemon.poll() is None for daemon in daemons):
        with suppress(subprocess.SubprocessError, OSError):
            cluster.run(f"scancel --user={getpass.getuser()}")
            _wait_for_jobs(cluster)
    for daemon in reversed(daemons):
        with suppress(ProcessLookupError):
            os.killpg(daemon.pid, signal.SIGTERM)
    for daemon in reversed(daemons):
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()
    _kill_processes(cluster.environment)


def _wait_for_jobs(cluster: Cluster, seconds: float = 10.0) -> None:
    """Wait until no job runs any more."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and cluster.run("squeue --noheader --states=running,completing"):
        time.sleep(0.2)


def _kill_processes(environment: dict[str, str], of_jobs: bool = False) -> None:
    """Kill what a cluster started, or only its jobs: all have its configuration in their environment."""
    mark = f"SLURM_CONF={environment['SLURM_CONF']}\0".encode()
    found: list[tuple[bool, int]] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            inherited, command = ((folder / name).read_bytes() for name in ("environ", "cmdline"))
            watches = command.startswith(b"slurmstepd")
            if mark in inherited and (watches or not of_jobs or b"\0SLURM_JOB_ID=" in inherited):
                found.append((not watches, int(folder.name)))
    for _, process in sorted(found):  # those that would tell the controller of the others' end first
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS]))


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens at, as the kernel lists them: tests may not open sockets."""
    lines = [line for table in ("tcp", "tcp6") for line in Path("/proc/net", table).read_text().splitlines()[1:]]
    taken = {int(line.split()[1].rpartition(":")[2], 16) for line in lines}
    return random.SystemRandom().sample(sorted(set(PORTS) - taken), count)


def main(command: list[str]) -> int:
    """Run a command in a cluster of its own."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        try:
            with running_cluster(Path(folder), os.cpu_count() or 1) as cluster:
                return subprocess.run(command, env=cluster.environment, check=False).returncode
        except ClusterError as error:
            print(error, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [os.environ.get("SHELL", "/bin/sh")]))
