"""The log pane: a run's logs, read in the background, followed, searched and filtered."""

from __future__ import annotations

import math
import os
import shlex
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from runtui.store.errors import explain
from runtui.text.format import moment_text, short_id, size_text
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.background import Background
from runtui.tui.widgets.framed import Framed
from runtui.tui.widgets.log_view import LogView
from runtui.tui.widgets.log_watch import LogWatch

if TYPE_CHECKING:
    from runtui.logs.read.listing import LogFile
    from runtui.logs.read.source import Snapshot, Source
    from runtui.logs.search.pattern import Matcher, Pattern
    from runtui.logs.session import LineChunk, LogChoice, LogSession, LogUpdate
    from runtui.logs.viewport import Kept
    from runtui.tui.widgets.log_prompt import LogPrompt, PromptKind
    from runtui.tui.widgets.log_search import LogSearch

T = TypeVar("T")

_LOOK_INTERVAL = 0.1
_NEVER = -math.inf
_JUST_WRITTEN = 10.0
_PROGRESS_INTERVAL = 0.2
_MESSAGE_TIME = 4.0
_MOST_COUNTED = 256 * 1024 * 1024
_PIECE = 1024 * 1024
_MOST_DIGITS = 15
_MOST_WAITING = 100  # of a key that is held down while the file system does not answer
_MOST_UNPACKED = 1024 * 1024 * 1024


class LogPane(Framed, Vertical):
    """Shows the log that a run wrote last, or the one that the user chose. The end stays on screen until the
    user goes up."""

    BINDINGS = bindings_of(Place.LOG)

    def __init__(self, base: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._base = base
        self._view = LogView(_level_of, self._must_wait, id="log-view")
        self._run: str | None = None
        self._session: LogSession | None = None
        self._choice: LogChoice | None = None
        self._waiting: list[Callable[[], None]] = []
        self._jumps = self._landed = 0
        self._background: Background | None = None
        self._watch = LogWatch(self, self._submit)
        self._looked = _NEVER
        self._looking: Timer | None = None
        self._search: LogSearch | None = None
        self._prompt: LogPrompt | None = None
        self._watching: Timer | None = None
        self._pattern: Pattern | None = None
        self._filter: Pattern | None = None
        self._news: LogUpdate | None = None
        self._logs: tuple[str, ...] = ()
        self._name = ""
        self._is_counting = False
        self._to_be_saved: Source | None = None
        self._message = ""
        self._said = ""
        self._forgetting: Timer | None = None
        self._arrived: int | None = 0

    def compose(self) -> ComposeResult:
        yield self._view

    def on_unmount(self) -> None:
        self._cancel()
        self._watch.end()
        if self._background is not None:
            self._background.stop()
        if self._search is not None:
            self._search.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the line in which the user types."""
        return self._prompt is None or not self._prompt.has_focus_within

    @property
    def lines(self) -> LogView:
        """The lines, which take the focus."""
        return self._view

    def unanswered_for(self) -> float:
        """Return the seconds for which reading has been waiting for the file system."""
        is_filtering = self._session is not None and self._session.progress is not None
        return 0.0 if self._background is None or is_filtering else self._background.unanswered_for()

    def show_run(self, name: str | None) -> None:
        """Show the log of a run from its end, or nothing."""
        if name is not None and name == self._run:
            self.look()
            return
        self._run = name
        self._begin()

    def show_line(self, name: str, log: str, offset: int) -> None:
        """Show the line of a run's log in which `offset` lies."""
        self._run = name
        self._begin(log)
        self._waiting.append(partial(self._go_to_line, log, offset))

    def show_last_error(self, name: str) -> None:
        """Show the last line of a run's log that tells of an error."""
        if name != self._run:
            self._run = name
            self._begin()
        self.action_previous_error()

    def _begin(self, log: str | None = None) -> None:
        self._cancel()
        self._news, self._message, self._arrived = None, "", 0
        self._waiting.clear()
        self._view.clear()
        self._session, self._choice = None, None
        self._logs, self._name, self._is_counting = (), "", False
        self._watch.stop()
        self._set_filter(None)
        if self._run is not None:
            from runtui.logs.session import LogSession  # no part of the first paint

            self._session = LogSession(f"{self._base}/{self._run}")
            if log is not None:
                self._choice = self._session.choose(log)
            self.look()
        self._show_title()

    # Reading

    @on(LogWatch.Heard)
    def look_soon(self) -> None:
        """Look for what is new in the log: at once, but not more often than ten times a second."""
        if self._looking is not None:
            return
        pause = self._looked + _LOOK_INTERVAL - time.monotonic()
        if pause > 0:
            self._looking = self.set_timer(pause, self.look)
        else:
            self.look()

    def look(self) -> None:
        """Look, in the background, for what is new in the log."""
        if self._looking is not None:
            self._looking.stop()
            self._looking = None
        self._looked = time.monotonic()
        session, news = self._session, self._news
        if session is not None:
            session.may_switch = self._view.is_following
            generation = 0 if news is None or news.look is None else news.look.generation
            job = partial(_look, session, self._source, generation, self._view.behind)
            self._submit("look", job, partial(self._take_news, session))

    @property
    def _source(self) -> Source | None:
        """What the lines on screen were read from: the session may have opened another log already."""
        return None if self._news is None else self._news.source

    def _read(
        self,
        kind: str,
        read: Callable[[LogSession], LineChunk],
        take: Callable[[LineChunk], None],
        missed: Callable[[], None] | None = None,
    ) -> None:
        """Read lines in the background.

        Args:
            kind: Lines of the same kind that are still to be read then are wanted no longer.
            read: What reads them.
            take: Called with the lines, if the log is still the one on screen.
            missed: Called in place of it where they could not be read.
        """
        session, source = self._session, self._source
        if session is None or source is None:
            return

        def done(chunk: LineChunk | None) -> None:
            if source is not self._source:
                return
            if chunk is not None:
                take(chunk)
            elif missed is not None:
                missed()

        self._submit(kind, partial(_quietly, session, source, read), done)

    def _submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        if self._background is None:
            self._background = Background(self)
        self._background.submit(kind, job, done)

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.stop()
        message.action()

    def _take_news(self, session: LogSession, news: LogUpdate | str) -> None:
        if session is not self._session:
            return
        if isinstance(news, str):
            self._message = news
            self._show_title()
            return
        if news.choice is not self._choice:
            return  # found out before the user chose another log
        # None where the log was opened just now.
        before = self._news if self._source is news.source else None
        self._news = news
        self._logs, self._name = tuple([log.name for log in news.logs]), news.name
        self._listen(session, news)
        self._message = news.look.notice if news.look is not None else ""
        if news.look is not None and news.look.progress < 1:
            self._message = f"{100 * news.look.progress:.0f} % read"
            self.look()
        if news.look is None:
            self._message = "this run has no log yet"
        elif before is None:
            self._begin_log(news)
        else:
            self._go_on(before, news)
        if news.missing:
            self._say(f"{safe_text(news.missing, 60)} is not there: this is the log written last")
        if news.arrived == 0 and (before is None or news.chunk is None) and not self._message:
            # Only a look that brought more lines holds up the next one.
            self._looked = _NEVER
            if self._looking is not None:
                self.look()
        self._show_title()

    def _begin_log(self, news: LogUpdate) -> None:
        """Show a log that was opened just now, by the user or because it was written later."""
        self._view.show(news.chunk)
        self._arrived = 0
        if self._search is not None:
            self._search.cancel()
        if self._is_counting:
            self._count()
        self._landed = self._jumps
        self._go_on_waiting()

    def _go_on(self, before: LogUpdate, news: LogUpdate) -> None:
        """Take in what was written to the log on screen, or happened to it."""
        view = self._view
        assert before.look is not None
        assert news.look is not None
        if news.chunk is not None and _is_other(before.look, news.look):
            view.restart(news.look.rest, news.look.notice or "the log was read anew", news.chunk)
        elif news.chunk is not None and news.is_anew:
            if view.is_following:
                view.show(news.chunk)
            else:
                view.miss_news()
        elif news.chunk is not None:
            view.add_news(news.chunk)
        elif news.arrived != 0 and view.behind is not None:
            self._catch_up(view.behind)
        if not view.is_following and news.arrived != 0:
            known = self._arrived is not None and news.arrived is not None
            self._arrived = (self._arrived or 0) + (news.arrived or 0) if known else None
        if self._search is not None and self._search.go_on_counting():
            self._watch_progress()

    def _listen(self, session: LogSession, news: LogUpdate) -> None:
        """Hear at once of what is written next to a log that is just being written."""
        is_one = os.path.basename(session.path) == os.path.basename(news.name)
        if is_one and news.look is not None and time.time() - news.look.modified < _JUST_WRITTEN:
            self._watch.attend(session.path)

    def _catch_up(self, behind: int) -> None:
        """Read what was written while the end came on screen: the look that saw it was not asked for it."""

        def take(chunk: LineChunk) -> None:
            if chunk.is_end:
                self._view.add_news(chunk)
            elif self._view.is_following:
                self._to_end()
            else:
                self._view.miss_news()

        self._read("news", lambda session: session.after(behind), take)

    def _go_to_line(self, log: str, offset: int) -> None:
        """Go to a line of one of the logs; stay where another is shown in its place."""
        if log == self._name:
            self._jump(offset, is_hit=True)

    @property
    def _is_on_its_way(self) -> bool:
        """Whether other lines than those on screen are being read, to be there next."""
        return self._session is not None and (self._news is None or self._jumps != self._landed)

    def _must_wait(self, act: Callable[[], None]) -> bool:
        """Have something done when the lines that it is about are on screen, if they are not yet."""
        if self._is_on_its_way and len(self._waiting) < _MOST_WAITING:
            self._waiting.append(act)
        return self._is_on_its_way

    def _go_on_waiting(self) -> None:
        acts, self._waiting = self._waiting, []
        for act in acts:
            act()

    @on(LogView.MoreWanted)
    def _read_more(self, message: LogView.MoreWanted) -> None:
        message.stop()
        place, backwards = message.place, message.backwards
        self._read(
            f"more {backwards}",
            lambda session: session.before(place) if backwards else session.after(place),
            lambda chunk: self._view.add_more(chunk, place, backwards=backwards),
            lambda: self._view.ask_again(backwards=backwards),
        )

    @on(LogView.Moved)
    def _tell_move(self, message: LogView.Moved) -> None:
        message.stop()
        if self._view.is_following:
            self._arrived = 0
        self._show_title()

    def _jump(self, offset: int, *, is_hit: bool = False) -> None:
        """Have the line in which `offset` lies on screen."""
        if self._source is None or self._view.go_to(offset, is_hit=is_hit):
            return
        self._jump_into_line(offset, is_hit=is_hit)

    def _jump_into_line(self, offset: int, *, is_hit: bool = False) -> None:
        """Go to the line in which `offset` lies, of which the beginning need not be known."""
        self._read_for_jump(
            lambda session, most: session.around(offset, most),
            lambda chunk: self._view.show(chunk, offset, is_hit=is_hit),
        )

    def _read_for_jump(
        self, read: Callable[[LogSession, int], LineChunk], show: Callable[[LineChunk], None]
    ) -> None:
        if self._source is None:
            return
        # What goes on beyond the screen is read when that has been painted.
        most = self._view.screenful
        self._jumps += 1
        number = self._jumps

        def land(chunk: LineChunk | None) -> None:
            if chunk is not None:
                show(chunk)
                self._show_title()  # painted together with the lines
            if number == self._jumps:
                self._landed = number
                self._go_on_waiting()

        self._read("jump", lambda session: read(session, most), land, partial(land, None))

    # Where to go

    def action_follow(self) -> None:
        """Keep the end of the log on screen again."""
        self._arrived = 0
        if self._is_on_its_way or not self._view.follow():
            self._to_end()
        self.look()

    @on(LogView.EdgeWanted)
    def _go_to_edge(self, message: LogView.EdgeWanted) -> None:
        message.stop()
        if message.is_end:
            self.action_follow()
        else:
            self._to_beginning()

    def _to_end(self) -> None:
        self._read_for_jump(lambda session, most: session.end(most), self._view.show)

    def _to_beginning(self) -> None:
        self._read_for_jump(lambda session, most: session.after(0, most), self._view.show_beginning)

    async def action_go_to(self) -> None:
        from runtui.tui.widgets.log_prompt import PromptKind

        await self._ask(PromptKind.PLACE)

    def _go_to_place(self, text: str) -> None:
        text = text.strip()
        source = self._source
        if not text or self._must_wait(partial(self._go_to_place, text)) or source is None:
            return
        if text.endswith("%"):
            try:
                share = float(text[:-1]) / 100
            except ValueError:
                self._complain(f"{text} is no percentage")
                return
            self._jump_into_line(int(source.size * min(1.0, max(0.0, share))))
        elif text.isdecimal():
            if len(text) > _MOST_DIGITS:
                self._complain("no log has so many lines")
                return
            self._searching().find_line(source, int(text), self._take_line)
            self._watch_progress()
        else:
            from runtui.logs.read.timestamps import time_from_text

            moment = time_from_text(text, source.modified or time.time())
            if moment is None:
                self._complain(
                    f"{text} is no percentage (50%), line's number or time (12:30, 2026-01-31 12:30)"
                )
                return
            self._searching().find_time(source, moment, self._take_time)
            self._watch_progress()

    def _take_time(self, offset: int | None, has_stamps: bool) -> None:
        older = "all of the log is older" if has_stamps else "no time stamps were found in this log"
        self._take_found(offset, older)

    def _take_line(self, number: int, offset: int | None) -> None:
        self._take_found(offset, f"there is no line {number:,}")

    def _take_found(self, offset: int | None, otherwise: str) -> None:
        """Go to the line that was found, and do what waits for that; say what else there is to say."""
        if offset is None:
            self._waiting.clear()
            self._say(otherwise)
        else:
            self._jump(offset, is_hit=True)
            if not self._is_on_its_way:
                self._go_on_waiting()

    # Searching

    async def action_search(self) -> None:
        from runtui.tui.widgets.log_prompt import PromptKind

        await self._ask(PromptKind.SEARCH)

    async def action_filter_lines(self) -> None:
        from runtui.tui.widgets.log_prompt import PromptKind

        await self._ask(PromptKind.FILTER, "" if self._filter is None else self._filter.source)

    async def _ask(self, wanted: PromptKind, text: str = "") -> None:
        if self._prompt is None:
            from runtui.tui.widgets.log_prompt import LogPrompt

            self._prompt = LogPrompt(self._submit_prompt, self._leave_prompt)
            await self.mount(self._prompt)
        self._prompt.ask(wanted, text)

    def on_log_prompt_changed(self, message: LogPrompt.Changed) -> None:
        """Mark what is typed while it is being typed."""
        from runtui.tui.widgets.log_prompt import PromptKind

        message.stop()
        if message.wanted in (PromptKind.SEARCH, PromptKind.FILTER):
            self._view.mark(self._compiled(message.text), self._filter)

    def _leave_prompt(self) -> None:
        self._view.mark(self._pattern, self._filter)
        self.screen.set_focus(self._view)

    def _submit_prompt(self, wanted: PromptKind, text: str) -> None:
        from runtui.tui.widgets.log_prompt import PromptKind

        assert self._prompt is not None
        if wanted is PromptKind.PLACE:
            self._go_to_place(text)
        elif wanted is PromptKind.FILE:
            self._save_to(text)
        elif wanted is PromptKind.FILTER:
            self._filter_by(text)
        else:
            self._search_text(text)
        if not self._prompt.is_complaining:
            self._prompt.display = False
            self.screen.set_focus(self._view)

    def _search_text(self, text: str) -> None:
        pattern = self._compiled(text)
        if text and pattern is None:
            return
        self._pattern = pattern
        self._view.mark(pattern, self._filter)
        if pattern is not None:
            self._start_search(pattern)
            self._count()

    def _filter_by(self, text: str) -> None:
        pattern = self._compiled(text)
        if text and pattern is None:
            return
        self._set_filter(pattern)
        self._reload()
        self._watch_progress()
        self._show_title()

    def _compiled(self, text: str) -> Pattern | None:
        """Return what was typed as a pattern; None, and a complaint, where it is none."""
        from runtui.logs.search.pattern import PatternError, compile_pattern

        self._complain("")
        if not text:
            return None
        try:
            return compile_pattern(text)
        except PatternError as error:
            self._complain(str(error))
            return None

    def _complain(self, text: str) -> None:
        if self._prompt is not None:
            self._prompt.complain(text)

    def action_next_match(self) -> None:
        self._next(backwards=False)

    def action_previous_match(self) -> None:
        self._next(backwards=True)

    def _next(self, *, backwards: bool) -> None:
        if self._pattern is None:
            self._say("nothing was searched for yet: / asks what")
        else:
            self._search_on(self._pattern, backwards=backwards)

    def action_next_error(self) -> None:
        self._search_for_error(backwards=False)

    def action_previous_error(self) -> None:
        self._search_for_error(backwards=True)

    def _search_for_error(self, *, backwards: bool) -> None:
        from runtui.logs.diagnose.levels import ErrorLines

        self._search_on(ErrorLines(), backwards=backwards)

    def _start_search(self, pattern: Matcher) -> None:
        if not self._must_wait(partial(self._start_search, pattern)):
            # From the end there is nothing below: who follows a log looks for what was written last.
            self._find(pattern, backwards=self._view.is_following, is_new=True)

    def _search_on(self, pattern: Matcher, *, backwards: bool) -> None:
        on = partial(self._search_on, pattern, backwards=backwards)
        if self._search is not None and self._search.is_looking:
            self._waiting.append(on)
        elif not self._must_wait(on):
            self._find(pattern, backwards=backwards, is_new=False)

    def _find(self, pattern: Matcher, *, backwards: bool, is_new: bool) -> None:
        source = self._source
        if source is None:
            return
        begin = self._view.search_from(backwards=backwards, is_new=is_new)
        if backwards and self._view.is_empty:
            begin = source.size
        self._searching().find(source, self._shown(pattern), begin, backwards, self._take_hit)
        self._watch_progress()

    def _take_hit(self, offset: int | None, backwards: bool) -> None:
        self._take_found(offset, "no match above" if backwards else "no match below")
        self._show_title()

    def _count(self) -> None:
        self._is_counting = True
        if self._source is not None and self._pattern is not None:
            self._searching().count(self._source, self._shown(self._pattern))
            self._watch_progress()

    def _shown(self, pattern: Matcher) -> Matcher:
        """Return what looks for a pattern among the lines that are shown."""
        from runtui.logs.search.pattern import Among

        return pattern if self._filter is None else Among(pattern, self._filter)

    def _searching(self) -> LogSearch:
        if self._search is None:
            from runtui.tui.widgets.log_search import LogSearch

            self._search = LogSearch(self, self._show_title)
        return self._search

    def _watch_progress(self) -> None:
        if self._watching is None:
            self._watching = self.set_interval(_PROGRESS_INTERVAL, self._show_progress)

    def _show_progress(self) -> None:
        is_filtering = self._session is not None and self._session.progress is not None
        is_searching = self._search is not None and self._search.is_busy
        if self._watching is not None and not is_searching and not is_filtering:
            self._watching.stop()
            self._watching = None
        self._show_title()

    def cancel_search(self) -> bool:
        """Look for nothing any more; return whether anything was being looked for."""
        if self._search is None or not self._search.is_looking:
            return False
        self._search.cancel()
        self._waiting.clear()
        self._say("no longer looking")
        return True

    def _cancel(self) -> None:
        if self._session is not None:
            self._session.is_cancelled = _always
        if self._search is not None:
            self._search.cancel()

    # Filtering

    def _set_filter(self, pattern: Pattern | None) -> None:
        self._filter = pattern
        if self._session is not None:
            self._session.filter = pattern
        self._view.mark(self._pattern, pattern)

    def action_more_context(self) -> None:
        self._change_context(1)

    def action_less_context(self) -> None:
        self._change_context(-1)

    def _change_context(self, change: int) -> None:
        if self._session is None or self._filter is None:
            self._say("context is for filtered lines: & filters")
            return
        self._session.context = max(0, self._session.context + change)
        self._say(f"{self._session.context} lines around each match")
        self._reload()

    def _reload(self) -> None:
        """Show what is to be seen now around what was on screen."""
        if self._news is None:
            self._waiting.append(self._reload)
        elif self._view.is_following:
            self._to_end()
        else:
            self._jump_into_line(self._view.top)

    # Several logs

    def action_next_log(self) -> None:
        self._choose_log(1)

    def action_previous_log(self) -> None:
        self._choose_log(-1)

    def _choose_log(self, step: int) -> None:
        if len(self._logs) < 2:
            self._say("this run has no other log")
            return
        place = self._logs.index(self._name) if self._name in self._logs else -1
        self._open_log(self._logs[(place + step) % len(self._logs)])

    def action_merge_logs(self) -> None:
        """Show all logs of the run as one, by time, or again the one written last."""
        from runtui.logs.session import ALL

        if len(self._logs) < 2:
            self._say("this run has no other log")
        else:
            self._open_log(self._logs[0] if self._is_merged else ALL)

    @property
    def _is_merged(self) -> bool:
        from runtui.logs.session import ALL

        return self._name == ALL

    def _open_log(self, name: str | None) -> None:
        if self._session is None or name is None:
            return
        self._choice = self._session.choose(name)
        self._name = name
        self._news = None
        self._waiting.clear()
        if self._search is not None:
            self._search.cancel()
        self._view.clear()
        self.look()

    # Taking lines along

    def action_wrap(self) -> None:
        """Wrap long lines, or scroll sideways."""
        self._view.turn_wrapping()

    def action_select(self) -> None:
        """Select lines, or do so no longer."""
        if not self._must_wait(self._view.turn_selecting):
            self._view.turn_selecting()

    def action_copy_lines(self) -> None:
        if not self._must_wait(self._copy_lines):
            self._copy_lines()

    def _copy_lines(self) -> None:
        from runtui.logs.read.text import shown_line

        kept = self._view.selected()
        lines = [shown_line(one.line.raw.decode("utf-8", "replace")) for one in kept]
        self.app.copy_to_clipboard("\n".join(lines))
        self._say("1 line copied" if len(kept) == 1 else f"{len(kept):,} lines copied")
        self._view.stop_selecting()

    async def action_save_lines(self) -> None:
        from runtui.tui.widgets.log_prompt import PromptKind

        self._to_be_saved = self._source
        await self._ask(PromptKind.FILE)

    def _save_to(self, text: str) -> None:
        """Save the selected lines, or without a selection the whole log, as they are in the file."""
        if not text.strip() or self._must_wait(partial(self._save_to, text)):
            return
        source = self._source
        if source is None:
            return
        if source is not self._to_be_saved:
            self._say("nothing was saved: another log is shown by now")
            return
        lines = self._view.selected() if self._view.is_selecting else None
        if lines is None and not self._is_all_read:
            return
        self._submit("save", partial(_save, source, lines, os.path.expanduser(text.strip())), self._say)
        self._view.stop_selecting()

    @property
    def _is_all_read(self) -> bool:
        """Whether a compressed log has been unpacked to its end; says so where it has not."""
        look = None if self._news is None else self._news.look
        if look is not None and look.progress < 1:
            self._say("this log is still being unpacked: try again when all of it is read")
            return False
        return True

    def action_pager(self) -> None:
        """Open the log in the user's pager, at the first line on screen."""
        self._open_outside(os.environ.get("PAGER") or "less", lambda offset, _number: [f"+{offset}P"])

    def action_editor(self) -> None:
        """Open the log in the user's editor, at the line at hand, or else the first one on screen."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        self._open_outside(editor, lambda _offset, number: [] if number is None else [f"+{number}"])

    def _open_outside(self, command: str, place: Callable[[int, int | None], list[str]]) -> None:
        from runtui.tui.external import run_outside  # no part of the first paint

        session = self._session
        source = self._source
        if session is None or source is None or not self._is_all_read:
            return
        if self._is_merged:
            self._say("several logs are no file that can be opened: m shows one of them")
            return
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        if not words:
            self._say(f"{safe_text(command)} is no command")
            return

        def run(found: _Outside | str) -> None:
            if isinstance(found, str):
                self._say(found)
                return
            # Others than less do not understand a place in bytes.
            knows_place = found.number is not None or os.path.basename(words[0]) == "less"
            at = place(found.offset, found.number) if knows_place else []
            trouble = run_outside(self.app, [*words, *at, found.path])
            if trouble:
                self._say(trouble)
            if found.folder is not None:
                found.folder.cleanup()

        here = self._view.top if self._view.here is None else self._view.here
        self._submit("outside", partial(_for_others, source, session.path, here), run)

    async def action_logs(self) -> None:
        """Choose from all files of the run that can be read as text."""
        session = self._session
        if session is None:
            return

        def show(found: tuple[list[LogFile], list[LogFile]]) -> None:
            from runtui.tui.dialogs.logs import LogsScreen

            if session is self._session:
                self.app.push_screen(LogsScreen(*found), self._open_log)

        self._submit("texts", session.texts, show)

    # The frame

    def _say(self, text: str) -> None:
        """Say something below the log for a moment."""
        self._said = text
        self._show_title()
        if self._forgetting is not None:
            self._forgetting.stop()
        self._forgetting = self.set_timer(_MESSAGE_TIME, self._forget)

    def _forget(self) -> None:
        self._said, self._forgetting = "", None
        self._show_title()

    def _show_title(self) -> None:
        news = self._news
        parts = ["log"]
        if news is not None and news.name:
            name = f"{len(news.logs)} logs by time" if self._is_merged else safe_text(news.name, 40)
            parts = [f"log: {short_id(safe_text(self._run or ''))} {name}"]
            if len(news.logs) > 1 and not self._is_merged:
                names = [log.name for log in news.logs]
                place = names.index(news.name) + 1 if news.name in names else len(names)
                parts.append(f"{place} of {len(names)}")
            look = news.look
            if look is not None and look.modified:
                parts.append(size_text(look.size))
                if look.size and not self._view.is_following:
                    parts.append(f"{min(100, 100 * self._view.bottom // look.size)} %")
                parts.append(f"written {moment_text(look.modified, time.time())}")
            if self._filter is not None:
                parts.append(f"only {safe_text(self._filter.source, 20)}")
        under = [self._said] if self._said else []
        if self._search is not None and (text := self._search.progress(self._view.here)):
            under.append(text)
        if self._session is not None and (progress := self._session.progress) is not None:
            under.append(f"filtering {100 * progress:.0f} %")
        if self._message:
            under.append(self._message)
        if not self._view.is_following and not self._view.is_empty:
            if self._arrived != 0:
                under.append(
                    "very many new lines" if self._arrived is None else f"{self._arrived:,} new lines"
                )
            under.append("F follows")
        self.show_titles(" · ".join(parts), ", ".join(under))


def _level_of(text: str) -> str:
    from runtui.logs.diagnose.levels import level_of  # no part of the first paint

    level = level_of(text)
    return "" if level is None else level.name.lower()


def _look(session: LogSession, source: Source | None, generation: int, behind: int | None) -> LogUpdate | str:
    """Look at a log; `behind` is a place in the source on screen, in that state of it."""
    is_same = session.source is source and (source is None or source.generation == generation)
    try:
        return session.look(behind if is_same else None)
    except OSError as error:
        name = os.path.basename(os.fsdecode(error.filename or session.path))
        return f"{safe_text(name)} cannot be read: {error.strerror or error}"


def _is_other(before: Snapshot, look: Snapshot) -> bool:
    return before.generation != look.generation


def _save(source: Source, lines: list[Kept] | None, path: str) -> str:
    """Save lines, or all of a log; return what came of it, in one line."""
    from runtui.logs.read.saving import save_lines, save_range  # not for those who save nothing

    try:
        size = save_range(source, 0, source.size, path) if lines is None else save_lines(source, lines, path)
    except OSError as error:
        return f"not saved: {explain(error)}"
    return f"{size_text(size)} saved to {safe_text(path)}"


@dataclass(frozen=True, slots=True)
class _Outside:
    """A log as other programs can open it: a file, a place in it, and the folder that goes with it after."""

    path: str
    offset: int
    number: int | None
    folder: tempfile.TemporaryDirectory[str] | None = None


def _for_others(source: Source, path: str, offset: int) -> _Outside | str:
    """Return a log for other programs, a compressed one unpacked; or why it cannot be had."""
    from runtui.logs.read.listing import COMPRESSED

    number = _number_of(source, offset)
    name, ending = os.path.splitext(os.path.basename(path))
    if ending not in COMPRESSED:
        return _Outside(path, offset, number)
    if source.size > _MOST_UNPACKED:
        return f"unpacked it has {size_text(source.size)}, too much for a copy: W saves it to a file"
    from runtui.logs.read.saving import save_range

    try:
        folder = tempfile.TemporaryDirectory(prefix="runtui-")
        copy = os.path.join(folder.name, name)
        save_range(source, 0, source.size, copy)
        os.chmod(copy, 0o400)  # what is changed in it would be lost
    except OSError as error:
        return f"it cannot be unpacked: {explain(error)}"
    return _Outside(copy, offset, number, folder)


def _number_of(source: Source, offset: int) -> int | None:
    """Return the number of the line at an offset, where it can be counted in a moment."""
    if offset > _MOST_COUNTED:
        return None
    try:
        pieces = (source.read(place, min(_PIECE, offset - place)) for place in range(0, offset, _PIECE))
        return sum(piece.count(b"\n") for piece in pieces) + 1
    except OSError:
        return None


def _quietly(
    session: LogSession, source: Source, read: Callable[[LogSession], LineChunk]
) -> LineChunk | None:
    """Read, or return None where that fails: the next look says why."""
    if session.source is not source:
        return None
    try:
        return read(session)
    except OSError:
        return None


def _always() -> bool:
    return True
