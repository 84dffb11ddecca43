"""The part of a log in memory: growing at both edges, and requesting further lines.

Knows neither files nor the terminal: others read the lines and draw them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from runtui import logs
from runtui.logs.viewport import Kept, Viewport

if TYPE_CHECKING:
    from runtui.logs.session import LineChunk

_MAX_KEPT = 4000  # lines
_MARGIN = 150  # lines kept in memory above and below the screen


class LoadedLines:
    """Consecutive lines of a log.

    Args:
        viewport: Holds the lines.
        ask: Called to request lines, with the offset of an edge, and whether the lines before it are
            requested rather than those behind it.
    """

    def __init__(self, viewport: Viewport, ask: Callable[[int, bool], None]) -> None:
        self._viewport = viewport
        self._ask = ask
        self._asked: set[bool] = set()
        self._generation = 0
        self._is_beginning = self._is_end = True
        self._reached = 0

    @property
    def generation(self) -> int:
        """The generation of the log that the last lines belong to: it changes when a log is replaced."""
        return self._generation

    @property
    def has_beginning(self) -> bool:
        """Whether the first line of the log is in memory."""
        return self._is_beginning

    @property
    def has_end(self) -> bool:
        """Whether the last line of the log so far is in memory."""
        return self._is_end

    @property
    def reached(self) -> int:
        """Offset from which to continue reading: behind the last line that will not change."""
        return self._reached

    def place_of(self, offset: int) -> int | None:
        """Return the place of the line that begins at an offset; None if there is none."""
        return self._viewport.place_of(offset, self._generation)

    def place_near(self, offset: int) -> int:
        """Return the place of the line that contains an offset, or of the last line."""
        for place, kept in enumerate(self._viewport.kept):
            if kept.line.end > offset:
                return place
        return max(0, len(self._viewport.kept) - 1)

    # Replacing lines

    def replace(self, chunk: LineChunk | None) -> None:
        """Replace all lines; None for no lines."""
        self._asked.clear()
        if chunk is None:
            self._viewport.kept = []
            self._is_beginning = self._is_end = True
            self._reached = 0
        else:
            self._viewport.kept = _kept(chunk)
            self._generation = chunk.generation
            self._is_beginning, self._is_end = chunk.is_beginning, chunk.is_end
            self._reached = chunk.reached

    def restart(self, rest: bytes, notice: str, chunk: LineChunk) -> None:
        """Add the lines of a log that was replaced or truncated; the old lines stay above a notice.

        Args:
            rest: The bytes that were still written to the old file.
            notice: A text that says what happened.
            chunk: The new lines.
        """
        # 20 ms that the first paint need not wait for; whoever has a chunk has loaded them.

        kept = self._viewport.kept
        if self._is_end:
            begin = kept[-1].line.end if kept else 0
            if rest and kept and not kept[-1].line.ended:
                begin, rest = kept[-1].line.begin, kept[-1].line.raw + rest
                self._viewport.replace_last()
            self._viewport.append([Kept(line, self._generation) for line in logs.lines_of(rest, begin)])
        else:
            kept.clear()
            self._viewport.top = self._viewport.above = 0
        self._generation = chunk.generation
        if not chunk.is_beginning:
            notice += "; what follows is its end, jump to the beginning to see all of it"
        begin = chunk.lines[0].begin if chunk.lines else 0
        self._viewport.append([Kept(logs.Line(begin, begin, b""), chunk.generation, notice)])
        self._viewport.append(_kept(chunk))
        self._is_beginning, self._is_end = True, chunk.is_end
        self._reached = chunk.reached

    # Adding lines

    def add_news(self, chunk: LineChunk) -> bool:
        """Add new lines of the log; the last line may be among them again, now longer.

        Returns:
            Whether they follow the lines in memory. Other lines may have been loaded between the request and
            the answer.
        """
        if not self._is_end or chunk.generation != self._generation or chunk.reached < self._reached:
            return False
        self._drop_incomplete()
        # Incomplete lines begin at `reached`; lines before it were added by an earlier answer.
        self._viewport.append([kept for kept in _kept(chunk) if kept.line.begin >= self._reached])
        self._is_end, self._reached = chunk.is_end, chunk.reached
        return True

    def miss_news(self) -> None:
        """Handle that more was written than read: the end is not in memory any more."""
        if self._is_end and len(self._viewport.kept) > 1:
            self._drop_incomplete()
        self._is_end = False

    def _drop_incomplete(self) -> None:
        """Drop incomplete lines, which will be added again when they are longer."""
        kept = self._viewport.kept
        while kept and kept[-1].generation == self._generation and not kept[-1].notice:
            if kept[-1].line.begin < self._reached:
                break
            self._viewport.replace_last()

    def extend(self, chunk: LineChunk, place: int, *, backwards: bool) -> bool:
        """Add lines that were requested.

        Args:
            chunk: The lines.
            place: Offset of the edge at which they were requested.
            backwards: Whether they are before it rather than behind it.

        Returns:
            Whether there is still an edge at that offset.
        """
        self._asked.discard(backwards)
        kept = self._viewport.kept
        if chunk.generation != self._generation or not kept:
            return False
        if backwards:
            if kept[0].line.begin != place or kept[0].notice:
                return False
            self._viewport.prepend(_kept(chunk))
            self._is_beginning = chunk.is_beginning
            return True
        last = kept[-1].line
        if _end_of(kept[-1]) != place:
            return False
        if chunk.lines and chunk.lines[0].begin == last.begin:
            self._viewport.replace_last()
        self._viewport.append(_kept(chunk))
        self._is_end, self._reached = chunk.is_end, chunk.reached
        return True

    def trim(self, *, at_the_beginning: bool) -> None:
        """Drop lines far from the screen."""
        if self._viewport.trim(_MAX_KEPT, at_the_beginning=at_the_beginning):
            if at_the_beginning:
                self._is_beginning = False
            else:
                self._is_end = False

    # Requesting lines

    def ask_for_more(self) -> None:
        """Request more lines if the screen is near an edge, once for each edge until they arrive."""
        kept, top = self._viewport.kept, self._viewport.top
        if not kept:
            return
        # The lines before those of a replaced log cannot be read any more.
        is_readable = kept[0].generation == self._generation and not kept[0].notice
        if is_readable and not self._is_beginning and top < _MARGIN and True not in self._asked:
            self._asked.add(True)
            self._ask(kept[0].line.begin, True)
        below = len(kept) - top - self._viewport.height
        if not self._is_end and below < _MARGIN and False not in self._asked:
            self._asked.add(False)
            self._ask(_end_of(kept[-1]), False)

    def ask_again(self, *, backwards: bool) -> None:
        """Allow another request for lines that could not be read."""
        self._asked.discard(backwards)


def _kept(chunk: LineChunk) -> list[Kept]:
    return [Kept(line, chunk.generation) for line in chunk.lines]


def _end_of(last: Kept) -> int:
    """Return the offset from which to continue reading: an incomplete line is read again."""
    return last.line.end if last.line.ended else last.line.begin
