"""Last words of a program: what it said before the lines that tell only how it ended, which no rule knows.

Of the last lines that are no regular output, the one that shows most signs of a message is taken. What counts
as a sign, and how much, stands in `_evidence`; the words are those of `runtui.logs.diagnose.refusals`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from runtui.logs.diagnose.around_messages import (
    OF_PLACE,
    is_of_launcher,
    is_progress,
    is_telling,
    words_of,
)
from runtui.logs.diagnose.boxes import is_heading, said
from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.lines import RANK, lines_before
from runtui.logs.diagnose.refusals import Refusal, is_negative, refusal_of
from runtui.logs.diagnose.rules.table import PLANNED

_MOST_BEFORE = 30  # lines before an end
_MOST_OF_PARAGRAPH = 5  # lines
_MOST_COMPARED = 16 * 1024  # bytes in which the shape of a line is looked for
_IN_NUMBERS = b"0123456789.+-eE"

_ENOUGH_BEFORE_END = 2  # signs of a message that an end follows
_ENOUGH_ALONE = 5  # signs where a log just stops
_FEWEST_WORDS = 3  # of a message
_FEWEST_TELLING_WORDS = 2  # of one that refuses something or is framed

_WARNING = re.compile(r"(?:.{0,80}[\s\[(:])?warn(?:ing)?\b[\]):]{1,3}\s*(.+)", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\b(?:using|used|default\w*|instead|ignor\w+|skip\w*|continu\w+|fall\w*|deprecat\w+|will|may|might"
    r"|assum\w+|retry\w*|kernel does not)\b",
    re.IGNORECASE,
)
"""What a warning says of a fault that the program went on with."""

_PLANNED = re.compile(PLANNED, re.IGNORECASE)
_TABLE = re.compile(r"[^\W\d_]{2} {3,}[^\W\d_]{2}")
"""Columns of words; numbers are far from each other in messages, too, as Fortran writes them."""

_RANK = re.compile(RANK.pattern.encode())

_STOPPED = re.compile(
    r"\W{0,3}(?:STOP [1-9]\d{0,9}"
    r"|.{0,60}\b(?:exit(?:ed)?(?: with)?(?: code| status)?|return(?:ed)?(?: code)?|rc)"
    r"\W{0,3}[1-9]\d{0,2})\W{0,2}",
    re.IGNORECASE,
)
"""What a program or a script writes that ended itself, and says nothing of why."""


class _Paragraph(NamedTuple):
    """The last lines that can be a message.

    Attributes:
        lines: Their bounds.
        is_boxed: Whether frames stand around them.
        follows_regular: Whether regular output stands before them.
        is_stopped: Whether a line after them tells that the program ended itself.
    """

    lines: list[tuple[int, int]]
    is_boxed: bool
    follows_regular: bool
    is_stopped: bool


def message_before(data: bytes, begin: int, *, is_own: bool) -> tuple[int, int] | None:
    """Return the bounds of what a program said before the line of its end that begins at a place.

    Args:
        data: The text.
        begin: Where that line begins.
        is_own: Whether the program ended itself, so that its last words are most likely its reason.
    """
    paragraph = _paragraph_before(data, begin)
    found = _best_of(data, paragraph, is_own=is_own or paragraph.is_stopped)
    return found[1] if found is not None and found[0] >= _ENOUGH_BEFORE_END else None


def warning_before(data: bytes, begin: int) -> tuple[int, int] | None:
    """Return the bounds of the last warning before an end that names a fault; None where none does."""
    for first, last in lines_before(data, begin):
        warning = _WARNING.match(said(data[first:last]))
        if warning is None:
            continue
        text = warning[1]
        is_fault = is_negative(text) and len(words_of(text)) >= _FEWEST_WORDS
        if is_fault and not _GOES_ON.search(text):
            return first, last
    return None


def last_words(data: bytes) -> tuple[int, int] | None:
    """Return the bounds of why a program ended, where no line tells how or only that it stopped itself."""
    paragraph = _paragraph_before(data, len(data))
    found = _best_of(data, paragraph, is_own=paragraph.is_stopped)
    if found is None or found[0] < (_ENOUGH_BEFORE_END if paragraph.is_stopped else _ENOUGH_ALONE):
        return None
    after = paragraph.lines[paragraph.lines.index(found[1]) + 1 :]
    return None if any(is_progress(said(data[slice(*line)])) for line in after) else found[1]


def _best_of(data: bytes, paragraph: _Paragraph, *, is_own: bool) -> tuple[int, tuple[int, int]] | None:
    """Return the line of a paragraph that shows most signs of a message, after how many; None for none."""
    nearest = 0 if paragraph.is_boxed else len(paragraph.lines) - 1
    best: tuple[tuple[int, int], tuple[int, int]] | None = None
    for number, bounds in enumerate(paragraph.lines):
        text = said(data[slice(*bounds)])
        if _PLANNED.search(text) is not None:
            continue
        refusal = Refusal.NONE if _is_survived(text) else refusal_of(text)
        is_strong = refusal is not Refusal.NONE or paragraph.is_boxed
        if len(words_of(text)) < (_FEWEST_TELLING_WORDS if is_strong else _FEWEST_WORDS):
            continue
        evidence = _evidence(text, refusal, paragraph, is_own=is_own, is_nearest=number == nearest)
        if best is None or (refusal, evidence) > best[0]:
            best = (refusal, evidence), bounds
    return None if best is None else (best[0][1], best[1])


def _is_survived(text: str) -> bool:
    return _WARNING.match(text) is not None and _GOES_ON.search(text) is not None


def _evidence(text: str, refusal: Refusal, paragraph: _Paragraph, *, is_own: bool, is_nearest: bool) -> int:
    """Return how many signs a line shows of being why a program ended."""
    is_at_work = is_progress(text)
    if is_at_work and refusal:  # unless by a place, such as "task=3"
        is_at_work = is_progress(OF_PLACE.sub(" ", text))
    return sum(
        (
            refusal,  # it says what is wrong
            2 * paragraph.is_boxed,
            is_own,  # the program ended itself
            is_nearest and not refusal,  # it was said last, or first in a box
            paragraph.follows_regular,
            -2 * is_at_work,
            -2 * (_TABLE.search(text) is not None),
        )
    )


def _paragraph_before(data: bytes, begin: int) -> _Paragraph:
    """Return the last lines before a place that can be a message."""
    paragraph: list[tuple[int, int]] = []
    lines: _Shapes | None = None
    was_frame = is_frame = follows_regular = is_stopped = False
    before = list(lines_before(data, begin, _MOST_BEFORE))
    for number, (first, last) in enumerate(before):
        line = data[first:last]
        text = said(line)
        is_frame = bool(line.strip()) and not words_of(text)
        if not paragraph and _STOPPED.fullmatch(text):
            is_stopped = True
            continue
        if is_frame or is_dump(line) or not is_telling(text) or is_of_launcher(text) or is_heading(text):
            if paragraph:
                break
            was_frame = was_frame or is_frame
            continue
        if number + 1 < len(before) and b"current input line" in data[slice(*before[number + 1])]:
            continue
        if lines is None:
            lines = _Shapes(data, begin, before)
        is_regular = lines.is_regular(line, text)
        if is_regular or len(paragraph) >= _MOST_OF_PARAGRAPH:
            is_frame = False
            follows_regular = is_regular
            break
        paragraph.append((first, last))
    return _Paragraph(paragraph[::-1], was_frame and is_frame, follows_regular, is_stopped)


class _Shapes:
    """The lines before a place, whatever numbers they have.

    Args:
        data: The text.
        begin: The place.
        near: The bounds of those among which a message is looked for.
    """

    def __init__(self, data: bytes, begin: int, near: Sequence[tuple[int, int]]) -> None:
        self._data = data[max(0, begin - _MOST_COMPARED) : begin]
        self._all = Counter(map(bytes.strip, _shape(self._data).split(b"\n")))
        self._near = Counter(_shape(data[first:last]) for first, last in near)

    def is_regular(self, line: bytes, text: str) -> bool:
        """Return whether the program wrote a line more than once, and not as the last words of all ranks."""
        shape = _shape(line)
        count = self._all[shape]
        is_refused_last = count == self._near[shape] and refusal_of(text) is Refusal.SURELY
        return count > 1 and not is_refused_last and not self._is_of_ranks(line)

    def _is_of_ranks(self, line: bytes) -> bool:
        """Return whether nothing looks like a line but the same from other ranks."""
        rank = _RANK.match(line)
        if rank is None:
            return False
        shape, words = _shape(line), line[rank.end() :]
        alike = [other for other in self._data.split(b"\n") if _shape(other) == shape]
        ranks = [_RANK.match(other) for other in alike]
        return all(
            rank is not None and other[rank.end() :] == words
            for other, rank in zip(alike, ranks, strict=True)
        )


def _shape(line: bytes) -> bytes:
    return line.translate(None, _IN_NUMBERS).strip()
