"""Searching a log in short steps: the next matching line, and the number of matching lines.

Whoever runs a search calls `step` until it returns False, and stops calling to cancel it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from runtui.logs.read.lines import Line, line_at
from runtui.logs.read.source import Source
from runtui.logs.search.blocks import OVERLAP, BlockReader, LineFinder
from runtui.logs.search.pattern import Matcher, unguarded
from runtui.logs.search.task import SearchKind, SearchTask


class Search:
    """Search for the next matching line, or the previous one.

    Args:
        source: The log, as it was at its last look.
        pattern: The pattern to look for.
        begin: Where to begin: the beginning of a line, itself looked at; backwards the end of one.
        backwards: Whether to go towards the beginning of the log.

    Attributes:
        source: The log.
        found: The matching line; None while there is none.
        position: How far it has come; what is between `begin` and here holds no match.
    """

    def __init__(self, source: Source, pattern: Matcher, begin: int, *, backwards: bool = False) -> None:
        self.found: Line | None = None
        self.position = min(begin, source.size)
        self.source = source
        self._pattern = pattern
        self._end = 0 if backwards else source.size
        self._generation = source.generation
        self._backwards = backwards
        self._reader = BlockReader(source)
        self._finder = LineFinder(self._reader, pattern)

    def step(self) -> bool:
        """Search one block, and return whether there is more to do.

        It ends without a match, too, when the log was truncated or replaced: its offsets no longer hold.

        Raises:
            OSError: The log cannot be read.
        """
        if self.found is not None or self.source.generation != self._generation:
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
            self.found = line_at(self.source, begin)
        return self.found is None and self.position != self._end

    def rest(self) -> SearchTask:
        """Return the remaining work."""
        return SearchTask(SearchKind.FIND, unguarded(self._pattern), self.position, self._backwards)

    def take(self, news: Sequence[int]) -> None:
        """Apply a result from `runtui.logs.search.search_worker`.

        Args:
            news: The position, and where the matching line begins if one was found.

        Raises:
            OSError: The log cannot be read.
        """
        self.position, *found = news
        if found:
            self.found = line_at(self.source, found[0])


class MatchCount:
    """Counter of a log's matching lines, which continues as the log grows.

    Args:
        source: The log.
        pattern: The pattern to look for.
        begin: Where to begin: the beginning of a line.

    Attributes:
        source: The log.
    """

    def __init__(self, source: Source, pattern: Matcher, begin: int = 0) -> None:
        self.source = source
        self._pattern = pattern
        self._begin = begin
        self._generation = source.generation
        self._reader = BlockReader(source)
        self._finder = LineFinder(self._reader, pattern)
        self._ends = array("Q")  # of stretches of whole lines
        self._totals = array("Q")
        self._loose = 0  # matches behind them, in a line that may grow
        self._position = begin

    @property
    def total(self) -> int:
        """Matching lines so far."""
        return self._settled_total + self._loose

    @property
    def _settled_total(self) -> int:
        return self._totals[-1] if self._totals else 0

    @property
    def position(self) -> int:
        """The offset up to which lines are counted."""
        return self._position

    def step(self) -> bool:
        """Count one block, and return whether there is more to do.

        After another look at the log there may be more to do again.

        Raises:
            OSError: The log cannot be read.
        """
        if self.source.generation != self._generation:
            self._generation = self.source.generation
            self._loose = 0
            self._position = self._begin
            del self._ends[:], self._totals[:]
        if self._position != self.source.size:
            self.take(self.count_block())
        return not self.is_done

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to count, as of the last look at the log."""
        return self._position >= self.source.size

    def count_block(self) -> Sequence[int]:
        """Return the count of the next block, in the form that `take` accepts.

        Raises:
            OSError: The log cannot be read.
        """
        begin = self._reached
        block = self._reader.after(begin)
        found = list(self._finder.matching(block))
        border = self._settled_between(begin, block.end)
        whole = bisect_left(found, border)
        return begin, border, whole, len(found) - whole, block.end

    def rest(self) -> SearchTask:
        """Return the remaining work."""
        return SearchTask(SearchKind.COUNT, unguarded(self._pattern), self._reached)

    def take(self, news: Sequence[int]) -> None:
        """Apply a count from `runtui.logs.search.search_worker`.

        Args:
            news: Where a stretch of whole lines begins, where it ends, how many of them match, how many do
                behind it, and how far that was.
        """
        begin, border, whole, self._loose, self._position = news
        self._keep(begin, border, whole)

    @property
    def _reached(self) -> int:
        return self._ends[-1] if self._ends else self._begin

    def _settled_between(self, begin: int, end: int) -> int:
        """Return the end of those lines of a block that stay as they are."""
        settled = self.source.settled
        border = end
        # What comes behind a piece of a line may complete a match that begins in it.
        while border > begin and border + OVERLAP > settled:
            last = line_at(self.source, border - 1)
            if last is None or last.ended or (last.begin <= begin and end < settled):
                break
            border = last.begin
        return min(settled, border)

    def _keep(self, begin: int, end: int, count: int) -> None:
        """Record the number of matches in a stretch; small consecutive ones are joined."""
        if end <= begin:
            return
        total = self._settled_total + count
        first = self._ends[-2] if len(self._ends) > 1 else 0
        if self._ends and self._reader.holds(first, end):
            self._ends[-1], self._totals[-1] = end, total
        else:
            self._ends.append(end)
            self._totals.append(total)

    def number_of(self, begin: int) -> int | None:
        """Return the number of the matching line that begins at `begin`, counted from 1.

        None when the count has not come so far, or no matching line begins there.

        Raises:
            OSError: The log cannot be read.
        """
        if begin >= self.position or self.source.generation != self._generation:
            return None
        place = bisect_right(self._ends, begin)
        first = self._ends[place - 1] if place else 0
        before = self._totals[place - 1] if place else 0
        end = self._ends[place] if place < len(self._ends) else self._position
        block = self._reader.load(first, end)
        for number, found in enumerate(self._finder.matching(block), before + 1):
            if found == begin:
                return number
        return None
