"""Following a log: its last lines, and then all that is written to it, each line once."""

from __future__ import annotations

from collections.abc import Iterator

from runtui.logs.read.lines import Line, LineReader
from runtui.logs.read.source import LogChange, Source

_LINES = 256


class Following:
    """Follower of one log through truncation, rotation and removal.

    Args:
        source: The log, which need not exist yet.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._place = 0
        self._held = b""

    @property
    def unfinished(self) -> bytes:
        """The text after the last newline: the beginning of a line that is yielded once it is complete."""
        return self._held

    def begin(self, count: int) -> list[Line | str]:
        """Return the last lines of the log, after notices of what hinders reading it.

        Args:
            count: How many lines; an unfinished one at the end, which is not among them, counts as one.

        Raises:
            OSError: The log cannot be read.
        """
        found: list[Line | str] = []
        is_read = False
        while not is_read:
            look = self._source.look()
            found += [look.notice] if look.notice else []
            is_read = look.progress >= 1
        self._place = self._source.size
        lines = LineReader(self._source).before(self._place, max(1, count))
        if lines and not lines[-1].ended:
            last = lines.pop()
            self._place, self._held = last.begin, last.raw
        return [*found, *lines] if count else found

    def look(self) -> Iterator[Line | str]:
        """Yield complete new lines and notices of changes to the log, in order.

        Raises:
            OSError: The log cannot be read.
        """
        is_read = False
        while not is_read:
            generation = self._source.generation
            look = self._source.look()
            is_read = look.progress >= 1
            if look.generation != generation:
                yield from self._last_of(look.rest)
                self._place = 0
            if look.notice and look.change is not LogChange.REMOVED:
                yield look.notice
            if look.change is not LogChange.NOTHING:
                yield from self._written()
            if look.change is LogChange.REMOVED:
                yield look.notice

    def _last_of(self, rest: bytes) -> Iterator[Line]:
        """Return the end of the log's previous contents, before other contents took their place."""
        held, self._held = self._held + rest, b""
        begin = self._place
        for raw in held.removesuffix(b"\n").split(b"\n") if held else ():
            yield Line(begin, begin + len(raw) + 1, raw)
            begin += len(raw) + 1

    def _written(self) -> Iterator[Line]:
        """Return the lines after the place that was reached last."""
        reader = LineReader(self._source)
        self._held = b""
        while lines := reader.after(self._place, _LINES):
            last = lines[-1]
            if not last.ended and last.end >= self._source.size:
                self._place, self._held = last.begin, last.raw
                yield from lines[:-1]
                return
            self._place = last.end
            yield from lines
