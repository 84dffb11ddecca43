"""A real Slurm of one node, on loopback, for as long as tests need it.

All of its files are in one folder; nothing of the system's own Slurm is read or written. It needs Debian's
packages slurmctld, slurmd, slurm-client and munge, and runs as any user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import wait_until

_PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scontrol", "scancel", "sinfo")
_PATH = "/usr/sbin:/sbin"

_CONFIGURATION = """\
ClusterName=uptest
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/munge.sock
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=64
MailProg=/bin/true
KillWait=2
MessageTimeout=2
MinJobAge=300
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=300
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=2000 State=UNKNOWN
PartitionName=test Nodes=node1 Default=YES MaxTime=INFINITE DefaultTime=00:10:00 State=UP OverSubscribe=NO
"""


class Cluster:
    """A Slurm of one node with four processors.

    Args:
        folder: Where its files are; its path must be short, for the sake of a socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        host = socket.gethostname().partition(".")[0]
        controller_port, node_port = _free_ports(2)
        for part in ("state", "spool", "munge"):
            (folder / part).mkdir()
        folder.chmod(0o755)
        (folder / "munge").chmod(0o711)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        configuration = _CONFIGURATION.format(
            host=host,
            user=pwd.getpwuid(os.geteuid()).pw_name,
            folder=folder,
            controller_port=controller_port,
            node_port=node_port,
        )
        (folder / "slurm.conf").write_text(configuration)
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}

    def start(self) -> None:
        """Start it, and return when its node takes jobs."""
        munge = self.folder / "munge"
        self._begin(
            "munged",
            [
                "--foreground",
                "--force",
                "--num-threads=2",
                f"--key-file={munge}/key",
                f"--socket={munge}/munge.sock",
                f"--pid-file={munge}/munged.pid",
                f"--log-file={munge}/munged.log",
                f"--seed-file={munge}/seed",
            ],
        )
        wait_until((munge / "munge.sock").exists, "munged answers")
        self.start_controller()
        self._begin("slurmd", ["-D", "-N", "node1", "-f", self.environment["SLURM_CONF"]])
        wait_until(lambda: self.node_state() in _READY, "it takes jobs", seen=self.node_state)

    def node_state(self) -> str:
        """Return how its node is."""
        return self.ask("sinfo", "-h", "-n", "node1", "-o", "%T").strip()

    def start_controller(self) -> None:
        """Start its controller, and return when that answers."""
        self._begin("slurmctld", ["-D", "-f", self.environment["SLURM_CONF"]])
        wait_until(lambda: "is UP" in self.ask("scontrol", "ping"), "the controller answers")

    def stop_controller(self) -> None:
        """Have nobody answer."""
        self._end("slurmctld")

    def ask(self, *words: str) -> str:
        """Return what one of its commands prints."""
        done = subprocess.run(
            words, env=os.environ | self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout

    def stop(self) -> None:
        """End its jobs and itself."""
        if "slurmctld" in self._daemons:
            jobs = self.ask("squeue", "-h", "-o", "%A").split()
            if jobs:
                self.ask("scancel", "--signal=KILL", "--full", *jobs)
                self.ask("scancel", *jobs)
                deadline = time.monotonic() + 10
                while self.ask("squeue", "-h") and time.monotonic() < deadline:
                    time.sleep(0.1)
        for name in ("slurmd", "slurmctld", "munged"):
            self._end(name)

    def _begin(self, program: str, arguments: Sequence[str]) -> None:
        path = shutil.which(program, path=f"{os.environ['PATH']}:{_PATH}")
        assert path is not None
        with open(self.folder / f"{program}.out", "ab") as output:
            self._daemons[program] = subprocess.Popen(
                [path, *arguments],
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _end(self, program: str) -> None:
        daemon = self._daemons.pop(program, None)
        if daemon is None:
            return
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(timeout=10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


_READY = ("idle", "mixed", "allocated", "completing")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running_slurm() -> Iterator[Cluster]:
    """Have a Slurm; skip the test where none can be started."""
    path = f"{os.environ['PATH']}:{_PATH}"
    missing = [program for program in _PROGRAMS if shutil.which(program, path=path) is None]
    if missing:
        pytest.skip(f"no Slurm here: {', '.join(missing)} not installed")
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = Cluster(folder)
    try:
        try:
            cluster.start()
        except (AssertionError, OSError) as error:
            pytest.skip(f"Slurm does not start here: {error}")
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
