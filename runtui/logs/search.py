"""Searching a log in steps that each take a moment: the next matching line, and how many there are.

Whoever runs a search calls `step` until it returns False, and stops calling to cancel it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

from runtui.logs.blocks import BlockReader, LineFinder
from runtui.logs.lines import Line, line_at
from runtui.logs.patterns import Matcher
from runtui.logs.source import Source


class Search:
    """Looks for the next matching line, or the previous one.

    Args:
        source: The log, as it was at its last look.
        pattern: What to look for.
        begin: Where to begin: the beginning of a line, itself looked at; backwards the end of one.
        backwards: Whether to go towards the beginning of the log.

    Attributes:
        found: The matching line; None while there is none.
        position: How far it has come; what is between `begin` and here holds no match.
    """

    def __init__(self, source: Source, pattern: Matcher, begin: int, *, backwards: bool = False) -> None:
        self.found: Line | None = None
        self.position = min(begin, source.size)
        self._source = source
        self._end = 0 if backwards else source.size
        self._generation = source.generation
        self._backwards = backwards
        self._reader = BlockReader(source)
        self._finder = LineFinder(self._reader, pattern)

    def step(self) -> bool:
        """Look through one block, and return whether there is more to do.

        It ends without a match, too, when the log was truncated or replaced: its offsets no longer hold.

        Raises:
            OSError: The log cannot be read.
        """
        if self.found is not None or self._source.generation != self._generation:
            return False
        if self._backwards:
            if self.position <= 0:
                return False
            block = self._reader.before(self.position)
            begin = max(self._finder.matching(block), default=None)
            self.position = block.begin
        else:
            if self.position >= self._end:
                return False
            block = self._reader.after(self.position)
            begin = next(self._finder.matching(block), None)
            self.position = block.end
        if begin is not None:
            self.found = line_at(self._source, begin)
        return self.found is None and self.position != self._end


class MatchCount:
    """Counts the matching lines of a log, and goes on when it grows.

    Args:
        source: The log.
        pattern: What to look for.
    """

    def __init__(self, source: Source, pattern: Matcher) -> None:
        self._source = source
        self._generation = source.generation
        self._reader = BlockReader(source)
        self._finder = LineFinder(self._reader, pattern)
        self._ends = array("Q")
        self._totals = array("Q")
        self._last_may_grow = False

    @property
    def total(self) -> int:
        """Matching lines so far."""
        return self._totals[-1] if self._totals else 0

    @property
    def position(self) -> int:
        """How far it has come."""
        return self._ends[-1] if self._ends else 0

    def step(self) -> bool:
        """Count one block, and return whether there is more to do.

        After another look at the log there may be more to do again.

        Raises:
            OSError: The log cannot be read.
        """
        if self._source.generation != self._generation:
            self._generation = self._source.generation
            self._last_may_grow = False
            del self._ends[:], self._totals[:]
        size = self._source.size
        if self.position < size:
            if self._last_may_grow:
                self._ends.pop()
                self._totals.pop()
            block = self._reader.after(self.position)
            count = sum(1 for _ in self._finder.matching(block))
            self._totals.append(self.total + count)
            self._ends.append(block.end)
            self._last_may_grow = block.end >= size
        return self.position < self._source.size

    def number_of(self, begin: int) -> int | None:
        """Return which of the matching lines the one that begins at `begin` is, counted from 1; None when the
        count has not come so far, or no matching line begins there.

        Raises:
            OSError: The log cannot be read.
        """
        if begin >= self.position or self._source.generation != self._generation:
            return None
        place = bisect_right(self._ends, begin)
        first = self._ends[place - 1] if place else 0
        before = self._totals[place - 1] if place else 0
        block = self._reader.load(first, self._ends[place])
        for number, found in enumerate(self._finder.matching(block), before + 1):
            if found == begin:
                return number
        return None
