"""The detail pane: everything about the run under the cursor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from runtui.catalog.catalog import Catalog
from runtui.render.run_details import run_lines
from runtui.render.styled import StyledLine
from runtui.store.record import STOP_THEM, RunRecord
from runtui.text.format import short_id
from runtui.tui.actions import Place, bindings_of, key_of, keys_in, with_keys
from runtui.tui.widgets.lines_view import LinesView, line_width, wrapped

if TYPE_CHECKING:
    from runtui.store.details import RunDetails


class DetailPane(LinesView):
    """Shows a run: the content of its row at once, the rest once it has been read."""

    BINDINGS = bindings_of(Place.DETAILS)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run: RunRecord | None = None
        self._details: RunDetails | None = None
        self._catalog: Catalog | None = None
        self._is_folded = True
        self._lines: list[StyledLine] = []
        self._wrapped: list[StyledLine] = []

    @property
    def own_keys(self) -> frozenset[str]:
        """The metadata and parameter keys of the run on screen, as far as they have been read."""
        details = self._details
        if details is None:
            return frozenset()
        return frozenset(key for key, _value in (*details.extra, *details.parameters))

    def line_count(self) -> int:
        return len(self._wrapped)

    def line_at(self, place: int) -> StyledLine:
        return self._wrapped[place]

    def show_run(self, run: RunRecord | None, catalog: Catalog) -> None:
        """Show a run, or nothing; details read before stay until they are read again."""
        if run is None or self._run is None or run.name != self._run.name:
            self._details = None
            self.scroll_home(animate=False)
        self._run = run
        self._compose_lines(catalog)

    def show_details(self, details: RunDetails, catalog: Catalog) -> None:
        """Add the details of a run, unless another one is shown by now."""
        if self._run is not None and details.name == self._run.name:
            self._details = details
            self._compose_lines(catalog)

    def show_group(self, title: str, runs: Sequence[RunRecord]) -> None:
        """Show what the runs of a group tell together."""
        from runtui.render.group_details import group_lines

        if self._run is not None or not self._lines:
            self.scroll_home(animate=False)
        self._run = self._details = None
        self._lines = group_lines(title, runs, time.time())
        self.border_title = Content("group")
        self._wrap()

    def _compose_lines(self, catalog: Catalog) -> None:
        run = self._run
        if run is None:
            self._lines = []
            self.border_title = Content("details")
        else:
            keys = keys_in(self.app)
            unfolding = f"{key_of('unfold_bookkeeping', keys)} shows them" if self._is_folded else ""
            advice = with_keys(_advice(run), keys)
            self._lines = run_lines(run, self._details, catalog, time.time(), advice, unfolding)
            self._catalog = catalog
            self.border_title = Content(f"details: {short_id(run.run_id)}")
        self._wrap()

    def action_unfold_bookkeeping(self) -> None:
        """Show, or hide again, the values that only runtui needs."""
        self._is_folded = not self._is_folded
        if self._run is not None and self._catalog is not None:
            self._compose_lines(self._catalog)

    def on_resize(self) -> None:
        self._wrap()

    def _wrap(self) -> None:
        room = self.content_region.size
        width = self._fold(room.width)
        # The new extent may add a scroll bar, which takes columns from the lines.
        if len(self._wrapped) > room.height:
            width = self._fold(max(0, room.width - self.styles.scrollbar_size_vertical))
        self.set_extent(width)

    def _fold(self, width: int) -> int:
        """Fold the lines to a width, and return the width of the longest."""
        self._wrapped = [part for line in self._lines for part in wrapped(line, width)]
        return max(map(line_width, self._wrapped), default=0)


def _advice(run: RunRecord) -> str:
    """Return advice about a run that is lost or looks dead, with placeholders for keys."""
    if run.stale_reason.endswith(STOP_THEM):
        return "{key:cancel_run} stops them"
    return "{key:mark_lost} marks it failed" if run.is_lost else ""
