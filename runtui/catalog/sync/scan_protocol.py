"""Frames in which the processes of a scan report to the one that started it.

A frame is a letter and two numbers of eight bytes, the second of which says how many bytes follow.
"""

from __future__ import annotations

from enum import Enum
from struct import Struct

HEAD = Struct(">cQQ")
"""Header of a frame: its kind, a number, and how many bytes follow."""

WORTH_SHARING = 20_000
"""Number of runs from which on two processes are faster than one."""


class Frame(Enum):
    """Contents of a frame.

    Attributes:
        LISTED: How many runs there are, and where that was asked for their names, each ending in NUL.
        VANISHED: The names of runs in the cache that are not there any more.
        RUNS: So many runs, packed as in the cache.
        OTHERS: Names of runs that are to be read by whoever keeps them, because they cannot be packed.
        LOOKED: So many more runs have been looked at.
        GONE: The directory cannot be listed.
        DONE: All of this share has been looked at.
    """

    LISTED = b"L"
    VANISHED = b"V"
    RUNS = b"R"
    OTHERS = b"O"
    LOOKED = b"P"
    GONE = b"G"
    DONE = b"D"
