"""Patterns to look for in a log's lines.

A line matches when its text as it is shown does: without colours, of a progress bar the last state, tabs as
they are. Knows no files.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from runtui.logs.expressions import analyse

_BOUNDS = (16384, 8192, 1024, 256)
_MOST_PIECES = 16
_ESCAPED = re.compile(r"\\.")


class Matcher(Protocol):
    """What a search can look for."""

    @property
    def ignores_case(self) -> bool:
        """Whether `literals` are in lower case, and to be found in lower-case text."""

    @property
    def literals(self) -> tuple[bytes, ...]:
        """Texts in UTF-8 of which every matching line holds one; empty when nothing is known to be in it."""

    @property
    def is_literal(self) -> bool:
        """Whether a line that holds one of `literals` matches for certain."""

    @property
    def spans_lines(self) -> bool:
        """Whether `candidate` may be asked."""

    @property
    def bound(self) -> int:
        """Characters up to which lines may be long when `candidate` is asked."""

    def matches(self, text: str) -> bool:
        """Return whether a line matches, whose text as shown is `text`."""

    def candidate(self, text: str, begin: int) -> int:
        """Return where in a text of many lines the next match from `begin` on may stand, or -1."""


class PatternError(ValueError):
    """A pattern that cannot be used; its text says why and where, in one line."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; made by `compile_pattern`.

    Attributes:
        source: What the user typed.
        ignores_case: Whether upper and lower case are the same.
        literals: Every matching line holds one of these, in UTF-8, in lower case when case is ignored (then
            they are ASCII); empty when nothing is known to be in it.
        is_literal: Whether a line that holds one of `literals` matches for certain.
        spans_lines: Whether `candidate` may be asked.
        bound: Characters of a line that the expression is run on at once: 16 Ki for one that cannot
            backtrack far, down to 256 for the worst. A longer line is gone through in pieces of this length
            that overlap by half, 16 at most, so that no line takes long: nothing can interrupt `re`.
    """

    source: str
    ignores_case: bool
    literals: tuple[bytes, ...]
    is_literal: bool
    spans_lines: bool
    bound: int
    _expression: re.Pattern[str]
    _block_expression: re.Pattern[str]

    def matches(self, text: str) -> bool:
        """Return whether a line matches, whose text as shown is `text`."""
        if len(text) <= self.bound:
            return self._expression.search(text) is not None
        return any(self._expression.search(piece) for _, piece in self._pieces(text))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where in a line's text the matches are, to be marked: begin and end, none of them empty."""
        spans: list[tuple[int, int]] = []
        for offset, piece in self._pieces(text):
            for match in self._expression.finditer(piece):
                begin, end = match.start() + offset, match.end() + offset
                if begin < end and (not spans or begin >= spans[-1][1]):
                    spans.append((begin, end))
        return spans

    def candidate(self, text: str, begin: int) -> int:
        """Return where in a text of many lines, none of them longer than `bound`, the next match from `begin`
        on may stand, or -1. Only a look at that line alone tells for certain."""
        match = self._block_expression.search(text, begin)
        return -1 if match is None else match.start()

    def _pieces(self, text: str) -> Iterator[tuple[int, str]]:
        yield 0, text[: self.bound]
        half = self.bound // 2
        for begin in range(half, min(len(text), _MOST_PIECES * half) - half, half):
            yield begin, text[begin : begin + self.bound]


def compile_pattern(text: str, *, literal: bool = False, ignore_case: bool | None = None) -> Pattern:
    """Return what finds `text` in lines.

    Args:
        text: What to look for.
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
    if known.degree >= len(_BOUNDS):
        raise PatternError("this could take very long: too much of it can match the same text")
    return Pattern(
        text,
        bool(expression.flags & re.IGNORECASE),
        tuple([one.encode("utf-8", "surrogatepass") for one in known.literals]),
        known.is_literal,
        known.spans_lines,
        _BOUNDS[known.degree],
        expression,
        block_expression,
    )


@dataclass(frozen=True, slots=True)
class Among:
    """What looks for something among the lines that something else lets through.

    Args:
        wanted: What is looked for.
        shown: What lets lines through.
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

    def matches(self, text: str) -> bool:
        """Return whether a line is shown and matches."""
        return self.wanted.matches(text) and self.shown.matches(text)

    def candidate(self, text: str, begin: int) -> int:
        """Return -1: there is no way to look at many lines at once."""
        return -1
