"""Priority of a process's disk access, for workers that must not slow down what others read and write."""

from __future__ import annotations

import ctypes
import os
import sys

_IOPRIO_SET_OF = {"x86_64": 251, "aarch64": 30, "ppc64le": 273}
"""Numbers of ioprio_set(2), for which the C library has no function, by machine."""

_WHO_PROCESS = 1  # from linux/ioprio.h
_CLASS_IDLE = 3 << 13  # from linux/ioprio.h


def read_when_idle() -> bool:
    """Let this process use disks only while nobody else does; return whether the system can do that."""
    number = _IOPRIO_SET_OF.get(os.uname().machine)
    if sys.platform != "linux" or number is None:
        return False
    failed: int = ctypes.CDLL(None).syscall(number, _WHO_PROCESS, 0, _CLASS_IDLE)
    return not failed
