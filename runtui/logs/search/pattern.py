"""Patterns to look for in a log's lines.

A line matches when its text as it is shown does: without colours, of a progress bar the last state, tabs as
they are. Knows no files.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from runtui.logs.search.regex_analysis import analyse

_STEPS = 4e6  # that take less than a moment, whatever they are
_LONGEST = 16384  # characters
_SHORTEST = 16  # characters
_LONGEST_CALL = 0.015  # seconds for which nothing else gets its turn
_LONGEST_LOOK = 0.2  # seconds for one line in the background
_LONGEST_MARKING = 0.02  # seconds, on the event loop
_MOST_GROWTH = 4  # times the size before
_PARTS_MARKED = 8  # parts of the longest line
_QUICK = 8  # steps for each character

PLAIN = 2000
"""The bound of expressions that are not known to be slow with some lines."""

_ESCAPED = re.compile(r"\\.")


class Matcher(Protocol):
    """Interface of everything that a search can look for."""

    @property
    def ignores_case(self) -> bool:
        """Whether `literals` are in lower case, and to be found in lower-case text."""

    @property
    def literals(self) -> tuple[bytes, ...]:
        """Texts in UTF-8 of which every matching line holds one; empty when none are known."""

    @property
    def is_literal(self) -> bool:
        """Whether a line that holds one of `literals` matches for certain."""

    @property
    def spans_lines(self) -> bool:
        """Whether `candidate` may be asked."""

    @property
    def bound(self) -> int:
        """Characters up to which lines may be long when `candidate` is asked."""

    def matches(self, text: str, begin: int = 0, end: int | None = None) -> bool:
        """Return whether a line matches.

        Args:
            text: The line as it is shown; or a piece of a very long one, with some of what is around it.
            begin: Where the piece begins.
            end: Where it ends; None for the end of the line. A match counts where it begins.
        """

    def candidate(self, text: str, begin: int, end: int) -> int:
        """Return the place of the next possible match between two places in a text of many lines, or -1."""

    def is_missing(self, data: bytearray, size: int) -> bool:
        """Return whether certainly no line matches in the first `size` bytes, as far as a quick check tells.

        The bytes hold no control sequences.
        """


class PatternError(ValueError):
    """A pattern that cannot be used; its text says why and where, in one line."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; made by `compile_pattern`.

    Attributes:
        source: The text that the user typed.
        ignores_case: Whether upper and lower case are the same.
        literals: Every matching line holds one of these, in UTF-8, in lower case when case is ignored (then
            they are ASCII); empty when nothing is known to be in it.
        is_literal: Whether a line that holds one of `literals` matches for certain.
        spans_lines: Whether `candidate` may be asked.
        bound: Characters of a line that the expression is run on at once whatever they are. A longer line is
            gone through in pieces of this length that overlap by half, then in longer ones, for as long as
            that takes but a moment: nothing can interrupt `re`, and what it is given matters as much as the
            expression.
    """

    source: str
    ignores_case: bool
    literals: tuple[bytes, ...]
    is_literal: bool
    spans_lines: bool
    bound: int
    _exponent: int
    _expression: re.Pattern[str]
    _block_expression: re.Pattern[str]

    def matches(self, text: str, begin: int = 0, end: int | None = None) -> bool:
        """Return whether a line matches; see `Matcher`."""
        search = self._expression.search
        if len(text) <= self.bound:
            match = search(text, begin)
            return match is not None and (end is None or match.start() < end)
        last = len(text) if end is None else end - 1

        def look(place: int, limit: int) -> bool:
            found = search(text, place, limit)
            return found is not None and found.start() <= last and self._is_real(found)

        return self._look_through(text, begin, last, look, _LONGEST_LOOK, self.bound)

    def _is_real(self, match: re.Match[str]) -> bool:
        """Return whether a match that was found in a part of a line is there, too, when it goes on."""
        is_inside = match.end() < match.endpos or match.endpos == len(match.string)
        return is_inside or self._expression.match(match.string, match.start(), match.endpos + 1) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the bounds of the matches in a line's text, to be marked, none of them empty."""
        spans: list[tuple[int, int]] = []

        def gather(place: int, limit: int) -> bool:
            if not place:
                spans.clear()
            for match in self._expression.finditer(text, place, limit):
                begin, end = match.span()
                if begin < end and (not spans or begin >= spans[-1][1]) and self._is_real(match):
                    spans.append((begin, end))
            return False

        # Drawing waits for this: what may be slow is run on so little that it can be given up soon.
        size = self.bound if self.bound >= PLAIN else max(_SHORTEST, self.bound // _PARTS_MARKED)
        if len(text) <= size:
            gather(0, len(text))
        else:
            self._look_through(text, 0, len(text), gather, _LONGEST_MARKING, size)
        return spans

    def candidate(self, text: str, begin: int, end: int) -> int:
        """Return the beginning of the next possible match between two places in a text of many lines, or -1.

        No line is longer than `bound`, and the second place is a line's end. Only a look at the line by
        itself shows whether it matches.
        """
        match = self._block_expression.search(text, begin, end)
        return -1 if match is None else match.start()

    def is_missing(self, data: bytearray, size: int) -> bool:
        """Return False: looking for the literals is as quick as can be."""
        return False

    def _look_through(
        self, text: str, first: int, last: int, look: Callable[[int, int], bool], left: float, size: int
    ) -> bool:
        """Call `look` with where parts of a line begin and end, those of `size` in which something may begin
        from `first` to `last`, then with longer ones, until it says that this is enough, or has taken `left`
        seconds; return whether it was enough."""
        while True:
            slowest = 0.0
            for begin in range(first, max(first + 1, min(last + 1, len(text) - size // 2)), size // 2):
                began = time.thread_time()
                if look(begin, min(begin + size, len(text))):
                    return True
                took = time.thread_time() - began
                slowest = max(slowest, took)
                left -= took
                if left < 0:
                    return False
            growth = (_LONGEST_CALL / max(slowest, 1e-6)) ** (1 / self._exponent)
            if size >= len(text) - first or growth < 2:
                return False
            size = int(size * min(growth, _MOST_GROWTH))


def compile_pattern(text: str, *, literal: bool = False, ignore_case: bool | None = None) -> Pattern:
    """Return a pattern that finds `text` in lines.

    Args:
        text: The text to look for.
        literal: Whether it is plain text instead of a regular expression.
        ignore_case: Whether upper and lower case are the same; None when they are as long as `text` holds
            no capital letter.

    Raises:
        PatternError: It is empty, no regular expression, or one that could take for ever.
    """
    if not text:
        raise PatternError("there is nothing to look for")
    if ignore_case is None:
        letters = text if literal else _ESCAPED.sub("", text)
        ignore_case = letters == letters.lower()
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    source = re.escape(text) if literal else text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those are for who writes programs
            expression = re.compile(source, flags)
            known = analyse(source, flags)
            block_expression = re.compile(source, flags | re.MULTILINE)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        raise PatternError(f"not a regular expression: {error.msg}{place}") from None
    except (RecursionError, OverflowError):
        raise PatternError("not a regular expression: it is nested too deep, or counts too far") from None
    if known.explodes:
        raise PatternError(
            "this could take for ever: what is repeated can match the same text in more than one way"
        )
    bound = int(min(_LONGEST, (_STEPS / known.factor) ** (1 / known.exponent)))
    if bound < _SHORTEST:
        raise PatternError("this could take very long: too much of it can match the same text")
    return Pattern(
        text,
        bool(expression.flags & re.IGNORECASE),
        tuple([one.encode("utf-8", "surrogatepass") for one in known.literals]),
        known.is_literal,
        known.spans_lines and known.exponent <= 2 and known.factor <= _QUICK,
        bound,
        known.exponent,
        expression,
        block_expression,
    )


@dataclass(frozen=True, slots=True)
class Among:
    """Matcher of the lines that another matcher lets through.

    Args:
        wanted: The matcher.
        shown: The matcher that lets lines through.
    """

    wanted: Matcher
    shown: Matcher
    is_literal = False
    spans_lines = False

    @property
    def ignores_case(self) -> bool:
        return self.wanted.ignores_case

    @property
    def literals(self) -> tuple[bytes, ...]:
        return self.wanted.literals

    @property
    def bound(self) -> int:
        return self.wanted.bound

    def matches(self, text: str, begin: int = 0, end: int | None = None) -> bool:
        """Return whether a line is shown and matches."""
        return self.wanted.matches(text, begin, end) and self.shown.matches(text, begin, end)

    def candidate(self, text: str, begin: int, end: int) -> int:
        """Return -1: there is no way to look at many lines at once."""
        return -1

    def is_missing(self, data: bytearray, size: int) -> bool:
        """Return whether the wanted text is missing."""
        return self.wanted.is_missing(data, size)


@dataclass(frozen=True, slots=True)
class Without:
    """Matcher of the lines that a pattern does not match, as for the filter ``!PATTERN``.

    Of a very long line, which is shown in pieces, each piece counts by itself.

    Args:
        unwanted: The pattern.
    """

    unwanted: Pattern
    ignores_case = False
    literals = ()
    is_literal = False
    spans_lines = False

    @property
    def source(self) -> str:
        """The filter as it is typed."""
        return f"!{self.unwanted.source}"

    @property
    def bound(self) -> int:
        return self.unwanted.bound

    def matches(self, text: str, begin: int = 0, end: int | None = None) -> bool:
        """Return whether a line does not match the pattern."""
        return not self.unwanted.matches(text, begin, end)

    def candidate(self, text: str, begin: int, end: int) -> int:
        """Return -1: there is no way to look at many lines at once."""
        return -1

    def is_missing(self, data: bytearray, size: int) -> bool:
        """Return False: nothing is known without a look at each line."""
        return False


LineFilter = Pattern | Without
"""Filter of the lines of a log."""


def compile_filter(text: str) -> LineFilter:
    """Return a filter of lines: a pattern, or after an exclamation mark lines to leave out, as in less.

    Args:
        text: A regular expression, or ``!`` and one; one that begins with that character as ``[!]``.

    Raises:
        PatternError: As `compile_pattern`.
    """
    return Without(compile_pattern(text[1:])) if text.startswith("!") else compile_pattern(text)


def unguarded(matcher: Matcher) -> Matcher:
    """Return the matcher itself, without the check whether it is still wanted."""
    return matcher.wanted if isinstance(matcher, WhileWanted) else matcher


class NoLongerWantedError(Exception):
    """An end of a search whose result nobody wants any more."""


@dataclass(frozen=True, slots=True)
class WhileWanted:
    """Matcher that can be cancelled: a slow expression can take long with one block of lines.

    Args:
        wanted: The matcher.
        is_wanted: Asked before each look; when it says no, `NoLongerWantedError` is raised.
    """

    wanted: Matcher
    is_wanted: Callable[[], bool]

    @property
    def ignores_case(self) -> bool:
        return self.wanted.ignores_case

    @property
    def literals(self) -> tuple[bytes, ...]:
        return self.wanted.literals

    @property
    def is_literal(self) -> bool:
        return self.wanted.is_literal

    @property
    def spans_lines(self) -> bool:
        return self.wanted.spans_lines

    @property
    def bound(self) -> int:
        return self.wanted.bound

    def matches(self, text: str, begin: int = 0, end: int | None = None) -> bool:
        """Return whether a line matches."""
        if not self.is_wanted():
            raise NoLongerWantedError
        return self.wanted.matches(text, begin, end)

    def candidate(self, text: str, begin: int, end: int) -> int:
        """Return the place of the next possible match."""
        if not self.is_wanted():
            raise NoLongerWantedError
        return self.wanted.candidate(text, begin, end)

    def is_missing(self, data: bytearray, size: int) -> bool:
        """Return whether the wanted text is missing."""
        return self.wanted.is_missing(data, size)
