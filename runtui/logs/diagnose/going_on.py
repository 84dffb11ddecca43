"""Going on of a program after a line: with more of what it had written before, or as regularly."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.levels import level_of
from runtui.logs.diagnose.plain_lines import line_begins

_NUMBERS = b"0123456789.+-"
_SHAPE = 48  # characters
_LINES_BEFORE = 300  # that are compared
_FEWEST_LINES = 8  # after a line, which a program writes that is being ended
_SHARE = 0.6  # of the lines after it
_FEWEST_REGULAR_LINES = 20  # after a line before which the program had written nothing of the kind
_REPEATED = 5  # lines of one shape

_RANK = re.compile(rb" {0,6}(?:\d{1,6}: ?|\[(?:rank)?\d{1,6}\]:? )")


class _Places(NamedTuple):
    """Numbers of the lines of one rank that are no dump and not empty, in their order.

    Attributes:
        all: Of all of them.
        by_shape: The same by the lines' shapes.
        unindented: Of those that are not indented, by their shapes.
    """

    all: list[int]
    by_shape: dict[bytes, list[int]]
    unindented: dict[bytes, list[int]]


class GoingOn:
    """The lines of a part of a log, by their shapes: a line without its numbers.

    Args:
        data: The part, without marks but those of ranks.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._of_ranks: dict[bytes, _Places] = {}
        self._is_regular: dict[bytes, bool] = {}

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._data.split(b"\n")

    @cached_property
    def _begins(self) -> list[int]:
        return line_begins(self._lines)

    @cached_property
    def _shapes(self) -> list[bytes]:
        return [line.translate(None, _NUMBERS)[:_SHAPE].strip() for line in self._lines]

    def has_gone_on(self, begin: int, end: int) -> bool:
        """Return whether most of what follows lines looks like what came before them, or is a regular output.

        Of lines with the mark of a rank, only those of the same rank tell. Nothing regular is a dump, or
        lines that call themselves errors.

        Args:
            begin, end: Where the lines begin and end.
        """
        if self._data.count(b"\n", end) < _FEWEST_LINES:
            return False
        first, last = bisect_left(self._begins, begin), bisect_left(self._begins, end)
        rank = _RANK.match(self._lines[first]) if first < len(self._lines) else None
        places = self._places_of(rank[0] if rank else b"")
        count = _after(places.all, last)
        if count < _FEWEST_LINES:
            return False
        before = set(self._shapes[max(0, first - _LINES_BEFORE) : first])
        if sum(_after(places.by_shape.get(shape, []), last) for shape in before) >= _SHARE * count:
            return True
        if count < _FEWEST_REGULAR_LINES:
            return False
        repeated = ((shape, _after(found, last)) for shape, found in places.unindented.items())
        regular = sum(
            number for shape, number in repeated if number >= _REPEATED and self._is_harmless(shape)
        )
        return regular >= _SHARE * count

    def _places_of(self, mark: bytes) -> _Places:
        """Return the places of the lines with a rank's mark; of all lines for none."""
        places = self._of_ranks.get(mark)
        if places is None:
            places = self._of_ranks[mark] = _Places([], {}, {})
            for number, (shape, line) in enumerate(zip(self._shapes, self._lines, strict=True)):
                if shape and line.startswith(mark) and not is_dump(line):
                    places.all.append(number)
                    places.by_shape.setdefault(shape, []).append(number)
                    if not line[len(mark) :][:1].isspace():
                        places.unindented.setdefault(shape, []).append(number)
        return places

    def _is_harmless(self, shape: bytes) -> bool:
        if shape not in self._is_regular:
            self._is_regular[shape] = level_of(shape.decode("utf-8", "replace")) is None
        return self._is_regular[shape]


def _after(places: list[int], line: int) -> int:
    """Return how many of some places in their order are at or after a line."""
    return len(places) - bisect_left(places, line)
