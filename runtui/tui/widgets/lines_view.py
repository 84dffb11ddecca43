"""A scrolling view of lines that draws only visible ones, so that it costs the same for any number."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from runtui.render.styled import StyledLine, StyledText
from runtui.tui.actions import Place, bindings_of
from runtui.tui.widgets.line_drawing import LineDrawing

_LEAST_ROOM_CELLS = 12


class LinesView(ScrollView, LineDrawing, can_focus=True):
    """Base of the panes that show lines.

    A subclass returns the number of lines, and each line on request; the styles are its component classes
    ``lines-view--<style>``.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines-view--heading",
        "lines-view--label",
        "lines-view--dim",
        "lines-view--error",
        "lines-view--warning",
        "lines-view--good",
        "lines-view--live",
    }
    BINDINGS = bindings_of(Place.LINES)

    def line_count(self) -> int:
        """Return how many lines there are."""
        raise NotImplementedError

    def line_at(self, place: int) -> StyledLine:
        """Return one line."""
        raise NotImplementedError

    def set_extent(self, width: int) -> None:
        """Update the view after its lines changed; `width` is that of the longest, in cells."""
        self.virtual_size = Size(width, self.line_count())
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a line of the visible part."""
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        base = self.base_style
        place = scroll_y + y
        if place >= self.line_count():
            return Strip.blank(width, base)
        segments = [Segment(span.text, self._style(base, span.style)) for span in self.line_at(place)]
        return Strip(segments).crop_extend(scroll_x, scroll_x + width, base)

    def _style(self, base: Style, name: str) -> Style:
        if not name:
            return base
        # Not a partial style: some colours, such as the muted one, depend on their background.
        return base + self.get_component_rich_style(f"lines-view--{name}")


def line_width(line: StyledLine) -> int:
    """Return a line's width in cells."""
    return sum(cell_len(span.text) for span in line)


def wrapped(line: StyledLine, width: int) -> list[StyledLine]:
    """Return a line folded to `width` cells: its last span continues below, indented to where it begins.

    A line whose other spans leave too little room for that is not folded, and the user can scroll sideways.
    """
    if line_width(line) <= width:
        return [line]
    *before, last = line
    indent = line_width(tuple(before))
    room = width - indent
    if room < _LEAST_ROOM_CELLS:
        return [line]
    pieces = _folded(last.text, room)
    first = (*before, StyledText(pieces[0], last.style))
    return [first, *((StyledText(" " * indent), StyledText(piece, last.style)) for piece in pieces[1:])]


def _folded(text: str, width: int) -> list[str]:
    """Return `text` in pieces of at most `width` cells, broken at blanks if possible."""
    pieces = []
    while cell_len(text) > width:
        piece = chop_cells(text, width)[0]
        blank = piece.rfind(" ")
        if blank > width // 2:
            piece = piece[: blank + 1]
        pieces.append(piece.rstrip())
        text = text[len(piece) :]
    return [*pieces, text]
