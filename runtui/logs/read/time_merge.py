"""Several logs as one, in the order of their time stamps, such as those of the ranks of one run.

A place in it is an offset in each log. Going forwards and backwards from one place, every line comes once;
where the stamps of each log are in order, both ways give the same order. A line without a stamp comes with
the one before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from runtui.logs.read.lines import Line, LineReader
from runtui.logs.read.source import Source
from runtui.logs.search.time_search import TimeSearch, line_time

_LOOKED_BACK = 2000  # lines
_LINES_AT_ONCE = 50  # lines


@dataclass(frozen=True, slots=True)
class MergePosition:
    """A place between two lines of a merged log.

    Attributes:
        offsets: Of each log, where its next line begins.
    """

    offsets: tuple[int, ...]

    def moved(self, source: int, offset: int) -> MergePosition:
        """Return the place where one log's next line begins at `offset`."""
        return MergePosition((*self.offsets[:source], offset, *self.offsets[source + 1 :]))


@dataclass(frozen=True, slots=True)
class MergedLine:
    """A line of a merged log.

    Attributes:
        source: Which of the logs it is from.
        line: The line.
        time: When it was written, in seconds since the epoch; of a line without a stamp, that of the one it
            belongs to; minus infinity before the first one.
        before: The place before it.
        after: The place behind it.
    """

    source: int
    line: Line
    time: float
    before: MergePosition
    after: MergePosition


class MergedLog:
    """Several logs by time.

    Args:
        sources: The logs, as they were at their last looks; a place holds as long as their generations do.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)

    def start(self) -> MergePosition:
        """Return the place before the first line."""
        return MergePosition((0,) * len(self._sources))

    def end(self) -> MergePosition:
        """Return the place behind the last line, as of the last looks."""
        return MergePosition(tuple([source.size for source in self._sources]))

    def after(self, place: MergePosition, count: int) -> list[MergedLine]:
        """Return up to `count` lines behind a place.

        Raises:
            OSError: A log cannot be read.
        """
        ahead = [
            _Forward(source, offset) for source, offset in zip(self._sources, place.offsets, strict=True)
        ]
        lines: list[MergedLine] = []
        while len(lines) < count:
            number = min(
                (number for number, log in enumerate(ahead) if log.line is not None),
                key=lambda number: (ahead[number].time, number),
                default=None,
            )
            if number is None:
                break
            line, time = ahead[number].taken()
            after = place.moved(number, line.end)
            lines.append(MergedLine(number, line, time, place, after))
            place = after
        return lines

    def before(self, place: MergePosition, count: int) -> list[MergedLine]:
        """Return up to `count` lines before a place, in their order.

        Raises:
            OSError: A log cannot be read.
        """
        behind = [
            _Backward(source, offset) for source, offset in zip(self._sources, place.offsets, strict=True)
        ]
        lines: list[MergedLine] = []
        while len(lines) < count:
            number = max(
                (number for number, log in enumerate(behind) if log.line is not None),
                key=lambda number: (behind[number].time, number),
                default=None,
            )
            if number is None:
                break
            line, time = behind[number].taken()
            before = place.moved(number, line.begin)
            lines.append(MergedLine(number, line, time, before, place))
            place = before
        lines.reverse()
        return lines


class MergedTimeSearch:
    """Search for the place of a time in a merged log, step by step.

    Args:
        sources: The logs of it.
        wanted: The time, in seconds since the epoch.
    """

    def __init__(self, sources: Sequence[Source], wanted: float) -> None:
        self._sources = tuple(sources)
        self._searches = [TimeSearch(source, wanted) for source in self._sources]

    def step(self) -> bool:
        """Search a little further, and return whether there is more to do.

        Raises:
            OSError: A log cannot be read.
        """
        return any(search.step() for search in self._searches)

    @property
    def place(self) -> MergePosition:
        """The place before the first line of that time or later, once all steps are done."""
        return MergePosition(
            tuple(
                [
                    source.size if search.found is None else search.found.begin
                    for source, search in zip(self._sources, self._searches, strict=True)
                ]
            )
        )


class _Forward:
    """The lines of one log behind an offset, and the time of the next."""

    def __init__(self, source: Source, offset: int) -> None:
        self._written = source.modified
        self._reader = LineReader(source)
        self._offset = offset
        self._waiting: list[Line] = []
        self.line: Line | None = None
        self.time = -math.inf
        self._next()
        if self.line is not None and line_time(self.line, self._written) is None:
            self.time = _time_before(self._reader, offset, self._written)[0]

    def taken(self) -> tuple[Line, float]:
        """Return the next line and its time, and advance past it."""
        assert self.line is not None
        taken = (self.line, self.time)
        self._next()
        return taken

    def _next(self) -> None:
        if not self._waiting:
            self._waiting = self._reader.after(self._offset, _LINES_AT_ONCE)[::-1]
            self._offset = self._waiting[0].end if self._waiting else self._offset
        self.line = self._waiting.pop() if self._waiting else None
        if self.line is not None:
            moment = line_time(self.line, self._written)
            self.time = self.time if moment is None else moment


class _Backward:
    """The lines of one log before an offset, and the time of the last."""

    def __init__(self, source: Source, offset: int) -> None:
        self._written = source.modified
        self._reader = LineReader(source)
        self._offset = min(offset, source.size)
        self._waiting: list[Line] = []
        self._stamped = math.inf  # where the line begins that gave `time`
        self.line: Line | None = None
        self.time = -math.inf
        self._next()

    def taken(self) -> tuple[Line, float]:
        """Return the last line and its time, and move before it."""
        assert self.line is not None
        taken = (self.line, self.time)
        self._next()
        return taken

    def _next(self) -> None:
        if not self._waiting:
            self._waiting = self._reader.before(self._offset, _LINES_AT_ONCE)
            self._offset = self._waiting[0].begin if self._waiting else self._offset
        self.line = self._waiting.pop() if self._waiting else None
        if self.line is not None and self.line.begin < self._stamped:
            self.time, self._stamped = _time_before(self._reader, self.line.end, self._written)


def _time_before(reader: LineReader, end: int, written: float) -> tuple[float, float]:
    """Return the last time stamp before `end`, and the offset of its line.

    Where there is none, the time is minus infinity, and the offset 0 or the place where the search ended.
    """
    left = _LOOKED_BACK
    while left > 0 and end > 0:
        lines = reader.before(end, min(_LINES_AT_ONCE, left))
        for line in reversed(lines):
            moment = line_time(line, written)
            if moment is not None:
                return moment, line.begin
        left -= len(lines)
        end = lines[0].begin
    return -math.inf, end
