"""The lines of a log in memory: which are kept, which are on screen, and where more are needed.

Knows neither files nor the terminal: others read the lines and draw them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from runtui.logs.viewport import Kept, Viewport
from runtui.tui.widgets.log_selection import LogSelection

if TYPE_CHECKING:
    from runtui.logs.session import LineChunk

_MAX_KEPT = 4000  # lines
_SPARE = 16  # lines that a jump reads beyond the screen
_MARGIN = 150  # lines that are kept ready above and below the screen
_FOUND_AT = 3  # a line that was looked for is shown a third from the top
_MAX_OWED = 200  # rows


class LogBuffer:
    """Lines in memory, more of which are asked for before the screen comes to their edge.

    Args:
        rows_of: Returns how many rows of the screen a line takes.
        changed: Called when other lines are on screen, or it was decided whether to follow.
        ask: Called with the offset of an edge beyond which more lines are wanted, and whether they are wanted
            before it.
    """

    def __init__(
        self,
        rows_of: Callable[[Kept], int],
        changed: Callable[[], None],
        ask: Callable[[int, bool], None],
    ) -> None:
        self._viewport = Viewport(rows_of)
        self._selection = LogSelection(self._viewport, self.rows)
        self._on_change = changed
        self._ask = ask
        self._generation = 0
        self._is_beginning = self._is_end = True
        self._reached = 0
        self._asked: set[bool] = set()
        self._owed = 0  # rows that keys asked for and that are still being read
        self._is_following = True
        self._rows: list[tuple[int, int]] | None = None

    # State

    @property
    def selection(self) -> LogSelection:
        """The line at hand, and the selected lines."""
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
        """As many lines as fill the screen, and some more."""
        return self._viewport.height + _SPARE

    @property
    def top(self) -> int:
        """Offset in the log of the first line on screen."""
        rows = self.rows()
        if not rows:
            return 0
        # Above may be lines of a log that was replaced, of which the offsets mean nothing any more.
        later = (kept for kept in self._viewport.kept[rows[0][0] :] if kept.generation == self._generation)
        return next((kept.line.begin for kept in later), 0)

    @property
    def bottom(self) -> int:
        """Offset in the log behind the last line on screen."""
        rows = self.rows()
        return self._viewport.kept[rows[-1][0]].line.end if rows else 0

    @property
    def behind(self) -> int | None:
        """Where lines are to be read that have been added to the log; None where its end is not in memory."""
        return self._reached if self._is_end else None

    @property
    def here(self) -> int | None:
        """Where the line at hand begins, or None."""
        return self._selection.offset(self._generation)

    def rows(self) -> list[tuple[int, int]]:
        """Return what each row of the screen shows: place of the line, and which of its rows."""
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
        """Return where to look on: from what was found last while that is on screen, or from the top.

        Args:
            backwards: Whether to go up.
            is_new: Whether something else is looked for than the last time, so that the line itself counts.
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
        """Show lines that have nothing to do with those before.

        Args:
            chunk: The lines; None for none.
            offset: Where the line lies that is to be on screen; None for the last one.
            is_hit: Whether that line was looked for, and is to be marked.
        """
        self._replace(chunk)
        self._is_following = offset is None
        if offset is None:
            self._viewport.show_end()
        else:
            place = self._place_near(offset)
            self._go_to_kept(place)
            if is_hit and self._viewport.kept:
                self._selection.set_here(place)
        self._changed()

    def show_beginning(self, chunk: LineChunk) -> None:
        """Show lines from their first on."""
        self._replace(chunk)
        self._is_following = not chunk.lines
        self._viewport.show(0)
        self._changed()

    def _replace(self, chunk: LineChunk | None) -> None:
        """Keep these lines in place of those before; None for none."""
        self._asked.clear()
        self._owed = 0
        if chunk is None:
            self._viewport.kept = []
            self._is_beginning = self._is_end = True
            self._reached = 0
        else:
            self._viewport.kept = [Kept(line, chunk.generation) for line in chunk.lines]
            self._generation = chunk.generation
            self._is_beginning, self._is_end = chunk.is_beginning, chunk.is_end
            self._reached = chunk.reached
        self._selection.end_if_gone()

    # More lines

    def add_news(self, chunk: LineChunk) -> None:
        """Add lines that were written since; the last line may be among them again, now longer.

        Lines that are here already are left out, and all of them where the end is no longer in memory: other
        lines may have been shown between the question and the answer.
        """
        if not self._is_end or chunk.generation != self._generation:
            return
        lines = [Kept(line, chunk.generation) for line in chunk.lines if line.begin >= self._reached]
        if chunk.reached < self._reached:
            return
        self._drop_loose()
        self._viewport.append(lines)
        self._is_end, self._reached = chunk.is_end, chunk.reached
        if self._is_following:
            self._viewport.show_end()
            self._trim(at_the_beginning=True)
        else:
            self._viewport.fill()
            self._trim(at_the_beginning=False)
        self._changed()

    def miss_news(self) -> None:
        """Know that more was written than was read: the end is no longer in memory."""
        if self._is_end and len(self._viewport.kept) > 1:
            self._drop_loose()
            self._viewport.fill()
        self._is_end = False
        self._changed()

    def _drop_loose(self) -> None:
        """Let go of lines that were not complete: they come again, longer."""
        kept = self._viewport.kept
        while kept and kept[-1].generation == self._generation and not kept[-1].notice:
            if kept[-1].line.begin < self._reached:
                break
            self._viewport.replace_last()

    def _trim(self, *, at_the_beginning: bool) -> None:
        """Let go of lines far from the screen, but of none while lines are selected among them."""
        if self._selection.is_active:
            return
        if not self._viewport.trim(_MAX_KEPT, at_the_beginning=at_the_beginning):
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
            chunk: The new lines.
        """
        # 20 ms that the first paint need not wait for; whoever has a chunk has loaded them.
        from runtui.logs.read.lines import Line
        from runtui.logs.session import lines_of

        kept = self._viewport.kept
        if self._is_end:
            begin = kept[-1].line.end if kept else 0
            if rest and kept and not kept[-1].line.ended:
                begin, rest = kept[-1].line.begin, kept[-1].line.raw + rest
                self._viewport.replace_last()
            self._viewport.append([Kept(line, self._generation) for line in lines_of(rest, begin)])
        else:
            kept.clear()
            self._viewport.top = self._viewport.above = 0
        self._generation = chunk.generation
        if not chunk.is_beginning:
            notice += "; what follows is its end, g shows it from the beginning"
        begin = chunk.lines[0].begin if chunk.lines else 0
        self._viewport.append([Kept(Line(begin, begin, b""), chunk.generation, notice)])
        self._viewport.append([Kept(line, chunk.generation) for line in chunk.lines])
        self._is_beginning, self._is_end = True, chunk.is_end
        self._reached = chunk.reached
        if self._is_following:
            self._viewport.show_end()
        self._trim(at_the_beginning=True)
        self._changed()

    def add_more(self, chunk: LineChunk, place: int, *, backwards: bool) -> None:
        """Add lines that were asked for.

        Args:
            chunk: The lines.
            place: Offset of the edge beyond which they were wanted.
            backwards: Whether they lie before it, rather than behind it.
        """
        self._asked.discard(backwards)
        if chunk.generation != self._generation or not self._viewport.kept:
            return
        before = self._shown_lines()
        lines = [Kept(line, chunk.generation) for line in chunk.lines]
        if backwards:
            if self._viewport.kept[0].line.begin != place or self._viewport.kept[0].notice:
                return
            self._viewport.prepend(lines)
            self._is_beginning = chunk.is_beginning
            self._trim(at_the_beginning=False)
        else:
            last = self._viewport.kept[-1]
            if (last.line.end if last.line.ended else last.line.begin) != place:
                return
            if lines and lines[0].line.begin == last.line.begin:
                self._viewport.replace_last()
            self._viewport.append(lines)
            self._is_end, self._reached = chunk.is_end, chunk.reached
            if self._is_following:
                self._viewport.show_end()
            self._trim(at_the_beginning=True)
        if self._owed and backwards == (self._owed < 0):
            self.scroll(0)
        self._rows = None
        if self._shown_lines() == before:
            self.ask_for_more()  # what came lies beyond the screen
        else:
            self._changed()

    def _shown_lines(self) -> list[tuple[Kept, int]]:
        return [(self._viewport.kept[place], row) for place, row in self.rows()]

    def ask_again(self, *, backwards: bool) -> None:
        """Ask anew for more lines when they are wanted next: this time they could not be read."""
        self._asked.discard(backwards)

    def ask_for_more(self) -> None:
        """Ask for more lines where the screen is near an edge, once for each edge until they are here."""
        kept = self._viewport.kept
        if not kept:
            return
        # What stood before the lines of a log that was replaced cannot be read any more.
        is_readable = kept[0].generation == self._generation and not kept[0].notice
        is_near = self._viewport.top < _MARGIN
        if is_readable and not self._is_beginning and is_near and True not in self._asked:
            self._asked.add(True)
            self._ask(kept[0].line.begin, True)
        behind = len(kept) - self._viewport.top - self._viewport.height
        if not self._is_end and behind < _MARGIN and False not in self._asked:
            self._asked.add(False)
            last = kept[-1].line
            self._ask(last.end if last.ended else last.begin, False)

    # Going through them

    def follow(self) -> bool:
        """Keep the end on screen; return whether it is in memory, so that nothing has to be read for it."""
        self._is_following = True
        self._selection.end()
        self._owed = 0
        if self._is_end:
            self._viewport.show_end()
        self._changed()
        return self._is_end

    def go_to(self, offset: int, *, is_hit: bool = False) -> bool:
        """Have the line that begins at `offset` on screen, if it is in memory; return whether it is."""
        place = self._viewport.place_of(offset, self._generation)
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

    def _place_near(self, offset: int) -> int:
        for place, kept in enumerate(self._viewport.kept):
            if kept.line.end > offset:
                return place
        return max(0, len(self._viewport.kept) - 1)

    def _go_to_kept(self, place: int) -> None:
        self._viewport.show(place, self._viewport.height // _FOUND_AT)

    def scroll(self, rows: int) -> None:
        """Go down so many rows, or up; where they have to be read first, as soon as they are there.

        While lines are selected, the selection goes there.
        """
        if self._selection.is_active:
            here = self._selection.move(rows)
            if here is not None:
                if not self._is_shown(here):
                    self._viewport.move(rows)
                self._changed()
            return
        rows += self._owed
        is_all = self._is_beginning if rows < 0 else self._is_end
        owed = rows - self._viewport.move(rows)
        self._owed = 0 if is_all else max(-_MAX_OWED, min(owed, _MAX_OWED))
        if rows < 0:
            self._is_following = False
        elif self._is_end and self._viewport.is_at_end:
            self._is_following = True
        self._changed()

    def resize(self, height: int, above: int, *, keeps_here: bool) -> None:
        """Fit into another size of the screen.

        Args:
            height: Rows on the screen.
            above: How many rows of the first line in view are above the screen now.
            keeps_here: Whether the line at hand was on screen, and is to stay there.
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
        """Show the same lines when each takes another number of rows."""
        self._viewport.above = 0
        if self._is_following:
            self._viewport.show_end()
        self._changed()

    # Selecting

    def toggle_selecting(self) -> None:
        """Begin to select lines, at the one at hand or the edge of the screen; or select nothing any more."""
        if self._selection.is_active:
            self._selection.end()
        elif self._selection.begin(at_the_end=self._is_following):
            self._is_following = False
        else:
            return
        self._changed()

    def stop_selecting(self) -> None:
        """Select nothing any more."""
        self._selection.end()
        self._changed()

    def _changed(self) -> None:
        self._rows = None
        if self._owed:
            self.ask_for_more()
        self._on_change()
