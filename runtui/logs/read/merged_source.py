"""Several logs of a run as one log, in the order of their time stamps, such as those of its ranks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from runtui.logs.read.lines import line_at
from runtui.logs.read.source import LogChange, Snapshot, Source
from runtui.logs.read.temp_buffer import TempBuffer
from runtui.logs.read.time_merge import MergedLog, MergePosition
from runtui.text.sanitize import safe_text

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of all logs together that are merged at first; of larger ones the ends are."""

_LINES_A_LOOK = 10_000  # lines
_LONGEST_NAME = 24  # cells
_MOST_LOOSE = 512 * 1024  # bytes of lines that are still being written; a block holds them


@dataclass(frozen=True, slots=True)
class _Text:
    """Logs as one text, as of one look; replaced as a whole, so that other threads see no mixture.

    Attributes:
        plain: Holds the lines that are complete.
        settled: Bytes of those.
        loose: The text after them: lines that are still being written.
    """

    plain: TempBuffer | None = None
    settled: int = 0
    loose: bytes = b""


class MergedSource:
    """Several logs as one. Each look merges a stretch of them, until its `progress` is 1.

    Every line begins with the name of its log. Lines that come in later are merged with those that come in
    at the same time, because what was shown before stays where it is; lines that are still being written
    stand at the end until they are complete.

    Args:
        sources: The logs, by the names that are shown.
        limit: Bytes of all logs together to begin with.
    """

    def __init__(self, sources: Mapping[str, Source], limit: int = MOST_BYTES) -> None:
        self._logs = [_WholeLines(source) for source in sources.values()]
        width = min(_LONGEST_NAME, max((len(safe_text(name)) for name in sources), default=0))
        self._names = [f"{safe_text(name, _LONGEST_NAME):<{width}} │ ".encode() for name in sources]
        self._limit = limit
        self._generation = -1
        self._seen: tuple[int, ...] = ()
        self._place = MergePosition(())
        self._begun_at = 0
        self._text = _Text()
        self._notice = ""

    @property
    def path(self) -> str:
        return os.path.dirname(self._logs[0].path) if self._logs else ""

    @property
    def size(self) -> int:
        text = self._text
        return text.settled + len(text.loose)

    @property
    def settled(self) -> int:
        return self._text.settled

    @property
    def modified(self) -> float:
        return max((log.modified for log in self._logs), default=0.0)

    @property
    def generation(self) -> int:
        return max(0, self._generation)

    def look(self) -> Snapshot:
        for log in self._logs:
            log.look()
        seen = tuple(log.generation for log in self._logs)
        change = LogChange.NOTHING
        if seen != self._seen:
            change = LogChange.REWRITTEN if self._seen else LogChange.OPENED
            self._seen = seen
            self._restart()
        before = self._text
        done = self._merge_stretch()
        if change is LogChange.NOTHING and self._text != before:
            change = LogChange.GREW
        return Snapshot(change, self.size, self.modified, self.generation, self._notice, b"", done)

    def read(self, offset: int, size: int) -> bytes:
        buffer = bytearray(max(0, size))
        return bytes(buffer[: self.read_into(offset, memoryview(buffer))])

    def read_into(self, offset: int, buffer: memoryview) -> int:
        text = self._text
        count = 0
        if text.plain is not None and offset < text.settled:
            count = text.plain.read_into(offset, buffer[: text.settled - offset])
            if offset + count < text.settled:
                return count
        begin = offset + count - text.settled
        rest = text.loose[begin : begin + len(buffer) - count]
        buffer[count : count + len(rest)] = rest
        return count + len(rest)

    def _restart(self) -> None:
        self._text = _Text(TempBuffer())
        self._generation += 1
        total = sum(log.size for log in self._logs)
        self._notice = ""
        offsets = [0] * len(self._logs)
        if total > self._limit:
            self._notice = f"only the ends of the logs are merged, {self._limit >> 20} MiB of them"
            for number, log in enumerate(self._logs):
                line = line_at(log, max(0, log.size - self._limit // len(self._logs)))
                offsets[number] = 0 if line is None else line.begin
        self._place = MergePosition(tuple(offsets))
        self._begun_at = sum(offsets)

    def _merge_stretch(self) -> float:
        """Merge some more lines, and return the fraction of the logs that has been merged."""
        plain = self._text.plain
        assert plain is not None
        lines = MergedLog(self._logs).after(self._place, _LINES_A_LOOK)
        if lines:
            self._place = lines[-1].after
            plain.append(b"".join([self._names[merged.source] + merged.line.raw + b"\n" for merged in lines]))
        if len(lines) < _LINES_A_LOOK:
            most = _MOST_LOOSE // len(self._logs)
            loose = [
                name + _last_state(log.loose)[:most]
                for name, log in zip(self._names, self._logs, strict=True)
                if log.loose
            ]
            self._text = _Text(plain, plain.size, b"\n".join(loose))
            return 1.0
        self._text = _Text(plain, plain.size)
        total = sum(log.size for log in self._logs) - self._begun_at
        return min(0.999, (sum(self._place.offsets) - self._begun_at) / max(1, total))


class _WholeLines:
    """A log up to its last complete line.

    Attributes:
        loose: The text after that.
    """

    def __init__(self, source: Source) -> None:
        self.loose = b""
        self._source = source
        self._size = 0

    @property
    def path(self) -> str:
        return self._source.path

    @property
    def size(self) -> int:
        return self._size

    @property
    def settled(self) -> int:
        return self._size

    @property
    def modified(self) -> float:
        return self._source.modified

    @property
    def generation(self) -> int:
        return self._source.generation

    def look(self) -> Snapshot:
        look = self._source.look()
        last = line_at(self._source, self._source.size)
        self._size = 0 if last is None else last.end if last.ended else last.begin
        self.loose = b"" if last is None or last.ended else last.raw
        return look

    def read(self, offset: int, size: int) -> bytes:
        return self._source.read(offset, max(0, min(size, self._size - offset)))

    def read_into(self, offset: int, buffer: memoryview) -> int:
        return self._source.read_into(offset, buffer[: max(0, self._size - offset)])


def _last_state(raw: bytes) -> bytes:
    """Return the part of a line after its carriage returns."""
    shown = raw.rstrip(b"\r")
    return shown[shown.rfind(b"\r") + 1 :]
