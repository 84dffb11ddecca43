"""Dumps of stacks, registers and the memory, which programs write after they have said why they end.

Sources of the forms: glibc's and libunwind's backtraces, gdb, Open MPI, Intel's and GNU's Fortran, Julia, Go,
the JVM, Python's faulthandler, and the map of the memory that glibc once printed.
"""

from __future__ import annotations

import re

_LONGEST_LINE = 1024  # bytes that are looked at

_DUMP = re.compile(
    rb"\s*(?:#\d+\s|\[?\d{0,4}\]?\s*\[?0x[0-9a-f]{4,}|[0-9a-f]{6,16}[-:]|at \S"
    rb"|(?:\S*/)?[\w.+-]*\.so[\w.]*[(+]|[\w./+-]+\((?:\S*\+)?0x[0-9a-f]+\)|(?:[0-9a-f]{2,16}\s+){4}|\S+\s+[0-9A-Fa-f]{8,16}\s+\S|$)"
    rb"|[^\n]*\[0x[0-9a-f]+\]\s*$"
    # Threads of gdb, Go, the JVM and Python, and calls of Go
    rb"|Thread (?:\d|0x)|goroutine \d|created by \S+$|[\w.*/()-]{1,200}\((?:0x[0-9a-f?]+(?:, )?)+\)?"
    rb"|\s+\S{1,300}:\d+ \+0x|\"[^\"]{1,100}\" (?:#\d+|daemon|prio=)"
    rb"|\s+(?:- (?:parking|locked|waiting)|java\.lang\.Thread)|\s+File \"[^\"]{1,300}\", line \d+ in ",
    re.IGNORECASE,
)
"""A line of a stack, of registers or of a map of the memory, or an empty one."""


def is_dump(line: bytes) -> bool:
    """Return whether a line is part of a dump, or empty."""
    return _DUMP.match(line[:_LONGEST_LINE]) is not None


def end_without_dump(data: bytes) -> int:
    """Return where the last line ends that is no part of a dump; 0 where there is none."""
    end = len(data)
    while end > 0:
        begin = data.rfind(b"\n", 0, end) + 1
        if not is_dump(data[begin : min(end, begin + _LONGEST_LINE)]):
            return end
        end = begin - 1
    return 0
