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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import islice

from runtui.catalog.cache import CachedRuns, RunsCache
from runtui.catalog.catalog import CatalogUpdate, Health, Phase
from runtui.catalog.digest_reader import DigestReader
from runtui.catalog.digests import is_same_failure, lacks_digest, with_digest
from runtui.catalog.filesystem import FileSystem, filesystem_of
from runtui.catalog.frames import Frame
from runtui.catalog.liveness import with_word
from runtui.catalog.reading import RunReader, first_names, reading_order
from runtui.catalog.scan import judged
from runtui.catalog.survey import MANY_RUNS, Survey, SurveyError
from runtui.catalog.watch_plan import Limits, WatchPlan, can_be_watched, plan_watches
from runtui.catalog.watcher import Watcher
from runtui.store.edited import EDITED_DIR, edited_runs
from runtui.store.failure import Digest
from runtui.store.folding import fold
from runtui.store.index import index_edits, read_current
from runtui.store.listing import all_run_names
from runtui.store.metadata import WRITING_GRACE
from runtui.store.paths import (
    CHECKPOINTS_DIR,
    CURRENT_LINK,
    LOGS_DIR,
    METADATA_FILE,
    PRIVATE_DIR,
    RESULTS_DIR,
)
from runtui.store.record import FileStamp, JobWord, RecordState, RunRecord, stamp_of
from runtui.store.status import LIVE_STATUSES

_PUBLISH_INTERVAL = 0.1
_READING_INTERVAL = 0.4  # each of many updates costs as much as reading thousands of runs
_MOST_PUBLISHED = 4_096
_FIRST_LOOK = 64
_LOOK = 256
_FEW_NEW = 64
_SURVEY_BEAT = 0.05
_SURVEY_PATIENCE = 0.5
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
_AWAITED_FOR = 3600.0  # seconds for which a directory without metadata.json is expected to get one
_RETRY_PAUSES = (0.02, 0.03, 0.05, 0.05, 0.1, 0.1, 0.2, 0.4, 0.8)

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
        survey: Other processes that are reading the directory already.
        keys: The metadata and parameter keys whose values are read from the beginning.
    """

    def __init__(
        self,
        base: str,
        publish: Callable[[CatalogUpdate], None],
        limits: Limits | None = None,
        file_system: FileSystem | None = None,
        cache: RunsCache | None = None,
        cached: CachedRuns | None = None,
        survey: Survey | None = None,
        keys: frozenset[str] = frozenset(),
    ) -> None:
        self._base = os.path.abspath(base)
        self._edited_dir = f"{self._base}/{PRIVATE_DIR}/{EDITED_DIR}"
        self._publish = publish
        self._limits = limits or Limits()
        self._file_system = file_system
        self._cache = cache
        self._cached = cached
        self._survey = survey
        self._reader = RunReader(self._base, self._limits.in_flight)
        self._reader.keys = keys
        self._inbox: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._digests = DigestReader(
            self._base, lambda found: self._inbox.put(partial(self._take_digests, found))
        )
        self._thread = threading.Thread(target=self._run, name="runtui-monitor", daemon=True)

        self._known: dict[str, RunRecord] = {}
        self._torn: dict[str, tuple[FileStamp | None, float]] = {}
        self._retries: dict[str, tuple[float, int]] = {}
        self._changed: dict[str, RunRecord] = {}
        self._removed: set[str] = set()
        self._undigested: set[str] = set()
        self._words: dict[str, JobWord] = {}
        self._touched: set[str] = set()
        self._looked_at: set[str] = set()
        self._published: Health | None = None
        self._published_current: str | None = None
        self._next_publish = 0.0

        self._health = Health()
        self._current: str | None = None
        self._edited: dict[str, int] = {}
        self._focus: str | None = None
        self._plan: WatchPlan | None = None
        self._events_failed = ""
        self._failure = ""
        self._is_reading = False
        self._is_to_read_again = False
        self._is_saved = True
        self._busy_since: float | None = None
        self._base_identity: tuple[int, int] | None = None
        self._watched: tuple[tuple[int, int], tuple[str, ...]] | None = None
        self._watchers: list[Watcher] = []
        self._sweep: Iterator[str] = iter(())
        self._next_sweep = 0.0
        self._judging: Iterator[str] = iter(())
        self._next_judging = 0.0
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
        for watcher in self._watchers:
            watcher.stop()
        for watcher in self._watchers:
            watcher.join()

    def focus(self, name: str | None) -> None:
        """Watch the run `name` closely, as the one on screen; None for no run."""
        self._inbox.put(partial(self._set_focus, name))

    def refresh(self) -> None:
        """Read everything again now, and try events again where they failed."""
        self._inbox.put(self._begin_anew)

    def look_at(self, names: Collection[str]) -> None:
        """Look at these runs now, and at which runs there are: something was done to them."""
        self._inbox.put(partial(self._look_at_changed, tuple(names)))

    def hear(self, words: Mapping[str, JobWord]) -> None:
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
            if len(self._known) <= _MOST_SAVED_LAST:
                self._save()
        except Exception as error:
            self._failure = f"{type(error).__name__}: {error}"
            self._set_health(self._health.phase)
            self._flush(now=True)
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
        wake = min(self._due.values())
        if self._retries:
            wake = min(wake, min(due for due, _attempt in self._retries.values()))
        if self._has_news():
            wake = min(wake, self._next_publish)
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
        for name, (due, _attempt) in list(self._retries.items()):
            if due <= now:
                self._look(name)
        self._flush()
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

    # Publishing

    def _has_news(self) -> bool:
        return bool(
            self._changed
            or self._removed
            or self._touched
            or self._health != self._published
            or self._current != self._published_current
        )

    def _flush(self, *, now: bool = False) -> None:
        if not self._has_news() or (not now and time.monotonic() < self._next_publish):
            return
        changed, removed, touched = self._changed, tuple(self._removed), frozenset(self._touched)
        self._changed, self._removed, self._touched = {}, set(), set()
        before = self._published or self._health
        self._published, self._published_current = self._health, self._current
        left = len(changed)
        for part in _in_parts(changed, _MOST_PUBLISHED):
            left -= len(part)
            # Only with the last part the picture is as complete as it is said to be.
            self._publish(
                CatalogUpdate(part, removed, before if left else self._health, self._current, touched)
            )
            removed, touched = (), frozenset()
        self._next_publish = time.monotonic() + _PUBLISH_INTERVAL

    def _set_health(self, phase: Phase, read: int = 0, total: int | None = None) -> None:
        plan = self._plan
        self._health = Health(
            phase,
            read,
            len(self._known) if total is None else total,
            plan is not None and plan.by_events,
            0 if plan is None else len(plan.watched) + len(plan.polled),
            0 if plan is None else plan.swept,
            0.0 if plan is None else plan.sweep_interval,
            self._notice(phase),
        )

    def _notice(self, phase: Phase) -> str:
        if self._failure:
            return f"what is shown may be old, start anew: watching failed ({self._failure})"
        if phase is Phase.UNREACHABLE:
            return "the runs directory is gone; waiting for it to come back"
        if self._events_failed:
            return f"polling: {self._events_failed}"
        if self._current is not None and self._current not in self._known and phase is Phase.FRESH:
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
            by_name = {run.name: run for run in runs}
            self._known.update(by_name)
            self._changed.update(by_name)
            self._undigested.update(run.name for run in runs if lacks_digest(run))
            self._set_health(Phase.READING, 0, cached.total)
            self._flush(now=True)
            if not self._take_jobs():
                return False
        self._is_reading = False
        return True

    def _begin_anew(self) -> None:
        if self._events_failed:
            self._events_failed = ""
            self._replan()
        self._read_all_anew()

    def _read_all_anew(self) -> None:
        self._is_to_read_again = True
        if not self._is_reading:
            self._read_everything()

    def _set_keys(self, keys: frozenset[str]) -> None:
        if not keys <= self._reader.keys:
            self._reader.keys = keys
            self._read_all_anew()

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
        self._current = read_current(self._base)
        self._replan()
        self._set_health(Phase.FRESH)
        self._flush(now=True)
        self._due[self._save] = time.monotonic() + _SAVE_DELAY
        self._want_digests()

    def _read_once(self) -> bool:
        """Read all runs; return whether that has to be done again, because more is wanted of them."""
        anew, self._is_to_read_again = self._is_to_read_again, False
        self._edited = self._reader.edited = edited_runs(self._base)
        self._looked_at.clear()
        survey = self._begin_survey(anew)
        if survey is None:
            self._read_in_turn(anew)
            return self._is_to_read_again
        try:
            self._take_survey(survey)
        except SurveyError:
            self._read_in_turn(anew)
        finally:
            survey.stop()
        return self._is_to_read_again

    def _begin_survey(self, anew: bool) -> Survey | None:
        """Have other processes do it, if they do it already or there is much to read."""
        survey, self._survey = self._survey, None
        if survey is not None:
            if not anew and self._reader.keys <= survey.keys:
                return survey
            survey.stop()
        if anew and len(self._known) >= MANY_RUNS:
            try:
                return Survey(
                    self._base,
                    self._reader.keys,
                    self._limits.in_flight,
                    patience=_SURVEY_PATIENCE,
                    with_names=True,
                )
            except OSError:
                pass
        return None

    def _take_survey(self, survey: Survey) -> None:
        """Take in what other processes read, until it is all or more is wanted."""
        done = total = 0
        for found in survey.found(_SURVEY_BEAT):
            if found is not None:
                self._mark_busy()
                if found.kind is Frame.GONE:
                    raise FileNotFoundError(self._base)
                if found.kind is Frame.LISTED:
                    total = found.number
                    if survey.with_names:
                        self._forget_vanished(frozenset(found.names))
                    self._next_publish = time.monotonic() + _PUBLISH_INTERVAL
                elif found.kind is Frame.VANISHED:
                    for name in found.names:
                        self._forget(name)
                elif found.kind is Frame.LOOKED:
                    done += found.number
                elif found.kind is Frame.OTHERS:
                    self._look_in_turn(found.names)
                else:
                    self._take_all_in(found.runs)
            self._tell_progress(done, total)
            if self._is_to_read_again:
                return
        if len(self._known) < total:
            self._look_in_turn(sorted(set(all_run_names(self._base)).difference(self._known)))

    def _look_in_turn(self, names: Sequence[str]) -> None:
        for run in self._reader.look(names, {}):
            self._take_in(run, is_judged=True)

    def _take_all_in(self, runs: Iterable[RunRecord]) -> None:
        """Note runs of a survey, unless they have been looked at here since."""
        known, fresh = self._known, {}
        for run in runs:
            if run.name in self._looked_at:
                continue
            if run.name in known:
                self._take_in(run, is_judged=True)
            else:
                fresh[run.name] = run
        if fresh:
            self._is_saved = False
            known.update(fresh)
            self._changed.update(fresh)
            self._undigested.update(run.name for run in fresh.values() if lacks_digest(run))

    def _tell_progress(self, done: int, total: int) -> None:
        """Tell what was read since the last time, now and then, and do what was asked for meanwhile.

        Raises:
            _StoppedError: It was to stop.
        """
        is_first = bool(self._changed) and len(self._changed) == len(self._known)
        if is_first or time.monotonic() >= self._next_publish:
            self._set_health(Phase.READING if total else Phase.LISTING, done, total or None)
            self._flush(now=is_first)
            self._next_publish += _READING_INTERVAL - _PUBLISH_INTERVAL
        if not self._take_jobs():
            raise _StoppedError

    def _read_in_turn(self, anew: bool) -> None:
        """Read all runs in this process."""
        if not self._known:
            self._read_first()
        present = frozenset(all_run_names(self._base))
        self._forget_vanished(present)
        order = reading_order(self._base, tuple(self._known), present.difference(self._known))
        settled = {} if anew else _settled(self._known.values())
        self._set_health(Phase.READING, 0, len(order))
        self._next_publish = time.monotonic() + _PUBLISH_INTERVAL
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
        self._set_health(Phase.LISTING)
        self._flush(now=True)

    def _save(self) -> None:
        """Keep what is known for the next time."""
        took = 0.0
        if self._cache is not None and not self._is_saved:
            began = time.monotonic()
            try:
                self._cache.save(self._known.values(), self._reader.keys)
            except OSError:
                self._cache = None
            self._is_saved = True
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
        is_different = present != self._known.keys()
        if is_different:
            self._forget_vanished(present)
        self._look_at_edited()
        if is_different and not self._look_at_new(sorted(present.difference(self._known))):
            return
        self._watch()
        self._current = read_current(self._base)
        self._set_health(Phase.FRESH)
        # Another one may have been asked for meanwhile.
        self._due.setdefault(self._list, time.monotonic() + interval)

    def _look_at_new(self, names: list[str]) -> bool:
        """Read runs that have appeared; False when told to stop."""
        if len(names) <= _FEW_NEW:
            for name in names:
                self._look(name)
                self._flush()
            return True
        # So many are most often a file system that is back: it may be slow, and others wait meanwhile.
        self._is_reading = True
        for begin in range(0, len(names), _LOOK):
            for run in self._reader.look(names[begin : begin + _LOOK], {}):
                self._take_in(run, is_judged=True)
            self._flush()
            if not self._take_jobs():
                return False
        self._reader.rest()
        self._is_reading = False
        if self._is_to_read_again:
            self._read_everything()
        else:
            self._want_digests()
        return True

    def _look_at_changed(self, names: Sequence[str]) -> None:
        before = self._edited
        self._list()
        for name in names:
            # Those with a new edit have just been looked at.
            if name in self._known and self._edited.get(name) == before.get(name):
                self._look(name)

    def _look_at_edited(self) -> None:
        """Look at the runs that users have edited since the last time."""
        before, self._edited = self._edited, edited_runs(self._base)
        self._reader.edited = self._edited
        for name, moment in self._edited.items():
            if before.get(name) != moment and name in self._known:
                self._look(name)

    def _forget_vanished(self, present: AbstractSet[str]) -> None:
        for name in self._known.keys() - present:
            self._forget(name)

    def _lose_base(self) -> None:
        self._base_identity = None
        self._watched = None
        self._set_health(Phase.UNREACHABLE)
        self._due[self._list] = time.monotonic() + _ABSENT_INTERVAL

    def _look(self, name: str, attempts: int = _ATTEMPTS) -> None:
        """Read one run and note what changed."""
        self._mark_busy()
        if self._is_reading:
            self._looked_at.add(name)
        self._take_in(self._reader.read(name, attempts))

    def _take_in(self, run: RunRecord, *, is_judged: bool = False) -> None:
        """Note what changed of a run that was just read."""
        name = run.name
        previous = self._known.get(name)
        if run.state is RecordState.READ:
            self._torn.pop(name, None)
            self._retries.pop(name, None)
            if not is_judged:
                if previous is not None and previous.stamp == run.stamp and run.is_live:
                    run = run._replace(doubt=previous.doubt, is_lost=previous.is_lost)
                else:
                    run = judged(self._base, run, time.time())
            self._note(self._with_word(run), previous)
            return
        if not os.path.lexists(f"{self._base}/{name}"):
            # With the whole directory gone, the last known state stays.
            if os.path.isdir(self._base):
                self._forget(name)
            else:
                self._lose_base()
            return
        if previous is not None and previous.stamp is not None and previous.status:
            if not self._stays_torn(name, run.stamp):
                return
            run = previous._replace(problem=run.problem, state=RecordState.BROKEN, stamp=run.stamp)
        elif run.state is RecordState.WRITING:
            self._retry_later(name)
        else:
            self._retries.pop(name, None)
        self._note(run, previous)

    def _stays_torn(self, name: str, stamp: FileStamp | None) -> bool:
        """Return whether a file that was good before has been unreadable, unchanged, for too long.

        Goes by this host's clock alone: the file's time stamps are another host's.
        """
        now = time.monotonic()
        since = self._torn.get(name)
        if since is None or since[0] != stamp:
            self._torn[name] = (stamp, now)
            self._retries.pop(name, None)
        elif now - since[1] > WRITING_GRACE:
            self._retries.pop(name, None)
            return True
        self._retry_later(name)
        return False

    def _retry_later(self, name: str) -> None:
        _due, attempt = self._retries.get(name, (0.0, 0))
        pause = _RETRY_PAUSES[min(attempt, len(_RETRY_PAUSES) - 1)]
        self._retries[name] = (time.monotonic() + pause, attempt + 1)

    def _note(self, run: RunRecord, previous: RunRecord | None) -> None:
        is_undigested = lacks_digest(run) and (
            previous is None or previous.digest is None or not is_same_failure(run, previous)
        )
        run = with_digest(run, previous)
        self._known[run.name] = run
        self._is_saved = False
        if previous is None or previous._replace(stamp=run.stamp) != run:
            self._changed[run.name] = run
            self._removed.discard(run.name)
        now = time.time()
        if previous is None or _is_active(previous, now) != _is_active(run, now):
            self._replan_soon()
        if is_undigested:
            self._undigested.add(run.name)
            # Logs wait until all runs have been read.
            if not self._is_reading:
                self._want_digests()

    def _take_digests(self, found: Sequence[tuple[RunRecord, Digest]]) -> None:
        for asked, digest in found:
            run = self._known.get(asked.name)
            if run is not None and run.is_failed and is_same_failure(run, asked):
                self._note(run._replace(digest=digest), run)

    def _want_digests(self) -> None:
        runs = [self._known[name] for name in self._undigested if name in self._known]
        self._undigested.clear()
        self._digests.want([run for run in runs if run.is_failed])

    def _forget(self, name: str) -> None:
        self._torn.pop(name, None)
        self._retries.pop(name, None)
        if self._known.pop(name, None) is not None:
            self._is_saved = False
            self._changed.pop(name, None)
            self._removed.add(name)
            self._words.pop(name, None)
            self._replan_soon()

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
        now = time.time()
        read = RecordState.READ
        # Of a hundred thousand most are told by these two, without a call for each.
        unsure = [run for run in self._known.values() if run.status in LIVE_STATUSES or run.state is not read]
        active = [run for run in unsure if _is_active(run, now)]
        active.sort(key=lambda run: run.created or 0.0, reverse=True)
        plan = plan_watches(
            [run.name for run in active],
            len(self._known),
            self._file_system,
            self._limits,
            events_failed=bool(self._events_failed),
        )
        self._plan = plan
        self._set_health(self._health.phase)
        self._watch()
        if plan.polled:
            self._due.setdefault(self._poll, time.monotonic() + plan.poll_interval)
        else:
            self._due.pop(self._poll, None)

    def _watch(self) -> None:
        """Hear of changes in the directory itself, the runs of the plan and the run on screen.

        The paths of a watcher are fixed when it is made. Where others are wanted a new one takes over: the
        old one goes on until the new one hears, so that nothing is missed in between.
        """
        if (
            self._file_system is None
            or not self._file_system.has_events
            or self._events_failed
            or self._base_identity is None
        ):
            return
        paths = [self._base]
        if self._plan is not None:
            paths += [f"{self._base}/{name}" for name in self._plan.watched]
        if os.path.isdir(self._edited_dir):
            paths.append(self._edited_dir)
        paths += [path for path in self._focus_paths() if path not in paths]
        wanted = (self._base_identity, tuple(paths))
        if wanted == self._watched:
            return
        unheard = set(paths)
        if self._watched is not None and self._watched[0] == self._base_identity:
            unheard.difference_update(self._watched[1])
        self._watched = wanted
        retired = self._watchers
        watcher = Watcher(
            paths,
            on_change=lambda changed: self._inbox.put(partial(self._on_change, changed)),
            on_ready=lambda heard: self._inbox.put(partial(self._take_over, retired, unheard, heard)),
            on_failure=lambda reason: self._inbox.put(partial(self._fail_events, reason)),
        )
        self._watchers = [*retired, watcher]

    def _take_over(self, retired: list[Watcher], unheard: set[str], heard: Collection[str]) -> None:
        """Let go of the watchers before, and look at what nobody heard of until now."""
        for watcher in retired:
            watcher.stop()
        self._watchers = [watcher for watcher in self._watchers if watcher not in retired]
        if self._base not in heard:
            self._watched = None  # it was away just then
        if self._base in unheard or self._base not in heard:
            self._list()
        if self._edited_dir in unheard:
            self._look_at_edited()
        for path in unheard:
            name = path[len(self._base) + 1 :].partition("/")[0]
            if name == self._focus:
                self._touch_focus()
            elif name in self._known:
                self._look(name)

    def _focus_paths(self) -> list[str]:
        """Return the directories to watch for the run on screen; none where it has to be polled."""
        if self._focus is None or not can_be_watched(self._focus):
            return []
        run_dir = f"{self._base}/{self._focus}"
        return [run_dir, *(path for part in _FOCUS_PARTS if os.path.isdir(path := f"{run_dir}/{part}"))]

    def _fail_events(self, reason: str) -> None:
        if not os.path.isdir(self._base):
            self._lose_base()
            return
        self._events_failed = reason
        for watcher in self._watchers:
            watcher.stop()
        self._watchers = []
        self._watched = None
        self._replan()
        self._due[self._list] = time.monotonic()

    def _on_change(self, paths: frozenset[str]) -> None:
        prefix = self._base + "/"
        listing_needed = False
        to_look: set[str] = set()
        for path in paths:
            if path == self._base:
                # It was moved or removed, and with it went the watch, even if it is back by now.
                self._watched = None
                listing_needed = True
                continue
            parts = path.removeprefix(prefix).split("/")
            name = parts[0]
            if name == CURRENT_LINK:
                self._current = read_current(self._base)
                self._set_health(self._health.phase)
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
                    self._touched.add(parts[1])
                    if parts[1] in _FOCUS_PARTS and len(parts) == 2:
                        self._watch()
                if parts[1] == METADATA_FILE:
                    to_look.add(name)
        if listing_needed:
            self._list()
        for name in to_look:
            if name in self._known:
                self._look(name)

    def _set_focus(self, name: str | None) -> None:
        if name == self._focus:
            return
        self._focus = name
        self._digests.put_first(name)
        self._touched.clear()
        self._watch()
        if name is not None:
            self._due[self._poll_focus] = time.monotonic() + self._focus_interval()

    def _focus_interval(self) -> float:
        """Return the seconds between two looks at the run on screen: few where nothing else tells of it."""
        heard = self._focus is not None and self._watched is not None and can_be_watched(self._focus)
        return self._limits.list_interval if heard else self._limits.poll_interval / 2

    def _touch_focus(self) -> None:
        """Take every part of the run on screen for changed, where changes may have been missed."""
        if self._focus is not None and self._focus in self._known:
            self._touched.update(_FOCUS_PARTS, (METADATA_FILE,))
            self._look(self._focus)

    # By the clock

    def _poll_focus(self) -> None:
        run = None if self._focus is None else self._known.get(self._focus)
        if run is None:
            return
        interval = self._focus_interval()
        heard = interval == self._limits.list_interval
        if run.is_live or not heard:
            # Only logs are looked at: what costs little and changes often.
            self._touched.add(LOGS_DIR)
        if not heard:
            self._look(run.name)
        self._due[self._poll_focus] = time.monotonic() + interval

    def _poll(self) -> None:
        if self._plan is None:
            return
        for name in self._plan.polled:
            if name in self._known:
                self._look(name)
        self._due[self._poll] = time.monotonic() + self._plan.poll_interval

    def _judge_some(self) -> None:
        """Look into the doubts about the next few live runs in turn."""
        for _run in range(_MOST_JUDGED):
            name = next(self._judging, None)
            if name is None:
                if time.monotonic() >= self._next_judging:
                    self._next_judging = time.monotonic() + _JUDGE_INTERVAL
                    self._judging = iter([run.name for run in self._known.values() if run.is_live])
                break
            run = self._known.get(name)
            if run is not None and run.is_live:
                self._judge(run)
        self._due[self._judge_some] = time.monotonic() + _JUDGE_TICK

    def _judge(self, run: RunRecord) -> None:
        self._mark_busy()
        fresh = self._with_word(judged(self._base, run, time.time()))
        if (fresh.doubt, fresh.is_lost, fresh.job) != (run.doubt, run.is_lost, run.job):
            self._note(fresh, run)

    def _with_word(self, run: RunRecord) -> RunRecord:
        word = self._words.get(run.name)
        return run if word is None else with_word(run, word)

    def _take_words(self, words: Mapping[str, JobWord]) -> None:
        self._words |= words
        for name in words:
            if (run := self._known.get(name)) is not None and run.is_live:
                self._judge(run)

    def _fold_edits(self) -> None:
        """Put edits into the metadata of runs whose writer is done, as the user who made them would."""
        folded = []
        for name in self._edited:
            run = self._known.get(name)
            if run is not None and run.edits and not run.conflict and not run.is_live:
                folded += [name] if fold(self._base, name).folded else []
        index_edits(self._base, folded)
        self._due[self._fold_edits] = time.monotonic() + _FOLD_INTERVAL

    def _sweep_some(self) -> None:
        """Look at the next few runs in turn; a stat tells whether one must be read."""
        for _look in range(int(self._limits.sweep_rate * _SWEEP_TICK)):
            name = next(self._sweep, None)
            if name is None:
                if time.monotonic() >= self._next_sweep:
                    interval = self._plan.sweep_interval if self._plan is not None else 0.0
                    self._next_sweep = time.monotonic() + interval
                    self._sweep = iter(list(self._known))
                break
            run = self._known.get(name)
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


_FOCUS_PARTS = (LOGS_DIR, RESULTS_DIR, CHECKPOINTS_DIR)


def _is_active(run: RunRecord, now: float) -> bool:
    """Return whether a run is to be watched closely: live, or its metadata still to be written."""
    if run.stamp is None and run.created is not None:
        return now - run.created < _AWAITED_FOR
    return run.is_live or run.state is RecordState.WRITING


def _settled(runs: Iterable[RunRecord]) -> dict[str, FileStamp]:
    """Return the stamps of the runs that a look at their stamp is enough for."""
    return {
        run.name: run.stamp for run in runs if run.stamp is not None and not run.edits and not run.is_live
    }


def _in_parts(runs: dict[str, RunRecord], most: int) -> Iterator[dict[str, RunRecord]]:
    """Yield at least one part, each of no more than so many runs."""
    if len(runs) <= most:
        yield runs
        return
    rest = iter(runs.items())
    while part := dict(islice(rest, most)):
        yield part


def _nothing() -> None:
    """Stands for a job when only timers are due."""
