"""The runs of one or several directories, kept up to date: the browser's source of data.

The first paint must only cost what it takes to show the last known rows, so the monitor and everything that
it needs are imported only after that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from runtui.catalog.catalog import CatalogUpdate, Health, SyncPhase
from runtui.catalog.run_key import RunDirectories, RunKey
from runtui.catalog.sync.cache import CachedRuns, RunsCache
from runtui.catalog.sync.job_polling import JobStatePoller
from runtui.catalog.sync.scan_process import MANY_RUNS, ScanProcess
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.store.record import JobStatus, RunRecord
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.catalog.sync.monitor import RunsMonitor
    from runtui.logs.diagnose.own_rules import OwnRule

_LONGEST_TITLE = 60  # characters
_LONGEST_REST = 1.0
"""Most seconds to wait for the screen to be imported before all runs are read."""


class RunSources:
    """Watcher of runs directories that publishes changes.

    With several directories, the name of a run, of its parent and of the current run is its path from `base`,
    their common parent, so that it is unique.

    Args:
        bases: The runs directories.
        limits: Limits to the cost of watching; by default suitable for a login node.
        only: See the attribute.
        rules: The user's rules for failures.
    """

    def __init__(
        self,
        bases: Sequence[str],
        limits: WatchBudget | None = None,
        only: Mapping[str, Sequence[str]] | None = None,
        rules: Sequence[OwnRule] = (),
    ) -> None:
        self.only = only or {}
        """Of runs directories of which not all runs are shown, by path, those that are."""
        self.directories = RunDirectories(bases)
        """The runs directories, and the names of their runs."""
        self._publish: Callable[[CatalogUpdate], None] = _publish_nowhere
        self._limits = limits
        self._rules = rules
        self._lock = threading.Lock()
        self._is_prepared = False
        self._job_states = JobStatePoller(self.bases, self._apply_job_states)
        self._parts = [_Part(self, base) for base in self.bases]

    @property
    def base(self) -> str:
        """The directory that names are relative to: the only runs directory, or the common parent."""
        return self.directories.common

    @property
    def bases(self) -> tuple[str, ...]:
        """The runs directories."""
        return self.directories.bases

    @property
    def count(self) -> int:
        """The number of runs directories."""
        return len(self.bases)

    @property
    def is_one(self) -> bool:
        """Whether there is only one runs directory."""
        return self.directories.is_one

    def prepare(self) -> None:
        """Start reading the runs in other processes. Returns at once.

        Best called after `want_keys`, because further keys require reading everything again.
        """
        self._is_prepared = True
        for part in self._parts:
            part.thread.start()

    def first_rows(self) -> list[CatalogUpdate]:
        """Return the runs known already. Does not wait."""
        return [self._as_whole(part, update) for part in self._parts if (update := part.take_first())]

    def start(self, publish: Callable[[CatalogUpdate], None]) -> None:
        """Start publishing the cached runs, and all runs as they are read. Returns at once.

        Args:
            publish: Called in other threads, one call at a time, with changes.
        """
        self._publish = publish
        if not self._is_prepared:
            self.prepare()
        for part in self._parts:
            part.may_start.set()

    def resume(self) -> None:
        """Start reading the disk, too; called when the first paint is done."""
        for part in self._parts:
            part.is_resumed.set()

    def stop(self) -> None:
        """Stop. Waits only briefly, even if a file system does not answer."""
        self._job_states.stop()
        with self._lock:
            for part in self._parts:
                part.is_stopped = True
        for part in self._parts:
            part.may_start.set()
            part.is_resumed.set()
            part.end_scan()
            if part.monitor is not None:
                part.monitor.stop()

    def place_of(self, name: str) -> RunKey:
        """Return the runs directory of the run `name`, and its name there."""
        return self.directories.place_of(name)

    def focus(self, name: str | None) -> None:
        """Watch the run on screen closely; None for no run."""
        key = None if name is None else self.directories.root_of(name)
        for part in self._parts:
            part.ask(focus=key.name if key is not None and part.base == key.base else None)

    def want_keys(self, keys: frozenset[str]) -> None:
        """Also read the values of these metadata and parameter keys of all runs."""
        for part in self._parts:
            part.ask(keys=keys)

    def refresh(self) -> None:
        """Read everything again now."""
        for part in self._parts:
            if part.monitor is not None:
                part.monitor.refresh()

    def look_at(self, names: Iterable[str]) -> None:
        """Read these runs and list their directories now, after an operation on them."""
        by_base: dict[str, list[str]] = {part.base: [] for part in self._parts}
        for name in names:
            key = self.directories.root_of(name)
            by_base[key.base].append(key.name)
        for part in self._parts:
            if part.monitor is not None:
                part.monitor.look_at(by_base[part.base])

    def want_warnings(self, names: Iterable[str]) -> None:
        """Read the logs of these runs, if they completed, for signs that something is wrong."""
        by_base: dict[str, list[str]] = {}
        for name in names:
            key = self.directories.root_of(name)
            by_base.setdefault(key.base, []).append(key.name)
        for part in self._parts:
            if part.monitor is not None and part.base in by_base:
                part.monitor.want_warnings(by_base[part.base])

    def pause_job_queries(self) -> None:
        """Pause polling schedulers while the answers are not shown."""
        self._job_states.pause()

    def resume_job_queries(self) -> None:
        """Poll schedulers about the jobs of runs again."""
        self._job_states.resume()

    def _apply_job_states(self, states: Mapping[tuple[str, str], JobStatus], silent: Sequence[str]) -> None:
        monitored = [part for part in self._parts if part.monitor is not None]
        for part in monitored:
            assert part.monitor is not None
            there = {name: state for (base, name), state in states.items() if base == part.base}
            # That a scheduler does not answer is said once.
            part.monitor.apply_job_states(there, silent if part is monitored[0] else ())

    def silence(self) -> tuple[float, str]:
        """Return for how many seconds a file system has not answered, and its directory, safe to show.

        0 if no request is pending; the directory is ``""`` if there is only one.
        """
        seconds, part = max(
            ((0.0 if part.monitor is None else part.monitor.unanswered_for(), part) for part in self._parts),
            key=lambda silence: silence[0],
        )
        return seconds, "" if self.is_one else self._title(part.base)

    def _pass_on(self, part: _Part, update: CatalogUpdate) -> None:
        with self._lock:
            if not part.is_stopped:
                self._publish(self._as_whole(part, update))

    def _as_whole(self, part: _Part, update: CatalogUpdate) -> CatalogUpdate:
        if self.is_one:
            return update
        part.health, part.current = update.health, update.current
        current = next((other.folder + other.current for other in self._parts if other.current), None)
        return update._replace(health=self._health(), current=current)

    def _title(self, base: str) -> str:
        """Return a title of one of several directories, safe to show."""
        return safe_text(self.directories.title_of(base), _LONGEST_TITLE)

    def _health(self) -> Health:
        """Return the completeness and freshness of all directories."""
        healths = [part.health for part in self._parts]
        phases = [health.phase for health in healths]
        phase = next(
            (phase for phase in (SyncPhase.LISTING, SyncPhase.READING) if phase in phases), SyncPhase.FRESH
        )
        if all(other is SyncPhase.UNREACHABLE for other in phases):
            phase = SyncPhase.UNREACHABLE
        notices = [
            f"{self._title(part.base)}: {part.health.notice}" for part in self._parts if part.health.notice
        ]
        return Health(
            phase=phase,
            read=sum(
                health.read if health.phase is SyncPhase.READING else health.total for health in healths
            ),
            total=sum(health.total for health in healths),
            by_events=all(health.by_events for health in healths),
            watched=sum(health.watched for health in healths),
            swept=sum(health.swept for health in healths),
            sweep_interval=max(health.sweep_interval for health in healths),
            notice="; ".join(notices),
            keys=frozenset.intersection(*(health.keys for health in healths)),
        )


class _Part:
    """One of the runs directories."""

    def __init__(self, whole: RunSources, base: str) -> None:
        self.base = base
        self.folder = whole.directories.folder_of(base)
        self.health = Health()
        self.current: str | None = None
        self.monitor: RunsMonitor | None = None
        self.may_start = threading.Event()
        self.is_resumed = threading.Event()
        self.is_stopped = False
        self.thread = threading.Thread(target=self._begin, name="runtui-begin", daemon=True)
        self._whole = whole
        self._lock = threading.Lock()
        self._focus: str | None = None
        self._keys: frozenset[str] = frozenset()
        self._only = tuple(whole.only.get(base, ()))
        self._cache = None if self._only else RunsCache(base, rules=whole._rules)
        self._cached: CachedRuns | None = None
        self._known_first: tuple[RunRecord, ...] = ()
        self._scan_process: ScanProcess | None = None

    def end_scan(self) -> None:
        """Stop the scan processes."""
        if self._scan_process is not None:
            self._scan_process.stop()

    def ask(self, focus: str | None = None, keys: frozenset[str] | None = None) -> None:
        """Pass the run on screen and the keys on screen to the monitor, now or once there is one."""
        with self._lock:
            if keys is None:
                self._focus = focus
            else:
                self._keys = keys
            if self.monitor is not None:
                self._inform(self.monitor)

    def _inform(self, monitor: RunsMonitor) -> None:
        monitor.focus(self._focus)
        monitor.want_keys(self._keys)

    def _begin(self) -> None:
        cached = self._cached = None if self._cache is None else self._cache.load()
        with self._lock:
            if self.is_stopped:
                return
            if cached is not None:
                self._known_first = tuple(next(cached.blocks(), ()))
            if not self._only:
                self._start_scan(cached)
        self.may_start.wait()
        if self._scan_process is not None:
            self._scan_process.resume()
        if first := self.take_first():
            self._pass_on(first)
        self.is_resumed.wait()
        from runtui.catalog.sync.monitor import RunsMonitor  # not before the first rows have been painted

        with self._lock:
            keys = self._keys
        monitor = RunsMonitor(
            self.base,
            self._publish,
            self._whole._limits,
            cache=self._cache,
            cached=cached,
            scan_process=self._scan_process,
            keys=keys,
            folder=self.folder,
            only=self._only,
            rules=self._whole._rules,
        )
        with self._lock:
            if self.is_stopped:
                return
            self.monitor = monitor
            monitor.start()
            self._inform(monitor)

    def _start_scan(self, cached: CachedRuns | None) -> None:
        """Start scan processes, unless there is little to read."""
        if cached is not None and (cached.total < MANY_RUNS or not self._keys <= cached.keys):
            return
        keys = self._keys if cached is None else cached.keys
        try:
            self._scan_process = ScanProcess(
                self.base, keys, (self._whole._limits or WatchBudget()).in_flight, cached, rest=_LONGEST_REST
            )
        except OSError:
            return  # then the monitor reads them

    def take_first(self) -> CatalogUpdate | None:
        """Return the first runs if they are known already and were not returned yet. Does not wait."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            runs, self._known_first = self._known_first, ()
            if not runs and self._cached is None and self._scan_process is not None:
                runs = self._scan_process.first()
            if not runs:
                return None
            total = len(runs) if self._cached is None else self._cached.total
            placed = [run.below(self.folder) for run in runs]
            by_name = {run.name: run for run in placed}
            return CatalogUpdate(by_name, (), Health(SyncPhase.READING, 0, total), None, frozenset())
        finally:
            self._lock.release()

    def _publish(self, update: CatalogUpdate) -> None:
        self._whole._job_states.note(self.base, update)
        self._pass_on(update)

    def _pass_on(self, update: CatalogUpdate) -> None:
        self._whole._pass_on(self, update)


def _publish_nowhere(_update: CatalogUpdate) -> None:
    """No-op publisher until one is attached."""
