"""The log pane: a run's logs, to be followed, searched, filtered and exported."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from runtui import logs
from runtui.text.sanitize import safe_text
from runtui.tui import dialogs
from runtui.tui.actions import Place, bindings_of, key_of, keys_in
from runtui.tui.background import Background
from runtui.tui.widgets.framed import Framed
from runtui.tui.widgets.log_bookmarks import LogBookmarks, LogPlace
from runtui.tui.widgets.log_navigator import LogNavigator
from runtui.tui.widgets.log_prompt import LogPrompt, PromptKind
from runtui.tui.widgets.log_reader import LogReader
from runtui.tui.widgets.log_search_controller import LogSearchController
from runtui.tui.widgets.log_title import LogState, ShownLog, lower_title, upper_title
from runtui.tui.widgets.log_view import LogView
from runtui.tui.widgets.log_watch import LogWatch

if TYPE_CHECKING:
    from runtui.logs.read.log_files import FoundTexts
    from runtui.logs.session import LogUpdate
    from runtui.tui.widgets.log_exporter import LogExporter

_MESSAGE_TIME = 4.0  # seconds


class LogPane(Framed, Vertical):
    """Shows the log that a run wrote last, or the one that the user chose. The end stays on screen until the
    user scrolls up.

    Args:
        base: The runs directory.
        id: The widget's id.
    """

    BINDINGS = bindings_of(Place.LOG)

    @dataclass
    class FailureWanted(Message):
        """The user wants the next (or previous) failed run, because no search is on in this one's log."""

        forward: bool

    def __init__(self, base: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._base = base
        self._run: str | None = None
        self._view = LogView(lambda act: self._navigator.defer(act), id="log-view")
        buffer = self._buffer = self._view.buffer
        self._reader = LogReader(self, buffer, self._take_update, self._show_title)
        self._navigator = LogNavigator(self._reader, buffer, self._show_title)
        self._search = LogSearchController(
            self, self._reader, self._navigator, buffer, self._view.mark, self._say, self._show_title
        )
        self._bookmarks = LogBookmarks()
        self._prompt: LogPrompt | None = None
        self._passing_message = ""
        self._message_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield self._view

    def on_unmount(self) -> None:
        self._search.cancel()
        self._reader.stop()
        self._search.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the prompt while the user types there."""
        return self._prompt is None or not self._prompt.has_focus_within

    # Choosing what is shown

    @property
    def run(self) -> str | None:
        """The name of the run whose log is shown."""
        return self._run

    @property
    def lines(self) -> LogView:
        """The widget with the lines, which gets the focus."""
        return self._view

    def unanswered_for(self) -> float:
        """Return for how many seconds reading has been waiting for the file system."""
        return self._reader.unanswered_for()

    def show_run(self, name: str | None) -> None:
        """Show the log of a run from its end, or nothing."""
        if name is not None and name == self._run:
            self._reader.poll()
        else:
            self._open_run(name)

    def show_line(self, name: str, log: str, offset: int) -> None:
        """Show the line of a run's log that contains `offset`."""
        self._open_run(name, log)
        self._navigator.when_landed(partial(self._navigator.go_to_line_of, log, offset))

    def show_match(self, name: str, log: str, offset: int, pattern: str) -> None:
        """Show the line of a run's log that begins at `offset`, and mark the matches of a pattern."""
        self._open_run(name, log)
        self._search.mark_matches(pattern)
        self._navigator.when_landed(partial(self._navigator.go_to_line_of, log, offset))

    def show_last_error(self, name: str) -> None:
        """Show the last error line of a run's log."""
        if name != self._run:
            self._open_run(name)
        self.action_previous_error()

    def look_soon(self) -> None:
        """Check the log for changes: at once, but at most ten times a second."""
        self._reader.poll_soon()

    def end_search(self) -> bool:
        """Cancel the search, and remove its marks; return whether there was one."""
        return self._search.end_by_user()

    def _open_run(self, name: str | None, log: str | None = None) -> None:
        self._run = name
        self._clear()
        self._reader.open(None if name is None else f"{self._base}/{name}", log)
        self._search.reset()
        self._show_title()

    def _clear(self) -> None:
        self._navigator.clear()
        self._view.scroll_to_left_edge()

    def _take_update(self, before: LogUpdate | None, update: LogUpdate) -> None:
        if update.look is not None and before is None:
            self._search.count_again()
            self._navigator.show_opened(update)
        elif update.look is not None and before is not None:
            self._navigator.show_update(before, update)
            self._search.count_on()
        self._show_bookmarks()
        if update.missing:
            self._say(f"{safe_text(update.missing, 60)} is gone: this is the newest log")

    # Messages

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.stop()
        message.action()

    @on(LogWatch.Heard)
    def _look_at_change(self) -> None:
        self._reader.poll_soon()

    @on(LogView.MoreWanted)
    def _read_more(self, message: LogView.MoreWanted) -> None:
        message.stop()
        self._navigator.read_more(message.place, backwards=message.backwards)

    @on(LogView.Moved)
    def _note_move(self, message: LogView.Moved) -> None:
        message.stop()
        self._navigator.note_move()
        self._show_title()

    @on(LogView.EdgeWanted)
    def _go_to_edge(self, message: LogView.EdgeWanted) -> None:
        message.stop()
        if message.is_end:
            self._navigator.follow()
        else:
            self._navigator.go_to_beginning()

    # The prompt

    async def _ask(self, kind: PromptKind, text: str = "") -> None:
        if self._prompt is None:
            self._prompt = LogPrompt(self._obey, self._leave_prompt)
            await self.mount(self._prompt)
        self._prompt.ask(kind, text)

    @on(LogPrompt.Changed)
    def _preview(self, message: LogPrompt.Changed) -> None:
        """Mark matches while the user types a pattern."""
        message.stop()
        if self._prompt is not None and message.kind in (PromptKind.SEARCH, PromptKind.FILTER):
            is_filter = message.kind is PromptKind.FILTER
            self._prompt.complain(self._search.preview(message.text, is_filter=is_filter))

    def _obey(self, kind: PromptKind, text: str) -> str:
        """Carry out the text typed; return what is wrong with it, or ``""``."""
        if kind is PromptKind.PLACE:
            return self._search.go_to_position(text)
        if kind is PromptKind.FILTER:
            return self._search.filter_by(text)
        if kind is PromptKind.SEARCH:
            return self._search.search(text)
        self._exporter.save(text)
        return ""

    @cached_property
    def _exporter(self) -> LogExporter:
        from runtui.tui.widgets.log_exporter import LogExporter

        return LogExporter(self, self._reader, self._navigator, self._buffer, self._say)

    def _leave_prompt(self) -> None:
        self._search.end_preview()
        self.screen.set_focus(self._view)

    # The titles

    def _say(self, text: str) -> None:
        """Show a message below the log for a moment."""
        self._passing_message = text
        self._show_title()
        if self._message_timer is not None:
            self._message_timer.stop()
        self._message_timer = self.set_timer(_MESSAGE_TIME, self._forget_message)

    def _forget_message(self) -> None:
        self._passing_message, self._message_timer = "", None
        self._show_title()

    def _show_title(self) -> None:
        state = LogState(
            key_of("follow", keys_in(self.app)),
            self._passing_message,
            self._search.progress,
            self._reader.filtering,
            self._reader.notice,
            None if self._buffer.is_following else self._buffer.bottom,
            self._buffer.has_lines,
            self._navigator.new_lines,
        )
        self.show_titles(upper_title(self._shown_log(), state, time.time()), lower_title(state))

    def _shown_log(self) -> ShownLog | None:
        reader, update = self._reader, self._reader.update
        if update is None or not update.name:
            return None
        look = update.look
        return ShownLog(
            self._run or "",
            update.name,
            reader.names,
            min(len(reader.names), logs.MOST_MERGED) if reader.is_merged else 0,
            0 if look is None else look.size,
            0.0 if look is None else look.modified,
            self._search.filter_text,
        )

    # Actions

    def action_follow(self) -> None:
        """Keep the end of the log on screen again."""
        self._navigator.follow()

    async def action_go_to(self) -> None:
        await self._ask(PromptKind.PLACE)

    async def action_search(self) -> None:
        await self._ask(PromptKind.SEARCH)

    async def action_filter_lines(self) -> None:
        await self._ask(PromptKind.FILTER, self._search.filter_text or "")

    def action_next_match(self) -> None:
        """Go to the next match; without a search, have the next failure shown."""
        if not self._search.go_to_match(backwards=False):
            self.post_message(self.FailureWanted(forward=True))

    def action_previous_match(self) -> None:
        if not self._search.go_to_match(backwards=True):
            self.post_message(self.FailureWanted(forward=False))

    def action_next_error(self) -> None:
        self._search.go_to_error(backwards=False)

    def action_previous_error(self) -> None:
        self._search.go_to_error(backwards=True)

    def action_more_context(self) -> None:
        self._search.change_context(1)

    def action_less_context(self) -> None:
        self._search.change_context(-1)

    def action_next_log(self) -> None:
        self._choose_log(1)

    def action_previous_log(self) -> None:
        self._choose_log(-1)

    def _choose_log(self, step: int) -> None:
        names, shown = self._reader.names, self._reader.log_name
        if self._has_several_logs():
            place = names.index(shown) if shown in names else -1
            self._open_log(names[(place + step) % len(names)])

    def action_merge_logs(self) -> None:
        """Show all logs of the run merged by time, or again only the one written last."""
        if self._has_several_logs():
            self._open_log(self._reader.names[0] if self._reader.is_merged else self._reader.merged_name)

    def _has_several_logs(self) -> bool:
        if len(self._reader.names) < 2:
            self._say("this run has only one log")
        return len(self._reader.names) >= 2

    async def action_logs(self) -> None:
        """Let the user choose one of the run's text files."""

        def show(found: FoundTexts) -> None:
            self.app.push_screen(dialogs.LogsScreen(found), self._open_log)

        self._reader.find_texts(show)

    def _open_log(self, name: str | None) -> None:
        if name is not None:
            self._search.cancel()
            self._clear()
            self._reader.choose(name)

    def action_wrap(self) -> None:
        """Wrap long lines, or let them extend beyond the screen."""
        self._view.toggle_wrapping()

    def action_raw(self) -> None:
        """Show lines of JSON as they are written, or as a person reads them."""
        is_raw = self._view.toggle_raw()
        self._say("JSON lines as they are written" if is_raw else "JSON lines with time, level and message")

    def action_select(self) -> None:
        """Begin or end selecting lines."""
        if not self._navigator.defer(self._buffer.toggle_selecting):
            self._buffer.toggle_selecting()

    def action_bookmark(self) -> None:
        """Set or remove a bookmark at the current line, or else at the first one on screen."""
        if not self._navigator.defer(self.action_bookmark) and (place := self._place()) is not None:
            kept = self._buffer.selection.lines()[-1:]
            if kept and kept[0].generation == place.generation:
                is_set = self._bookmarks.toggle(place, kept[0].line.begin)
                self._show_bookmarks()
                count = len(self._bookmarks.of(place))
                back = f"{key_of('next_bookmark', keys_in(self.app))} goes to the next of {count:,}"
                self._say(f"bookmark set: {back}" if is_set else "bookmark removed")

    def action_next_bookmark(self) -> None:
        """Go to the next bookmark of this log, after the last one to the first."""
        if self._navigator.defer(self.action_next_bookmark) or (place := self._place()) is None:
            return
        here = self._buffer.top - 1 if self._buffer.here is None else self._buffer.here
        offset = self._bookmarks.next(place, here)
        if offset is None:
            self._say(f"no bookmark in this log: {key_of('bookmark', keys_in(self.app))} sets one")
        else:
            self._navigator.go_to_found(offset)

    def _show_bookmarks(self) -> None:
        if (place := self._place()) is not None:
            self._view.show_bookmarks(place.generation, self._bookmarks.of(place))

    def _place(self) -> LogPlace | None:
        """Return the state of the log on screen, or None."""
        source = self._reader.source
        if source is None or self._run is None:
            return None
        return LogPlace(self._run, self._reader.log_name, source.generation)

    def action_copy_lines(self) -> None:
        self._exporter.copy()

    def action_copy_with_context(self) -> None:
        """Copy the selected lines, or those around the current one, under the log's name."""
        self._exporter.copy_with_context(self._run or "")

    async def action_save_lines(self) -> None:
        self._exporter.begin_to_save()
        await self._ask(PromptKind.FILE)

    def action_pager(self) -> None:
        """Open the log in the user's pager, at the first line on screen."""
        self._exporter.open_pager()

    def action_editor(self) -> None:
        """Open the log in the user's editor, at the current line, or else the first one on screen."""
        self._exporter.open_editor()
