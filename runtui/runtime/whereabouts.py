"""Which command a worker is at, in memory that it shares with its manager: known even when it was killed."""

from __future__ import annotations

import mmap
import os
import struct
import tempfile

_PID = struct.Struct("=q")


class Whereabouts:
    """The pid of the command that a worker is at, or 0.

    Args:
        descriptor: Of the shared memory.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _PID.size)

    @property
    def command(self) -> int:
        """The command's pid, and the id of its session, or 0."""
        pid: int = _PID.unpack_from(self._memory)[0]
        return pid

    def note(self, pid: int) -> None:
        """Note which command it is now."""
        _PID.pack_into(self._memory, 0, pid)

    def close(self) -> None:
        """Share it no longer."""
        self._memory.close()
        os.close(self.descriptor)


def new_whereabouts() -> Whereabouts:
    """Return memory that can be shared with a new process.

    Raises:
        OSError: There is none.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("runtui")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, _PID.size)
    return Whereabouts(descriptor)
