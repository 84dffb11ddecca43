"""The log pane: the end of a run's log, following it as it grows."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from runtui.catalog.format import moment_text, short_id, size_text
from runtui.catalog.spans import Line, Span
from runtui.store.safe_text import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.background import Background
from runtui.tui.widgets.lines_view import LinesView

if TYPE_CHECKING:
    from runtui.logs.follow import LogFollower, LogUpdate

_MOST_LINES = 20_000
_TRIMMED_LINES = 15_000

_LEVEL = re.compile(
    r"\b(?:(?P<error>ERROR|CRITICAL|FATAL|Traceback \(most recent call last\)|[A-Za-z]+Error:)"
    r"|(?P<warning>WARN(?:ING)?))(?=\W|$)"
)


class _Session:
    """A log being followed; its methods run in the background thread, one after the other."""

    def __init__(self, base: str, name: str) -> None:
        self.name = name
        self.log_name = ""
        self.log_count = 0
        self._run_dir = f"{base}/{name}"
        self._follower: LogFollower | None = None
        self._next_listing = 0.0

    def look(self) -> LogUpdate | str | None:
        """Return what is new in the log, a reason why there is nothing to show, or None for no news."""
        from runtui.logs.follow import LogFollower  # no part of the first paint
        from runtui.logs.listing import find_logs

        if self._follower is None or time.monotonic() >= self._next_listing:
            self._next_listing = time.monotonic() + _LISTING_INTERVAL
            logs = find_logs(self._run_dir)
            self.log_count = len(logs)
            if self._follower is None or (
                logs and logs[0].name != self.log_name and self._is_over(logs[0].modified)
            ):
                if not logs:
                    return "this run has no log yet"
                self.log_name = logs[0].name
                self._follower = LogFollower(f"{self._run_dir}/{self.log_name}")
        try:
            return self._follower.look()
        except OSError as error:
            return f"{safe_text(self.log_name)} cannot be read: {error.strerror or error}"

    def _is_over(self, newest: float) -> bool:
        """Return whether another log has been written for a while and the one shown has not."""
        assert self._follower is not None
        return newest - self._follower.modified > _SWITCH_AFTER


_SWITCH_AFTER = 2.0
_LISTING_INTERVAL = 5.0  # looking for another log costs several times what a look at one does


class LogPane(LinesView):
    """Shows the log that a run wrote last. Its end stays on screen until the user scrolls up."""

    BINDINGS = bindings_of(Place.LOG)

    def __init__(self, base: str, background: Background, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._base = base
        self._background = background
        self._session: _Session | None = None
        self._lines: list[str] = []
        self._partial = ""
        self._width = 0
        self._head = ""
        self._message = ""
        self._following = True
        self._new_lines = 0
        self._bytes = 0
        self._modified = 0.0

    def line_count(self) -> int:
        return bool(self._head) + len(self._lines) + bool(self._partial) + bool(self._message)

    def line_at(self, place: int) -> Line:
        if self._head:
            if not place:
                return (Span(self._head, "dim"),)
            place -= 1
        if place < len(self._lines):
            return _coloured(self._lines[place])
        if self._partial and place == len(self._lines):
            return _coloured(self._partial)
        return (Span(self._message, "dim"),)

    @property
    def following(self) -> bool:
        """Whether the end of the log is kept on screen."""
        return self._following

    def show_run(self, name: str | None) -> None:
        """Show the log of a run from its end, or nothing."""
        self._session = None if name is None else _Session(self._base, name)
        self._lines, self._partial, self._head, self._width = [], "", "", 0
        self._message = ""
        self._following, self._new_lines = True, 0
        self._bytes, self._modified = 0, 0.0
        self._show()
        self.look()

    def look(self) -> None:
        """Look, in the background, for what is new in the log."""
        if self._session is not None:
            self._background.submit("log", self._session.look, partial(self._take_in, self._session))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        following = round(new_value) >= self.max_scroll_y
        if following != self._following:
            self._following = following
            self._new_lines = 0
            self._show_title()

    def action_follow(self) -> None:
        """Keep the end of the log on screen again."""
        self._following, self._new_lines = True, 0
        self._scroll_to_end()
        self._show_title()

    def _take_in(self, session: _Session, news: LogUpdate | str | None) -> None:
        if session is not self._session or news is None or news == self._message:
            return
        if isinstance(news, str):
            self._message = news
        else:
            self._message = news.notice
            self._bytes, self._modified = news.size, news.modified
            if news.restart:
                self._lines, self._width = [], 0
                skipped = size_text(news.skipped)
                self._head = f"… {skipped} before this are not shown" if news.skipped else ""
            self._lines.extend(news.lines)
            self._partial = news.partial
            if not self._following:
                self._new_lines += len(news.lines)
            self._width = max(self._width, cell_len(news.partial), *map(cell_len, news.lines), 0)
            self._trim()
        self._show()

    def _trim(self) -> None:
        if len(self._lines) <= _MOST_LINES:
            return
        dropped = len(self._lines) - _TRIMMED_LINES
        del self._lines[:dropped]
        self._head = "… earlier lines are not shown"
        if not self._following:
            self.scroll_to(y=max(0, self.scroll_offset.y - dropped), animate=False, force=True)

    def _show(self) -> None:
        self.set_extent(max(self._width, cell_len(self._message), cell_len(self._head)))
        if self._following:
            self._scroll_to_end()
        self._show_title()

    def _scroll_to_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def _show_title(self) -> None:
        session = self._session
        parts = ["log"]
        if session is not None and session.log_name:
            parts = [f"log: {short_id(safe_text(session.name))} {safe_text(session.log_name, 40)}"]
            if session.log_count > 1:
                parts.append(f"1 of {session.log_count}")
            if self._modified:
                parts.append(size_text(self._bytes))
                parts.append(f"written {moment_text(self._modified, time.time())}")
        self.border_title = Content(" · ".join(parts))
        if self._following or not self._lines:
            self.border_subtitle = None
        else:
            count = f"{self._new_lines} new lines, " if self._new_lines else ""
            self.border_subtitle = Content(f"{count}F follows")


def _coloured(text: str) -> Line:
    level = _LEVEL.search(text)
    if level is None:
        return (Span(text),)
    return (Span(text, "error" if level["error"] else "warning"),)
