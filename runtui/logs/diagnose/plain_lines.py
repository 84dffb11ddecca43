"""Lines of a log as their program meant them: without what loggers, launchers and containers put before them.

The rules for failures see these lines, and their places lead back to the log.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, count
from operator import add
from typing import NamedTuple

from runtui.logs.diagnose.entries import MARKS_OF_PAIRS, may_be_packed, may_have_entries, messages
from runtui.logs.diagnose.marks import may_have_letters, without_marks
from runtui.logs.diagnose.words import LineIndex

_MOST_LAYERS = 2  # entries in entries, such as those of a logger in those of a container
_PARTS_KEPT = 4  # parts of logs that are looked at more than once
_WRAPPED = LineIndex((b"\x1b", b'{"', *MARKS_OF_PAIRS, b":]"))
"""Texts of which a log has one that says more than its bytes."""


class PlainLines(NamedTuple):
    """Lines of a part of a log, with the places that they have in it.

    Attributes:
        data: The lines, in UTF-8.
        begins: Where each line begins in `data`; None where both are the same.
        places: Where it begins in the log.
        offset, end: Where the part begins and ends in the log, in bytes.
    """

    data: bytes
    begins: Sequence[int] | None
    places: Sequence[int]
    offset: int
    end: int

    def place_of(self, position: int) -> int:
        """Return where in the log the line lies in which a position of `data` is."""
        if self.begins is None:
            return self.offset + position
        return self.places[bisect_right(self.begins, position) - 1]

    def end_of(self, position: int) -> int:
        """Return where in the log the line ends in which a position of `data` is."""
        if self.begins is None:
            return self.offset + position
        line = bisect_right(self.begins, position)
        return self.places[line] if line < len(self.places) else self.end


class _Lines(NamedTuple):
    """Lines, and where each begins in the part of the log, or nothing where that is yet to be counted."""

    texts: Sequence[bytes]
    places: Sequence[int] = ()

    def placed(self) -> _Lines:
        """Return the lines with their places, unless they have them, before any of them changes."""
        return self if self.places else self._replace(places=line_begins(self.texts))


@lru_cache(maxsize=_PARTS_KEPT)
def plain_lines(data: bytes, offset: int, encoding: str = "") -> PlainLines:
    """Return the lines of a part of a log without marks, in UTF-8.

    Args:
        data: The part, which begins with a line.
        offset: Where it begins in the log, in bytes.
        encoding: ``utf-16-le`` or ``utf-16-be``; others are read as UTF-8.
    """
    end = offset + len(data)
    lines = _decoded(data, encoding) if encoding else _split(data)
    is_changed = bool(encoding) or b"\r" in data
    may_be_packed_at_all = bool(encoding) or may_have_entries(data)
    for _layer in range(_MOST_LAYERS):
        is_packed = may_be_packed_at_all and any(map(may_be_packed, lines.texts))
        if is_packed:
            lines = _unpacked(lines.placed())
            is_changed = True
        plain = without_marks(lines.texts)
        if plain is not None:
            lines = lines.placed()._replace(texts=plain)
            is_changed = True
        if not (is_packed or (plain is not None and may_be_packed_at_all)):
            break
    return _joined(lines.placed(), offset, end) if is_changed else PlainLines(data, None, (), offset, end)


def may_be_wrapped(data: bytes) -> bool:
    """Return whether a log may say more than its bytes: in colours, in entries, by letters for levels."""
    return bool(_WRAPPED.lines_in(data)) and (
        b"\x1b" in data or may_have_entries(data) or may_have_letters(data)
    )


def _joined(lines: _Lines, offset: int, end: int) -> PlainLines:
    places = [offset + place for place in lines.places]
    return PlainLines(b"\n".join(lines.texts), line_begins(lines.texts), places, offset, end)


def line_begins(texts: Sequence[bytes]) -> list[int]:
    """Return where each line begins in all of them together."""
    lengths = accumulate(map(len, texts[:-1]), initial=0)
    return list(map(add, lengths, count()))  # and the line breaks


def _split(data: bytes) -> _Lines:
    """Return the lines; a carriage return ends one, too, as a progress bar is drawn over what was there."""
    if b"\r" not in data:
        return _Lines(data.split(b"\n"))
    texts: list[bytes] = []
    places: list[int] = []
    place = 0
    for line in data.split(b"\n"):
        part_place = place
        for part in line.rstrip(b"\r").split(b"\r"):
            texts.append(part)
            places.append(part_place)
            part_place += len(part) + 1
        place += len(line) + 1
    return _Lines(texts, places)


def _decoded(data: bytes, encoding: str) -> _Lines:
    lines = data.decode(encoding, "replace").split("\n")
    newline = len("\n".encode(encoding))
    lengths = (len(line.encode(encoding, "replace")) + newline for line in lines[:-1])
    texts = [line.strip("\r\ufeff").encode("utf-8", "replace") for line in lines]
    return _Lines(texts, list(accumulate(lengths, initial=0)))


def _unpacked(lines: _Lines) -> _Lines:
    """Return the messages of entries, each followed by the traceback that it has."""
    found = [
        (text, place)
        for entry, place in zip(lines.texts, lines.places, strict=True)
        for text in (messages(entry) if may_be_packed(entry) else (entry,))
    ]
    return _Lines([text for text, _place in found], [place for _text, place in found])
