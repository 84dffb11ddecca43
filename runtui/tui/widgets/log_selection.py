"""The current line of a log, and the selected lines.

Lines are identified by offset, so that they stay the same while other lines are loaded and dropped.
Does not know the terminal.
"""

from __future__ import annotations

from collections.abc import Callable

from runtui.logs.viewport import Kept, Viewport


class LogSelection:
    """The line that was found or moved to last, and the selection that ends there.

    Args:
        viewport: Has the lines in memory.
        rows: Returns the rows on screen; see `Viewport.rows`.
    """

    def __init__(self, viewport: Viewport, rows: Callable[[], list[tuple[int, int]]]) -> None:
        self._viewport = viewport
        self._rows = rows
        self._here: tuple[int, int] | None = None  # generation and offset
        self._anchor: tuple[int, int] | None = None

    @property
    def is_active(self) -> bool:
        """Whether lines are being selected."""
        return self._anchor is not None

    def clear(self) -> None:
        """Forget the current line and the selection."""
        self._here = self._anchor = None

    def set_here(self, place: int) -> None:
        """Make the line at a place the current one."""
        kept = self._viewport.kept[place]
        self._here = (kept.generation, kept.line.begin)

    def offset(self, generation: int) -> int | None:
        """Return the offset of the current line if it belongs to this generation of the log, else None."""
        return None if self._here is None or self._here[0] != generation else self._here[1]

    def is_here(self, kept: Kept) -> bool:
        """Return whether a line is the current one."""
        return self._here is not None and (kept.generation, kept.line.begin) == self._here

    @property
    def place(self) -> int | None:
        """The place of the current line among those in memory; None if it is not there."""
        return None if self._here is None else self._viewport.place_of(self._here[1], self._here[0])

    @property
    def is_here_shown(self) -> bool:
        """Whether the current line is on screen."""
        place = self.place
        return place is not None and place in {shown for shown, _row in self._rows()}

    def begin(self, *, at_the_end: bool) -> bool:
        """Begin to select lines at the current one.

        Args:
            at_the_end: Whether to begin with the last line on screen rather than the first if the current one
                is not on screen.

        Returns:
            Whether there is a line to begin with.
        """
        rows = self._rows()
        if not rows:
            return False
        if not self.is_here_shown:
            self.set_here(rows[-1][0] if at_the_end else rows[0][0])
        self._anchor = self._here
        return True

    def end(self) -> None:
        """Clear the selection."""
        self._anchor = None

    def end_if_gone(self) -> None:
        """Clear the selection if the line at which it began is not in memory any more."""
        if self._anchor is not None and self._viewport.place_of(self._anchor[1], self._anchor[0]) is None:
            self._anchor = None

    def places(self) -> range:
        """Return the places of the selected lines; empty if nothing is selected."""
        if self._anchor is None or self._here is None:
            return range(0)
        ends = [
            self._viewport.place_of(offset, generation) for generation, offset in (self._anchor, self._here)
        ]
        known = [place for place in ends if place is not None]
        return range(min(known), max(known) + 1) if known else range(0)

    def move(self, rows: int) -> int | None:
        """Move the end of the selection down, or up for negative `rows`; return its place, or None."""
        here = self.place
        if here is None:
            return None
        here = max(0, min(len(self._viewport.kept) - 1, here + rows))
        self.set_here(here)
        return here

    def lines(self) -> list[Kept]:
        """Return the selected lines, or else the current one, or the first on screen."""
        places = self.places()
        rows = self._rows()
        if not places and rows:
            here = self.place
            place = here if here is not None and self.is_here_shown else rows[0][0]
            places = range(place, place + 1)
        return [self._viewport.kept[place] for place in places if not self._viewport.kept[place].notice]

    def lines_around(self, count: int) -> list[Kept]:
        """Return the selected lines, or else the current one or the first on screen, and those around it.

        Args:
            count: Lines before it, and as many behind it, as far as they are in memory.
        """
        kept = self.lines()
        if self.places() or not kept:
            return kept
        place = self._viewport.place_of(kept[0].line.begin, kept[0].generation) or 0
        near = self._viewport.kept[max(0, place - count) : place + count + 1]
        return [one for one in near if not one.notice]
