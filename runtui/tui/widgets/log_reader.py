"""A run's logs, read in the background: new lines, and others on request."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.message_pump import MessagePump
from textual.timer import Timer

from runtui import logs
from runtui.text.sanitize import safe_text
from runtui.tui.background import Background
from runtui.tui.widgets.log_watch import LogWatch

if TYPE_CHECKING:
    from runtui.logs.read.log_files import FoundTexts
    from runtui.logs.read.source import Source
    from runtui.logs.search.pattern import LineFilter
    from runtui.logs.session import LineChunk, LogChoice, LogSession, LogUpdate
    from runtui.tui.widgets.log_buffer import LogBuffer

T = TypeVar("T")

_POLL_INTERVAL = 0.1  # seconds
_NEVER = -math.inf
_JUST_WRITTEN = 10.0  # seconds since the last write


class LogReader:
    """Reads the logs of one run at a time, in a thread of its own.

    Args:
        owner: Sets the timers. Gets a `Background.Finished` for each job done, and a `LogWatch.Heard` when
            the log may have changed.
        buffer: The lines on screen, which determine the offset from which new lines are read.
        show_update: Called with the previous update, None if the log was just opened, and the new one.
        changed: Called when anything else about the log may have changed.
    """

    def __init__(
        self,
        owner: MessagePump,
        buffer: LogBuffer,
        show_update: Callable[[LogUpdate | None, LogUpdate], None],
        changed: Callable[[], None],
    ) -> None:
        self._owner = owner
        self._buffer = buffer
        self._show_update = show_update
        self._changed = changed
        self._background: Background | None = None
        self._watch = LogWatch(owner, self.submit)
        self._session: LogSession | None = None
        self._choice: LogChoice | None = None
        self._update: LogUpdate | None = None
        self._names: tuple[str, ...] = ()
        self._log_name = ""
        self._error = ""
        self._last_poll = _NEVER
        self._next_poll: Timer | None = None

    # State

    @property
    def is_opening(self) -> bool:
        """Whether a log is being opened, and its lines are not read yet."""
        return self._session is not None and self._update is None

    @property
    def update(self) -> LogUpdate | None:
        """The last update; None while a log is being opened."""
        return self._update

    @property
    def source(self) -> Source | None:
        """The source of the lines on screen, even if the session has opened another log already."""
        return None if self._update is None else self._update.source

    @property
    def path(self) -> str:
        """The log's path, or the directory of merged logs."""
        return "" if self._session is None else self._session.path

    @property
    def names(self) -> tuple[str, ...]:
        """The run's logs, most recently written first."""
        return self._names

    @property
    def log_name(self) -> str:
        """The log on screen, or the one that the user has just chosen."""
        return self._log_name

    @property
    def is_merged(self) -> bool:
        """Whether all logs of the run are shown merged."""
        return bool(self._log_name) and self._log_name == self.merged_name

    @property
    def merged_name(self) -> str:
        """The name under which all logs of the run can be chosen as one, by time."""
        return logs.ALL

    @property
    def is_unpacked(self) -> bool:
        """Whether the whole log can be read; a compressed one is unpacked step by step."""
        look = None if self._update is None else self._update.look
        return look is None or look.progress >= 1

    @property
    def notice(self) -> str:
        """The notice about what happened to the log, or why there is none, in one line; ``""`` for none."""
        if self._error or self._update is None:
            return self._error
        look = self._update.look
        if look is None:
            return "; ".join(self._update.problems) or "this run has no log yet"
        return f"{100 * look.progress:.0f} % read" if look.progress < 1 else look.notice

    @property
    def filtering(self) -> float | None:
        """The fraction of the log that the filter has read, from 0 to 1; None if it is not reading."""
        return None if self._session is None else self._session.progress

    def unanswered_for(self) -> float:
        """Return for how many seconds reading has been waiting for the file system."""
        is_filtering = self.filtering is not None
        return 0.0 if self._background is None or is_filtering else self._background.unanswered_for()

    # Choosing a log

    def open(self, run_dir: str | None, log: str | None = None) -> None:
        """Open the logs of another run.

        Args:
            run_dir: The run's directory; None for no run.
            log: The log to show; None for the one written last.
        """
        self.cancel()
        self._watch.stop()
        self._session, self._choice, self._update = None, None, None
        self._names, self._log_name, self._error = (), "", ""
        if run_dir is not None:
            self._session = logs.LogSession(run_dir)
            if log is not None:
                self._choice = self._session.choose(log)
            self.poll()

    def choose(self, name: str) -> None:
        """Open another log of the same run; `merged_name` for all of them merged."""
        if self._session is not None:
            self._choice = self._session.choose(name)
            self._log_name = name
            self._update = None
            self.poll()

    def set_filter(self, pattern: LineFilter | None) -> None:
        """Read only lines that match; None for all lines."""
        if self._session is not None:
            self._session.filter = pattern

    def change_context(self, change: int) -> int:
        """Change how many lines the filter shows around each match; return the new number."""
        if self._session is None:
            return 0
        self._session.context = max(0, self._session.context + change)
        return self._session.context

    def cancel(self) -> None:
        """Stop reading lines of a run that is not on screen any more."""
        if self._session is not None:
            self._session.is_cancelled = _always

    def stop(self) -> None:
        """Stop reading. Waits briefly for the watcher's thread."""
        self.cancel()
        self._watch.end()
        if self._background is not None:
            self._background.stop()

    # Reading

    def poll_soon(self) -> None:
        """Check the log for changes: at once, but at most ten times a second."""
        if self._next_poll is not None:
            return
        pause = self._last_poll + _POLL_INTERVAL - time.monotonic()
        if pause > 0:
            self._next_poll = self._owner.set_timer(pause, self.poll)
        else:
            self.poll()

    def poll(self) -> None:
        """Check the log for changes in the background."""
        if self._next_poll is not None:
            self._next_poll.stop()
            self._next_poll = None
        self._last_poll = time.monotonic()
        session, update = self._session, self._update
        if session is not None:
            session.may_switch = self._buffer.is_following
            generation = 0 if update is None or update.look is None else update.look.generation
            job = partial(_look, session, self.source, generation, self._buffer.behind)
            self.submit("look", job, partial(self._take_update, session))

    def _take_update(self, session: LogSession, update: LogUpdate | str) -> None:
        if session is not self._session:
            return
        if isinstance(update, str):
            self._error = update
            self._changed()
            return
        if update.choice is not self._choice:
            return  # of the log on screen before the user chose another one
        before = self._update if self.source is update.source else None
        self._update, self._error = update, ""
        self._names, self._log_name = tuple([log.name for log in update.logs]), update.name
        self._watch_closely(session, update)
        self._show_update(before, update)
        if not self.is_unpacked:
            self.poll()
        elif update.arrived == 0 and (before is None or update.chunk is None) and not self.notice:
            # Only a poll that read lines delays the next one.
            self._last_poll = _NEVER
            if self._next_poll is not None:
                self.poll()
        self._changed()

    def _watch_closely(self, session: LogSession, update: LogUpdate) -> None:
        """Watch a log closely if it is being written, to notice the next write at once."""
        is_one = os.path.basename(session.path) == os.path.basename(update.name)
        if is_one and update.look is not None and time.time() - update.look.modified < _JUST_WRITTEN:
            self._watch.attend(session.path)

    def read(
        self,
        kind: str,
        read: Callable[[LogSession], LineChunk],
        take: Callable[[LineChunk], None],
        missed: Callable[[], None] | None = None,
    ) -> None:
        """Read lines in the background.

        Args:
            kind: The request replaces one of the same kind that has not begun.
            read: Reads them, in the thread.
            take: Called with the lines if the log is still on screen.
            missed: Called instead if they could not be read.
        """
        session, source = self._session, self.source
        if session is None or source is None:
            return

        def done(chunk: LineChunk | None) -> None:
            if source is not self.source:
                return
            if chunk is not None:
                take(chunk)
            elif missed is not None:
                missed()

        self.submit(kind, partial(_read_or_none, session, source, read), done)

    def find_texts(self, done: Callable[[FoundTexts], None]) -> None:
        """Find the run's logs and its other text files; `done` gets both unless another run is shown then."""
        session = self._session
        if session is None:
            return

        def tell(found: FoundTexts) -> None:
            if session is self._session:
                done(found)

        self.submit("texts", session.texts, tell)

    def submit(self, kind: str, job: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do a job in the reading thread; see `Background.submit`."""
        if self._background is None:
            self._background = Background(self._owner)
        self._background.submit(kind, job, done)


def _look(session: LogSession, source: Source | None, generation: int, behind: int | None) -> LogUpdate | str:
    """Check a log for changes.

    Args:
        session: The logs of the run.
        source: The source of the lines on screen.
        generation: The generation of the source that they belong to.
        behind: The offset from which new lines are read; None for no new lines.

    Returns:
        The update, or why the log cannot be read.
    """
    is_same = session.source is source and (source is None or source.generation == generation)
    try:
        return session.look(behind if is_same else None)
    except OSError as error:
        name = os.path.basename(os.fsdecode(error.filename or session.path))
        return f"{safe_text(name)} cannot be read: {error.strerror or error}"


def _read_or_none(
    session: LogSession, source: Source, read: Callable[[LogSession], LineChunk]
) -> LineChunk | None:
    """Read lines; return None if that fails, as the next poll reports the reason."""
    if session.source is not source:
        return None
    try:
        return read(session)
    except OSError:
        return None


def _always() -> bool:
    return True
