"""Search for a time in a log, whose lines are assumed to be in the order of their time stamps."""

from __future__ import annotations

from runtui.logs.read.lines import Line, LineReader
from runtui.logs.read.source import Source
from runtui.logs.read.text import bare_line
from runtui.logs.read.timestamps import time_of

_BYTES_A_STEP = 512 * 1024  # bytes


def line_time(line: Line, written: float) -> float | None:
    """Return when a line was written; None without a time stamp, or for a later piece of a long line.

    Args:
        line: The line.
        written: When its log was written last, in seconds since the epoch.
    """
    if not line.starts:
        return None
    return time_of(bare_line(line.raw.decode("utf-8", "replace")), written)


class TimeSearch:
    """Search by bisection for the first line that was written at a time or later.

    Lines without a time stamp belong to the last line before them that has one. Whoever runs it calls `step`
    until it returns False.

    Args:
        source: The log, as it was at its last look.
        wanted: The time, in seconds since the epoch.

    Attributes:
        found: The line; None while it is sought, and in the end when all of the log is older.
        has_stamps: Whether any line with a time stamp was seen.
    """

    def __init__(self, source: Source, wanted: float) -> None:
        self.found: Line | None = None
        self.has_stamps = False
        self._source = source
        self._generation = source.generation
        self._wanted = wanted
        self._low = 0  # every stamp before this is too early
        self._high = source.size  # from here on there are none, or late enough ones
        self._middle = 0
        self._place: int | None = None  # how far the look for a stamp behind the middle has come

    def step(self) -> bool:
        """Search half a MiB for a time stamp, and return whether there is more to do.

        It ends early when the log was truncated or replaced: its offsets no longer hold.

        Raises:
            OSError: The log cannot be read.
        """
        if self._low >= self._high or self._source.generation != self._generation:
            return False
        reader = LineReader(self._source)
        if self._place is None:
            self._middle = max(self._low, reader.border_before((self._low + self._high) // 2))
            self._place = self._middle
        limit = self._place + _BYTES_A_STEP
        while self._place < min(limit, self._high):
            (line,) = reader.after(self._place, 1)
            self._place = line.end
            moment = line_time(line, self._source.modified)
            if moment is None:
                continue
            self.has_stamps = True
            if moment >= self._wanted:
                self.found = line
                self._high = self._middle
            else:
                self._low = line.end
            self._place = None
            return self._low < self._high
        if self._place >= self._high:
            self._high = self._middle
            self._place = None
        return self._low < self._high
