"""Going on of a program after a line: with more of what it had written before, or as regularly."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.levels import LogLevel, level_of
from runtui.logs.diagnose.plain_lines import line_begins

_NUMBERS = b"0123456789.+-"
_SHAPE = 48  # characters
_LINES_BEFORE = 200  # that are compared
_FEWEST_LINES = 8  # after a line, which a program writes that is being ended
_FEWEST_AFTER_WORDS = 2  # where it says that it goes on
_SHARE = 0.6  # of the lines up to the last one that looks like those before
_FEWEST_REGULAR_LINES = 20  # after a line before which the program had written nothing of the kind
_FEWEST_REGULAR_AFTER_WORDS = 4  # lines, where it says that it goes on
_REPEATED = 5  # lines of one shape
_REPEATED_AFTER_WORDS = 2  # lines of one shape
_MOST_FRAMES = 400  # lines of a traceback
_HEADING = b"Traceback (most recent call last)"
_WORDS_WITHIN = 3  # lines after a line that say what the program does about it

_RANK = re.compile(rb" {0,6}(?:\d{1,6}: ?|\[(?:rank)?\d{1,6}\]:? )")
_GOES_ON = re.compile(
    rb"\b(?:retry|retries|retrying|trying (?:again|once more)"
    rb"|(?:start|begin|restart)(?:s|ing)? (?:anew|again|over)|re-?start(?:s|ed|ing)\b|resum(?:es|ed|ing)\b"
    rb"|fall(?:s|ing)? ?back|continu(?:es|ing)\b|carr(?:ies|ying) on|going on\b|skipp(?:ed|ing)\b"
    rb"|ignor(?:ed|ing)\b|(?:halv|reduc|lower|shrink|decreas)(?:ed|es|ing)\b|recover(?:ed|ing)\b"
    rb"|attempt \d+|from scratch\b|using .{1,40} instead\b|not a failure\b)",
    re.IGNORECASE,
)
"""What a program says that does something about an error."""

_TRIES_AGAIN = re.compile(
    rb"\b(?:retry|retries|retrying|trying (?:again|once more)|attempt \d+|anew|from scratch|falling back"
    rb"|continuing|(?:halv|reduc)ing)\b",
    re.IGNORECASE,
)
"""What it says that begins once more: what failed then is what another failure follows."""

_BEFORE_SURVIVED = re.compile(rb"(?:.{0,60}[\s\[(:-])?WARN(?:ING)?\b|Exception ignored in")
"""What stands before a traceback that a program only reports."""

_NEVER_FATAL = b"Exception ignored in"

_ENDS = re.compile(
    rb"abort|giv(?:e|es|ing) up|exit|fatal|terminat|cannot|could not|unable|refus", re.IGNORECASE
)
"""What it says where it does not."""


_PROGRESS = re.compile(
    rb"\b(?:time-?)?(?:steps?|iter(?:ations?)?|epochs?|cycles?|batch(?:es)?|loss|energy|residuals?|elapsed|eta|dt"
    rb"|time|cfl|frames?|generations?|cpu|done|processed)\b",
    re.IGNORECASE,
)
"""Words of the output of a program at work, which tell it apart from a table or a dump."""


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
        first: Where the first line begins that is asked for.
    """

    def __init__(self, data: bytes, first: int = 0) -> None:
        self._begin = first
        for _line in range(_LINES_BEFORE):
            if self._begin <= 0:
                break
            self._begin = data.rfind(b"\n", 0, self._begin - 1) + 1
        self._first = first - self._begin
        self._data = data[self._begin :]
        self._of_ranks: dict[bytes, _Places] = {}
        self._errors: dict[bytes, bool] = {}

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._data.split(b"\n")

    @cached_property
    def _begins(self) -> list[int]:
        return line_begins(self._lines)

    @cached_property
    def _shapes(self) -> list[bytes]:
        return [
            line.translate(None, _NUMBERS)[:_SHAPE].strip() or b"%d" % len(line.split())
            for line in self._lines
        ]

    def has_gone_on(self, begin: int, end: int, *, fails_later: bool = False) -> bool:
        """Return whether most of what follows lines looks like what came before them, or is a regular output.

        Of lines with the mark of a rank, only those of the same rank tell. Nothing regular is a dump, or
        lines that call themselves errors.

        Args:
            begin, end: Where the lines begin and end.
            fails_later: Whether another failure follows.
        """
        begin, end = begin - self._begin, end - self._begin
        first, last = bisect_left(self._begins, begin), bisect_left(self._begins, end)
        if first == len(self._lines):
            return False
        first = self._heading_of(first)
        before_it = self._lines[first - 1] if first else b""
        if before_it.startswith(_NEVER_FATAL):
            return True
        if len(self._lines) - last <= _FEWEST_AFTER_WORDS:
            return False
        words = self._words_about(last)
        says_so = bool(words) or _BEFORE_SURVIVED.match(before_it) is not None
        fewest = _FEWEST_AFTER_WORDS if says_so else _FEWEST_LINES
        rank = _RANK.match(self._lines[first])
        places = self._places_of(rank[0] if rank else b"")
        count = _after(places.all, last)
        if count < fewest:
            return False
        if fails_later and _TRIES_AGAIN.search(words):
            return True
        before = set(self._shapes[max(0, first - _LINES_BEFORE) : first])
        alike = [
            found
            for shape in before
            if (found := places.by_shape.get(shape)) and found[-1] >= last and not self._is_error(shape)
        ]
        number = sum(_after(found, last) for found in alike)
        if number >= fewest and number >= _SHARE * _between(
            places.all, last, max(found[-1] for found in alike)
        ):
            return True
        if count < (_FEWEST_REGULAR_AFTER_WORDS if words else _FEWEST_REGULAR_LINES):
            return False
        often = _REPEATED_AFTER_WORDS if words else _REPEATED
        repeated = ((shape, _after(found, last)) for shape, found in places.unindented.items())
        regular = sum(number for shape, number in repeated if number >= often and self._is_progress(shape))
        return regular >= _SHARE * count

    def bytes_going_on(self, begin: int, end: int) -> int:
        """Return how many bytes between two places look like what came before, or tell of progress.

        Dumps and what launchers say of each process are not among them.
        """
        first, last = (bisect_left(self._begins, place - self._begin) for place in (begin, end))
        before = set(self._shapes[max(0, first - _LINES_BEFORE) : first])
        regular: dict[bytes, bool] = {}
        count = 0
        for line, shape in zip(self._lines[first:last], self._shapes[first:last], strict=True):
            if shape not in regular:
                regular[shape] = (shape in before and not self._is_error(shape)) or self._is_progress(shape)
            count += (len(line) + 1) * (regular[shape] and not is_dump(line))
        return count

    def _heading_of(self, line: int) -> int:
        """Return the number of the heading of the traceback that a line ends, or of the line itself."""
        above = line
        while above > max(0, line - _MOST_FRAMES) and self._lines[above - 1][:1].isspace():
            above -= 1
        return above - 1 if above and self._lines[above - 1].startswith(_HEADING) else line

    def _words_about(self, line: int) -> bytes:
        """Return which of the lines from one on says what the program does about an error, or nothing."""
        for text in self._lines[line : line + _WORDS_WITHIN]:
            if _GOES_ON.search(text):
                return b"" if _ENDS.search(text) else text
        return b""

    def _places_of(self, mark: bytes) -> _Places:
        """Return the places of the lines with a rank's mark; of all lines for none."""
        places = self._of_ranks.get(mark)
        if places is None:
            places = self._of_ranks[mark] = _Places([], {}, {})
            start = bisect_left(self._begins, self._first)
            for number in range(start, len(self._lines)):
                shape, line = self._shapes[number], self._lines[number]
                if shape != b"0" and line.startswith(mark) and not is_dump(line):
                    places.all.append(number)
                    places.by_shape.setdefault(shape, []).append(number)
                    if not line[len(mark) :][:1].isspace():
                        places.unindented.setdefault(shape, []).append(number)
        return places

    def _is_progress(self, shape: bytes) -> bool:
        return _PROGRESS.search(shape) is not None and not self._is_error(shape)

    def _is_error(self, shape: bytes) -> bool:
        if shape not in self._errors:
            self._errors[shape] = level_of(shape.decode("utf-8", "replace")) is LogLevel.ERROR
        return self._errors[shape]


def _after(places: list[int], line: int) -> int:
    """Return how many of some places in their order are at or after a line."""
    return len(places) - bisect_left(places, line)


def _between(places: list[int], line: int, last: int) -> int:
    """Return how many of some places in their order are from a line up to another one."""
    return bisect_left(places, last + 1) - bisect_left(places, line)
