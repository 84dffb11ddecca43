"""Line numbers: the newlines before each MiB of a log, counted in steps.

Nothing needs them to show a log; they come when they are there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from runtui.logs.read.source import Source

_STRETCH = 1024 * 1024  # bytes


class LineNumbers:
    """Mapping between lines and their numbers, counted from 1.

    Args:
        source: The log. When it has grown, counting goes on; when it was replaced, it begins anew.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._generation = source.generation
        self._before = array("Q", [0])  # newlines before each stretch
        self._position = 0
        self._count = 0
        self._buffer = bytearray()

    @property
    def position(self) -> int:
        """The offset up to which newlines are counted."""
        return self._position

    @property
    def newlines(self) -> int:
        """Newlines up to `position`."""
        return self._count

    def step(self) -> bool:
        """Count up to a MiB, and return whether there is more to do.

        After another look at the log there may be more to do again.

        Raises:
            OSError: The log cannot be read.
        """
        if self._source.generation != self._generation:
            self._generation = self._source.generation
            self._before = array("Q", [0])
            self._position = self._count = 0
        size = min((self._position // _STRETCH + 1) * _STRETCH, self._source.settled) - self._position
        if size > 0:
            self._buffer = self._buffer or bytearray(_STRETCH)
            read = self._source.read_into(self._position, memoryview(self._buffer)[:size])
            if not read:
                return False  # it was truncated; the next look tells
            self._count += self._buffer.count(b"\n", 0, read)
            self._position += read
            if self._position % _STRETCH == 0:
                self._before.append(self._count)
        return self._position < self._source.settled

    def counted_to(self, offset: int) -> int | None:
        """Count up to an offset, however long that takes, and return the number of the line there.

        Raises:
            OSError: The log cannot be read.
        """
        while self._position < offset and self.step():
            pass
        return self.number_of(offset)

    def number_of(self, offset: int) -> int | None:
        """Return the number of the line in which `offset` lies; None when the count has not come so far.

        Raises:
            OSError: The log cannot be read.
        """
        if not 0 <= offset <= self._position or self._source.generation != self._generation:
            return None
        chunk = offset // _STRETCH
        begin = chunk * _STRETCH
        return self._before[chunk] + self._source.read(begin, offset - begin).count(b"\n") + 1

    def offset_of(self, number: int) -> int | None:
        """Return the offset of a line by its number; None if not counted so far, or there is none.

        Raises:
            OSError: The log cannot be read.
        """
        newlines = number - 1  # stand before it
        if newlines <= 0:
            return 0 if number == 1 and self._source.size else None
        if newlines > self._count or self._source.generation != self._generation:
            return None
        chunk = bisect_left(self._before, newlines)
        begin = (chunk - 1) * _STRETCH
        data = self._source.read(begin, min(_STRETCH, self._position - begin))
        place = -1
        for _ in range(newlines - self._before[chunk - 1]):
            place = data.find(b"\n", place + 1)
            if place < 0:
                return None
        offset = begin + place + 1
        return offset if offset < self._source.size else None
