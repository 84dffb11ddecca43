"""The runs table: virtual, so that a row costs nothing until it is visible."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from runtui.catalog.columns import Column, is_metric, metric_column, status_sign
from runtui.catalog.fields import SIZE, column_of, total_size
from runtui.catalog.grouping import REASON, Group, GroupKey
from runtui.catalog.sorting import sort_signs
from runtui.catalog.view import RunView
from runtui.render.styled import status_style
from runtui.settings import ColumnChoice, usual_columns
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.tui.actions import Place, bindings_of
from runtui.tui.same_values import SameValues, same_values
from runtui.tui.selection import Selection, names_in
from runtui.tui.unseen_runs import UnseenRuns, unseen_text
from runtui.tui.widgets.column_layout import GAP_CELLS, WantedColumn, column_widths, fitted, fitted_id
from runtui.tui.widgets.line_drawing import LineDrawing

_SHORTEST_HEADING_CHARACTERS = 20
# The cursor and the selection must not be shown by colour alone.
_CURSOR_MARK, _SELECTED_MARK = "›", "*"
_HIDDEN_LEFT, _HIDDEN_RIGHT = "‹", "›"
_PINNED_MARK = "▴"
_MARK_CELLS = 2
_MOST_FITTED_CELLS = 20
"""The greatest width to which a column is fitted to its texts."""
_SAMPLED_ROWS = 500
_USUAL = usual_columns(has_jobs=False, has_descriptions=False)
"""Rows from whose texts such a width is computed."""
_PREFERRED_REASON_CELLS = 28
"""The width of the longer reasons for which other columns are hidden."""
_LEAST_ID_CELLS = 12
"""The width to which longer ids are cut before another column is hidden."""
_SHORT_STATUS_BELOW = 100  # cells of the table's width
_SHORT_STATUS_CELLS = 3  # cells
_STAYING = ("status", "id")
"""The columns that stay where they are when the others are scrolled sideways."""
_MOST_CHECKED = 20_000
"""The number of rows up to which each change is checked for a value that is no longer the same in all."""


class RunsTable(ScrollView, LineDrawing, can_focus=True):
    """Shows the runs of a view. The cursor stays on its run when rows come, go and move.

    Args:
        view: The runs.
        columns: The columns to show.

    Attributes:
        metric_texts: The texts of metric cells, by the run's name and the column's key.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs-table--header",
        "runs-table--cursor",
        "runs-table--selected",
        "runs-table--dim",
        "runs-table--error",
        "runs-table--warning",
        "runs-table--good",
        "runs-table--live",
        "runs-table--tags",
    }
    BINDINGS = bindings_of(Place.TABLE)

    @dataclass
    class Highlighted(Message):
        """The cursor is on another run; None if there are no rows."""

        run: RunRecord | None

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RunsTable.Highlighted)

    @dataclass
    class Opened(Message):
        """A run was double-clicked."""

        run: RunRecord

    @dataclass
    class SelectionChanged(Message):
        """Other runs are selected."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RunsTable.SelectionChanged)

    @dataclass
    class SortRequested(Message):
        """A heading was clicked."""

        key: str

    def __init__(self, view: RunView, columns: Sequence[ColumnChoice], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.selection = Selection(view)
        """The selected runs."""
        self.unseen = UnseenRuns(view)
        """New runs above the rows on screen."""
        self._view = view
        self._sorted_by = view.sort
        self._chosen = columns
        self._cursor = 0
        self._cursor_on: str | GroupKey | None = None
        self._user_moved = False
        self._columns: list[tuple[Column, int]] = []
        self._now = time.time()
        self._empty_text = ""
        self._drawn: object = None
        self._scrolled_columns = 0
        self._is_hiding_right = False
        self._same = SameValues()
        self._arranged_for: object = None
        self._shown_set = frozenset[str]()
        self.metric_texts: Mapping[tuple[str, str], str] = {}

    # For controllers

    @property
    def highlighted(self) -> RunRecord | None:
        """The run under the cursor, or None if there are no rows."""
        row = self._row_under_cursor()
        return None if isinstance(row, Group) else row

    @property
    def heading(self) -> Group | None:
        """The group whose heading is under the cursor, or None."""
        row = self._row_under_cursor()
        return row if isinstance(row, Group) else None

    @property
    def under_cursor(self) -> tuple[str, ...]:
        """The run of the row under the cursor, or the runs of the group that it heads."""
        row = self._row_under_cursor()
        return () if row is None else tuple(names_in(row))

    def _row_under_cursor(self) -> RunRecord | Group | None:
        return self._view.row(self._cursor) if self._cursor < self._view.row_count else None

    @property
    def runs(self) -> Mapping[str, RunRecord]:
        """All runs by name, including those that the filter hides."""
        return self._view.records()

    @property
    def position(self) -> str:
        """The row under the cursor and the number of rows, such as ``1,234/3,037``; ``""`` without rows."""
        count = self._view.row_count
        return f"{self._cursor + 1:,}/{count:,}" if count else ""

    @property
    def was_moved(self) -> bool:
        """Whether the user has moved the cursor."""
        return self._user_moved

    @property
    def is_at_top(self) -> bool:
        """Whether the cursor is on the first row."""
        return self._cursor == 0

    def set_empty_text(self, text: str) -> None:
        """Set the text shown if there are no rows."""
        if text != self._empty_text:
            self._empty_text = text
            if not self._view.row_count:
                self.refresh()

    @property
    def shown_keys(self) -> frozenset[str]:
        """The keys of the columns on screen."""
        return frozenset(column.key for column, _cells in self._columns)

    @property
    def same_values(self) -> str:
        """The values that are the same in all rows and have no column, as ``host login1 · user me``."""
        return self._same.text

    def show_columns(self, columns: Sequence[ColumnChoice]) -> None:
        """Show other columns. If there is no room for all, they can be scrolled sideways."""
        self._chosen = columns
        self._scrolled_columns = 0
        self._lay_out()
        self.refresh()

    def view_changed(self) -> None:
        """Redraw after the view's rows changed, and keep the cursor on its run.

        Until the user moves it, the cursor stays on the first row, to which it also goes in another order. At
        the top of the table, new rows appear above the cursor, where the user sees them.
        """
        place = None
        is_reordered, self._sorted_by = self._view.sort != self._sorted_by, self._view.sort
        is_at_top = is_reordered or self.scroll_offset.y == 0
        if is_reordered:
            place = 0
        elif self._user_moved and self._cursor_on is not None:
            on = self._cursor_on
            place = self._view.row_of(on) if isinstance(on, str) else self._view.heading_of(on)
        if place is None:
            place = self._cursor if self._user_moved else 0
        on_screen = self._cursor - self.scroll_offset.y
        self._lay_out()
        self.virtual_size = Size(self.size.width, self._view.row_count + 1)
        self._cursor = max(0, min(place, self._view.row_count - 1))
        if self._user_moved:
            first = 0 if is_at_top else max(0, self._cursor - on_screen)
            self.scroll_to(y=first, animate=False, force=True)
        self._scroll_to_cursor()
        self._refresh_if_different()
        if self.selection.view_changed(self._cursor):
            self.post_message(self.SelectionChanged())
        self._tell_highlighted()

    def _refresh_if_different(self) -> None:
        """Redraw if rows on screen changed, as most changes are elsewhere."""
        rows = [self._view.row(row) for row in self._visible_rows()]
        widths = [(column.key, cells) for column, cells in self._columns]
        first = self.scroll_offset.y
        unseen = self.unseen.above(first)
        drawn = (
            rows,
            widths,
            self._view.sort,
            self._view.pins,
            self._cursor,
            first,
            self._view.row_count,
            unseen,
        )
        # The counts of a group change in place.
        if drawn != self._drawn or not rows or any(isinstance(row, Group) for row in rows):
            self._drawn = drawn
            self._now = time.time()
            self.refresh()

    def refresh_durations(self) -> None:
        """Redraw only the durations that have grown, as each cell costs bytes on a slow line."""
        before, self._now = self._now, time.time()
        x = _MARK_CELLS
        for column, cells in self._columns:
            if column.key == "duration":
                for row in self._visible_rows():
                    run = self._view.row(row)
                    if isinstance(run, Group) or not run.is_live:
                        continue
                    if column.text(run, before) != column.text(run, self._now):
                        self.refresh(Region(x, row + 1 - self.scroll_offset.y, cells, 1))
            x += cells + GAP_CELLS

    def move_to(self, row: int) -> None:
        """Put the cursor on a row."""
        row = max(0, min(row, self._view.row_count - 1))
        self._user_moved = True
        if row == self._cursor:
            return
        old, self._cursor = self._cursor, row
        self._refresh_row(old)
        self._refresh_row(row)
        if self.selection.extend(row):
            self._selection_changed()
        self._scroll_to_cursor()
        self._tell_highlighted()

    # Actions

    def action_cursor_down(self) -> None:
        self.move_to(self._cursor + 1)

    def action_cursor_up(self) -> None:
        self.move_to(self._cursor - 1)

    def action_page_down(self) -> None:
        self.move_to(self._cursor + self._page())

    def action_page_up(self) -> None:
        self.move_to(self._cursor - self._page())

    def action_cursor_first(self) -> None:
        self.move_to(0)

    def action_cursor_last(self) -> None:
        self.move_to(self._view.row_count - 1)

    def action_columns_left(self) -> None:
        """Scroll one column to the left."""
        if self._scrolled_columns:
            self._scrolled_columns -= 1
            self._lay_out()
            self.refresh()

    def action_columns_right(self) -> None:
        """Scroll one column to the right, if columns are hidden there."""
        if self._is_hiding_right:
            self._scrolled_columns += 1
            self._lay_out()
            self.refresh()

    def action_select_run(self) -> None:
        """Select or deselect the runs under the cursor, and go to the next row."""
        row = self._row_under_cursor()
        if row is not None:
            self.selection.toggle(names_in(row))
            self._selection_changed()
            self.move_to(self._cursor + 1)

    def action_select_range(self) -> None:
        """Begin or end selecting a range by moving the cursor."""
        if self.selection.is_ranging:
            self.selection.end_range()
        elif self._row_under_cursor() is not None:
            self._user_moved = True
            self.selection.begin_range(self._cursor)
        self._selection_changed()

    def action_select_all(self) -> None:
        """Select all runs that match the filter, or deselect them."""
        self.selection.toggle_all()
        self._selection_changed()

    def select(self, names: Iterable[str]) -> None:
        """Select these runs and no others."""
        self.selection.select(names)
        self._selection_changed()

    def clear_selection(self) -> bool:
        """Clear the selection; return whether something was selected."""
        had_some = self.selection.clear()
        if had_some:
            self._selection_changed()
        return had_some

    def _selection_changed(self) -> None:
        self.refresh()
        self.post_message(self.SelectionChanged())

    def move_to_failed(self, is_wanted: Callable[[RunRecord], bool], *, forward: bool) -> bool:
        """Put the cursor on the next (or previous) failed run that is wanted; return whether there is one."""
        count = self._view.row_count
        row = self._view.find_failed(self._cursor, is_wanted, forward=forward)
        if row is None:
            return False
        if self._view.row_count != count:  # its group was unfolded
            self._fit_rows()
        self.move_to(row)
        return True

    def fold(self, group: Group | None) -> None:
        """Fold or unfold a group, and put the cursor on its heading; None for all groups."""
        self._user_moved = True
        under = self._view.group_at(self._cursor)
        self._view.fold(group)
        self._fit_rows()
        heading = None if under is None else self._view.heading_of(under.key)
        if heading is not None:
            self._cursor = heading
        self._scroll_to_cursor()
        self.refresh()
        self._tell_highlighted()

    def _fit_rows(self) -> None:
        self.virtual_size = Size(self.size.width, self._view.row_count + 1)
        self.refresh()

    # The mouse

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            unseen = self._unseen_text()
            if unseen and event.x >= self.size.width - cell_len(unseen):
                self.action_cursor_first()
                return
            column = self._column_at(event.x)
            if column is not None:
                self.post_message(self.SortRequested(column.key))
            return
        row = self.scroll_offset.y + event.y - 1
        if row < self._view.row_count:
            self.move_to(row)
            under = self._view.row(row)
            if isinstance(under, Group):
                self.fold(under)
            elif event.chain == 2:
                self.post_message(self.Opened(under))

    def _column_at(self, x: int) -> Column | None:
        edge = _MARK_CELLS
        for column, width in self._columns:
            edge += width + GAP_CELLS
            if x < edge:
                return column
        return None

    # Drawing

    def on_resize(self) -> None:
        self._lay_out()
        self.virtual_size = Size(self.size.width, self._view.row_count + 1)
        self._scroll_to_cursor()

    def render_line(self, y: int) -> Strip:
        """Return the heading, a row, or the text shown if there are no rows."""
        width = self.size.width
        base = self.base_style
        if not self._columns:
            self._lay_out()  # the first frame is drawn before the first resize event
        if y == 0:
            return self._render_header(width)
        row = self.scroll_offset.y + y - 1
        if row < self._view.row_count:
            return self._render_row(row, width, base)
        if not self._view.row_count and y == 2:
            style = base + self.get_component_rich_style("runs-table--dim")
            return Strip([Segment("  " + self._empty_text, style)]).crop_extend(0, width, base)
        return Strip.blank(width, base)

    def _render_header(self, width: int) -> Strip:
        style = self.get_component_rich_style("runs-table--header")
        signs = sort_signs(self._view.sort)
        left = _HIDDEN_LEFT if self._scrolled_columns else ""
        segments = [Segment(f"{left:<{_MARK_CELLS}}", style)]
        for column, cells in self._columns:
            title = column.title
            if column.key in signs:
                # The arrow stays even if the title has to be cut.
                sign = f" {signs[column.key]}"
                has_room = cell_len(title) <= cells - len(sign)
                title = (title if has_room else fitted(title, max(0, cells - len(sign)))) + sign
            segments.append(Segment(fitted(title, cells, column.align) + " " * GAP_CELLS, style))
        unseen = self._unseen_text()
        more = _HIDDEN_RIGHT if self._is_hiding_right else ""
        room = max(0, width - cell_len(unseen) - cell_len(more))
        strip = Strip([*Strip(segments).crop_extend(0, room, style), Segment(more, style)])
        if not unseen:
            return strip.crop_extend(0, width, style)
        color = self.get_component_rich_style("runs-table--warning").color
        return Strip([*strip, Segment(unseen, style + Style(color=color))]).crop_extend(0, width, style)

    def _unseen_text(self) -> str:
        count = self.unseen.above(self.scroll_offset.y)
        return unseen_text(count) if count else ""

    def _render_row(self, row: int, width: int, base: Style) -> Strip:
        run = self._view.row(row)
        is_selected = bool(self.selection) and all(name in self.selection for name in names_in(run))
        if is_selected:
            base = base + self.get_component_rich_style("runs-table--selected")
        if row == self._cursor:
            base = base + self.get_component_rich_style("runs-table--cursor")
        mark = _CURSOR_MARK if row == self._cursor else " "
        is_pinned = isinstance(run, RunRecord) and run.name in self._view.pins
        sign = _SELECTED_MARK if is_selected else _PINNED_MARK if is_pinned else " "
        segments = [Segment(mark + sign, base)]
        if isinstance(run, Group):
            segments += self._heading_segments(run, base, width - _MARK_CELLS)
            return Strip(segments).crop_extend(0, width, base)
        below_heading = self._view.reason_below_heading(row)
        for column, cells in self._columns:
            text = column.text(run, self._now)
            if column.key == REASON and below_heading is not None:
                text = fitted(below_heading, cells)
            elif column.key == "id":
                text = fitted_id(text, run.run_id, cells)
            else:
                text = fitted(text, cells, column.align)
            style = self._cell_style(column, run, base, row == self._cursor)
            segments.append(Segment(text + " " * GAP_CELLS, style))
        return Strip(segments).crop_extend(0, width, base)

    def _heading_segments(self, group: Group, base: Style, width: int) -> list[Segment]:
        counts = [Segment(f"  {run_count(len(group.runs))}", base)]
        if any(column.key == SIZE for column, _cells in self._columns) and (total := total_size(group.runs)):
            counts.append(Segment(f"  {total}", base))
        for number, what, name in ((group.failed, "✗ {} failed", "error"), (group.live, "● {} live", "live")):
            if number:
                color = self.get_component_rich_style(f"runs-table--{name}").color
                counts.append(Segment(f"  {what.format(number)}", base + Style(color=color)))
        sign = "▸ " if self._view.is_folded(group) else "▾ "
        left = width - len(sign) - sum(len(segment.text) for segment in counts)
        title = self._view.title_of(group, max(_SHORTEST_HEADING_CHARACTERS, left))
        return [Segment(sign + title, base + Style(bold=True)), *counts]

    def _cell_style(self, column: Column, run: RunRecord, base: Style, on_cursor: bool) -> Style:
        if column.key == "status":
            name = status_style(run)
        elif column.key == "tags":
            name = "tags"
        elif column.key in ("description", "id") or column.value_key or is_metric(column.key):
            name = ""
        else:
            name = "dim"
        if not name or (on_cursor and name in ("dim", "tags")):
            return base
        return base + Style(color=self.get_component_rich_style(f"runs-table--{name}").color)

    def _lay_out(self) -> None:
        """Choose the columns that fit, and share the remaining width among those that can use it."""
        available = self.size.width - _MARK_CELLS
        if available <= 0:
            return
        self._look_for_same_values()
        wanted = self._scrolled(self._wanted_columns())
        arranged_for = (self._chosen, available, self._scrolled_columns, self._same, self._size_class())
        if arranged_for == self._arranged_for:
            # While one looks, widths may change with the rows, but not which columns there are.
            wanted = [one for one in wanted if one.column.key in self._shown_set]
        self._columns = column_widths(wanted, available)
        if arranged_for != self._arranged_for:
            self._arranged_for = arranged_for
            self._shown_set = self.shown_keys
            self._is_hiding_right = len(self._columns) < len(wanted)

    def _size_class(self) -> tuple[int, object]:
        """Return what the set of columns depends on: in what order there are how many rows, roughly."""
        return len(self._view).bit_length(), self._view.wanted

    def _scrolled(self, wanted: list[WantedColumn]) -> list[WantedColumn]:
        """Return the columns without those that are scrolled out of sight on the left."""
        moving = [one for one in wanted if one.column.key not in _STAYING]
        self._scrolled_columns = min(self._scrolled_columns, max(0, len(moving) - 1))
        gone = moving[: self._scrolled_columns]
        return [one for one in wanted if one not in gone]

    def _look_for_same_values(self) -> None:
        """Find out which default columns would say the same, or nothing, in all rows."""
        is_usual = _holds_in_order(self._chosen, _USUAL)
        if not is_usual:
            self._same = SameValues()
        elif len(self._view) <= _MOST_CHECKED or self._arranged_for is None or self._is_other_size():
            self._same = same_values(self._view.runs(), self._same)

    def _is_other_size(self) -> bool:
        return not isinstance(self._arranged_for, tuple) or self._arranged_for[-1] != self._size_class()

    def _wanted_columns(self) -> list[WantedColumn]:
        """Return the chosen columns, as wide as the user set them, or else fitted to their texts."""
        is_usual = _holds_in_order(self._chosen, _USUAL)
        sample = [self._view[row] for row in range(min(len(self._view), _SAMPLED_ROWS))]
        columns = []
        is_narrow = self.size.width < _SHORT_STATUS_BELOW
        for place, choice in enumerate(self._chosen):
            if choice.key in self._same.keys and choice.width is None:
                continue
            if is_metric(choice.key):
                column = metric_column(choice.key, partial(self._metric_text, choice.key))
            else:
                column = column_of(choice.key, sample)
            if choice.key == "status" and is_narrow and choice.width is None:
                column = column._replace(title="", width=_SHORT_STATUS_CELLS, text=_status_sign)
            extra, needed, preferred = 0, None, 0
            if choice.width is not None:
                column = column._replace(width=choice.width, share=0)
            elif column.value_key or column.key == "id":
                texts = (cell_len(column.text(run, self._now)) for run in sample)
                width = min(max(column.width, *texts, 0), _MOST_FITTED_CELLS)
                least = min(width, _LEAST_ID_CELLS) if column.key == "id" else width
                column, extra = column._replace(width=least), width - least
            elif column.share:
                needed = max((cell_len(column.text(run, self._now)) for run in sample), default=0)
                if column.key == REASON and self._view.group == REASON:
                    needed = column.width  # the headings say most of it
                elif column.key == REASON:
                    preferred = min(needed, _PREFERRED_REASON_CELLS)
            # In the user's own order, the first columns matter most. The default columns have priorities, and
            # what the user added to them is hidden last.
            columns.append(
                WantedColumn(column if is_usual else column._replace(rank=place), extra, needed, preferred)
            )
        return columns

    def _metric_text(self, key: str, run: RunRecord, _now: float) -> str:
        return self.metric_texts.get((run.name, key), "")

    @property
    def visible_runs(self) -> list[RunRecord]:
        """Return the runs on screen, from top to bottom."""
        rows = (self._view.row(row) for row in self._visible_rows())
        return [row for row in rows if not isinstance(row, Group)]

    def _refresh_row(self, row: int) -> None:
        self.refresh(Region(0, row + 1 - self.scroll_offset.y, self.size.width, 1))

    def _visible_rows(self) -> range:
        first = self.scroll_offset.y
        return range(first, min(self._view.row_count, first + self._page()))

    def _page(self) -> int:
        return max(1, self.size.height - 1)

    def _scroll_to_cursor(self) -> None:
        first = self.scroll_offset.y
        if self._cursor < first:
            first = self._cursor
        elif self._cursor >= first + self._page():
            first = self._cursor - self._page() + 1
        if first != self.scroll_offset.y:
            self.scroll_to(y=first, animate=False, force=True)

    def _tell_highlighted(self) -> None:
        row = self._row_under_cursor()
        on = row.key if isinstance(row, Group) else None if row is None else row.name
        if on != self._cursor_on:
            self._cursor_on = on
            self.post_message(self.Highlighted(self.highlighted))


def _status_sign(run: RunRecord, _now: float) -> str:
    return status_sign(run)


def _holds_in_order(chosen: Sequence[ColumnChoice], columns: Iterable[ColumnChoice]) -> bool:
    """Return whether all of some columns are among the chosen ones, in their order."""
    rest = iter([choice.key for choice in chosen])
    return all(column.key in rest for column in columns)
