"""Search of a whole log in a thread of its own: matches, their number, and lines by number or time."""

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
    """Searches a log; a new search replaces the one before.

    Args:
        owner: Gets the results; see `Background`.
        changed: Called when `progress` has more to report.
    """

    def __init__(self, owner: MessagePump, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._background = Background(owner)
        self._request = self._counting = 0
        self._search: Search | None = None
        self._source: Source | None = None
        self._count: MatchCount | None = None
        self._offloaded_count = OffloadedSearch(lambda: self._counting == self._request and not self._doing)
        self._counted: tuple[Source, Matcher] | None = None
        self._is_counting = False
        self._numbers: tuple[Source, LineNumbers] | None = None
        self._number: tuple[MatchCount, int, int, int | None] | None = None
        self._doing = ""

    def stop(self) -> None:
        """Stop searching. Does not wait."""
        self.cancel()
        self._background.stop()

    def cancel(self) -> None:
        """Cancel the search and the count."""
        self._request += 1
        self._doing = ""
        self._count = self._counted = None

    @property
    def is_searching(self) -> bool:
        """Whether a search is under way, other than counting matches."""
        return bool(self._doing)

    @property
    def is_busy(self) -> bool:
        """Whether there is progress to show."""
        return bool(self._doing) or self._is_counting

    def find(
        self,
        source: Source,
        pattern: Matcher,
        begin: int,
        backwards: bool,
        done: Callable[[int | None, bool], None],
    ) -> None:
        """Find the next matching line.

        Args:
            source: The log.
            pattern: The pattern.
            begin: The offset from which to search: the beginning of a line, or backwards the end of one.
            backwards: Whether to search upwards.
            done: Called with the offset of the line, or None for no match, and `backwards`.
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
        """Find the offset of a line by its number.

        Args:
            source: The log.
            number: The line's number, from 1.
            done: Called with the number and the offset, or None if there is no such line.
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
        """Find the first line with a time stamp at or after a time.

        Args:
            source: The log.
            moment: The time, in seconds since the epoch.
            done: Called with the offset of the line, or None for none, and whether there are time stamps.
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
        """Count the matches while there is no other search, and continue when the log has grown."""
        if self._counted != (source, pattern):
            self._counted = (source, pattern)
            self._count = MatchCount(source, WhileWanted(pattern, self._offloaded_count.goes_on))
        self.go_on_counting()

    def go_on_counting(self) -> bool:
        """Count matches in new lines; return whether there is anything to count."""
        count = self._count
        if count is None or self._doing:
            return False
        self._counting = self._request
        self._is_counting = True

        def tell(_nothing: None) -> None:
            self._is_counting = False

        look = partial(self._offloaded_count.run, count)
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
        """Return the progress or the result in a few words.


        Args:
            here: The offset of the line found last.
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
        """Return the number of the match at `here`; None until it is known, as counting reads the log, or if
        counting would take long."""
        asked = (count, here, count.position)
        if self._number is not None and self._number[:3] == asked:
            return self._number[3]
        self._number = (*asked, None)

        def tell(number: int | None) -> None:
            if self._number is not None and self._number[:3] == asked:
                self._number = (*asked, number)
                self._changed()

        look = partial(self._offloaded_count.briefly, partial(count.number_of, here))
        self._background.submit("number", partial(_unless_unreadable, look), tell)
        return None

    def _counted_lines(self) -> int:
        return 0 if self._numbers is None else self._numbers[1].position


def _unless_unreadable(look: Callable[[], T]) -> T | None:
    """Search; return None if the search was cancelled, or the log cannot be read, as a poll reports why."""
    try:
        return look()
    except (OSError, NoLongerWantedError):
        return None
