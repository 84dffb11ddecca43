"""Search in all logs of a run, part by part, for a worker that goes through many runs.

Blocks are searched as bytes, and only matching lines are decoded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

from runtui.logs.read.compressed import open_source
from runtui.logs.read.lines import PIECE, line_at
from runtui.logs.read.log_files import LogFile, find_logs, log_path
from runtui.logs.read.source import Source
from runtui.logs.read.text import bare_line, is_binary, shown_line
from runtui.logs.read.timestamps import time_of
from runtui.logs.search.blocks import BLOCK, Block, BlockReader, LineFinder
from runtui.logs.search.pattern import Pattern
from runtui.text.sanitize import safe_text

_SAMPLE_BYTES = 4096
_PART_LINES = 500
_PART_SECONDS = 0.5
_BEFORE_MATCH = 4  # the part of a cut line that stands before its first match, as 1 of so many


class SearchLimits(NamedTuple):
    """Limits of what is kept of a run.

    Attributes:
        lines: The most matching lines; further ones are only counted.
        matches: The number of matching lines from which the rest of the run is left out.
        characters: The most characters of a line.
    """

    lines: int
    matches: int
    characters: int


class MatchedLine(NamedTuple):
    """A matching line.

    Attributes:
        log: The log's path below the run, as on disk.
        number: The line's number, from 1.
        offset: Where it begins, in bytes.
        time: When it was written, by its time stamp, in seconds since the epoch; None without one.
        text: Its text, safe to show, around the first match where it is very long.
        spans: Where matches begin and end in the text.
    """

    log: str
    number: int
    offset: int
    time: float | None
    text: str
    spans: tuple[tuple[int, int], ...]


class UnreadLog(NamedTuple):
    """A log that was not read, or not wholly.

    Attributes:
        log: Its path below the run, safe to show; ``""`` for what else could not be looked at.
        reason: Why, in one line that is safe to show.
    """

    log: str
    reason: str


class RunMatches(NamedTuple):
    """A part of what was found in a run's logs.

    Attributes:
        total: Matching lines.
        lines: Those of them that are kept.
        unread: Logs that were not read.
        size: Bytes searched.
        is_cut: Whether the run has more matches that were left out; then this is its last part.
    """

    total: int = 0
    lines: tuple[MatchedLine, ...] = ()
    unread: tuple[UnreadLog, ...] = ()
    size: int = 0
    is_cut: bool = False


class RunSearcher:
    """Searcher of the logs of one run after another.

    Args:
        pattern: The pattern to look for.
        limits: Limits of what is kept of each run.
    """

    def __init__(self, pattern: Pattern, limits: SearchLimits) -> None:
        self._pattern = pattern
        self._limits = limits
        self._reader: BlockReader | None = None
        self._finder: LineFinder | None = None
        self._begin_run()

    def _begin_run(self) -> None:
        self._found = self._kept = 0  # in the run so far
        self._count = self._size = 0  # in the part
        self._lines: list[MatchedLine] = []
        self._unread: list[UnreadLog] = []
        self._given_at = time.monotonic()

    def search(self, run_dir: str, *, may_have_job: bool = True) -> Iterator[RunMatches]:
        """Yield what is found in a run's logs, in parts; at least one, and one in half a second.

        Args:
            run_dir: The run's directory.
            may_have_job: As for `find_logs`.
        """
        self._begin_run()
        try:
            found = find_logs(run_dir, may_have_job=may_have_job)
        except OSError as error:
            yield RunMatches(unread=(UnreadLog("", _reason(error)),))
            return
        self._unread += [UnreadLog("", line) for line in found.unread]
        for log in found.logs:
            if not log.size:
                continue
            try:
                yield from self._search_log(log_path(run_dir, log.name), log)
            except OSError as error:
                self._unread.append(UnreadLog(safe_text(log.name, 200), _reason(error)))
            if self._found >= self._limits.matches:
                break
        yield self._part(is_cut=self._found >= self._limits.matches)

    def _part(self, *, is_cut: bool = False) -> RunMatches:
        part = RunMatches(self._count, tuple(self._lines), tuple(self._unread), self._size, is_cut)
        self._count = self._size = 0
        self._lines, self._unread = [], []
        self._given_at = time.monotonic()
        return part

    def _is_due(self) -> bool:
        return len(self._lines) >= _PART_LINES or time.monotonic() - self._given_at > _PART_SECONDS

    def _search_log(self, path: str, log: LogFile) -> Iterator[RunMatches]:
        source = open_source(path)
        look = source.look()
        while look.progress < 1:
            look = source.look()
            if self._is_due():
                yield self._part()
        shown = safe_text(log.name, 200)
        if look.notice:
            self._unread.append(UnreadLog(shown, look.notice))
        if is_binary(source.read(0, _SAMPLE_BYTES)):
            self._unread.append(UnreadLog(shown, "binary file"))
            return
        reader, finder = self._opened(source)
        lines = _LineAt(reader, log)
        position = 0
        while position < source.size:
            block = reader.after(position)
            for begin in finder.matching(block):
                self._found += 1
                self._count += 1
                if self._kept < self._limits.lines:
                    self._kept += 1
                    self._lines.append(self._line(lines, block, begin))
                if self._found >= self._limits.matches:
                    return
                if self._is_due():
                    yield self._part()
            if block.end <= position:
                break  # it was cut off meanwhile
            self._size += block.end - position
            position = block.end
            if self._is_due():
                yield self._part()

    def _opened(self, source: Source) -> tuple[BlockReader, LineFinder]:
        if self._reader is None or self._finder is None:
            self._reader = BlockReader(source)
            self._finder = LineFinder(self._reader, self._pattern)
        self._reader.source = source  # one buffer for all logs: making one takes as long as searching it
        return self._reader, self._finder

    def _line(self, lines: _LineAt, block: Block, begin: int) -> MatchedLine:
        raw = lines.raw(block, begin).decode("utf-8", "replace")
        text = shown_line(raw)
        spans = self._pattern.spans(text)
        most = self._limits.characters
        if len(text) > most:
            first = max(0, spans[0][0] - most // _BEFORE_MATCH) if spans else 0
            text = text[first : first + most]
            spans = [(start - first, min(end - first, most)) for start, end in spans if start - first < most]
        moment = time_of(bare_line(raw), lines.log.modified)
        return MatchedLine(lines.log.name, lines.number(block, begin), begin, moment, text, tuple(spans))


class _LineAt:
    """Text and number of lines of a log, by where they begin, in the order of the log."""

    def __init__(self, reader: BlockReader, log: LogFile) -> None:
        self.log = log
        self._reader = reader
        self._counted = 0  # bytes in which newlines were counted
        self._newlines = 0

    def raw(self, block: Block, begin: int) -> bytes:
        """Return the bytes of a line of the block read last, or of a piece of a very long one."""
        data, place, size = self._reader.data, begin - block.begin, block.end - block.begin
        if size <= BLOCK:
            end = data.find(b"\n", place, min(size, place + PIECE))
            if end >= 0:
                return bytes(data[place:end])
        line = line_at(self._reader.source, begin)
        return b"" if line is None else line.raw

    def number(self, block: Block, begin: int) -> int:
        """Return the number of the line, counted from 1."""
        while self._counted < block.begin:
            data = self._reader.source.read(self._counted, min(BLOCK, block.begin - self._counted))
            if not data:
                break
            self._newlines += data.count(b"\n")
            self._counted += len(data)
        if block.end - block.begin <= BLOCK:
            first = self._counted - block.begin
            self._newlines += self._reader.data.count(b"\n", first, begin - block.begin)
            self._counted = begin
        return self._newlines + 1


def _reason(error: OSError) -> str:
    return safe_text((error.strerror or str(error)).lower(), 200)
