"""One log of a run on screen: a screen's questions, answered with plain data.

All methods may wait for the disk and belong to one thread, but for what says otherwise.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from runtui.logs.read.compressed import open_source
from runtui.logs.read.lines import Line, LineReader
from runtui.logs.read.log_files import FoundTexts, LogFile, find_logs, find_texts, log_path
from runtui.logs.read.source import LogChange, Snapshot, Source
from runtui.store.paths import LOGS_DIR

if TYPE_CHECKING:
    from runtui.logs.search.pattern import LineFilter

MOST_LINES = 400
"""Lines that are read at once."""

ALL = "\0"
"""Placeholder for the name of a log: all logs together."""

MOST_MERGED = 256
"""Logs that are merged by time, at most."""

_MOST_BYTES = 512 * 1024
_MOST_COUNTED = 64 * 1024 * 1024  # bytes
_CHUNK = 1024 * 1024  # bytes
_SWITCH_AFTER = 2.0  # seconds
_LISTING_INTERVAL = 5.0  # looking for another log costs several times what a look at one does


class LineChunk(NamedTuple):
    """Lines of a log that follow each other.

    Attributes:
        lines: The lines, in the order of the log.
        is_beginning: Whether nothing stands before them.
        is_end: Whether nothing stands behind them, yet.
        generation: Of which state of the log they are.
        reached: Where to read on: behind the last line that was looked at and stays as it is.
    """

    lines: tuple[Line, ...]
    is_beginning: bool
    is_end: bool
    generation: int
    reached: int


class LogChoice:
    """A log that the user chose; each time it is another choice, even of the same log."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class LogUpdate(NamedTuple):
    """The result of a look at a log.

    Attributes:
        logs: The run's logs, the one written last first.
        name: The one that is looked at; ``""`` when there is none.
        look: The last look at it.
        chunk: Lines that are new, or a place to begin with where `is_anew`; None for no lines.
        is_anew: Whether the lines do not follow those that the screen has.
        arrived: How many lines have been completed since the last look; None for very many.
        source: The source of the log, another one for each log that is opened.
        choice: The choice that had been made by then; None for none.
        missing: The log that was chosen and is not there, so that the one written last is looked at.
        problems: What could not be looked at for logs, in lines that are safe to show.
    """

    logs: tuple[LogFile, ...]
    name: str
    look: Snapshot | None = None
    chunk: LineChunk | None = None
    is_anew: bool = False
    arrived: int | None = 0
    source: Source | None = None
    choice: LogChoice | None = None
    missing: str = ""
    problems: tuple[str, ...] = ()


class LogSession:
    """The logs of one run, and one of them open.

    Args:
        run_dir: The run's directory.

    Attributes:
        filter: Only lines that match are given; None for all. Any thread may set it.
        context: Lines given around each that matches.
        is_cancelled: Asked now and then whether what is done is still wanted. Any thread may set it.
        progress: Which part of the log a filter has gone through for the lines that are asked for; None while
            it does not.
        may_switch: Whether a log that was written later takes the place of one that nobody chose. Any thread
            may set it.
    """

    def __init__(self, run_dir: str) -> None:
        self._run_dir = run_dir
        self.source: Source | None = None
        self.filter: LineFilter | None = None
        self.context = 0
        self.is_cancelled: Callable[[], bool] = _never
        self.may_switch = True
        self.progress: float | None = None
        self._name = ""
        self._logs: tuple[LogFile, ...] = ()
        self._problems: tuple[str, ...] = ()
        self._next_listing = 0.0
        self._choice: LogChoice | None = None
        self._answered: LogChoice | None = None
        self._stays = False  # with the log that was chosen

    @property
    def path(self) -> str:
        """The log's path; of all together, their directory."""
        return self._run_dir if self._name == ALL else log_path(self._run_dir, self._name)

    def choose(self, name: str) -> LogChoice:
        """Open the log `name` at the next look, and stay with it; `ALL` for all of them, merged by time.

        Any thread may call this. Gathering lines for a filter is then given up.
        """
        self._choice = LogChoice(name)
        return self._choice

    def texts(self) -> FoundTexts:
        """Return the run's logs, and its other files that can be read as text."""
        return find_texts(self._run_dir)

    def _open(self, name: str) -> None:
        # Without a name until it is open: nothing of the log before may be shown under this one's name.
        self._name, self.source = "", None
        if name == ALL:
            from runtui.logs.read.merged_source import MergedSource  # only for those who merge

            paths = sorted(log.name for log in self._logs)[:MOST_MERGED]
            self.source = MergedSource(
                {name: open_source(log_path(self._run_dir, path)) for path, name in _names_of(paths)}
            )
        else:
            self.source = open_source(log_path(self._run_dir, name))
        self._name = name

    def look(self, behind: int | None) -> LogUpdate:
        """Return the changes since the last look.

        Args:
            behind: Where the lines that the screen has end, to get those behind them; None for none.

        Raises:
            OSError: The log cannot be read.
        """
        choice = self._choice
        was_opened = self._list(choice)
        if self.source is None:
            return LogUpdate(self._logs, "", choice=choice, problems=self._problems)
        before, generation = self.source.settled, self.source.generation
        look = self.source.look()
        if was_opened and choice is not None and look.change is LogChange.NOTHING:
            self._stays = False
            self._name, self.source = "", None
            return self.look(None)._replace(missing=choice.name)
        news = LogUpdate(self._logs, self._name, look, source=self.source, choice=choice)
        if look.change is LogChange.OPENED:
            return news._replace(chunk=self.end(), is_anew=True)
        if look.change in (LogChange.NOTHING, LogChange.REMOVED):
            return news
        if look.generation != generation:
            return news._replace(chunk=self._restart(), is_anew=True)
        news = news._replace(arrived=self._count(before, self.source.settled))
        if behind is None:
            return news
        chunk = self.after(behind)
        if chunk.is_end or self.filter is not None:
            return news._replace(chunk=chunk)
        return news._replace(chunk=self.end(), is_anew=True)

    def _list(self, choice: LogChoice | None) -> bool:
        """List the logs now and then, and switch to the newest while the user has chosen none.

        Returns:
            Whether the log that was chosen has been opened just now.
        """
        was_opened = choice is not None and choice is not self._answered
        if was_opened and choice is not None:
            self._open(choice.name)
            self._answered, self._stays = choice, True
        now = time.monotonic()
        if self._logs and self.source is not None and now < self._next_listing:
            return was_opened
        self._next_listing = now + _LISTING_INTERVAL
        found = find_logs(self._run_dir)
        self._logs, self._problems = tuple(found.logs), found.unread
        if not self._logs or self._stays or self._logs[0].name == self._name:
            return was_opened
        if self.source is None or (
            self.may_switch and self._logs[0].modified - self.source.modified > _SWITCH_AFTER
        ):
            self._open(self._logs[0].name)
        return was_opened

    def _restart(self) -> LineChunk:
        """Return the lines to start with in a log that was replaced or truncated: all of it, or its end."""
        chunk = self.after(0)
        return chunk if chunk.is_end else self.end()

    def _count(self, begin: int, end: int) -> int | None:
        assert self.source is not None
        if end - begin > _MOST_COUNTED:
            return None
        return sum(
            self.source.read(place, min(_CHUNK, end - place)).count(b"\n")
            for place in range(begin, end, _CHUNK)
        )

    # Reading around places

    def end(self, most: int = MOST_LINES) -> LineChunk:
        """Return the last lines, about `most` of them."""
        assert self.source is not None
        return self.before(self.source.size, most)

    def around(self, offset: int, most: int = MOST_LINES) -> LineChunk:
        """Return about `most` lines before and as many behind the line in which `offset` lies."""
        assert self.source is not None
        reader = LineReader(self.source)
        line = reader.at(offset)
        place = 0 if line is None else line.begin
        before, after = self.before(place, most), self.after(place, most)
        return LineChunk(
            before.lines + after.lines, before.is_beginning, after.is_end, after.generation, after.reached
        )

    def before(self, end: int, most: int = MOST_LINES) -> LineChunk:
        """Return about `most` lines before `end`, which is where a line ends."""
        source = self.source
        assert source is not None
        generation, size = source.generation, source.size
        pattern = self.filter
        if pattern is None:
            lines = _bounded_before(source, end, most)
            begins = not lines or lines[0].begin == 0
        else:
            lines = self._filtered(pattern, end, most, backwards=True)
            begins = len(lines) < most
        is_end = end >= size
        return LineChunk(tuple(lines), begins, is_end, generation, self._reached(lines, is_end, size))

    def after(self, begin: int, most: int = MOST_LINES) -> LineChunk:
        """Return about `most` lines from `begin` on, which is where a line begins."""
        source = self.source
        assert source is not None
        generation, size = source.generation, source.size
        pattern = self.filter
        if pattern is None:
            lines = _bounded_after(source, begin, most)
            ends = not lines or lines[-1].end >= size
        else:
            lines = self._filtered(pattern, begin, most, backwards=False)
            ends = len(lines) < most
        return LineChunk(tuple(lines), begin == 0, ends, generation, self._reached(lines, ends, size))

    def _reached(self, lines: list[Line], is_end: bool, size: int) -> int:
        assert self.source is not None
        if is_end:
            last = lines[-1] if lines and self.filter is None else LineReader(self.source).at(size)
            reached = 0 if last is None else last.end if last.ended else last.begin
            return min(reached, self.source.settled)
        return lines[-1].end if lines else 0

    def _filtered(self, pattern: LineFilter, place: int, most: int, *, backwards: bool) -> list[Line]:
        # Only for those who filter: this takes four times as long to load as the rest of this module.
        from runtui.logs.search.line_filter import Filter
        from runtui.logs.search.offload import OffloadedSearch
        from runtui.logs.search.pattern import NoLongerWantedError, WhileWanted

        assert self.source is not None
        offloaded = OffloadedSearch(lambda: self._are_wanted(pattern))
        wanted = WhileWanted(pattern, offloaded.goes_on)
        gathering = Filter(self.source, wanted, place, most, self.context, backwards=backwards)
        way = max(1, place if backwards else self.source.size - place)

        def tell() -> None:
            self.progress = min(1.0, abs(gathering.position - place) / way)

        try:
            offloaded.run(gathering, tell)
        except NoLongerWantedError:
            pass
        finally:
            self.progress = None
        found = [filtered.line for filtered in gathering.lines]
        return found[::-1] if backwards else found

    def _are_wanted(self, pattern: LineFilter) -> bool:
        """Return whether a filter's lines are still wanted: not after another filter or log was chosen."""
        return not self.is_cancelled() and self.filter is pattern and self._choice is self._answered


def _names_of(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Return each path with a name for it: the file's, unless several have that, as those of ranks do."""
    counts = Counter(map(os.path.basename, paths))
    return [
        (path, name if counts[name] == 1 else path.removeprefix(f"{LOGS_DIR}/"))
        for path in paths
        for name in [os.path.basename(path)]
    ]


def _bounded_before(source: Source, end: int, most: int) -> list[Line]:
    reader = LineReader(source)
    parts: list[list[Line]] = []
    lines = size = 0
    while lines < most and size < _MOST_BYTES:
        part = reader.before(end, 32)
        if not part:
            break
        parts.append(part)
        end = part[0].begin
        lines += len(part)
        size += sum(len(line.raw) for line in part)
    return [line for part in reversed(parts) for line in part]


def _bounded_after(source: Source, begin: int, most: int) -> list[Line]:
    reader = LineReader(source)
    lines: list[Line] = []
    size = 0
    while len(lines) < most and size < _MOST_BYTES:
        part = reader.after(begin, 32)
        if not part:
            break
        lines += part
        begin = part[-1].end
        size += sum(len(line.raw) for line in part)
    return lines


def lines_of(data: bytes, begin: int) -> list[Line]:
    """Return the lines of bytes that stood in a log at `begin`, before another file took its place."""
    lines = []
    for raw in data.split(b"\n"):
        end = min(begin + len(raw) + 1, begin + len(data))
        lines.append(Line(begin, end, raw))
        begin = end
    return lines if data and lines[-1].raw else lines[:-1]


def _never() -> bool:
    return False
