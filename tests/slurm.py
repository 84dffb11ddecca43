"""A real Slurm of one node, on loopback, for as long as tests need it.

All of its files are in one folder; nothing of the system's own Slurm is read or written. It needs Debian's
packages slurmctld, slurmd, slurm-client and munge, for its accounting slurmdbd and mariadb-server-core as
well, and runs as any user.
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
_ACCOUNTING_PROGRAMS = ("slurmdbd", "mariadbd", "sacct")
_PATH = "/usr/sbin:/sbin"
_MEMORY = "/dev/shm"

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
{accounting}
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

_ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={accounting_port}
AccountingStoragePass={folder}/munge/munge.sock
"""

_ACCOUNTING_CONFIGURATION = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/munge.sock
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={accounting_port}
SlurmUser={user}
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database_port}
StorageUser={user}
StorageLoc=slurm
"""

_DATABASE_OPTIONS = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    # Without accounts of users it needs no tables of its own, which take most of the time to create.
    "--skip-grant-tables",
    # Nothing of it has to survive.
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite",
    "--innodb-log-file-size=4M",
    "--innodb-file-per-table=0",
)


class Cluster:
    """A Slurm of one node with four processors.

    Args:
        folder: Where its files are; its path must be short, for the sake of a socket.
        has_accounting: Whether it keeps accounts of its jobs.
    """

    def __init__(self, folder: Path, *, has_accounting: bool = False) -> None:
        self.folder = folder
        self._has_accounting = has_accounting
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._database = folder / "database"
        if has_accounting and os.access(_MEMORY, os.W_OK):
            # On a busy disk the database takes many times as long to begin.
            self._database = Path(tempfile.mkdtemp(prefix="slurm-", dir=_MEMORY))
        host = socket.gethostname().partition(".")[0]
        user = pwd.getpwuid(os.geteuid()).pw_name
        controller_port, node_port, self._accounting_port, self._database_port = _free_ports(4)
        for part in ("state", "spool", "munge"):
            (folder / part).mkdir()
        folder.chmod(0o755)
        (folder / "munge").chmod(0o711)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        accounting = _ACCOUNTING if has_accounting else "AccountingStorageType=accounting_storage/none"
        configuration = _CONFIGURATION.format(
            host=host,
            user=user,
            folder=folder,
            controller_port=controller_port,
            node_port=node_port,
            accounting=accounting.format(folder=folder, accounting_port=self._accounting_port).strip(),
        )
        (folder / "slurm.conf").write_text(configuration)
        if has_accounting:
            configuration = _ACCOUNTING_CONFIGURATION.format(
                folder=folder,
                user=user,
                accounting_port=self._accounting_port,
                database_port=self._database_port,
            )
            (folder / "slurmdbd.conf").write_text(configuration)
            (folder / "slurmdbd.conf").chmod(0o600)
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
        if self._has_accounting:
            self._start_accounting()
        self.start_controller()
        self._begin("slurmd", ["-D", "-N", "node1", "-f", self.environment["SLURM_CONF"]])
        wait_until(lambda: self.node_state() in _READY, "it takes jobs", seen=self.node_state)

    def _start_accounting(self) -> None:
        self._database.mkdir(exist_ok=True)
        self._begin(
            "mariadbd",
            [
                *_DATABASE_OPTIONS,
                f"--datadir={self._database}",
                f"--socket={self.folder}/database.sock",
                f"--port={self._database_port}",
                f"--pid-file={self.folder}/database.pid",
                *(["--user=root"] if os.geteuid() == 0 else []),
            ],
        )
        # A slurmdbd without a database waits for five seconds, a controller without a slurmdbd gives up.
        wait_until(lambda: _listens(self._database_port), "the database answers")
        self._begin("slurmdbd", ["-D"])
        wait_until(lambda: _listens(self._accounting_port), "accounts are kept")

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
        self._end("slurmd")
        for daemon in self._daemons.values():
            daemon.kill()  # what they would save is thrown away, and the controller takes seconds for it
        for daemon in self._daemons.values():
            daemon.wait()
        self._daemons.clear()
        shutil.rmtree(self._database, ignore_errors=True)

    def _begin(self, program: str, arguments: Sequence[str]) -> None:
        with open(self.folder / f"{program}.out", "ab") as output:
            self._daemons[program] = subprocess.Popen(
                [_path_of(program), *arguments],
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


def _path_of(program: str) -> str:
    path = shutil.which(program, path=f"{os.environ['PATH']}:{_PATH}")
    assert path is not None, f"{program} is not installed"
    return path


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running_slurm(*, has_accounting: bool = False) -> Iterator[Cluster]:
    """Have a Slurm; skip the test where none can be started.

    Args:
        has_accounting: Whether it keeps accounts of its jobs.
    """
    path = f"{os.environ['PATH']}:{_PATH}"
    programs = (*_PROGRAMS, *(_ACCOUNTING_PROGRAMS if has_accounting else ()))
    missing = [program for program in programs if shutil.which(program, path=path) is None]
    if missing:
        pytest.skip(f"no Slurm here: {', '.join(missing)} not installed")
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    cluster = Cluster(folder, has_accounting=has_accounting)
    try:
        try:
            cluster.start()
        except (AssertionError, OSError) as error:
            pytest.skip(f"Slurm does not start here: {error}")
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
