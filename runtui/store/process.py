"""Identity of a process, and whether it is still alive.

A pid alone says little: it is reused, and means nothing on another host or after a reboot. So a process
is named by host, boot, pid and start time together.
"""

from __future__ import annotations

import os
from functools import cache
from typing import NamedTuple


class ProcessIdentity(NamedTuple):
    """A process, identified beyond doubt.

    `boot_id` and `start_time` (clock ticks since boot) are empty and 0 where the system has no ``/proc``.
    """

    host: str
    pid: int
    boot_id: str
    start_time: int

    def as_json(self) -> dict[str, object]:
        """Return the identity as plain data for a file."""
        return {"host": self.host, "pid": self.pid, "boot_id": self.boot_id, "start_time": self.start_time}

    @classmethod
    def from_json(cls, data: object) -> ProcessIdentity | None:
        """Return the identity that `data` (as read from a file) describes, or None."""
        if not isinstance(data, dict):
            return None
        host, pid = data.get("host"), data.get("pid")
        boot_id, start_time = data.get("boot_id", ""), data.get("start_time", 0)
        if not (isinstance(host, str) and isinstance(boot_id, str)):
            return None
        if type(pid) is not int or type(start_time) is not int or pid <= 0:
            return None
        return cls(host, pid, boot_id, start_time)


@cache
def hostname() -> str:
    """Return this host's name, as the format's writers record it."""
    return os.uname().nodename


def username() -> str:
    """Return the calling user's name, or number where there is no name."""
    import getpass  # for few programs that read runs, and not loaded in an instant

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@cache
def boot_id() -> str:
    """Return the identity of this boot of the host, or ``""`` where there is none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _start_time(pid: int) -> int | None:
    """Return when a process started; None when it is gone or only waits to be reaped; 0 if unknown."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X") else int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        pass  # gone, without a /proc, or hidden from us (login nodes hide other users' processes)
    except (OSError, ValueError, IndexError):
        return 0
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except OSError:
        pass
    return 0


def this_process() -> ProcessIdentity:
    """Return the identity of the calling process."""
    return process_of(os.getpid())


def process_of(pid: int) -> ProcessIdentity:
    """Return the identity of a process of this host that is known not to have been reaped yet."""
    return ProcessIdentity(hostname(), pid, boot_id(), _start_time(pid) or 0)


def is_alive(process: ProcessIdentity) -> bool | None:
    """Return whether `process` still runs; None when this host cannot know (it ran elsewhere)."""
    if process.host != hostname():
        return None
    if process.boot_id and boot_id() and process.boot_id != boot_id():
        return False
    started = _start_time(process.pid)
    if started is None:
        return False
    return not (started and process.start_time) or started == process.start_time
