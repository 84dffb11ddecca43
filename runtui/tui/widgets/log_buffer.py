"""The log on screen: the scroll position, the selection, and whether the end is followed.

Knows neither files nor the terminal: others read the lines and draw them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from runtui.logs.viewport import Kept, Viewport
from runtui.tui.widgets.log_loaded_lines import LoadedLines
from runtui.tui.widgets.log_selection import LogSelection

if TYPE_CHECKING:
    from runtui.logs.session import LineChunk

_SPARE = 16  # lines that a jump reads beyond the screen
_FOUND_AT = 3  # divisor of the height: a search result is shown a third from the top
_MAX_OWED = 200  # rows


class LogBuffer:
    """The lines in memory, and the part of them on screen.

    Args:
        rows_of: Returns how many rows of the screen a line takes.
        changed: Called when other lines are on screen, or following was turned on or off.
        ask: Called when the screen comes near an edge of the lines; see `LoadedLines`.
    """

    def __init__(
        self,
        rows_of: Callable[[Kept], int],
        changed: Callable[[], None],
        ask: Callable[[int, bool], None],
    ) -> None:
        self._viewport = Viewport(rows_of)
        self._selection = LogSelection(self._viewport, self.rows)
        self._lines = LoadedLines(self._viewport, ask)
        self._on_change = changed
        self._owed = 0  # rows still to scroll, once they have been read
        self._is_following = True
        self._rows: list[tuple[int, int]] | None = None

    # State

    @property
    def selection(self) -> LogSelection:
        """The current line, and the selected lines."""
        return self._selection

    @property
    def is_following(self) -> bool:
        """Whether the end of the log is kept on screen."""
        return self._is_following

    @property
    def has_lines(self) -> bool:
        """Whether there is at least one line."""
        return bool(self._viewport.kept)

    @property
    def screenful(self) -> int:
        """The number of lines that fill the screen, and some more."""
        return self._viewport.height + _SPARE

    @property
    def top(self) -> int:
        """Offset in the log of the first line on screen."""
        rows = self.rows()
        if not rows:
            return 0
        # There may be lines of a replaced log above, whose offsets are meaningless now.
        later = (
            kept for kept in self._viewport.kept[rows[0][0] :] if kept.generation == self._lines.generation
        )
        return next((kept.line.begin for kept in later), 0)

    @property
    def bottom(self) -> int:
        """Offset in the log behind the last line on screen."""
        rows = self.rows()
        return self._viewport.kept[rows[-1][0]].line.end if rows else 0

    @property
    def behind(self) -> int | None:
        """Offset from which to read new lines of the log; None if its end is not in memory."""
        return self._lines.reached if self._lines.has_end else None

    @property
    def here(self) -> int | None:
        """Offset of the current line, or None."""
        return self._selection.offset(self._lines.generation)

    def rows(self) -> list[tuple[int, int]]:
        """Return for each row of the screen the place of its line, and which of the line's rows it shows."""
        if self._rows is None:
            self._rows = self._viewport.rows()
        return self._rows

    def line(self, place: int) -> Kept:
        """Return the line at a place."""
        return self._viewport.kept[place]

    @property
    def top_row(self) -> tuple[Kept, int] | None:
        """The first line in view, and how many rows of it are above the screen; None for no lines."""
        kept, top = self._viewport.kept, self._viewport.top
        return (kept[top], self._viewport.above) if top < len(kept) else None

    def _is_shown(self, place: int) -> bool:
        return any(place == shown for shown, _row in self.rows())

    def search_from(self, *, backwards: bool, is_new: bool) -> int:
        """Return the offset from which to search: of the current line if it is on screen, or of the top.

        Args:
            backwards: Whether to go up.
            is_new: Whether this is a new search, so that the current line itself may match.
        """
        if not self.rows():
            return 0
        here = self._selection.place
        if here is None or not self._selection.is_here_shown:
            return self.bottom if backwards and self._is_following else self.top
        line = self._viewport.kept[here].line
        return line.begin if backwards or is_new else line.end

    # Other lines

    def clear(self) -> None:
        """Keep no line."""
        self._selection.clear()
        self.show(None)

    def show(self, chunk: LineChunk | None, offset: int | None = None, *, is_hit: bool = False) -> None:
        """Replace all lines.

        Args:
            chunk: The lines; None for none.
            offset: The offset of the line to show; None for the last one.
            is_hit: Whether that line is a search result, and to be marked.
        """
        self._replace(chunk)
        self._is_following = offset is None
        if offset is None:
            self._viewport.show_end()
        else:
            place = self._lines.place_near(offset)
            self._go_to_kept(place)
            if is_hit and self._viewport.kept:
                self._selection.set_here(place)
        self._changed()

    def show_beginning(self, chunk: LineChunk) -> None:
        """Replace all lines, and show the first of them."""
        self._replace(chunk)
        self._is_following = not chunk.lines
        self._viewport.show(0)
        self._changed()

    def _replace(self, chunk: LineChunk | None) -> None:
        """Replace all lines; None for no lines."""
        self._lines.replace(chunk)
        self._owed = 0
        self._selection.end_if_gone()

    # More lines

    def add_news(self, chunk: LineChunk) -> None:
        """Add new lines of the log, unless they are here already or do not follow the last line."""
        if not self._lines.add_news(chunk):
            return
        if self._is_following:
            self._viewport.show_end()
            self._trim(at_the_beginning=True)
        else:
            self._viewport.fill()
            self._trim(at_the_beginning=False)
        self._changed()

    def miss_news(self) -> None:
        """Handle that more was written than read: the end is not in memory any more."""
        self._lines.miss_news()
        self._viewport.fill()
        self._changed()

    def _trim(self, *, at_the_beginning: bool) -> None:
        """Drop lines far from the screen, unless lines are being selected."""
        if not self._selection.is_active:
            self._lines.trim(at_the_beginning=at_the_beginning)

    def restart(self, rest: bytes, notice: str, chunk: LineChunk) -> None:
        """Add the lines of a log that was replaced or truncated; see `LoadedLines.restart`."""
        self._lines.restart(rest, notice, chunk)
        if self._is_following:
            self._viewport.show_end()
        self._trim(at_the_beginning=True)
        self._changed()

    def add_more(self, chunk: LineChunk, place: int, *, backwards: bool) -> None:
        """Add lines that were requested; see `LoadedLines.extend`."""
        before = self._shown_lines()
        if not self._lines.extend(chunk, place, backwards=backwards):
            return
        if not backwards and self._is_following:
            self._viewport.show_end()
        self._trim(at_the_beginning=not backwards)
        if self._owed and backwards == (self._owed < 0):
            self.scroll(0)
        self._rows = None
        if self._shown_lines() == before:
            self.ask_for_more()  # the new lines are beyond the screen
        else:
            self._changed()

    def _shown_lines(self) -> list[tuple[Kept, int]]:
        return [(self._viewport.kept[place], row) for place, row in self.rows()]

    def ask_again(self, *, backwards: bool) -> None:
        """Allow another request for lines that could not be read."""
        self._lines.ask_again(backwards=backwards)

    def ask_for_more(self) -> None:
        """Request more lines if the screen is near an edge of those in memory."""
        self._lines.ask_for_more()

    # Moving

    def follow(self) -> bool:
        """Keep the end on screen; return whether it is in memory, so that nothing has to be read."""
        self._is_following = True
        self._selection.end()
        self._owed = 0
        if self._lines.has_end:
            self._viewport.show_end()
        self._changed()
        return self._lines.has_end

    def go_to(self, offset: int, *, is_hit: bool = False) -> bool:
        """Show the line that begins at `offset` if it is in memory; return whether it is."""
        place = self._lines.place_of(offset)
        if place is None:
            return False
        self._is_following = False
        self._owed = 0
        if is_hit:
            self._selection.set_here(place)
        if not is_hit or not self._is_shown(place):
            self._go_to_kept(place)
        self._changed()
        return True

    def _go_to_kept(self, place: int) -> None:
        self._viewport.show(place, self._viewport.height // _FOUND_AT)

    def scroll(self, rows: int) -> None:
        """Scroll down, or up for negative `rows`; if rows must be read first, as soon as they are there.

        While lines are being selected, move the end of the selection instead.
        """
        if self._selection.is_active:
            here = self._selection.move(rows)
            if here is not None:
                if not self._is_shown(here):
                    self._viewport.move(rows)
                self._changed()
            return
        rows += self._owed
        is_all = self._lines.has_beginning if rows < 0 else self._lines.has_end
        owed = rows - self._viewport.move(rows)
        self._owed = 0 if is_all else max(-_MAX_OWED, min(owed, _MAX_OWED))
        if rows < 0:
            self._is_following = False
        elif self._lines.has_end and self._viewport.is_at_end:
            self._is_following = True
        self._changed()

    def resize(self, height: int, above: int, *, keeps_here: bool) -> None:
        """Fit the lines to another size of the screen.

        Args:
            height: Rows on the screen.
            above: How many rows of the first line in view are above the screen now.
            keeps_here: Whether the current line was on screen, and must stay there.
        """
        self._viewport.height = height
        if self._is_following:
            self._viewport.show_end()
        else:
            self._viewport.above = above
            self._viewport.fill()
            self._rows = None
            here = self._selection.place
            if keeps_here and here is not None and not self._selection.is_here_shown:
                self._go_to_kept(here)
        self._changed()

    def rewrap(self) -> None:
        """Show the same lines after the number of rows of each has changed."""
        self._viewport.above = 0
        if self._is_following:
            self._viewport.show_end()
        self._changed()

    # Selecting

    def toggle_selecting(self) -> None:
        """Begin to select at the current line or the edge of the screen, or clear the selection."""
        if self._selection.is_active:
            self._selection.end()
        elif self._selection.begin(at_the_end=self._is_following):
            self._is_following = False
        else:
            return
        self._changed()

    def stop_selecting(self) -> None:
        """Clear the selection."""
        self._selection.end()
        self._changed()

    def _changed(self) -> None:
        self._rows = None
        if self._owed:
            self.ask_for_more()
        self._on_change()
