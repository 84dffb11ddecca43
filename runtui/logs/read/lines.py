"""Lines around a position, whatever the size of the log.

A position is a byte offset, as in less: nothing has to be known of what stands before it. Where a line begins
and ends is decided by the bytes nearby alone, so that going forwards and going backwards meet the same lines,
and appending never moves a border:

- after each newline;
- at a multiple of 32 KiB when the 32 KiB before it hold neither a newline nor a carriage return, so that a
  line of 100 MB is gone through in pieces of 64 KiB at most, while lines up to 32 KiB are always whole;
- at a multiple of 4 MiB when the 4 MiB before it hold no newline: a progress bar's many states, separated by
  carriage returns, stay one line of which the last state counts, but a log that is nothing else stays usable.
"""

from __future__ import annotations

from typing import NamedTuple

from runtui.logs.read.source import Source

PIECE = 32 * 1024  # bytes
LONGEST = 2 * PIECE
"""Bytes of a line that are given, at most; of a longer one, which holds carriage returns, its last ones."""

_STATES = 4 * 1024 * 1024  # bytes
_BLOCK = 64 * 1024  # bytes
_BLOCKS_KEPT = 2 * _STATES // _BLOCK + 8


class Line(NamedTuple):
    """A line of a log, or a piece of a very long one.

    Attributes:
        begin: Offset of its first byte.
        end: Offset behind it and its newline, where the next one begins.
        raw: Its bytes, without the newline.
        starts: Whether it is the beginning of a line, and no later piece.
        ended: Whether a newline ends it; the last line of a growing log may still get longer.
    """

    begin: int
    end: int
    raw: bytes
    starts: bool = True
    ended: bool = True


class LineReader:
    """Reader of lines in a log as of the last look; made anew for each question, since it keeps what it read.

    Args:
        source: The log.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._size = source.size
        self._blocks: dict[int, bytes] = {}

    def after(self, begin: int, count: int) -> list[Line]:
        """Return up to `count` lines from `begin` on, which is where a line begins."""
        lines: list[Line] = []
        while begin < self._size and len(lines) < count:
            end = self.border_after(begin)
            lines.append(self._line(begin, end))
            begin = self._add_short_after(lines, end, count)
        return lines

    def before(self, end: int, count: int) -> list[Line]:
        """Return up to `count` lines before `end`, which is where a line ends, in the order of the log."""
        lines: list[Line] = []
        end = min(end, self._size)
        while end > 0 and len(lines) < count:
            begin = self.border_before(end - 1)
            lines.append(self._line(begin, end))
            end = self._add_short_before(lines, begin, count)
        lines.reverse()
        return lines

    def _add_short_after(self, lines: list[Line], begin: int, count: int) -> int:
        """Add lines that are too short to be cut, from one block; return where the next one begins."""
        if begin >= self._size or not lines[-1].ended:
            return begin
        base = begin // _BLOCK * _BLOCK
        block = self._block(base)
        begin -= base
        while len(lines) < count:
            found = block.find(b"\n", begin)
            if not 0 <= found - begin < PIECE - 1:
                break
            lines.append(Line(base + begin, base + found + 1, block[begin:found]))
            begin = found + 1
        return base + begin

    def _add_short_before(self, lines: list[Line], end: int, count: int) -> int:
        """Add lines that are too short to be cut, from one block, the last first; return where they begin."""
        if not end or not lines[-1].starts:
            return end
        base = (end - 1) // _BLOCK * _BLOCK
        block = self._block(base)
        end -= base
        while len(lines) < count:
            found = block.rfind(b"\n", 0, end - 1)
            if found < 0 or end - found > PIECE - 1:
                break
            lines.append(Line(base + found + 1, base + end, block[found + 1 : end - 1]))
            end = found + 1
        return base + end

    def at(self, offset: int) -> Line | None:
        """Return the line in which `offset` lies, the last one for one behind the end; None if empty."""
        if not self._size:
            return None
        begin = self.border_before(min(max(offset, 0), self._size - 1))
        return self._line(begin, self.border_after(begin))

    def border_before(self, offset: int) -> int:
        """Return the last place at or before `offset` where a line begins."""
        end = min(offset, self._size)
        while end > 0:
            begin = (end - 1) // PIECE * PIECE
            if end % PIECE == 0 and self._is_cut(end):
                return end
            found = self._rfind(b"\n", begin, end)
            if found >= 0:
                return found + 1
            end = begin
        return 0

    def border_after(self, offset: int) -> int:
        """Return the first place behind `offset` where a line begins, or the end of the log."""
        begin = offset
        while begin < self._size:
            end = min((begin // PIECE + 1) * PIECE, self._size)
            found = self._find(b"\n", begin, end)
            if found >= 0:
                return found + 1
            if end % PIECE == 0 and end < self._size and self._is_cut(end):
                return end
            begin = end
        return self._size

    def beside(self, line: Line, size: int) -> tuple[bytes, bytes]:
        """Return the text before and after a piece in the same line, up to `size` bytes of each."""
        before = b"" if line.starts else self._bytes(max(0, line.begin - size), line.begin)
        behind = b"" if line.ended else self._bytes(line.end, min(line.end + size, self._size))
        return before[before.rfind(b"\n") + 1 :], behind.partition(b"\n")[0]

    def _is_cut(self, border: int) -> bool:
        """Return whether a line without a newline is cut at `border`, a multiple of `PIECE`."""
        if border >= self._size or self._find(b"\n", border - PIECE, border) >= 0:
            return False
        if self._bytes(border, border + 1) == b"\n":
            return False  # nothing but the newline would stand in the next piece
        if self._find(b"\r", border - PIECE, border) < 0:
            return True
        return border % _STATES == 0 and self._rfind(b"\n", border - _STATES, border) < 0

    def _line(self, begin: int, end: int) -> Line:
        ended = self._bytes(end - 1, end) == b"\n"
        starts = begin == 0 or self._bytes(begin - 1, begin) == b"\n"
        text_end = end - ended
        if text_end - begin <= LONGEST:
            return Line(begin, end, self._bytes(begin, text_end), starts, ended)
        states = self._bytes(text_end - LONGEST, text_end)
        # The first state that is given was most likely cut.
        cut = states.find(b"\r", 0, len(states.rstrip(b"\r"))) + 1
        return Line(begin, end, states[cut:], starts, ended)

    def _find(self, byte: bytes, begin: int, end: int) -> int:
        while begin < end:
            base = begin // _BLOCK * _BLOCK
            found = self._block(base).find(byte, begin - base, end - base)
            if found >= 0:
                return base + found
            begin = base + _BLOCK
        return -1

    def _rfind(self, byte: bytes, begin: int, end: int) -> int:
        while begin < end:
            base = (end - 1) // _BLOCK * _BLOCK
            found = self._block(base).rfind(byte, max(0, begin - base), end - base)
            if found >= 0:
                return base + found
            end = base
        return -1

    def _bytes(self, begin: int, end: int) -> bytes:
        base = begin // _BLOCK * _BLOCK
        if end <= base + _BLOCK:
            return self._block(base)[begin - base : end - base]
        return b"".join(
            self._block(place)[max(0, begin - place) : end - place] for place in range(base, end, _BLOCK)
        )

    def _block(self, base: int) -> bytes:
        block = self._blocks.get(base)
        if block is None:
            if len(self._blocks) >= _BLOCKS_KEPT:
                del self._blocks[next(iter(self._blocks))]
            block = self._blocks[base] = self._source.read(base, min(_BLOCK, self._size - base))
        return block


def lines_after(source: Source, begin: int, count: int) -> list[Line]:
    """Return up to `count` lines from `begin` on, which is where a line begins.

    Raises:
        OSError: The log cannot be read.
    """
    return LineReader(source).after(begin, count)


def lines_before(source: Source, end: int, count: int) -> list[Line]:
    """Return up to `count` lines before `end`, which is where a line ends, in the order of the log.

    Raises:
        OSError: The log cannot be read.
    """
    return LineReader(source).before(end, count)


def line_at(source: Source, offset: int) -> Line | None:
    """Return the line in which `offset` lies, the last one for an offset behind the end; None if it is empty.

    Raises:
        OSError: The log cannot be read.
    """
    return LineReader(source).at(offset)
