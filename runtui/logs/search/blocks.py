"""Blocks of whole lines of a log, and the matching lines of a block.

A block is at most 1 MiB: small enough that no single step keeps another thread waiting, large enough that
what Python adds to each does not count.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from runtui.logs.read.lines import PIECE, Line, LineReader
from runtui.logs.read.source import Source
from runtui.logs.read.text import CONTROLS, bare_line
from runtui.logs.search.pattern import Matcher

BLOCK = 1024 * 1024  # bytes

_SAMPLE = 16 * 1024  # bytes
_RARE = 4  # occurrences in a sample
_COMMON = 16  # occurrences in a sample
_WINDOW = 64 * 1024  # bytes: what fits into a processor's own memory is folded several times as fast
_MOST_HOPS = 256  # occurrences of the rare byte
_BLOCKS_BETWEEN_SAMPLES = 64  # blocks
_SHORTEST_STRETCH = 4 * 1024  # characters
_LONGEST_STRETCH = 64 * 1024  # characters
_LONGEST_CALL = 0.005  # seconds

OVERLAP = 8 * 1024
"""Bytes of a very long line that are looked at before and behind each of its pieces."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a log: offsets of the first byte and behind the last; the bytes are in the reader."""

    begin: int
    end: int


class BlockReader:
    """Reader of a log in blocks of whole lines, in one buffer.

    Args:
        source: The log, as it was at its last look.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = bytearray(BLOCK)
        self._view = memoryview(self.data)

    def after(self, begin: int) -> Block:
        """Read the block that begins at `begin`, which is where a line begins and not the end.

        A line that is longer than a block is one by itself, and not read.
        """
        count = self.source.read_into(begin, self._view)
        if begin + count >= self.source.size or not count:
            return Block(begin, self.source.size)
        newline = self.data.rfind(b"\n", max(0, count - PIECE), count)
        if newline >= 0:
            return Block(begin, begin + newline + 1)
        lines = LineReader(self.source)
        end = lines.border_before(begin + count)
        return Block(begin, end if end > begin else lines.border_after(begin))

    def before(self, end: int) -> Block:
        """Read the block that ends at `end`, which is where a line ends and not the beginning."""
        lines = LineReader(self.source)
        begin = lines.border_before(max(0, end - BLOCK))
        if end - begin > BLOCK:
            begin = lines.border_after(begin)
            if begin >= end:
                begin = lines.border_before(end - 1)
        return self.load(begin, end)

    def holds(self, begin: int, end: int) -> bool:
        """Return whether that range is no larger than a block."""
        return end - begin <= len(self.data)

    def load(self, begin: int, end: int) -> Block:
        """Read a block that is known to hold whole lines."""
        if self.holds(begin, end):
            self.source.read_into(begin, self._view[: end - begin])
        return Block(begin, end)


class LineFinder:
    """Finder of the lines of blocks that match a pattern.

    Args:
        reader: The reader that holds the bytes of the current block.
        pattern: The pattern to look for.
    """

    def __init__(self, reader: BlockReader, pattern: Matcher) -> None:
        self._reader = reader
        self._pattern = pattern
        finder = _FoldedFinder if pattern.ignores_case else _LiteralFinder
        self._finders = [finder(literal) for literal in pattern.literals]
        self._chunk = _SHORTEST_STRETCH

    def matching(self, block: Block) -> Iterator[int]:
        """Return the beginnings of the matching lines of the block read last, in the order of the log."""
        size = block.end - block.begin
        data = self._reader.data
        if size > BLOCK:
            return self._among_pieces(block.begin, block.end)
        if data.find(b"\x1b", 0, size) >= 0 or data.find(b"\b", 0, size) >= 0:
            return self._among_styled(block, size)
        if self._pattern.is_missing(data, size):
            return iter(())
        if self._begins_in_line(block) or self._ends_in_line(block, size):
            return self._with_parts(block, size)
        has_states = data.find(b"\r", 0, size) >= 0
        can_span = self._pattern.spans_lines and not has_states
        if self._finders and not (can_span and not self._pattern.is_literal and self._are_common(size)):
            return self._with_literals(block, size, certain=self._pattern.is_literal and not has_states)
        if can_span and self._are_short(size, self._pattern.bound):
            return self._with_expression(block, size)
        if self._finders:
            return self._with_literals(block, size, certain=False)
        return self._one_by_one(block, size)

    def _begins_in_line(self, block: Block) -> bool:
        return block.begin > 0 and self._reader.source.read(block.begin - 1, 1) != b"\n"

    def _ends_in_line(self, block: Block, size: int) -> bool:
        return block.end < self._reader.source.size and not self._reader.data.endswith(b"\n", 0, size)

    def _with_parts(self, block: Block, size: int) -> Iterator[int]:
        """Search a block that begins or ends in the middle of a very long line."""
        data = self._reader.data
        end = data[max(0, size - OVERLAP) : size] + self._reader.source.read(block.end, OVERLAP)
        if self._finders and b"\x1b" not in end and b"\b" not in end:
            ignores_case = self._pattern.ignores_case
            texts = (data[:size].lower(), end.lower()) if ignores_case else (data[:size], end)
            if not any(literal in text for literal in self._pattern.literals for text in texts):
                return iter(())
        return self._one_by_one(block, size)

    def _are_common(self, size: int) -> bool:
        """Return whether too many lines hold a literal for looking at each of them alone."""
        sample = self._reader.data[: min(_SAMPLE, size)]
        folded = sample.lower() if self._pattern.ignores_case else sample
        return sum(folded.count(literal) for literal in self._pattern.literals) > _COMMON

    def _with_literals(self, block: Block, size: int, *, certain: bool) -> Iterator[int]:
        data = self._reader.data
        finders = self._finders
        places = [finder.find(data, 0, size) for finder in finders]
        while True:
            place = min([place for place in places if place >= 0], default=-1)
            if place < 0:
                return
            begin = data.rfind(b"\n", 0, place) + 1
            end = data.find(b"\n", place, size)
            end = size if end < 0 else end
            if end - begin > PIECE:
                yield from self._among_pieces(block.begin + begin, min(block.begin + end + 1, block.end))
            elif certain or self._matches(data[begin:end]):
                yield block.begin + begin
            for number, finder in enumerate(finders):
                if 0 <= places[number] <= end:
                    places[number] = finder.find(data, end + 1, size)

    def _with_expression(self, block: Block, size: int) -> Iterator[int]:
        data = self._reader.data
        text = data[:size].decode("utf-8", "surrogateescape")
        is_ascii = len(text) == size
        last = len(text) - text.endswith("\n")
        place, offset = 0, 0
        while place < len(text):
            limit = text.find("\n", min(place + self._chunk, last))
            limit = last if limit < 0 else limit
            found = self._timed_candidate(text, place, limit)
            if found < 0:
                if not is_ascii:
                    offset += len(text[place : limit + 1].encode("utf-8", "surrogateescape"))
                place = limit + 1
                continue
            begin = text.rfind("\n", place, found) + 1 or place
            end = text.find("\n", found)
            end = len(text) if end < 0 else end
            if is_ascii:
                offset = begin
            else:
                offset += len(text[place:begin].encode("utf-8", "surrogateescape"))
            line = text[begin:end]
            if self._pattern.matches(bare_line(line if is_ascii else _replaced(line))):
                yield block.begin + offset
            if not is_ascii:
                offset += len(text[begin : end + 1].encode("utf-8", "surrogateescape"))
            place = end + 1

    def _timed_candidate(self, text: str, begin: int, end: int) -> int:
        """Return the next candidate, and adjust the stretch to what takes a moment: see `Pattern`."""
        began = time.thread_time()
        found = self._pattern.candidate(text, begin, end)
        took = time.thread_time() - began
        if found < 0 or took > _LONGEST_CALL:
            growth = min(_LONGEST_CALL / max(took, 1e-6), 4)
            self._chunk = int(max(_SHORTEST_STRETCH, min(self._chunk * growth, _LONGEST_STRETCH)))
        return found

    def _one_by_one(self, block: Block, size: int) -> Iterator[int]:
        begin = 0
        data = self._reader.data
        begins_in_line, ends_in_line = self._begins_in_line(block), self._ends_in_line(block, size)
        while begin < size:
            end = data.find(b"\n", begin, size)
            end = size if end < 0 else end
            is_part = (begins_in_line and not begin) or (ends_in_line and end == size)
            if is_part or end - begin > PIECE:
                yield from self._among_pieces(block.begin + begin, min(block.begin + end + 1, block.end))
            elif self._matches(data[begin:end]):
                yield block.begin + begin
            begin = end + 1

    def _among_styled(self, block: Block, size: int) -> Iterator[int]:
        """Search a block with colours or backspaces, which may stand in the middle of a match."""
        data = self._reader.data[:size]
        # A long line may be cut in the middle of a control sequence.
        if self._finders and b"\b" not in data and self._are_short(size):
            text = CONTROLS.sub("", data.decode("utf-8", "replace"))
            folded = text.lower() if self._pattern.ignores_case else text
            if not any(literal.decode("utf-8", "replace") in folded for literal in self._pattern.literals):
                return iter(())
        return self._one_by_one(block, size)

    def _among_pieces(self, begin: int, end: int) -> Iterator[int]:
        """Search a long line, which is shown in pieces."""
        reader = LineReader(self._reader.source)
        while begin < end:
            (piece,) = reader.after(begin, 1)
            if line_matches(reader, piece, self._pattern):
                yield piece.begin
            begin = piece.end

    def _matches(self, raw: bytes | bytearray) -> bool:
        return self._pattern.matches(_text_of(raw))

    def _are_short(self, size: int, bound: int = PIECE) -> bool:
        """Return whether no line of the block is longer than `bound`, or shown in pieces."""
        stride = min(bound, PIECE) // 2
        data = self._reader.data
        return all(data.find(b"\n", begin, begin + stride) >= 0 for begin in range(0, size - stride, stride))


def line_matches(reader: LineReader, line: Line, pattern: Matcher) -> bool:
    """Return whether a line matches, or a match begins in a piece of a very long one.

    A match of up to 8 KiB is found wherever it stands. What a program overwrote with carriage returns is not
    looked at, so a piece that holds some is looked at alone.

    Args:
        reader: The reader that gave the line.
        line: The line, or the piece.
        pattern: The pattern to look for.

    Raises:
        OSError: The log cannot be read.
    """
    before, behind = reader.beside(line, OVERLAP)
    raw = before + line.raw + behind
    is_all = len(line.raw) == line.end - line.begin - line.ended
    if not (before or behind) or not is_all or b"\r" in raw:
        return pattern.matches(_text_of(line.raw))
    begin = len(_text_of(before))
    end = len(_text_of(before + line.raw)) if behind else None
    return pattern.matches(_text_of(raw), begin, end)


def _text_of(raw: bytes | bytearray) -> str:
    return bare_line(raw.decode("utf-8", "replace"))


def _replaced(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _LiteralFinder:
    """Finder of one text, by its rarest byte where that one is rare.

    Looking for a single byte is several times as fast as looking for several. The rarest byte is determined
    from the log itself.
    """

    def __init__(self, literal: bytes) -> None:
        self._literal = literal
        self._rare: int | None = None
        self._countdown = 0

    def find(self, data: bytearray, begin: int, end: int) -> int:
        """Return the offset of the text's first occurrence in ``data[begin:end]``, or -1."""
        if not begin:
            self._sample(data, end)
        place = self._rare
        if place is None:
            return data.find(self._literal, begin, end)
        rare = self._literal[place]
        at = begin + place
        for _ in range(_MOST_HOPS):
            at = data.find(rare, at, end)
            if at < 0:
                return -1
            if data.startswith(self._literal, at - place, end):
                return at - place
            at += 1
        self._rare, self._countdown = None, _BLOCKS_BETWEEN_SAMPLES
        return data.find(self._literal, at - place, end)

    def _sample(self, data: bytearray, end: int) -> None:
        """Choose the byte to look for, once in many blocks."""
        self._countdown -= 1
        if self._countdown >= 0:
            return
        self._countdown = _BLOCKS_BETWEEN_SAMPLES
        sample = data[: min(_SAMPLE, end)]
        counts = {byte: sample.count(byte) for byte in set(self._literal)}
        place = min(range(len(self._literal)), key=lambda place: counts[self._literal[place]])
        self._rare = place if counts[self._literal[place]] <= _RARE else None


class _FoldedFinder:
    """Finder of one text in lower case in bytes of any case, which are folded window by window."""

    def __init__(self, literal: bytes) -> None:
        self._finder = _LiteralFinder(literal)
        self._overlap = len(literal) - 1
        self._window = -1
        self._folded = bytearray()

    def find(self, data: bytearray, begin: int, end: int) -> int:
        """Return the offset of the text's first occurrence in ``data[begin:end]``, or -1.

        Other bytes are looked through from their beginning.
        """
        if not begin:
            self._window = -1
        while begin < end:
            window = begin // _WINDOW
            first = window * _WINDOW
            if window != self._window:
                self._folded = data[first : min(end, first + _WINDOW + self._overlap)].lower()
                self._window = window
            found = self._finder.find(self._folded, begin - first, len(self._folded))
            if found >= 0:
                return first + found
            begin = first + _WINDOW
        return -1
