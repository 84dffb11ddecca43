"""Living within the memory that a login node allows its users (``ulimit -v``)."""

from __future__ import annotations

import resource
import sys
import threading
from functools import cache
from typing import NamedTuple

_M_ARENA_MAX = -8  # a parameter of mallopt(3), from malloc.h
_STACK = 8 << 20  # bytes
_LIMITS = {"ulimit -v": resource.RLIMIT_AS, "ulimit -d": resource.RLIMIT_DATA}


class Allowance(NamedTuple):
    """The memory that a process may have.

    Attributes:
        size: In bytes.
        told_by: The shell's command that shows and sets it.
    """

    size: int
    told_by: str

    def __str__(self) -> str:
        return f"`{self.told_by}` allows {self.size / 1e6:.0f} MB"


def memory_allowance() -> Allowance | None:
    """Return the memory that this process may have, or None where that is not limited."""
    limits = [Allowance(resource.getrlimit(kind)[0], name) for name, kind in _LIMITS.items()]
    return min((limit for limit in limits if limit.size != resource.RLIM_INFINITY), default=None)


@cache
def spare_memory() -> None:
    """Make threads take little address space where that is limited.

    By itself the C library sets 64 MiB aside for each thread that allocates, and for its stack what
    ``ulimit -s`` says: a dozen threads that use next to nothing take up all that there may be.
    """
    if memory_allowance() is None:
        return
    threading.stack_size(_STACK)
    if sys.platform == "linux":
        import ctypes  # not for those who may have what they want

        try:
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
        except (AttributeError, OSError):
            pass  # another C library, which sets nothing aside


def memory_variables() -> dict[str, str]:
    """Return the environment's variables by which a program that is started spares memory as well."""
    return {} if memory_allowance() is None else {"MALLOC_ARENA_MAX": "1"}


def want_of_memory(error: BaseException) -> str:
    """Return a message about an error that too little memory caused, in one line; ``""`` for any other."""
    if not isinstance(error, MemoryError) and str(error) != "can't start new thread":
        return ""
    allowance = memory_allowance()
    if allowance is None:
        return "out of memory, or of threads (`ulimit -u`): end other programs, and try again"
    return f"out of memory: {allowance}; raise that, and try again"
