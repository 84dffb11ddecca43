"""Looking through a whole log in a thread of its own: the next match, how many there are, where a line is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from textual.message_pump import MessagePump

from runtui.logs.read.source import Source
from runtui.logs.search.line_numbers import LineNumbers
from runtui.logs.search.offload import OffloadedSearch
from runtui.logs.search.pattern import Matcher, NoLongerWantedError, WhileWanted
from runtui.logs.search.search import MatchCount, Search
from runtui.logs.search.time_search import TimeSearch
from runtui.tui.background import Background

T = TypeVar("T")


class LogSearch:
    """What is being looked for in a log; a new wish takes the place of the one before.

    Args:
        owner: Gets the results; see `Background`.
        changed: Called when there is more to be told than before.
    """

    def __init__(self, owner: MessagePump, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._background = Background(owner)
        self._request = self._counting = 0
        self._search: Search | None = None
        self._source: Source | None = None
        self._count: MatchCount | None = None
        self._pursuit = OffloadedSearch(lambda: self._counting == self._request and not self._doing)
        self._counted: tuple[Source, Matcher] | None = None
        self._is_counting = False
        self._numbers: tuple[Source, LineNumbers] | None = None
        self._number: tuple[MatchCount, int, int, int | None] | None = None
        self._doing = ""

    def stop(self) -> None:
        """End; does not wait."""
        self.cancel()
        self._background.stop()

    def cancel(self) -> None:
        """Look for nothing any more."""
        self._request += 1
        self._doing = ""
        self._count = self._counted = None

    @property
    def is_looking(self) -> bool:
        """Whether something is being looked for, other than how many matches there are."""
        return bool(self._doing)

    @property
    def is_busy(self) -> bool:
        """Whether there is progress to be shown."""
        return bool(self._doing) or self._is_counting

    def find(
        self,
        source: Source,
        pattern: Matcher,
        begin: int,
        backwards: bool,
        done: Callable[[int | None, bool], None],
    ) -> None:
        """Find the next line that matches.

        Args:
            source: The log.
            pattern: What to look for.
            begin: Where to begin: the beginning of a line, or backwards the end of one.
            backwards: Whether to go up.
            done: Called with the offset of the line, or None for none, and `backwards`.
        """
        request = self._begin("searching")
        offloaded = OffloadedSearch(lambda: request == self._request)
        wanted = WhileWanted(pattern, offloaded.goes_on)
        search = self._search = Search(source, wanted, begin, backwards=backwards)
        self._source = source

        def look() -> int | None:
            offloaded.run(search)
            return None if search.found is None else search.found.begin

        self._seek(request, look, lambda offset: done(offset, backwards))

    def find_line(self, source: Source, number: int, done: Callable[[int, int | None], None]) -> None:
        """Find where the line of a number begins.

        Args:
            source: The log.
            number: The line's number, from 1.
            done: Called with the number and the offset, or None where there is no such line.
        """
        request = self._begin("counting lines")
        self._search, self._source = None, source
        if self._numbers is None or self._numbers[0] is not source:
            self._numbers = (source, LineNumbers(source))
        numbers = self._numbers[1]

        def look() -> int | None:
            while request == self._request:
                offset = numbers.offset_of(number)
                if offset is not None or not numbers.step():
                    return offset if offset is not None else numbers.offset_of(number)
            return None

        self._seek(request, look, lambda offset: done(number, offset))

    def find_time(self, source: Source, moment: float, done: Callable[[int | None, bool], None]) -> None:
        """Find the first line that was written at a time or later.

        Args:
            source: The log.
            moment: The time, in seconds since the epoch.
            done: Called with the offset of the line, or None for none, and whether there were time stamps.
        """
        request = self._begin("looking for the time")
        self._search, self._source = None, source
        search = TimeSearch(source, moment)

        def look() -> int | None:
            while request == self._request and search.step():
                pass
            return None if search.found is None else search.found.begin

        self._seek(request, look, lambda offset: done(offset, search.has_stamps))

    def _seek(self, request: int, look: Callable[[], int | None], done: Callable[[int | None], None]) -> None:
        def tell(offset: int | None) -> None:
            if request == self._request:
                self._end()
                done(offset)

        self._background.submit("find", partial(_unless_unreadable, look), tell)

    def count(self, source: Source, pattern: Matcher) -> None:
        """Count the matches while nothing else is looked for, and go on when the log has grown."""
        if self._counted != (source, pattern):
            self._counted = (source, pattern)
            self._count = MatchCount(source, WhileWanted(pattern, self._pursuit.goes_on))
        self.go_on_counting()

    def go_on_counting(self) -> bool:
        """Count what has been written since; return whether there is anything to be counted."""
        count = self._count
        if count is None or self._doing:
            return False
        self._counting = self._request
        self._is_counting = True

        def tell(_nothing: None) -> None:
            self._is_counting = False

        look = partial(self._pursuit.run, count)
        self._background.submit("count", partial(_unless_unreadable, look), tell)
        return True

    def _begin(self, doing: str) -> int:
        self._request += 1
        self._doing = doing
        return self._request

    def _end(self) -> None:
        self._doing = ""
        self.go_on_counting()

    def progress(self, here: int | None) -> str:
        """Return how far it has come, and what was found, in a few words.

        Args:
            here: Where the line begins that was found last.
        """
        source = self._source
        if self._doing and source is not None and source.size:
            position = self._search.position if self._search is not None else self._counted_lines()
            return f"{self._doing} {100 * position // source.size} %"
        count = self._count
        if count is None or self._counted is None:
            return ""
        total = f"{count.total:,} matches" if count.total != 1 else "1 match"
        size = self._counted[0].size
        if self._is_counting and count.position < size:
            return f"{total} in the first {100 * count.position // max(1, size)} %"
        number = None if here is None else self._number_of(count, here)
        return total if number is None else f"match {number:,} of {count.total:,}"

    def _number_of(self, count: MatchCount, here: int) -> int | None:
        """Return which match the line is that begins at `here`; None until that is found out, which reads,
        and where it takes long: many lines around have to be looked at."""
        asked = (count, here, count.position)
        if self._number is not None and self._number[:3] == asked:
            return self._number[3]
        self._number = (*asked, None)

        def tell(number: int | None) -> None:
            if self._number is not None and self._number[:3] == asked:
                self._number = (*asked, number)
                self._changed()

        look = partial(self._pursuit.briefly, partial(count.number_of, here))
        self._background.submit("number", partial(_unless_unreadable, look), tell)
        return None

    def _counted_lines(self) -> int:
        return 0 if self._numbers is None else self._numbers[1].position


def _unless_unreadable(look: Callable[[], T]) -> T | None:
    """Look, or return None where nobody waits for it, or the log cannot be read: the next look says why."""
    try:
        return look()
    except (OSError, NoLongerWantedError):
        return None
