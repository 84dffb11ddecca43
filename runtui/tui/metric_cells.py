"""Cells of metric columns: read in the background, for the rows on screen only."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from textual.message_pump import MessagePump

from runtui import results
from runtui.catalog.columns import METRIC
from runtui.catalog.unread import UNREADABLE
from runtui.store.record import FileStamp, RunRecord
from runtui.tui.background import Background

_BATCH = 16  # cells
_BATCH_SECONDS = 0.2  # after which a batch ends early, to show the cells read so far
_LIVE_AGE = 10.0  # seconds after which the cell of a live run is read again
_MOST_KEPT = 20_000  # cells

Cell = tuple[str, str]
"""A run's name, and a column's key."""


@dataclass(frozen=True, slots=True)
class _CellRequest:
    cell: Cell
    base: str
    run: str
    stamp: FileStamp | None


class MetricCells:
    """Reads cells of metrics.

    Args:
        owner: Gets the results; see `Background`.
        place_of: Returns the runs directory of a run, and its name there.
        changed: Called when further cells have been read.

    Attributes:
        texts: The cells read so far.
    """

    def __init__(
        self, owner: MessagePump, place_of: Callable[[str], tuple[str, str]], changed: Callable[[], None]
    ) -> None:
        self.texts: dict[Cell, str] = {}
        self._place_of = place_of
        self._changed = changed
        self._read: dict[Cell, tuple[FileStamp | None, float]] = {}
        self._background = Background(owner)
        self._is_busy = False

    def stop(self) -> None:
        """Stop reading. Does not wait."""
        self._background.stop()

    def want(self, runs: Collection[RunRecord], keys: Sequence[str]) -> None:
        """Request the cells of runs that are unknown or may be outdated. Returns at once."""
        if self._is_busy:
            return
        now = time.monotonic()
        requests = [
            _CellRequest((run.name, key), *self._place_of(run.name), run.stamp)
            for run in runs
            for key in keys
            if self._is_wanted(run, (run.name, key), now)
        ]
        if requests:
            self._is_busy = True
            self._background.submit("cells", partial(_read_cells, requests[:_BATCH]), self._take)

    def _is_wanted(self, run: RunRecord, cell: Cell, now: float) -> bool:
        known = self._read.get(cell)
        if known is None:
            return True
        stamp, read_at = known
        if stamp != run.stamp:
            return True
        may_change = (run.is_live and not run.stale_reason) or self.texts.get(cell) == UNREADABLE
        return may_change and now - read_at > _LIVE_AGE

    def _take(self, found: Sequence[tuple[_CellRequest, str]]) -> None:
        self._is_busy = False
        now = time.monotonic()
        if len(self.texts) > _MOST_KEPT:
            self.texts.clear()
            self._read.clear()
        for wanted, text in found:
            self.texts[wanted.cell] = text
            self._read[wanted.cell] = (wanted.stamp, now)
        self._changed()


def _read_cells(requests: Sequence[_CellRequest]) -> list[tuple[_CellRequest, str]]:
    """Return the cells that can be read in a moment, one at least."""
    until = time.monotonic() + _BATCH_SECONDS
    found = []
    for wanted in requests:
        column = wanted.cell[1].removeprefix(METRIC)
        found.append((wanted, results.read_sparkline(f"{wanted.base}/{wanted.run}", column).text))
        if time.monotonic() > until:
            break
    return found
