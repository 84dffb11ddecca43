"""Going on of a program after a line: with more of what it had written before, or as regularly."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from functools import cached_property

from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.levels import level_of

_NUMBERS = b"0123456789.+-"
_SHAPE = 48  # characters
_LINES_BEFORE = 300  # that are compared
_FEWEST_LINES = 8  # after a line, which a program writes that is being ended
_SHARE = 0.6  # of the lines after it
_FEWEST_REGULAR_LINES = 20  # after a line before which the program had written nothing of the kind
_REPEATED = 5  # lines of one shape

_RANK = re.compile(rb" {0,6}(?:\d{1,6}: ?|\[(?:rank)?\d{1,6}\]:? )")


class GoingOn:
    """The lines of a part of a log, by their shapes: a line without its numbers.

    Args:
        data: The part, without marks but those of ranks.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._data.split(b"\n")

    @cached_property
    def _begins(self) -> list[int]:
        begins, position = [], 0
        for line in self._lines:
            begins.append(position)
            position += len(line) + 1
        return begins

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
        mark = rank[0] if rank else b""
        before = set(self._shapes[max(0, first - _LINES_BEFORE) : first])
        followed = [
            (shape, line[len(mark) :])
            for shape, line in zip(self._shapes[last:], self._lines[last:], strict=True)
            if shape and line.startswith(mark) and not is_dump(line)
        ]
        after = [shape for shape, _line in followed]
        unindented = [shape for shape, line in followed if not line[:1].isspace()]
        if len(after) < _FEWEST_LINES:
            return False
        if sum(shape in before for shape in after) >= _SHARE * len(after):
            return True
        regular = sum(
            count
            for shape, count in Counter(unindented).items()
            if count >= _REPEATED and level_of(shape.decode("utf-8", "replace")) is None
        )
        return len(after) >= _FEWEST_REGULAR_LINES and regular >= _SHARE * len(after)
