"""Frames in which the processes of a scan report to the process that started it.

A frame is a letter and two numbers of eight bytes, the second of which is the number of bytes that follow.
"""

from __future__ import annotations

from enum import Enum
from struct import Struct

HEAD = Struct(">cQQ")
"""Header of a frame: its kind, a number, and the number of bytes that follow."""

WORTH_SHARING = 20_000
"""Number of runs from which two processes are faster than one."""

FOREIGN_WORTH_SHARING = 4000
"""The same of runs of other programs, each of which takes several times as long."""


class Frame(Enum):
    """Contents of a frame.

    Attributes:
        SHARED: That this process reads only half of the runs, and another one has to read the rest.
        LISTED: The number of runs, and if requested their names, each ending in NUL.
        VANISHED: The names of runs in the cache that do not exist any more.
        RUNS: The number of runs, and the runs, packed as in the cache.
        OTHERS: Names of runs that the receiver has to read itself, because they cannot be packed.
        LOOKED: The number of further runs that have been checked.
        GONE: The directory cannot be listed.
        DONE: All runs of this share have been checked.
    """

    SHARED = b"S"
    LISTED = b"L"
    VANISHED = b"V"
    RUNS = b"R"
    OTHERS = b"O"
    LOOKED = b"P"
    GONE = b"G"
    DONE = b"D"
