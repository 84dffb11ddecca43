"""The widget with the lines of a log: endless scrolling, following and marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from runtui.tui.actions import Place, bindings_of
from runtui.tui.widgets.line_drawing import LineDrawing
from runtui.tui.widgets.log_buffer import LogBuffer
from runtui.tui.widgets.log_line_renderer import LogLineRenderer

if TYPE_CHECKING:
    from runtui.logs.search.pattern import LineFilter, Pattern

_WHEEL = 3  # rows
_SIDEWAYS = 8  # columns


class LogView(LineDrawing, can_focus=True):
    """Shows the lines of a buffer that others fill, and requests more before it reaches their edge.

    Args:
        defer: Defers an action until the lines that it is meant for are on screen; returns whether it did.
        id: The widget's id.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log-view--notice",
        "log-view--error",
        "log-view--warning",
        "log-view--match",
        "log-view--here",
        "log-view--context",
    }
    BINDINGS = bindings_of(Place.LINES)

    @dataclass
    class MoreWanted(Message):
        """Lines before or behind those in memory are needed soon."""

        place: int
        backwards: bool

    @dataclass
    class EdgeWanted(Message):
        """The user goes to the beginning or the end of the log."""

        is_end: bool

    @dataclass
    class Moved(Message):
        """Other lines are on screen, or following was turned on or off."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LogView.Moved)

    def __init__(self, defer: Callable[[Callable[[], object]], bool], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._defer = defer
        self._renderer = LogLineRenderer(self._style_of)
        self._buffer = LogBuffer(self._renderer.rows_of, self._show_change, self._ask)
        self._left = 0  # columns scrolled out to the left
        self._bookmarks: frozenset[tuple[int, int]] = frozenset()

    @property
    def buffer(self) -> LogBuffer:
        """The lines in memory."""
        return self._buffer

    def mark(self, pattern: Pattern | None, filtered: LineFilter | None) -> None:
        """Mark matches of `pattern`, and dim lines that the filter `filtered` shows only as context."""
        self._renderer.mark(pattern, filtered)
        self.refresh()

    def scroll_to_left_edge(self) -> None:
        """Scroll to the first column."""
        self._left = 0
        self.refresh()

    def toggle_wrapping(self) -> None:
        """Wrap long lines, or let them extend beyond the screen."""
        self._renderer.toggle_wrapping()
        self._left = 0
        self._buffer.rewrap()

    def toggle_raw(self) -> bool:
        """Show lines of JSON as they are written, or as a person reads them; return whether as written."""
        is_raw = self._renderer.toggle_raw()
        self._buffer.rewrap()
        return is_raw

    def show_bookmarks(self, generation: int, offsets: Iterable[int]) -> None:
        """Mark the lines of a generation of the log that begin at these offsets."""
        bookmarks = frozenset((generation, offset) for offset in offsets)
        if bookmarks != self._bookmarks:
            self._bookmarks = bookmarks
            self.refresh()

    # Callbacks of the buffer

    def _show_change(self) -> None:
        self.refresh()
        self.post_message(self.Moved())

    def _ask(self, place: int, backwards: bool) -> None:
        self.post_message(self.MoreWanted(place, backwards))

    # Scrolling

    def _scroll_by_key(self, rows: int) -> None:
        if not self._defer(partial(self._buffer.scroll, rows)):
            self._buffer.scroll(rows)

    def action_scroll_down(self) -> None:
        self._scroll_by_key(1)

    def action_scroll_up(self) -> None:
        self._scroll_by_key(-1)

    def action_page_down(self) -> None:
        self._scroll_by_key(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        self._scroll_by_key(-max(1, self.size.height - 1))

    def action_scroll_left(self) -> None:
        self._left = max(0, self._left - _SIDEWAYS)
        self.refresh()

    def action_scroll_right(self) -> None:
        if not self._renderer.is_wrapped:
            buffer = self._buffer
            shown = [self._renderer.strip(buffer.line(place)) for place, _row in buffer.rows()]
            widest = max((strip.cell_length for strip in shown), default=0)
            self._left = max(0, min(self._left + _SIDEWAYS, widest - self.size.width + _SIDEWAYS))
            self.refresh()

    def action_scroll_home(self) -> None:
        self.post_message(self.EdgeWanted(False))

    def action_scroll_end(self) -> None:
        self.post_message(self.EdgeWanted(True))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._buffer.scroll(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._buffer.scroll(-_WHEEL)

    # Drawing

    def on_resize(self) -> None:
        keeps_here = self._buffer.selection.is_here_shown
        above = self._renderer.resize(max(2, self.size.width - 1), self._buffer.top_row)
        self._buffer.resize(max(1, self.size.height), above, keeps_here=keeps_here)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._renderer.forget()

    def _style_of(self, name: str) -> Style:
        if not name:
            return self.base_style
        return self.base_style + self.get_component_rich_style(f"log-view--{name}")

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part of the widget; request more only after these are painted."""
        lines = super().render_lines(crop)
        self._buffer.ask_for_more()
        return lines

    def render_line(self, y: int) -> Strip:
        """Return a row of the screen."""
        width = self.size.width
        base = self.base_style
        rows = self._buffer.rows()
        if y >= len(rows):
            return Strip.blank(width, base)
        place, row = rows[y]
        kept = self._buffer.line(place)
        strip = self._renderer.strip(kept)
        begin, end = self._left, self._left + width - 1
        if self._renderer.is_wrapped:
            begin, end = self._renderer.columns(kept, row)
        if begin or strip.cell_length > end:
            strip = strip.crop(begin, end)
        selection = self._buffer.selection
        is_selected = place in selection.places()
        if is_selected:
            strip = strip.adjust_cell_length(width - 1, base).apply_style(self._style_of("here"))
        segments = list(strip)
        space = " " * (width - 1 - strip.cell_length)
        if (kept.generation, kept.line.begin) in self._bookmarks and not row:
            sign = Segment("◆", self._style_of("here"))
            return Strip([sign, *segments, Segment(space, base)], width)
        if is_selected or selection.is_here(kept):
            return Strip([Segment("▌", self._style_of("here")), *segments, Segment(space, base)], width)
        if len(segments) == 1 and segments[0].style == base:
            return Strip([Segment(f" {segments[0].text}{space}", base)], width)
        return Strip([Segment(" ", base), *segments, Segment(space, base)], width)
