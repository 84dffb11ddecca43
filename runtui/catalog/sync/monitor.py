"""Keeping a catalog fresh: one daemon thread that reads, listens, polls and sweeps by the watch plan.

All file access of the catalog happens in it, so that a file system that does not answer stops this thread
and nothing else. It tells what changed through one callback, at most ten times a second.
"""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from runtui.catalog.catalog import CatalogUpdate, Health, SyncPhase
from runtui.catalog.sync.cache import CachedRuns, RunsCache
from runtui.catalog.sync.digest_worker import DigestReader
from runtui.catalog.sync.filesystem import FileSystem, filesystem_of, tells_of_changes
from runtui.catalog.sync.reader import RunReader, first_names, reading_order
from runtui.catalog.sync.round_robin import Rounds
from runtui.catalog.sync.run_states import KnownRuns
from runtui.catalog.sync.scan_process import MANY_RUNS, ScanError, ScanProcess
from runtui.catalog.sync.scan_protocol import Frame
from runtui.catalog.sync.subscriptions import FOCUS_PARTS, Identity, Listener
from runtui.catalog.sync.update_batcher import Outbox
from runtui.catalog.sync.watch_plan import WatchBudget, WatchPlan, can_be_watched, plan_watches
from runtui.store.edits.edit_index import EDITED_DIR, edited_runs
from runtui.store.edits.fold import fold
from runtui.store.index import index_edits, read_current
from runtui.store.listing import all_run_names
from runtui.store.paths import CURRENT_LINK, LOGS_DIR, METADATA_FILE, PRIVATE_DIR
from runtui.store.record import JobStatus, RecordState, RunRecord, stamp_of

_READING_INTERVAL = 0.4  # each of many updates costs as much as reading thousands of runs
_FIRST_LOOK = 64
_LOOK = 256
_FEW_NEW = 64
_SCAN_BEAT = 0.05
_SCAN_PATIENCE = 0.5
_SAVE_DELAY = 3.0
_SAVE_INTERVAL = 120.0
_SAVE_SHARE = 1000.0  # times as long as saving takes, nothing is saved
_MOST_SAVED_LAST = 20_000
_JUDGE_INTERVAL = 15.0
_JUDGE_TICK = 2.0
_MOST_JUDGED = 2  # at a tick: each costs half a dozen calls
_FOLD_INTERVAL = 20.0
_SWEEP_TICK = 2.0
_REPLAN_INTERVAL = 1.0
_ABSENT_INTERVAL = 2.0
_HUNG_AFTER = 1.0  # seconds without an answer, after which the end does not wait for one
# A classic writer that saves in a loop leaves its file empty or half written nine reads out of ten.
_ATTEMPTS = 6

_Job = Callable[[], None]


class RunsMonitor:
    """Watches one runs directory.

    Args:
        base: The runs directory.
        publish: Called in the monitor's thread with what changed.
        limits: What watching may cost.
        file_system: Where the directory lies; by default found out.
        cache: Where the last known state is kept; None for nowhere.
        cached: What the cache holds, where it was loaded already.
        scan_process: Other processes that are reading the directory already.
        keys: The metadata and parameter keys whose values are read from the beginning.
    """

    def __init__(
        self,
        base: str,
        publish: Callable[[CatalogUpdate], None],
        limits: WatchBudget | None = None,
        file_system: FileSystem | None = None,
        cache: RunsCache | None = None,
        cached: CachedRuns | None = None,
        scan_process: ScanProcess | None = None,
        keys: frozenset[str] = frozenset(),
    ) -> None:
        self._base = os.path.abspath(base)
        self._edited_dir = f"{self._base}/{PRIVATE_DIR}/{EDITED_DIR}"
        self._limits = limits or WatchBudget()
        self._file_system = file_system
        self._cache = cache
        self._cached = cached
        self._scan_process = scan_process
        self._reader = RunReader(self._base, self._limits.in_flight)
        self._reader.keys = keys
        self._inbox: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._outbox = Outbox(publish)
        self._known = KnownRuns(self._base, self._outbox, self._replan_soon)
        self._digests = DigestReader(
            self._base, lambda found: self._inbox.put(partial(self._known.take_digests, found))
        )
        self._listener = Listener(
            self._base,
            self._edited_dir,
            defer=self._inbox.put,
            on_change=self._on_change,
            on_heard=self._look_at_unheard,
            on_failure=self._fail_events,
        )
        self._thread = threading.Thread(target=self._run, name="runtui-monitor", daemon=True)

        self._looked_at: set[str] = set()
        self._edited: dict[str, int] = {}
        self._focus: str | None = None
        self._heard_focus: str | None = None
        self._plan: WatchPlan | None = None
        self._failure = ""
        self._is_reading = False
        self._is_to_read_again = False
        self._busy_since: float | None = None
        self._base_identity: Identity | None = None
        self._sweeping = Rounds()
        self._judging = Rounds()
        self._due: dict[_Job, float] = {}

    # Called from other threads

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for no more than a moment, even when the file system does not answer."""
        self._digests.stop()
        self._inbox.put(None)
        # Whoever quits at once may do so before it was started.
        if self._thread.ident is not None:
            self._thread.join(0.0 if self.unanswered_for() > _HUNG_AFTER else 0.5)
        self._listener.stop()
        self._listener.join()

    def focus(self, name: str | None) -> None:
        """Watch the run `name` closely, as the one on screen; None for no run."""
        self._inbox.put(partial(self._set_focus, name))

    def refresh(self) -> None:
        """Read everything again now, and try events again where they failed."""
        self._inbox.put(self._restart)

    def look_at(self, names: Collection[str]) -> None:
        """Look at these runs now, and at which runs there are: something was done to them."""
        self._inbox.put(partial(self._look_at_changed, tuple(names)))

    def hear(self, words: Mapping[str, JobStatus]) -> None:
        """Take in what batch systems say of runs that are their jobs."""
        self._inbox.put(partial(self._take_words, words))

    def want_keys(self, keys: frozenset[str]) -> None:
        """Read the values of these metadata and parameter keys, too, of all runs."""
        self._inbox.put(partial(self._set_keys, keys))

    def unanswered_for(self) -> float:
        """Return the seconds for which the file system has not answered; 0 when nothing was asked of it."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - max(since, self._reader.answered_at)

    # The thread

    def _run(self) -> None:
        try:
            self._keep_fresh()
            if len(self._known.runs) <= _MOST_SAVED_LAST:
                self._save()
        except Exception as error:
            self._failure = f"{type(error).__name__}: {error}"
            self._set_health(self._outbox.health.phase)
            self._outbox.flush(now=True)
            raise

    def _keep_fresh(self) -> None:
        self._mark_busy()
        if not self._show_cached():
            return
        self._find_out_file_system()
        self._read_everything()
        now = time.monotonic()
        self._due[self._sweep_some] = now + _SWEEP_TICK
        self._due.setdefault(self._save, now + _SAVE_INTERVAL)
        self._due[self._judge_some] = now + _JUDGE_TICK
        self._due[self._fold_edits] = now + _FOLD_INTERVAL
        self._due.setdefault(self._list, now + self._limits.list_interval)
        while self._serve():
            pass

    def _serve(self) -> bool:
        """Wait for the next thing to do and do it; False when told to stop."""
        moments = (*self._due.values(), self._known.next_retry(), self._outbox.wake())
        wake = min(moment for moment in moments if moment is not None)
        self._busy_since = None
        try:
            job: _Job | None = self._inbox.get(timeout=max(0.0, wake - time.monotonic()))
        except queue.Empty:
            job = _nothing
        if job is None:
            return False
        self._mark_busy()
        job()
        now = time.monotonic()
        for timer, due in list(self._due.items()):
            # One timer may have cancelled another.
            if due <= now and self._due.pop(timer, None) is not None:
                timer()
        for name in self._known.to_be_retried():
            self._look(name)
        self._want_digests()
        self._outbox.flush()
        return True

    def _mark_busy(self) -> None:
        self._busy_since = time.monotonic()

    def _take_jobs(self) -> bool:
        """Do what has come in meanwhile, without waiting; False when told to stop."""
        while True:
            try:
                job = self._inbox.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._inbox.put(None)
                return False
            job()
        # The run on screen does not wait until all others have been read.
        if self._due.get(self._poll_focus, math.inf) <= time.monotonic():
            self._poll_focus()
        return True

    # What is told of all runs together

    def _set_health(self, phase: SyncPhase, read: int = 0, total: int | None = None) -> None:
        plan = self._plan
        self._outbox.health = Health(
            phase,
            read,
            len(self._known.runs) if total is None else total,
            plan is not None and plan.by_events,
            0 if plan is None else len(plan.watched) + len(plan.polled),
            0 if plan is None else plan.swept,
            0.0 if plan is None else plan.sweep_interval,
            self._notice(phase),
        )

    def _notice(self, phase: SyncPhase) -> str:
        if self._failure:
            return f"what is shown may be old, start anew: watching failed ({self._failure})"
        if phase is SyncPhase.UNREACHABLE:
            return "the runs directory is gone; waiting for it to come back"
        if self._listener.failure:
            return f"polling: {self._listener.failure}"
        current = self._outbox.current
        if current is not None and current not in self._known.runs and phase is SyncPhase.FRESH:
            return "current points to a run that is not there"
        return ""

    # Reading

    def _show_cached(self) -> bool:
        """Tell of the runs as they were known last; False when told to stop."""
        cached, self._cached = self._cached, None
        if cached is None and self._cache is not None:
            cached = self._cache.load()
        if cached is None:
            return True
        # The cached rows lack what was not asked for the last time.
        self._is_to_read_again = not self._reader.keys <= cached.keys
        self._reader.keys |= cached.keys
        self._is_reading = True  # who asks for other keys meanwhile does not begin another reading
        for runs in cached.blocks():
            self._known.take_cached(runs)
            self._set_health(SyncPhase.READING, 0, cached.total)
            self._outbox.flush(now=True)
            if not self._take_jobs():
                return False
        self._is_reading = False
        return True

    def _restart(self) -> None:
        if self._listener.failure:
            self._listener.try_again()
            self._replan()
        self._reread_all()

    def _reread_all(self) -> None:
        self._is_to_read_again = True
        if not self._is_reading:
            self._read_everything()

    def _set_keys(self, keys: frozenset[str]) -> None:
        if not keys <= self._reader.keys:
            self._reader.keys = keys
            self._reread_all()

    def _read_everything(self) -> None:
        """List the directory and read all runs, telling of them as they come.

        Of those that are known from the cache it is only checked that they have not changed since.
        """
        self._is_reading = True
        try:
            while self._read_once():
                pass
        except _StoppedError:
            return
        except OSError:
            self._lose_base()
            return
        finally:
            self._is_reading = False
        self._identify_base()
        self._outbox.current = read_current(self._base)
        self._replan()
        self._set_health(SyncPhase.FRESH)
        self._outbox.flush(now=True)
        self._due[self._save] = time.monotonic() + _SAVE_DELAY
        self._want_digests()

    def _read_once(self) -> bool:
        """Read all runs; return whether that has to be done again, because more is wanted of them."""
        anew, self._is_to_read_again = self._is_to_read_again, False
        self._edited = self._reader.edited = edited_runs(self._base)
        self._looked_at.clear()
        scan_process = self._start_scan(anew)
        if scan_process is None:
            self._read_in_turn(anew)
            return self._is_to_read_again
        try:
            self._take_scan(scan_process)
        except ScanError:
            self._read_in_turn(anew)
        finally:
            scan_process.stop()
        return self._is_to_read_again

    def _start_scan(self, anew: bool) -> ScanProcess | None:
        """Have other processes do it, if they do it already or there is much to read."""
        scan_process, self._scan_process = self._scan_process, None
        if scan_process is not None:
            if not anew and self._reader.keys <= scan_process.keys:
                return scan_process
            scan_process.stop()
        if anew and len(self._known.runs) >= MANY_RUNS:
            try:
                return ScanProcess(
                    self._base,
                    self._reader.keys,
                    self._limits.in_flight,
                    patience=_SCAN_PATIENCE,
                    with_names=True,
                )
            except OSError:
                pass
        return None

    def _take_scan(self, scan_process: ScanProcess) -> None:
        """Take in what other processes read, until it is all or more is wanted."""
        done = total = 0
        for found in scan_process.found(_SCAN_BEAT):
            if found is not None:
                self._mark_busy()
                if found.kind is Frame.GONE:
                    raise FileNotFoundError(self._base)
                if found.kind is Frame.LISTED:
                    total = found.number
                    if scan_process.with_names:
                        self._known.forget_all_but(frozenset(found.names))
                    self._outbox.hold()
                elif found.kind is Frame.VANISHED:
                    for name in found.names:
                        self._known.forget(name)
                elif found.kind is Frame.LOOKED:
                    done += found.number
                elif found.kind is Frame.OTHERS:
                    self._look_in_turn(found.names)
                else:
                    self._take_all_in(found.runs)
            self._tell_progress(done, total)
            if self._is_to_read_again:
                return
        if len(self._known.runs) < total:
            self._look_in_turn(sorted(set(all_run_names(self._base)).difference(self._known.runs)))

    def _look_in_turn(self, names: Sequence[str]) -> None:
        for run in self._reader.look(names, {}):
            self._take_in(run, is_judged=True)

    def _take_all_in(self, runs: Sequence[RunRecord]) -> None:
        """Note runs of a scan, unless they have been looked at here since."""
        known, new = self._known.runs, []
        for run in runs:
            if run.name in self._looked_at:
                continue
            if run.name in known:
                self._take_in(run, is_judged=True)
            else:
                new.append(run)
        if new:
            self._known.take_new(new)

    def _tell_progress(self, done: int, total: int) -> None:
        """Tell what was read since the last time, now and then, and do what was asked for meanwhile.

        Raises:
            _StoppedError: It was to stop.
        """
        is_first = 0 < len(self._outbox) == len(self._known.runs)
        if is_first or self._outbox.is_due:
            self._set_health(SyncPhase.READING if total else SyncPhase.LISTING, done, total or None)
            self._outbox.flush(now=is_first)
            self._outbox.hold(_READING_INTERVAL)
        if not self._take_jobs():
            raise _StoppedError

    def _read_in_turn(self, anew: bool) -> None:
        """Read all runs in this process."""
        known = self._known.runs
        if not known:
            self._read_first()
        present = frozenset(all_run_names(self._base))
        self._known.forget_all_but(present)
        order = reading_order(self._base, tuple(known), present.difference(known))
        settled = {} if anew else self._known.settled()
        self._set_health(SyncPhase.READING, 0, len(order))
        self._outbox.hold()
        done = 0
        while done < len(order) and not self._is_to_read_again:
            self._mark_busy()
            part = order[done : done + (_LOOK if done else _FIRST_LOOK)]
            for run in self._reader.look(part, settled):
                self._take_in(run, is_judged=True)
            done += len(part)
            self._tell_progress(done, len(order))
        self._reader.rest()

    def _read_first(self) -> None:
        """Read a screenful: listing a large directory, let alone reading it, takes longer than users wait."""
        for run in self._reader.look(first_names(self._base, _FIRST_LOOK), {}):
            if run.state is RecordState.READ:
                self._take_in(run, is_judged=True)
        self._set_health(SyncPhase.LISTING)
        self._outbox.flush(now=True)

    def _save(self) -> None:
        """Keep what is known for the next time."""
        took = 0.0
        if self._cache is not None and not self._known.is_saved:
            began = time.monotonic()
            try:
                self._cache.save(self._known.runs.values(), self._reader.keys)
            except OSError:
                self._cache = None
            self._known.is_saved = True
            took = time.monotonic() - began
        self._due[self._save] = time.monotonic() + max(_SAVE_INTERVAL, _SAVE_SHARE * took)

    def _list(self) -> None:
        """Find runs that are new or gone, by listing the directory."""
        if self._is_reading:
            self._due[self._list] = time.monotonic()
            return
        self._due.pop(self._list, None)
        interval = self._plan.list_interval if self._plan is not None else self._limits.list_interval
        try:
            present = set(all_run_names(self._base))
            self._identify_base()
        except OSError:
            self._lose_base()
            return
        # Most often they are the same; to see that costs a tenth of finding out which are not.
        is_different = present != self._known.runs.keys()
        if is_different:
            self._known.forget_all_but(present)
        self._look_at_edited()
        if is_different and not self._look_at_new(sorted(present.difference(self._known.runs))):
            return
        self._watch()
        self._outbox.current = read_current(self._base)
        self._set_health(SyncPhase.FRESH)
        # Another one may have been asked for meanwhile.
        self._due.setdefault(self._list, time.monotonic() + interval)

    def _look_at_new(self, names: list[str]) -> bool:
        """Read runs that have appeared; False when told to stop."""
        if len(names) <= _FEW_NEW:
            for name in names:
                self._look(name)
                self._outbox.flush()
            return True
        # So many are most often a file system that is back: it may be slow, and others wait meanwhile.
        self._is_reading = True
        for begin in range(0, len(names), _LOOK):
            for run in self._reader.look(names[begin : begin + _LOOK], {}):
                self._take_in(run, is_judged=True)
            self._outbox.flush()
            if not self._take_jobs():
                return False
        self._reader.rest()
        self._is_reading = False
        if self._is_to_read_again:
            self._read_everything()
        return True

    def _look_at_changed(self, names: Sequence[str]) -> None:
        before = self._edited
        self._list()
        for name in names:
            # Those with a new edit have just been looked at.
            if name in self._known.runs and self._edited.get(name) == before.get(name):
                self._look(name)

    def _look_at_edited(self) -> None:
        """Look at the runs that users have edited since the last time."""
        before, self._edited = self._edited, edited_runs(self._base)
        self._reader.edited = self._edited
        for name, moment in self._edited.items():
            if before.get(name) != moment and name in self._known.runs:
                self._look(name)

    def _lose_base(self) -> None:
        self._base_identity = None
        self._listener.restart()
        self._set_health(SyncPhase.UNREACHABLE)
        self._due[self._list] = time.monotonic() + _ABSENT_INTERVAL

    def _look(self, name: str, attempts: int = _ATTEMPTS) -> None:
        """Read one run and note what changed."""
        self._mark_busy()
        if self._is_reading:
            self._looked_at.add(name)
        self._take_in(self._reader.read(name, attempts))

    def _take_in(self, run: RunRecord, *, is_judged: bool = False) -> None:
        if not self._known.take_in(run, is_judged=is_judged):
            self._lose_base()

    def _want_digests(self) -> None:
        """Find out why runs failed. Logs wait until all runs have been read."""
        if runs := self._known.undigested():
            self._digests.want(runs)

    # Watching

    def _find_out_file_system(self) -> None:
        if not can_be_watched(self._base):
            self._file_system = FileSystem("", "")
        elif self._file_system is None:
            self._file_system = filesystem_of(os.path.realpath(self._base))
        if not self._file_system.has_events:
            self._digests.call_rate = self._limits.sweep_rate

    def _identify_base(self) -> None:
        """Find out whether another directory has taken the place of the one that is watched."""
        try:
            status = os.stat(self._base)
        except OSError:
            self._base_identity = None
        else:
            self._base_identity = (status.st_dev, status.st_ino)

    def _replan_soon(self) -> None:
        # Right after start there is no plan yet; later, runs that come and go in bursts share one new plan.
        self._due.setdefault(self._replan, time.monotonic() + _REPLAN_INTERVAL)

    def _replan(self) -> None:
        self._due.pop(self._replan, None)
        assert self._file_system is not None
        active = self._known.active()
        silent = filter(self._is_silent, active if self._file_system.has_events else ())
        plan = plan_watches(
            active,
            len(self._known.runs),
            self._file_system,
            self._limits,
            silent=frozenset(silent),
            events_failed=bool(self._listener.failure),
        )
        self._plan = plan
        self._set_health(self._outbox.health.phase)
        self._watch()
        if plan.polled:
            self._due.setdefault(self._poll, time.monotonic() + plan.poll_interval)
        else:
            self._due.pop(self._poll, None)

    def _watch(self) -> None:
        """Hear of changes in the directory itself, the runs of the plan and the run on screen."""
        if (
            self._file_system is not None
            and self._file_system.has_events
            and not self._listener.failure
            and self._base_identity is not None
        ):
            names = () if self._plan is None else self._plan.watched
            self._listener.listen(self._base_identity, names, self._heard_focus)

    def _is_silent(self, name: str) -> bool:
        """Return whether a run lies, by a link, where changes raise no events."""
        path = f"{self._base}/{name}"
        return os.path.islink(path) and not tells_of_changes(path)

    def _look_at_unheard(self, paths: Collection[str]) -> None:
        """Look at what may have changed in directories before anybody heard of that."""
        if self._base in paths:
            self._list()
        if self._edited_dir in paths:
            self._look_at_edited()
        for path in paths:
            name = path[len(self._base) + 1 :].partition("/")[0]
            if name == self._focus:
                self._touch_focus()
            elif name in self._known.runs:
                self._look(name)

    def _fail_events(self, reason: str) -> None:
        if not os.path.isdir(self._base):
            self._lose_base()
            return
        self._listener.give_up(reason)
        self._replan()
        self._due[self._list] = time.monotonic()

    def _on_change(self, paths: frozenset[str]) -> None:
        prefix = self._base + "/"
        listing_needed = False
        to_look: set[str] = set()
        for path in paths:
            if path == self._base:
                self._listener.restart()
                listing_needed = True
                continue
            parts = path.removeprefix(prefix).split("/")
            name = parts[0]
            if name == CURRENT_LINK:
                self._outbox.current = read_current(self._base)
                self._set_health(self._outbox.health.phase)
            elif name == PRIVATE_DIR:
                self._watch()
                self._look_at_edited()
            elif name.startswith("."):
                continue
            elif len(parts) == 1:
                listing_needed = True
                to_look.add(name)
            else:
                if name == self._focus:
                    self._outbox.touch(parts[1])
                    if parts[1] in FOCUS_PARTS and len(parts) == 2:
                        self._watch()
                if parts[1] == METADATA_FILE:
                    to_look.add(name)
        if listing_needed:
            self._list()
        for name in to_look:
            if name in self._known.runs:
                self._look(name)

    def _set_focus(self, name: str | None) -> None:
        if name == self._focus:
            return
        self._focus = name
        self._heard_focus = None if name is None or self._is_silent(name) else name
        self._digests.put_first(name)
        self._outbox.forget_touched()
        self._watch()
        if name is not None:
            self._due[self._poll_focus] = time.monotonic() + self._focus_interval()

    def _focus_interval(self) -> float:
        """Return the seconds between two looks at the run on screen: few where nothing else tells of it."""
        heard = self._listener.hears(self._heard_focus)
        return self._limits.list_interval if heard else self._limits.poll_interval / 2

    def _touch_focus(self) -> None:
        """Take every part of the run on screen for changed, where changes may have been missed."""
        if self._focus is not None and self._focus in self._known.runs:
            self._outbox.touch(*FOCUS_PARTS, METADATA_FILE)
            self._look(self._focus)

    # By the clock

    def _poll_focus(self) -> None:
        run = None if self._focus is None else self._known.runs.get(self._focus)
        if run is None:
            return
        interval = self._focus_interval()
        heard = interval == self._limits.list_interval
        if run.is_live or not heard:
            # Only logs are looked at: what costs little and changes often.
            self._outbox.touch(LOGS_DIR)
        if not heard:
            self._look(run.name)
        self._due[self._poll_focus] = time.monotonic() + interval

    def _poll(self) -> None:
        if self._plan is None:
            return
        for name in self._plan.polled:
            if name in self._known.runs:
                self._look(name)
        self._due[self._poll] = time.monotonic() + self._plan.poll_interval

    def _judge_some(self) -> None:
        """Look into the doubts about the next few live runs in turn."""
        for name in self._judging.take(_MOST_JUDGED, self._known.live, _JUDGE_INTERVAL):
            run = self._known.runs.get(name)
            if run is not None and run.is_live:
                self._judge(run)
        self._due[self._judge_some] = time.monotonic() + _JUDGE_TICK

    def _judge(self, run: RunRecord) -> None:
        self._mark_busy()
        self._known.judge(run)

    def _take_words(self, words: Mapping[str, JobStatus]) -> None:
        for run in self._known.hear(words):
            self._judge(run)

    def _fold_edits(self) -> None:
        """Put edits into the metadata of runs whose writer is done, as the user who made them would."""
        folded = []
        for name in self._edited:
            run = self._known.runs.get(name)
            if run is not None and run.edits and not run.conflict and not run.is_live:
                folded += [name] if fold(self._base, name).folded else []
        index_edits(self._base, folded)
        self._due[self._fold_edits] = time.monotonic() + _FOLD_INTERVAL

    def _sweep_some(self) -> None:
        """Look at the next few runs in turn; a stat tells whether one must be read."""
        interval = self._plan.sweep_interval if self._plan is not None else 0.0
        most = int(self._limits.sweep_rate * _SWEEP_TICK)
        for name in self._sweeping.take(most, self._known.runs.keys, interval):
            run = self._known.runs.get(name)
            if run is None:
                continue
            self._mark_busy()
            try:
                stamp = stamp_of(os.stat(f"{self._base}/{name}/{METADATA_FILE}"))
            except OSError:
                stamp = None
            if stamp != run.stamp:
                self._look(name)
        self._due[self._sweep_some] = time.monotonic() + _SWEEP_TICK


class _StoppedError(Exception):
    """The monitor is to stop."""


def _nothing() -> None:
    """Stands for a job when only timers are due."""
