"""Sorting and filtering by metrics: their values are read for all runs that matter, in the background."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from runtui import results
from runtui.catalog.catalog import CatalogUpdate
from runtui.catalog.columns import METRIC, is_metric
from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.store.record import FileStamp, RunRecord
from runtui.text.sanitize import safe_text
from runtui.tui.background import Background
from runtui.tui.controllers.host import TimerHost

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

_INTERVAL = 0.5  # seconds between checks for runs that were not read
_BATCH = 200  # runs
_BATCH_SECONDS = 0.2  # after which a batch ends early
_LONGEST_NAME = 24  # characters
_LIVE_AGE = 10.0  # seconds after which the metric of a live run is read again

_Metric = tuple[str, str]
"""A run's name, and the key of the metric's column."""


class _LastValue(NamedTuple):
    value: float | None
    stamp: FileStamp | None
    read_at: float


class _Request(NamedTuple):
    metric: _Metric
    path: str
    stamp: FileStamp | None


class _Found(NamedTuple):
    """The values that were read, and the requests that were not."""

    values: Sequence[tuple[_Request, float | None]]
    rest: Sequence[_Request]


class MetricOrder:
    """Reads the metrics by which the rows are sorted or filtered, and adds them to the values of the runs.

    Args:
        owner: Gets the reading thread's messages; see `Background`.
        sources: The runs directories.
        view: The rows.
        host: Sets the timer.
        slowdown: Factor of the interval between checks.
        changed: Receives runs whose values have changed.
        tell: Shows how far it is; ``""`` when all are read.
    """

    def __init__(
        self,
        owner: MessagePump,
        sources: RunSources,
        view: RunView,
        host: TimerHost,
        slowdown: float,
        changed: Callable[[dict[str, RunRecord]], None],
        tell: Callable[[str], None],
    ) -> None:
        self._owner = owner
        self._sources = sources
        self._view = view
        self._host = host
        self._slowdown = slowdown
        self._changed = changed
        self._tell = tell
        self._known: dict[_Metric, _LastValue] = {}
        self._used: dict[str, None] = {}
        self._lacking: deque[_Request] = deque()
        self._looked: object = None
        self._looked_at = 0.0
        self._background: Background | None = None
        self._is_busy = False
        self._is_told = False

    def begin(self) -> None:
        """Begin to check whether the rows are to be sorted or filtered by a metric."""
        self._host.set_interval(_INTERVAL * self._slowdown, self._read)

    def stop(self) -> None:
        """Stop reading. Does not wait."""
        if self._background is not None:
            self._background.stop()

    def completed(self, update: CatalogUpdate) -> CatalogUpdate:
        """Return an update in which the changed runs have the metrics read so far."""
        self._looked = None
        if not self._known:
            return update
        return update._replace(changed={name: self._with_values(run) for name, run in update.changed.items()})

    def _keys(self) -> list[str]:
        wanted = self._view.wanted
        sorting = [key for key in wanted.sort.keys if is_metric(key)]
        keys = list(dict.fromkeys([*sorting, *sorted(wanted.query.metrics)]))
        self._used.update(dict.fromkeys(keys))
        return keys

    def _runs(self) -> Iterable[RunRecord]:
        """Return the runs whose metrics are wanted: for a filter all, as any may come to match."""
        is_filter = bool(self._view.wanted.query.metrics)
        return self._view.records().values() if is_filter else self._view.runs()

    def _with_values(self, run: RunRecord) -> RunRecord:
        found = {
            key: known.value
            for key in self._used
            if (known := self._known.get((run.name, key))) is not None and known.value is not None
        }
        return run._replace(values={**run.values, **found}) if found else run

    def _read(self) -> None:
        """Request the next runs that are unknown or may be outdated."""
        keys = self._keys()
        if self._is_busy:
            return
        if not keys:
            self._lacking.clear()
        elif not self._lacking:
            self._look_for_lacking(keys)
        self._show_progress(keys)
        if self._lacking:
            if self._background is None:
                self._background = Background(self._owner)
            self._is_busy = True
            requests = [self._lacking.popleft() for _ in range(min(_BATCH, len(self._lacking)))]
            self._background.submit("metrics", partial(_read_values, requests), self._take)

    def _look_for_lacking(self, keys: Sequence[str]) -> None:
        """Look for runs whose metrics are to be read: not each time, as there can be very many."""
        now = time.monotonic()
        looked = (len(self._view.records()), self._view.wanted)
        if looked == self._looked and now - self._looked_at < _LIVE_AGE:
            return
        self._looked, self._looked_at = looked, now
        self._lacking.extend(
            _Request((run.name, key), "/".join(self._sources.place_of(run.name)), run.stamp)
            for run in self._runs()
            for key in keys
            if self._is_wanted(run, (run.name, key), now)
        )

    def _show_progress(self, keys: Sequence[str]) -> None:
        if len(self._lacking) > _BATCH:
            names = ", ".join(safe_text(key.removeprefix(METRIC), _LONGEST_NAME) for key in keys)
            self._tell(f"reading {names}: {len(self._lacking):,} left")
            self._is_told = True
        elif self._is_told:
            self._tell("")
            self._is_told = False

    def _is_wanted(self, run: RunRecord, metric: _Metric, now: float) -> bool:
        known = self._known.get(metric)
        if known is None or known.stamp != run.stamp:
            return True
        return run.is_live and not run.stale_reason and now - known.read_at > _LIVE_AGE

    def _take(self, found: _Found) -> None:
        self._is_busy = False
        self._lacking.extendleft(reversed(found.rest))
        now = time.monotonic()
        runs = self._view.records()
        changed: dict[str, RunRecord] = {}
        for request, value in found.values:
            before = self._known.get(request.metric)
            self._known[request.metric] = _LastValue(value, request.stamp, now)
            run = runs.get(request.metric[0])
            if run is not None and value is not None and (before is None or before.value != value):
                changed[run.name] = self._with_values(run)
        if changed:
            self._changed(changed)
        self._read()


def _read_values(requests: Sequence[_Request]) -> _Found:
    """Read the last values that can be read in a moment, one at least."""
    until = time.monotonic() + _BATCH_SECONDS
    values: list[tuple[_Request, float | None]] = []
    for request in requests:
        column = request.metric[1].removeprefix(METRIC)
        values.append((request, results.read_metric(request.path, column).value))
        if time.monotonic() > until:
            break
    return _Found(values, requests[len(values) :])
