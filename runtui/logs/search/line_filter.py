"""Filter of a log's matching lines, with some lines around each: gathered in steps, in either direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runtui.logs.read.lines import Line, LineReader
from runtui.logs.read.source import Source
from runtui.logs.search.blocks import BlockReader, LineFinder, line_matches
from runtui.logs.search.pattern import Matcher, NoLongerWantedError, unguarded
from runtui.logs.search.task import SearchKind, SearchTask


@dataclass(frozen=True, slots=True)
class FilteredLine:
    """A line that matches, or one near it. A gap between two of them stands for lines left out."""

    line: Line
    matches: bool


class Filter:
    """Collector of matching lines and their neighbours from a place on.

    Going on from the last line's `end` (backwards, its `begin`) gives what one filter over all would give.

    Args:
        source: The log, as it was at its last look.
        pattern: The pattern to look for.
        begin: Where to begin: the beginning of a line; backwards the end of one.
        count: Lines to gather.
        context: Lines to show before and after each match.
        backwards: Whether to go towards the beginning of the log.

    Attributes:
        source: The log.
        lines: The lines found so far, in the direction of the search.
        position: How far it has come.
    """

    def __init__(
        self,
        source: Source,
        pattern: Matcher,
        begin: int,
        count: int,
        context: int = 0,
        *,
        backwards: bool = False,
    ) -> None:
        self.lines: list[FilteredLine] = []
        self.position = min(begin, source.size)
        self.source = source
        self._generation = source.generation
        self._pattern = pattern
        self._count = count
        self._context = context
        self._backwards = backwards
        self._end = 0 if backwards else source.size
        self._reader = BlockReader(source)
        self._finder = LineFinder(self._reader, pattern)
        self._place = self._edge = self.position  # up to here lines are given
        self._owed = 0  # neighbours of the last match that are still to come
        self._begun = False
        self._finished = False

    def step(self) -> bool:
        """Look through one block, and return whether there is more to do.

        It ends early when the log was truncated or replaced: its offsets no longer hold.

        Raises:
            OSError: The log cannot be read.
        """
        if self._finished or self.source.generation != self._generation:
            return False
        before = len(self.lines), self._place, self._edge, self._owed
        try:
            self._look_through_block()
        except NoLongerWantedError:
            count, self._place, self._edge, self._owed = before
            del self.lines[count:]
            raise
        self.position = self._place
        if self._place == self._end and not self._is_full():
            self._give_owed(LineReader(self.source), self._end)
            self._finished = True
        self._finished |= self._is_full()
        return not self._finished

    def _look_through_block(self) -> None:
        if not self._begun:
            self._owed = self._owed_at_the_beginning()
            self._begun = True
        for begin in self._matches():
            self._give_around(LineReader(self.source), begin)
            if self._is_full():
                break

    def rest(self) -> SearchTask:
        """Return the remaining work: everything after the last line that was given."""
        count = self._count - len(self.lines)
        return SearchTask(
            SearchKind.FILTER, unguarded(self._pattern), self._edge, self._backwards, count, self._context
        )

    def take(self, news: Sequence[int]) -> None:
        """Apply a result from `runtui.logs.search.search_worker`.

        Args:
            news: The position; when all is done, too, the number of lines, and of each where it begins and
                whether it matches.

        Raises:
            OSError: The log cannot be read.
        """
        self.position, *found = news
        if found:
            reader = LineReader(self.source)
            for begin, matches in zip(found[1::2], found[2::2], strict=True):
                self.lines += [FilteredLine(line, bool(matches)) for line in reader.after(begin, 1)]
            self._finished = True

    def _is_full(self) -> bool:
        del self.lines[self._count :]
        return len(self.lines) == self._count

    def _matches(self) -> Iterator[int]:
        """Return the beginnings of the matching lines of the next block, in the direction of the search."""
        if self._place == self._end:
            return iter(())
        if self._backwards:
            block = self._reader.before(self._place)
            self._place = block.begin
            return reversed(list(self._finder.matching(block)))
        block = self._reader.after(self._place)
        self._place = block.end
        return self._finder.matching(block)

    def _give_around(self, reader: LineReader, begin: int) -> None:
        (match,) = reader.after(begin, 1)
        self._give_owed(reader, match.end if self._backwards else match.begin)
        if self._backwards:
            near = [line for line in reader.after(match.end, self._context) if line.end <= self._edge]
            near.reverse()
            self._edge = match.begin
        else:
            near = [line for line in reader.before(match.begin, self._context) if line.begin >= self._edge]
            self._edge = match.end
        self.lines.extend([FilteredLine(line, False) for line in near])
        self.lines.append(FilteredLine(match, True))
        self._owed = self._context

    def _give_owed(self, reader: LineReader, border: int) -> None:
        """Add the neighbours of the last match, up to `border` at most."""
        if self._backwards:
            near = [line for line in reader.before(self._edge, self._owed) if line.begin >= border]
            near.reverse()
        else:
            near = [line for line in reader.after(self._edge, self._owed) if line.end <= border]
        self.lines.extend([FilteredLine(line, False) for line in near])
        if near:
            self._edge = near[-1].begin if self._backwards else near[-1].end
        self._owed = 0

    def _owed_at_the_beginning(self) -> int:
        """Return how many neighbours a match just outside of the starting place still lacks."""
        reader = LineReader(self.source)
        if self._backwards:
            near = reader.after(self._place, self._context)
        else:
            near = reader.before(self._place, self._context)[::-1]
        for distance, line in enumerate(near):
            if line_matches(reader, line, self._pattern):
                return self._context - distance
        return 0
