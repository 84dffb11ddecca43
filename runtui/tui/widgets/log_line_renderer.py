"""The lines of a log as styled text: colours, marked matches, and wrapping."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from runtui import logs
from runtui.logs.viewport import Kept

if TYPE_CHECKING:
    from runtui.logs.read.styles import Style as LogStyle
    from runtui.logs.search.pattern import LineFilter, Pattern

T = TypeVar("T")

_MAX_STRIPS = 1024  # drawn lines in the cache
_SLOW = 0.005  # seconds for one line
_RESPITE = 20  # factor of the time that a slow line took


class LogLineRenderer:
    """Draws lines, with a cache of drawn lines.

    Args:
        style_of: Returns the style of ``notice``, ``error``, ``warning``, ``match`` or ``context``, and for
            ``""`` that of other text.
    """

    def __init__(self, style_of: Callable[[str], Style]) -> None:
        self._style_of = style_of
        self._strips: dict[tuple[bytes, str], Strip] = {}
        self._pattern: Pattern | None = None
        self._filter: LineFilter | None = None
        self._ask_again_at = 0.0
        self._width = 0  # columns of a wrapped row
        self._is_wrapped = False
        self._is_raw = False

    @property
    def is_wrapped(self) -> bool:
        """Whether long lines take several rows."""
        return self._is_wrapped

    def toggle_wrapping(self) -> None:
        """Wrap long lines, or draw each in one row."""
        self._is_wrapped = not self._is_wrapped

    def toggle_raw(self) -> bool:
        """Show lines of JSON as they are written, or as a person reads them; return whether as written."""
        self._is_raw = not self._is_raw
        self.forget()
        return self._is_raw

    def mark(self, pattern: Pattern | None, filtered: LineFilter | None) -> None:
        """Mark matches of `pattern`, and dim lines that the filter `filtered` shows only as context."""
        self._pattern, self._filter = pattern, filtered
        self.forget()

    def forget(self) -> None:
        """Clear the cache, because the styles have changed."""
        self._strips.clear()

    # Rows

    def rows_of(self, kept: Kept) -> int:
        """Return how many rows a line takes."""
        return len(self._row_begins(kept, self._width)) - 1 if self._is_wrapped else 1

    def columns(self, kept: Kept, row: int) -> tuple[int, int]:
        """Return in which columns of a wrapped line one of its rows begins and ends."""
        begins = self._row_begins(kept, self._width)
        return begins[row], begins[row + 1]

    def resize(self, width: int, top: tuple[Kept, int] | None) -> int:
        """Wrap lines at another width.

        Args:
            width: Columns of a row.
            top: The first line in view, and how many of its rows are above the screen; None for no line.

        Returns:
            How many of its rows must be above the screen now to keep the text at the top in place.
        """
        before, self._width = self._width, width
        if top is None:
            return 0
        kept, above = top
        if not self._is_wrapped or not above:
            return above
        column = self._row_begins(kept, before)[above]
        return bisect_right(self._row_begins(kept, width)[:-1], column) - 1

    def _row_begins(self, kept: Kept, width: int) -> Sequence[int]:
        """Return in which columns the rows of a wrapped line begin, and where the last one ends."""
        strip = self.strip(kept)
        if strip.cell_length <= width:
            return (0, width)
        return wrapped(strip.text, width)

    # Drawing

    def strip(self, kept: Kept) -> Strip:
        """Return a whole line, as long as it is."""
        # Keyed by text, since lines of the same text look the same. An offset would not do, as an incomplete
        # line changes later.
        key = (kept.line.raw, kept.notice)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= _MAX_STRIPS:
                self._strips.clear()
            strip = self._strips[key] = self._draw(kept)
        return strip

    def _draw(self, kept: Kept) -> Strip:
        if kept.notice:
            return Strip([Segment(f"── {kept.notice} ──", self._style_of("notice"))])

        raw = kept.line.raw
        pieces = logs.styled_line(raw) if self._is_raw else logs.readable_line(raw)
        text = "".join([piece.text for piece in pieces])
        if self._filter is not None and self._is_context(self._filter, text):
            base = self._style_of("context")
        else:
            base = self._style_of(_level_of(text))
        segments = [Segment(piece.text, base + _rich_style(piece.style)) for piece in pieces]
        if self._pattern is not None and (spans := self._spans(self._pattern, text)):
            segments = marked(segments, spans, self._style_of("match"))
        return Strip(segments)

    def _spans(self, pattern: Pattern, text: str) -> list[tuple[int, int]]:
        return self._unless_slow(lambda: pattern.spans(text), [])

    def _is_context(self, shown: LineFilter, text: str) -> bool:
        return self._unless_slow(lambda: not shown.matches(text), False)

    def _unless_slow(self, ask: Callable[[], T], otherwise: T) -> T:
        """Call `ask`, or return `otherwise` for a while after a slow call, because drawing waits for it."""
        began = time.monotonic()
        if began < self._ask_again_at:
            return otherwise
        answer = ask()
        took = time.monotonic() - began
        if took > _SLOW:
            self._ask_again_at = began + _RESPITE * took
        return answer


def _level_of(text: str) -> str:
    level = logs.level_of(text)
    return "" if level is None else level.name.lower()


@lru_cache(maxsize=256)
def wrapped(text: str, width: int) -> Sequence[int]:
    """Return the columns in which rows begin, and the end of the last; no row ends within a wide character.

    Args:
        text: The text of a line.
        width: Columns of a row, at least two.
    """
    if text.isascii():
        return range(0, -(-len(text) // width) * width + 1, width)
    begins = [0]
    column = 0
    for char in text:
        size = cell_len(char)
        if column + size > begins[-1] + width:
            begins.append(column)
        column += size
    return (*begins, begins[-1] + width)


@lru_cache(maxsize=512)
def _rich_style(style: LogStyle) -> Style:
    return Style(
        color=_colour(style.foreground),
        bgcolor=_colour(style.background),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        reverse=style.reverse or None,
        strike=style.strike or None,
    )


def _colour(colour: int | tuple[int, int, int] | None) -> Color | None:
    if colour is None:
        return None
    return Color.from_rgb(*colour) if isinstance(colour, tuple) else Color.from_ansi(colour)


def marked(segments: Sequence[Segment], spans: Sequence[tuple[int, int]], style: Style) -> list[Segment]:
    """Return segments with some of their characters in another style.

    Args:
        segments: The segments.
        spans: Begin and end of each span of those characters, in ascending order.
        style: Their style.
    """
    result = []
    place = 0
    for segment in segments:
        end = place + len(segment.text)
        begin = place
        for first, last in spans:
            if last <= begin or first >= end:
                continue
            if first > begin:
                result.append(Segment(segment.text[begin - place : first - place], segment.style))
            cut = min(last, end)
            result.append(Segment(segment.text[max(first, begin) - place : cut - place], style))
            begin = cut
        if begin < end:
            result.append(Segment(segment.text[begin - place :], segment.style))
        place = end
    return result
