"""Last words of a program: what it said before the lines that tell only how it ended, which no rule knows.

Of the last lines that are no regular output, the one that shows most signs of a message is taken. What counts
as a sign, and how much, stands in `_evidence`; the words are those of `runtui.logs.diagnose.refusals`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from runtui.logs.diagnose.around_messages import is_of_launcher, is_progress, is_telling, words_of
from runtui.logs.diagnose.boxes import is_heading, said
from runtui.logs.diagnose.dumps import is_dump
from runtui.logs.diagnose.lines import lines_before
from runtui.logs.diagnose.refusals import Refusal, refusal_of

_MOST_BEFORE = 30  # lines before an end
_MOST_OF_PARAGRAPH = 5  # lines
_MOST_COMPARED = 16 * 1024  # bytes in which the shape of a line is looked for
_IN_NUMBERS = b"0123456789.+-eE"

_ENOUGH_BEFORE_END = 2  # signs of a message that an end follows
_ENOUGH_ALONE = 5  # signs where a log just stops
_FEWEST_WORDS = 3  # of a message
_FEWEST_TELLING_WORDS = 2  # of one that refuses something or is framed

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
        refusal = refusal_of(text)
        is_strong = refusal is not Refusal.NONE or paragraph.is_boxed
        if len(words_of(text)) < (_FEWEST_TELLING_WORDS if is_strong else _FEWEST_WORDS):
            continue
        evidence = _evidence(text, refusal, paragraph, is_own=is_own, is_nearest=number == nearest)
        if best is None or (refusal, evidence) > best[0]:
            best = (refusal, evidence), bounds
    return None if best is None else (best[0][1], best[1])


def _evidence(text: str, refusal: Refusal, paragraph: _Paragraph, *, is_own: bool, is_nearest: bool) -> int:
    """Return how many signs a line shows of being why a program ended."""
    return sum(
        (
            refusal,  # it says what is wrong
            2 * paragraph.is_boxed,
            is_own,  # the program ended itself
            is_nearest and not refusal,  # it was said last, or first in a box
            paragraph.follows_regular,
            -2 * is_progress(text),
            -2 * ("   " in text),  # a table
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
            lines = _Shapes(data, before)
        is_regular = lines.is_regular(line, text)
        if is_regular or len(paragraph) >= _MOST_OF_PARAGRAPH:
            is_frame = False
            follows_regular = is_regular
            break
        paragraph.append((first, last))
    return _Paragraph(paragraph[::-1], was_frame and is_frame, follows_regular, is_stopped)


class _Shapes:
    """The lines at the end of a text, whatever numbers they have.

    Args:
        data: The text.
        near: The bounds of those among which a message is looked for.
    """

    def __init__(self, data: bytes, near: Sequence[tuple[int, int]]) -> None:
        self._all = Counter(map(bytes.strip, _shape(data[-_MOST_COMPARED:]).split(b"\n")))
        self._near = Counter(_shape(data[first:last]) for first, last in near)

    def is_regular(self, line: bytes, text: str) -> bool:
        """Return whether the program wrote a line more than once, and not as the last words of all ranks."""
        shape = _shape(line)
        count = self._all[shape]
        return count > 1 and not (count == self._near[shape] and refusal_of(text) is Refusal.SURELY)


def _shape(line: bytes) -> bytes:
    return line.translate(None, _IN_NUMBERS).strip()
