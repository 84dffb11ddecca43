"""The lines of a log: scrolled without end in both directions, followed, searched and marked."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from runtui.logs.viewport import Kept, Viewport
from runtui.tui.actions import Place, bindings_of
from runtui.tui.widgets.line_drawing import LineDrawing

if TYPE_CHECKING:
    from runtui.logs.read.styles import Style as LogStyle
    from runtui.logs.search.pattern import Pattern
    from runtui.logs.session import LineChunk

T = TypeVar("T")

_MOST_KEPT = 4000
_SPARE = 16  # lines that a jump reads beyond the screen
_MARGIN = 150  # lines that are kept ready above and below the screen
_WHEEL = 3
_SIDEWAYS = 8
_FOUND_AT = 3  # a line that was looked for is shown a third from the top
_STRIPS_KEPT = 1024
_MOST_OWED = 200
_SLOW = 0.005  # seconds for one line
_RESPITE = 20


class LogView(LineDrawing, can_focus=True):
    """Shows lines that others read for it, and asks for more before it comes to their edge."""

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
        """Lines before or behind those that are kept are wanted soon."""

        place: int
        backwards: bool

    @dataclass
    class EdgeWanted(Message):
        """The beginning of the log is wanted, or its end."""

        is_end: bool

    @dataclass
    class Moved(Message):
        """Other lines are on screen, or it was decided whether to follow."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LogView.Moved)

    def __init__(
        self,
        level_of: Callable[[str], str],
        defer: Callable[[Callable[[], object]], bool],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._defer = defer
        self._view = Viewport(self._rows_of)
        self._level_of = level_of
        self._generation = 0
        self._is_beginning = self._is_end = True
        self._reached = 0
        self._asked: set[bool] = set()
        self._owed = 0  # rows that keys asked for and that are still being read
        self._x = 0
        self._width = 0  # columns of a wrapped row
        self._is_wrapped = False
        self._is_following = True
        self._asked_again = 0.0
        self._pattern: Pattern | None = None
        self._filter: Pattern | None = None
        self._here: tuple[int, int] | None = None
        self._anchor: tuple[int, int] | None = None
        self._strips: dict[tuple[int, int, int, str], Strip] = {}
        self._rows: list[tuple[int, int]] | None = None

    # What others tell

    @property
    def is_following(self) -> bool:
        """Whether the end of the log is kept on screen."""
        return self._is_following

    @property
    def has_lines(self) -> bool:
        """Whether there is at least one line."""
        return bool(self._view.kept)

    @property
    def screenful(self) -> int:
        """As many lines as fill the screen, and some more."""
        return self._view.height + _SPARE

    @property
    def top(self) -> int:
        """Offset in the log of the first line on screen."""
        rows = self._shown_rows()
        if not rows:
            return 0
        # Above may be lines of a log that was replaced, of which the offsets mean nothing any more.
        later = (kept for kept in self._view.kept[rows[0][0] :] if kept.generation == self._generation)
        return next((kept.line.begin for kept in later), 0)

    @property
    def bottom(self) -> int:
        """Offset in the log behind the last line on screen."""
        rows = self._shown_rows()
        return self._view.kept[rows[-1][0]].line.end if rows else 0

    @property
    def behind(self) -> int | None:
        """Where lines are to be read that have been added to the log; None where its end is not kept."""
        return self._reached if self._is_end else None

    def show(self, chunk: LineChunk | None, offset: int | None = None, *, is_hit: bool = False) -> None:
        """Show lines that have nothing to do with those before.

        Args:
            stretch: The lines; None for none.
            offset: Where the line lies that is to be on screen; None for the last one.
            is_hit: Whether that line was looked for, and is to be marked.
        """
        self._take(chunk)
        self._is_following = offset is None
        if offset is None:
            self._view.show_end()
        else:
            place = self._place_near(offset)
            self._go_to_kept(place)
            if is_hit and self._view.kept:
                self._here = _identity(self._view.kept[place])
        self._changed()

    def show_beginning(self, chunk: LineChunk) -> None:
        """Show lines from their first on."""
        self._take(chunk)
        self._is_following = not chunk.lines
        self._view.show(0)
        self._changed()

    def _take(self, chunk: LineChunk | None) -> None:
        """Keep these lines in place of those before; None for none."""
        self._asked.clear()
        self._owed = 0
        self._strips.clear()
        if chunk is None:
            self._view.kept = []
            self._is_beginning = self._is_end = True
            self._reached = 0
        else:
            self._view.kept = [Kept(line, chunk.generation) for line in chunk.lines]
            self._generation = chunk.generation
            self._is_beginning, self._is_end = chunk.is_beginning, chunk.is_end
            self._reached = chunk.reached
        if self._anchor is not None and self._view.place_of(self._anchor[1], self._anchor[0]) is None:
            self._anchor = None

    def clear(self) -> None:
        """Show nothing."""
        self._here = self._anchor = None
        self._x = 0
        self.show(None)

    def add_news(self, chunk: LineChunk) -> None:
        """Add lines that were written since; the last line may be among them again, now longer.

        Lines that are here already are left out, and all of them where the end is no longer kept: other lines
        may have been shown between the question and the answer.
        """
        if not self._is_end or chunk.generation != self._generation:
            return
        lines = [Kept(line, chunk.generation) for line in chunk.lines if line.begin >= self._reached]
        if chunk.reached < self._reached:
            return
        self._drop_loose()
        self._view.append(lines)
        self._is_end, self._reached = chunk.is_end, chunk.reached
        if self._is_following:
            self._view.show_end()
            self._trim(at_the_beginning=True)
        else:
            self._view.fill()
            self._trim(at_the_beginning=False)
        self._changed()

    def miss_news(self) -> None:
        """Know that more was written than was read: the end is no longer kept."""
        if self._is_end and len(self._view.kept) > 1:
            self._drop_loose()
            self._view.fill()
        self._is_end = False
        self._changed()

    def _drop_loose(self) -> None:
        """Let go of lines that were not complete: they come again, longer."""
        kept = self._view.kept
        while kept and kept[-1].generation == self._generation and not kept[-1].notice:
            if kept[-1].line.begin < self._reached:
                break
            self._strips.pop(_key(kept[-1]), None)
            self._view.replace_last()

    def _trim(self, *, at_the_beginning: bool) -> None:
        """Let go of lines far from the screen, but of none while lines are selected among them."""
        if self._anchor is not None or not self._view.trim(_MOST_KEPT, at_the_beginning=at_the_beginning):
            return
        if at_the_beginning:
            self._is_beginning = False
        else:
            self._is_end = False

    def restart(self, rest: bytes, notice: str, chunk: LineChunk) -> None:
        """Add what a log holds that was replaced or truncated; what it held before stays above a notice.

        Args:
            rest: What was still written to the file before.
            notice: What happened.
            stretch: The new lines.
        """
        from runtui.logs.read.lines import Line  # no part of the first paint
        from runtui.logs.session import lines_of

        kept = self._view.kept
        if self._is_end:
            begin = kept[-1].line.end if kept else 0
            if rest and kept and not kept[-1].line.ended:
                begin, rest = kept[-1].line.begin, kept[-1].line.raw + rest
                self._view.replace_last()
            self._view.append([Kept(line, self._generation) for line in lines_of(rest, begin)])
        else:
            kept.clear()
            self._view.top = self._view.above = 0
        self._generation = chunk.generation
        if not chunk.is_beginning:
            notice += "; what follows is its end, g shows it from the beginning"
        begin = chunk.lines[0].begin if chunk.lines else 0
        self._view.append([Kept(Line(begin, begin, b""), chunk.generation, notice)])
        self._view.append([Kept(line, chunk.generation) for line in chunk.lines])
        self._is_beginning, self._is_end = True, chunk.is_end
        self._reached = chunk.reached
        if self._is_following:
            self._view.show_end()
        self._trim(at_the_beginning=True)
        self._changed()

    def add_more(self, chunk: LineChunk, place: int, *, backwards: bool) -> None:
        """Add lines that were asked for, before or behind those that are kept."""
        self._asked.discard(backwards)
        if chunk.generation != self._generation or not self._view.kept:
            return
        before = self._drawn()
        lines = [Kept(line, chunk.generation) for line in chunk.lines]
        if backwards:
            if self._view.kept[0].line.begin != place or self._view.kept[0].notice:
                return
            self._view.prepend(lines)
            self._is_beginning = chunk.is_beginning
            self._trim(at_the_beginning=False)
        else:
            last = self._view.kept[-1]
            if (last.line.end if last.line.ended else last.line.begin) != place:
                return
            if lines and lines[0].line.begin == last.line.begin:
                self._view.replace_last()
            self._view.append(lines)
            self._is_end, self._reached = chunk.is_end, chunk.reached
            if self._is_following:
                self._view.show_end()
            self._trim(at_the_beginning=True)
        if self._owed and backwards == (self._owed < 0):
            self.scroll_rows(0)
        self._rows = None
        if self._drawn() == before:
            self._ask_for_more()  # what came lies beyond the screen
        else:
            self._changed()

    def _drawn(self) -> list[tuple[tuple[int, int, int, str], int]]:
        """Return which lines are on screen, and which row of each."""
        return [(_key(self._view.kept[place]), row) for place, row in self._shown_rows()]

    def ask_again(self, *, backwards: bool) -> None:
        """Ask anew for more lines when they are wanted next: this time they could not be read."""
        self._asked.discard(backwards)

    def follow(self) -> bool:
        """Keep the end on screen; return whether the end is kept, so that nothing has to be read for it."""
        self._is_following = True
        self._anchor = None
        self._owed = 0
        if self._is_end:
            self._view.show_end()
        self._changed()
        return self._is_end

    def go_to(self, offset: int, *, is_hit: bool = False) -> bool:
        """Have the line that begins at `offset` on screen, if it is kept; return whether it is."""
        place = self._view.place_of(offset, self._generation)
        if place is None:
            return False
        self._is_following = False
        self._owed = 0
        if is_hit:
            self._here = (self._generation, offset)
        if place not in self._shown_places() or not is_hit:
            self._go_to_kept(place)
        self._changed()
        return True

    @property
    def here(self) -> int | None:
        """Where the line begins that was looked for last, or None."""
        return None if self._here is None or self._here[0] != self._generation else self._here[1]

    def search_from(self, *, backwards: bool, is_new: bool) -> int:
        """Return where to look on: from what was found last while that is on screen, or from the top.

        Args:
            backwards: Whether to go up.
            is_new: Whether something else is looked for than the last time, so that the line itself counts.
        """
        rows = self._shown_rows()
        if not rows:
            return 0
        here = self._place_of_here()
        if here is None or here not in {place for place, _row in rows}:
            return self.bottom if backwards and self._is_following else self.top
        line = self._view.kept[here].line
        return line.begin if backwards or is_new else line.end

    def mark(self, pattern: Pattern | None, filtered: Pattern | None) -> None:
        """Mark what matches a pattern, and dim what a filter lets through only as context."""
        self._pattern, self._filter = pattern, filtered
        self._strips.clear()
        self._rows = None
        self.refresh()

    def _place_near(self, offset: int) -> int:
        for place, kept in enumerate(self._view.kept):
            if kept.line.end > offset:
                return place
        return max(0, len(self._view.kept) - 1)

    def _go_to_kept(self, place: int) -> None:
        self._view.show(place, self._view.height // _FOUND_AT)

    # What the user does

    def scroll_rows(self, rows: int) -> None:
        """Go down so many rows, or up; where they have to be read first, as soon as they are there."""
        if self._anchor is not None:
            self._move_here(rows)
            return
        rows += self._owed
        is_all = self._is_beginning if rows < 0 else self._is_end
        owed = rows - self._view.move(rows)
        self._owed = 0 if is_all else max(-_MOST_OWED, min(owed, _MOST_OWED))
        if rows < 0:
            self._is_following = False
        elif self._is_end and self._view.is_at_end:
            self._is_following = True
        self._changed()

    def _scroll_by_key(self, rows: int) -> None:
        if not self._defer(partial(self.scroll_rows, rows)):
            self.scroll_rows(rows)

    def action_scroll_down(self) -> None:
        self._scroll_by_key(1)

    def action_scroll_up(self) -> None:
        self._scroll_by_key(-1)

    def action_page_down(self) -> None:
        self._scroll_by_key(max(1, self._view.height - 1))

    def action_page_up(self) -> None:
        self._scroll_by_key(-max(1, self._view.height - 1))

    def action_scroll_left(self) -> None:
        self._x = max(0, self._x - _SIDEWAYS)
        self.refresh()

    def action_scroll_right(self) -> None:
        if not self._is_wrapped:
            shown = [self._strip(self._view.kept[place]) for place, _row in self._shown_rows()]
            widest = max((strip.cell_length for strip in shown), default=0)
            self._x = max(0, min(self._x + _SIDEWAYS, widest - self.size.width + _SIDEWAYS))
            self.refresh()

    def action_scroll_home(self) -> None:
        self.post_message(self.EdgeWanted(False))

    def action_scroll_end(self) -> None:
        self.post_message(self.EdgeWanted(True))

    def turn_wrapping(self) -> None:
        """Wrap long lines, or scroll sideways."""
        self._is_wrapped = not self._is_wrapped
        self._x = 0
        self._view.above = 0
        if self._is_following:
            self._view.show_end()
        self._changed()

    def turn_selecting(self) -> None:
        """Begin to select lines, or do so no longer."""
        if self._anchor is not None:
            self._anchor = None
        else:
            rows = self._shown_rows()
            if not rows:
                return
            if self._here is None or self._place_of_here() not in {place for place, _row in rows}:
                place = rows[-1][0] if self._is_following else rows[0][0]
                self._here = _identity(self._view.kept[place])
            self._anchor = self._here
            self._is_following = False
        self._strips.clear()
        self._changed()

    @property
    def is_selecting(self) -> bool:
        """Whether lines are being selected."""
        return self._anchor is not None

    def stop_selecting(self) -> None:
        """Select nothing any more."""
        self._anchor = None
        self._changed()

    def selected(self) -> list[Kept]:
        """Return the selected lines, or the one that was found last, or the first on screen."""
        places = self._selected_places()
        if not places:
            here = self._place_of_here()
            rows = self._shown_rows()
            if here is not None and here in {place for place, _row in rows}:
                places = range(here, here + 1)
            elif rows:
                places = range(rows[0][0], rows[0][0] + 1)
        return [self._view.kept[place] for place in places if not self._view.kept[place].notice]

    def _selected_places(self) -> range:
        if self._anchor is None or self._here is None:
            return range(0)
        ends = [self._view.place_of(offset, generation) for generation, offset in (self._anchor, self._here)]
        known = [place for place in ends if place is not None]
        return range(min(known), max(known) + 1) if known else range(0)

    def _place_of_here(self) -> int | None:
        return None if self._here is None else self._view.place_of(self._here[1], self._here[0])

    def _move_here(self, rows: int) -> None:
        """Move the end of the selection, and the screen after it."""
        here = self._place_of_here()
        if here is None:
            return
        here = max(0, min(len(self._view.kept) - 1, here + rows))
        self._here = _identity(self._view.kept[here])
        on_screen = self._shown_places()
        if here not in on_screen:
            self._view.move(rows)
        self._strips.clear()
        self._changed()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-_WHEEL)

    def on_resize(self) -> None:
        here = self._place_of_here()
        was_shown = here in self._shown_places()
        self._view.height = max(1, self.size.height)
        before, self._width = self._width, max(2, self.size.width - 1)
        if self._is_following:
            self._view.show_end()
        else:
            if self._is_wrapped and self._view.above:
                # What was on top stays there, though its line may take other rows now.
                kept = self._view.kept[self._view.top]
                column = self._row_begins(kept, before)[self._view.above]
                self._view.above = bisect_right(self._row_begins(kept, self._width)[:-1], column) - 1
            self._view.fill()
            self._rows = None
            # What was found stays on screen, in a smaller room, too.
            if here is not None and was_shown and here not in self._shown_places():
                self._go_to_kept(here)
        self._changed()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def _changed(self) -> None:
        self._rows = None
        if self._owed:
            self._ask_for_more()
        self.refresh()
        self.post_message(self.Moved())

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part of the widget; more are asked for only when these are painted."""
        lines = super().render_lines(crop)
        self._ask_for_more()
        return lines

    def _ask_for_more(self) -> None:
        kept = self._view.kept
        if not kept:
            return
        # What stood before the lines of a log that was replaced cannot be read any more.
        is_readable = kept[0].generation == self._generation and not kept[0].notice
        if is_readable and not self._is_beginning and self._view.top < _MARGIN and True not in self._asked:
            self._asked.add(True)
            self.post_message(self.MoreWanted(kept[0].line.begin, True))
        behind = len(kept) - self._view.top - self._view.height
        if not self._is_end and behind < _MARGIN and False not in self._asked:
            self._asked.add(False)
            last = kept[-1].line
            self.post_message(self.MoreWanted(last.end if last.ended else last.begin, False))

    # Drawing

    def _shown_rows(self) -> list[tuple[int, int]]:
        if self._rows is None:
            self._rows = self._view.rows()
        return self._rows

    def _shown_places(self) -> list[int]:
        return [place for place, _row in self._shown_rows()]

    def _rows_of(self, kept: Kept) -> int:
        if not self._is_wrapped:
            return 1
        return len(self._row_begins(kept, self._width)) - 1

    def _row_begins(self, kept: Kept, width: int) -> Sequence[int]:
        """Return in which columns the rows of a wrapped line begin, and where the last one ends."""
        strip = self._strip(kept)
        if strip.cell_length <= width:
            return (0, width)
        return _wrapped(strip.text, width)

    def render_line(self, y: int) -> Strip:
        """Return a row of the screen."""
        width = self.size.width
        base = self.base_style
        rows = self._shown_rows()
        if y >= len(rows):
            return Strip.blank(width, base)
        place, row = rows[y]
        kept = self._view.kept[place]
        strip = self._strip(kept)
        begin, end = self._x, self._x + width - 1
        if self._is_wrapped:
            begin, end = self._row_begins(kept, self._width)[row : row + 2]
        if begin or strip.cell_length > end:
            strip = strip.crop(begin, end)
        is_selected = place in self._selected_places()
        if is_selected:
            strip = strip.adjust_cell_length(width - 1, base).apply_style(self._component("here"))
        segments = list(strip)
        space = " " * (width - 1 - strip.cell_length)
        if is_selected or (self._here is not None and _identity(kept) == self._here):
            return Strip([Segment("▌", self._component("here")), *segments, Segment(space, base)], width)
        if len(segments) == 1 and segments[0].style == base:
            return Strip([Segment(f" {segments[0].text}{space}", base)], width)
        return Strip([Segment(" ", base), *segments, Segment(space, base)], width)

    def _strip(self, kept: Kept) -> Strip:
        key = _key(kept)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= _STRIPS_KEPT:
                self._strips.clear()
            strip = self._strips[key] = self._draw(kept)
        return strip

    def _draw(self, kept: Kept) -> Strip:
        base = self.base_style
        if kept.notice:
            return Strip([Segment(f"── {kept.notice} ──", self._component("notice"))])
        from runtui.logs.read.styles import styled_line  # no part of the first paint

        pieces = styled_line(kept.line.raw)
        text = "".join([piece.text for piece in pieces])
        if self._filter is not None and self._is_context(self._filter, text):
            base = self._component("context")
        elif level := self._level_of(text):
            base = self._component(level)
        segments = [Segment(piece.text, base + _rich_style(piece.style)) for piece in pieces]
        if self._pattern is not None and (spans := self._spans(self._pattern, text)):
            segments = _marked(segments, spans, self._component("match"))
        return Strip(segments)

    def _spans(self, pattern: Pattern, text: str) -> list[tuple[int, int]]:
        return self._unless_slow(lambda: pattern.spans(text), [])

    def _is_context(self, shown: Pattern, text: str) -> bool:
        return self._unless_slow(lambda: not shown.matches(text), False)

    def _unless_slow(self, ask: Callable[[], T], otherwise: T) -> T:
        """Ask an expression about a line, or not for a while after one took long: drawing waits for it."""
        began = time.monotonic()
        if began < self._asked_again:
            return otherwise
        answer = ask()
        took = time.monotonic() - began
        if took > _SLOW:
            self._asked_again = began + _RESPITE * took
        return answer

    def _component(self, name: str) -> Style:
        return self.base_style + self.get_component_rich_style(f"log-view--{name}")


def _key(kept: Kept) -> tuple[int, int, int, str]:
    return (kept.generation, kept.line.begin, kept.line.end, kept.notice)


def _identity(kept: Kept) -> tuple[int, int]:
    return (kept.generation, kept.line.begin)


@lru_cache(maxsize=256)
def _wrapped(text: str, width: int) -> Sequence[int]:
    """Return in which columns rows begin, none ending within a wide character, and where the last ends."""
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


def _marked(segments: Sequence[Segment], spans: Sequence[tuple[int, int]], style: Style) -> list[Segment]:
    """Return segments with the characters of the spans in another style."""
    marked = []
    place = 0
    for segment in segments:
        end = place + len(segment.text)
        begin = place
        for first, last in spans:
            if last <= begin or first >= end:
                continue
            if first > begin:
                marked.append(Segment(segment.text[begin - place : first - place], segment.style))
            cut = min(last, end)
            marked.append(Segment(segment.text[max(first, begin) - place : cut - place], style))
            begin = cut
        if begin < end:
            marked.append(Segment(segment.text[begin - place :], segment.style))
        place = end
    return marked
