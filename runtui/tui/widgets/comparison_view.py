"""A comparison of runs: a row for each key, a column for each run, the reference first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from runtui.render.styled import StyledLine, StyledText
from runtui.results.comparing import MISSING, ComparedValue, Comparison
from runtui.text.format import short_id
from runtui.tui.actions import key_of, keys_in
from runtui.tui.widgets.lines_view import LinesView

_GAP = "  "
_DIFFERS = "≠ "  # must not be shown by colour alone
_LEAST_KEY_CELLS = 12
_LEAST_WIDTH_CELLS = 12
_MOST_WIDTH_CELLS = 60


class ComparisonView(LinesView):
    """Shows a comparison. The heading and the keys stay in place while the rest scrolls."""

    def __init__(self) -> None:
        super().__init__(id="comparison")
        self._heading: tuple[str, ...] = ()
        self._rows: list[tuple[str, tuple[StyledText, ...]]] = []
        self._note = "reading…"
        self._key_width = 0
        self._widths: list[int] = []

    def show(self, comparison: Comparison, reference: int, change: ComparedValue, *, all_rows: bool) -> None:
        """Show a comparison.

        Args:
            comparison: The comparison.
            reference: The place of the run that others are compared with.
            change: How differences between numbers are shown.
            all_rows: Whether to show rows in which all runs are equal, too.
        """
        others = [place for place in range(len(comparison.runs)) if place != reference]
        heads = _heads(comparison.runs)
        self._heading = (heads[reference], *(heads[place] for place in others))
        self._rows = []
        for section, rows in groupby(comparison.shown(all_rows=all_rows), key=lambda row: row.section):
            self._rows.append((section, ()))
            for row in rows:
                cells = [StyledText(row.text(reference), "dim" if row.values[reference] is None else "")]
                for place in others:
                    text = row.text(place, reference, change)
                    if row.differs_from(place, reference):
                        cells.append(StyledText(_DIFFERS + text, "dim" if text == MISSING else "warning"))
                    else:
                        cells.append(StyledText(" " * len(_DIFFERS) + text, "dim"))
                self._rows.append((row.key, tuple(cells)))
        what = (
            "These runs have no parameters or metadata to compare."
            if all_rows
            else f"These runs do not differ; {key_of('all_rows', keys_in(self.app))} shows all rows."
        )
        self._note = "" if self._rows else what
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def line_count(self) -> int:
        # One more for the heading, which does not scroll.
        return len(self._rows) + 1

    def line_at(self, place: int) -> StyledLine:
        key, cells = self._rows[place]
        if not cells:
            return (StyledText(key, "heading"),)
        return (StyledText(f"  {key}", "label"), *cells)

    def _lay_out(self) -> None:
        """Give each column the width that it needs, or an equal share if there is not enough room."""
        available = self.size.width
        if not available:
            return
        keys = [cell_len(key) + 2 for key, cells in self._rows if cells]
        self._key_width = min(max(keys, default=_LEAST_KEY_CELLS), max(_LEAST_KEY_CELLS, available * 2 // 5))
        needed = [cell_len(head) for head in self._heading]
        for _key, cells in self._rows:
            for place, span in enumerate(cells):
                needed[place] = max(needed[place], cell_len(span.text))
        fair = (available - self._key_width) // max(1, len(needed)) - len(_GAP)
        most = max(_LEAST_WIDTH_CELLS, min(_MOST_WIDTH_CELLS, fair)) if sum(needed) else 0
        spare = sum(max(0, fair - width) for width in needed)
        self._widths = []
        for width in needed:
            extra = min(spare, max(0, width - most))
            spare -= extra
            self._widths.append(min(width, max(_LEAST_WIDTH_CELLS, most) + extra))
        self.set_extent(self._key_width + sum(width + len(_GAP) for width in self._widths))

    def render_line(self, y: int) -> Strip:
        """Return the heading, or a line of the visible part."""
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        base = self.base_style
        if self._note:
            text = self._note if y == 1 else ""
            return Strip([Segment(f"  {text}", self._style(base, "dim"))]).crop_extend(0, width, base)
        place = scroll_y + y - 1
        if y == 0:
            heads = [
                Segment(_GAP + text, self._style(base, "heading")) for text in self._fitted(self._heading)
            ]
            key = Segment(" " * self._key_width, base)
        elif place < len(self._rows):
            first, *cells = self.line_at(place)
            room = self._key_width if cells else width
            key = Segment(_fit(first.text, room), self._style(base, first.style))
            texts = self._fitted([span.text for span in cells])
            heads = [
                Segment(_GAP + text, self._style(base, span.style))
                for text, span in zip(texts, cells, strict=True)
            ]
        else:
            return Strip.blank(width, base)
        rest = Strip(heads).crop_extend(scroll_x, scroll_x + max(0, width - key.cell_length), base)
        return Strip([key, *rest]).crop_extend(0, width, base)

    def _fitted(self, texts: Sequence[str]) -> list[str]:
        return [_fit(text, width) for text, width in zip(texts, self._widths, strict=False)]


def _fit(text: str, cells: int) -> str:
    if cell_len(text) > cells:
        return set_cell_size(text, max(0, cells - 1)) + "…"
    return set_cell_size(text, cells)


def _heads(runs: Sequence[str]) -> Sequence[str]:
    """Return the runs' labels: as in the table, unless those would be ambiguous."""
    short = [short_id(run) for run in runs]
    return short if len(set(short)) == len(short) else runs
