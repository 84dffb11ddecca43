"""Searching and filtering a log, and going to a line or time that the user types."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump
from textual.timer import Timer

from runtui import logs
from runtui.tui.actions import keys_in, with_keys
from runtui.tui.widgets.log_position import LineNumber, PositionError, Share, parse_position

if TYPE_CHECKING:
    from runtui.logs.search.pattern import LineFilter, Matcher, Pattern
    from runtui.tui.widgets.log_buffer import LogBuffer
    from runtui.tui.widgets.log_navigator import LogNavigator
    from runtui.tui.widgets.log_reader import LogReader
    from runtui.tui.widgets.log_search import LogSearch

_PROGRESS_INTERVAL = 0.2  # seconds


class LogSearchController:
    """Searches the log on screen, and filters its lines.

    Args:
        owner: Sets the timer, and gets the results; see `LogSearch`.
        reader: Has the log.
        navigator: Goes to search results.
        buffer: Has the lines on screen, from which a search begins.
        mark: Marks matches of a pattern on screen, and dims lines that are only context of a filter.
        say: Called with a message, in one line.
        changed: Called when `progress` may have changed.
    """

    def __init__(
        self,
        owner: MessagePump,
        reader: LogReader,
        navigator: LogNavigator,
        buffer: LogBuffer,
        mark: Callable[[Pattern | None, LineFilter | None], None],
        say: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._owner = owner
        self._reader = reader
        self._navigator = navigator
        self._buffer = buffer
        self._mark = mark
        self._say = say
        self._changed = changed
        self._search: LogSearch | None = None
        self._pattern: Pattern | None = None
        self._filter: LineFilter | None = None
        self._is_counting = False
        self._sought = ""  # what the search under way looks for
        self._progress_timer: Timer | None = None

    # State

    @property
    def filter_text(self) -> str | None:
        """The filter's pattern as typed; None for no filter."""
        return None if self._filter is None else self._filter.source

    @property
    def progress(self) -> str:
        """The progress or result of the search in a few words; ``""`` for no search."""
        return "" if self._search is None else self._search.progress(self._buffer.here)

    def cancel(self) -> None:
        """Cancel the search."""
        if self._search is not None:
            self._search.cancel()

    def end_by_user(self) -> bool:
        """Cancel the search, remove its marks, and show a message; return whether there was a search."""
        is_searching = self._search is not None and self._search.is_searching
        if not is_searching and self._pattern is None:
            return False
        if is_searching:
            self._navigator.drop_deferred()
        self._end()
        self._say("search cancelled" if is_searching else "search ended")
        return True

    def _end(self) -> None:
        self.cancel()
        self._pattern, self._is_counting = None, False
        self.end_preview()

    def stop(self) -> None:
        """Stop searching. Does not wait."""
        if self._search is not None:
            self._search.stop()

    def reset(self) -> None:
        """Remove the filter and cancel the count, for another run."""
        self.cancel()
        self._is_counting = False
        self._set_filter(None)

    def count_again(self) -> None:
        """Count the matches in a log that was just opened."""
        self.cancel()
        if self._is_counting:
            self._count()

    def count_on(self) -> None:
        """Count the matches in new lines."""
        if self._search is not None and self._search.go_on_counting():
            self._watch_progress()

    # Patterns

    def preview(self, text: str, *, is_filter: bool = False) -> str:
        """Mark matches of a pattern while it is typed; return what is wrong with it, or ``""``.

        Of a filter that leaves out lines those are marked that will go.
        """
        pattern, complaint = _compiled(text.removeprefix("!") if is_filter else text)
        self._mark(pattern, self._filter)
        return complaint

    def end_preview(self) -> None:
        """Mark the matches of the last search again."""
        self._mark(self._pattern, self._filter)

    def search(self, text: str) -> str:
        """Search for a pattern and count its matches; an empty one removes all marks.

        Returns:
            What is wrong with the pattern, or ``""``.
        """
        pattern, complaint = _compiled(text)
        if complaint:
            return complaint
        if pattern is None:
            self._end()
            return ""
        self._pattern = pattern
        self._mark(pattern, self._filter)
        self._start(pattern)
        self._count()
        return ""

    def mark_matches(self, text: str) -> None:
        """Mark the matches of a pattern that was found already, and count them once the log is open."""
        self._pattern, _complaint = _compiled(text)
        self._mark(self._pattern, self._filter)
        self._is_counting = True

    def filter_by(self, text: str) -> str:
        """Show only lines that match a pattern, or with ``!`` before it the others; an empty text shows all.

        Returns:
            What is wrong with the pattern, or ``""``.
        """
        try:
            self._set_filter(logs.compile_filter(text) if text else None)
        except logs.PatternError as error:
            return str(error)
        self._navigator.reload()
        self._watch_progress()
        self._changed()
        return ""

    def _set_filter(self, pattern: LineFilter | None) -> None:
        self._filter = pattern
        self._reader.set_filter(pattern)
        self._mark(self._pattern, pattern)

    def change_context(self, change: int) -> None:
        """Show more or fewer lines around each match of the filter."""
        if self._filter is None:
            self._say_with_keys("context applies to filtered lines: {key:filter_lines} filters")
            return
        self._say(f"{self._reader.change_context(change)} lines around each match")
        self._navigator.reload()

    # Moving

    def go_to_position(self, text: str) -> str:
        """Go to a position that the user typed: a percentage, a line number or a time.

        Returns:
            What is wrong with the text, or ``""``.
        """
        text = text.strip()
        if not text:
            return ""
        source = self._reader.source
        written = 0.0 if source is None else source.modified
        try:
            position = parse_position(text, written or time.time())
        except PositionError as error:
            return str(error)
        if self._navigator.defer(partial(self.go_to_position, text)) or source is None:
            return ""
        if isinstance(position, Share):
            self._navigator.go_to_share(position.share)
            return ""
        if isinstance(position, LineNumber):
            self._searching().find_line(source, position.number, self._take_line)
        else:
            self._searching().find_time(source, position.seconds, self._take_time)
        self._watch_progress()
        return ""

    def go_to_match(self, *, backwards: bool) -> bool:
        """Go to the next or previous match; return whether there is a search."""
        if self._pattern is None:
            return False
        self._continue(self._pattern, backwards=backwards)
        return True

    def go_to_error(self, *, backwards: bool) -> None:
        """Go to the next line that tells of an error, or the one before."""
        self._continue(logs.ErrorLines(), backwards=backwards)

    def _start(self, pattern: Matcher) -> None:
        if not self._navigator.defer(partial(self._start, pattern)):
            # There is nothing below the end: a user who follows a log searches upwards from there.
            self._find(pattern, backwards=self._buffer.is_following, is_new=True)

    def _continue(self, pattern: Matcher, *, backwards: bool) -> None:
        again = partial(self._continue, pattern, backwards=backwards)
        if self._search is not None and self._search.is_searching:
            self._navigator.when_landed(again)
        elif not self._navigator.defer(again):
            self._find(pattern, backwards=backwards, is_new=False)

    def _find(self, pattern: Matcher, *, backwards: bool, is_new: bool) -> None:
        source = self._reader.source
        if source is None:
            return
        self._sought = "error" if isinstance(pattern, logs.ErrorLines) else "match"
        begin = self._buffer.search_from(backwards=backwards, is_new=is_new)
        if backwards and not self._buffer.has_lines:
            begin = source.size
        self._searching().find(source, self._among_shown(pattern), begin, backwards, self._take_match)
        self._watch_progress()

    def _take_match(self, offset: int | None, backwards: bool) -> None:
        direction = "above" if backwards else "below"
        self._take_found(offset, f"no {self._sought} {direction}")
        self._changed()

    def _take_time(self, offset: int | None, has_stamps: bool) -> None:
        older = "the whole log is older" if has_stamps else "this log has no timestamps"
        self._take_found(offset, older)

    def _take_line(self, number: int, offset: int | None) -> None:
        self._take_found(offset, f"no line {number:,}")

    def _take_found(self, offset: int | None, otherwise: str) -> None:
        """Go to the line that was found and perform deferred actions, or say `otherwise`."""
        if offset is None:
            self._navigator.drop_deferred()
            self._say(otherwise)
        else:
            self._navigator.go_to_found(offset)

    def _say_with_keys(self, text: str) -> None:
        self._say(with_keys(text, keys_in(self._owner.app)))

    # The search itself

    def _count(self) -> None:
        self._is_counting = True
        source = self._reader.source
        if source is not None and self._pattern is not None:
            self._searching().count(source, self._among_shown(self._pattern))
            self._watch_progress()

    def _among_shown(self, pattern: Matcher) -> Matcher:
        """Return a matcher for a pattern among the lines that the filter shows."""
        if self._filter is None:
            return pattern

        return logs.Among(pattern, self._filter)

    def _searching(self) -> LogSearch:
        if self._search is None:
            # 46 ms that neither the first paint nor those who search nothing need wait for.
            from runtui.tui.widgets.log_search import LogSearch

            self._search = LogSearch(self._owner, self._changed)
        return self._search

    def _watch_progress(self) -> None:
        if self._progress_timer is None:
            self._progress_timer = self._owner.set_interval(_PROGRESS_INTERVAL, self._show_progress)

    def _show_progress(self) -> None:
        is_searching = self._search is not None and self._search.is_busy
        if self._progress_timer is not None and not is_searching and self._reader.filtering is None:
            self._progress_timer.stop()
            self._progress_timer = None
        self._changed()


def _compiled(text: str) -> tuple[Pattern | None, str]:
    """Compile a pattern as typed; return it, None for an empty one, and what is wrong with it."""
    if not text:
        return None, ""

    try:
        return logs.compile_pattern(text), ""
    except logs.PatternError as error:
        return None, str(error)
