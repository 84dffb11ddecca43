"""The lines of a log on screen: arithmetic over the few lines that are kept in memory.

Knows neither files nor terminals. The lines that are kept follow each other, so going up and down among them
costs nothing; whoever shows them adds more before the edge is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from runtui.logs.read.lines import Line


class Kept(NamedTuple):
    """A line in memory, ready to be shown.

    Attributes:
        line: The line.
        generation: Of which state of the log its offsets are; see `Look.generation`.
        notice: A change of the log at this place, in place of a line; ``""`` for a line.
    """

    line: Line
    generation: int = 0
    notice: str = ""


class Viewport:
    """The rows on screen.

    Args:
        rows_of: Returns how many rows a line takes, one at least.

    Attributes:
        height: Rows on the screen.
        kept: The lines that are kept, those on screen among them.
        top: Place among them of the first line on screen.
        above: Rows of that line that are above the screen.
    """

    def __init__(self, rows_of: Callable[[Kept], int]) -> None:
        self._rows_of = rows_of
        self.height = 1
        self.kept: list[Kept] = []
        self.top = 0
        self.above = 0

    def rows(self) -> list[tuple[int, int]]:
        """Return the contents of each row of the screen: place of the line, and which of its rows."""
        found: list[tuple[int, int]] = []
        place, row = self.top, self.above
        while len(found) < self.height and place < len(self.kept):
            count = self._rows_of(self.kept[place])
            while row < count and len(found) < self.height:
                found.append((place, row))
                row += 1
            place, row = place + 1, 0
        return found

    @property
    def is_at_end(self) -> bool:
        """Whether the last row of the last line is on screen."""
        rows = self.rows()
        if not rows:
            return True
        place, row = rows[-1]
        return place == len(self.kept) - 1 and row == self._rows_of(self.kept[place]) - 1

    def move(self, rows: int) -> int:
        """Scroll down so many rows, or up; return how many rows it moved before an edge."""
        gone = 0
        while gone < rows and not self.is_at_end:
            self._step_down()
            gone += 1
        while gone > rows and self._step_up():
            gone -= 1
        return gone

    def _step_down(self) -> None:
        self.above += 1
        if self.above >= self._rows_of(self.kept[self.top]):
            self.top, self.above = self.top + 1, 0

    def _step_up(self) -> bool:
        if self.above:
            self.above -= 1
        elif self.top:
            self.top -= 1
            self.above = self._rows_of(self.kept[self.top]) - 1
        else:
            return False
        return True

    def show_end(self) -> None:
        """Scroll until the last line is at the bottom."""
        self.top, self.above = len(self.kept), 0
        for _row in range(self.height):
            if not self._step_up():
                break

    def show(self, place: int, below: int = 0) -> None:
        """Scroll until a line is `below` rows from the top, as far as there are lines."""
        self.top, self.above = place, 0
        for _row in range(below):
            if not self._step_up():
                break
        self.fill()

    def fill(self) -> None:
        """Scroll until no row is empty below the last line while there are lines above."""
        if len(self.rows()) < self.height:
            self.show_end()

    def prepend(self, lines: Sequence[Kept]) -> None:
        """Add lines before the first; the screen stays as it is."""
        self.kept[:0] = lines
        self.top += len(lines)

    def append(self, lines: Sequence[Kept]) -> None:
        """Add lines behind the last; the screen stays as it is."""
        self.kept.extend(lines)

    def replace_last(self) -> None:
        """Remove the last line, because it comes again, longer."""
        self.kept.pop()

    def trim(self, most: int, *, at_the_beginning: bool) -> int:
        """Keep about `most` lines, and all that are on screen; return how many were dropped."""
        surplus = len(self.kept) - most
        if surplus <= 0:
            return 0
        if at_the_beginning:
            surplus = min(surplus, self.top)
            del self.kept[:surplus]
            self.top -= surplus
        else:
            surplus = min(surplus, len(self.kept) - self.top - self.height)
            if surplus > 0:
                del self.kept[-surplus:]
        return max(0, surplus)

    def place_of(self, offset: int, generation: int) -> int | None:
        """Return the place of the line that begins at an offset, or None when it is not kept."""
        low, high = 0, len(self.kept)
        while low < high:
            middle = (low + high) // 2
            kept = self.kept[middle]
            if (kept.generation, kept.line.begin) < (generation, offset):
                low = middle + 1
            else:
                high = middle
        # Notices stand at the same offset as the line behind them.
        while low < len(self.kept) and self.kept[low].notice:
            low += 1
        if low < len(self.kept):
            kept = self.kept[low]
            if kept.generation == generation and kept.line.begin == offset:
                return low
        return None
