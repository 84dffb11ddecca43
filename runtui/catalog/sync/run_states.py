"""The last known state of a directory's runs, and its changes when runs are read again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from runtui.catalog.sync.digests import is_same_failure, lacks_digest, lacks_warning, with_digest
from runtui.catalog.sync.job_verdicts import with_job_status
from runtui.catalog.sync.liveness import OutputTimes
from runtui.catalog.sync.scan import judged
from runtui.catalog.sync.update_batcher import UpdateBatcher
from runtui.store.record import FileStamp, JobStatus, RecordState, RunRecord
from runtui.store.status import LIVE_STATUSES
from runtui.store.torn_file import WRITING_GRACE

_AWAITED_FOR = 3600.0  # seconds for which a directory without metadata.json is expected to get it
_RETRY_PAUSES = (0.02, 0.03, 0.05, 0.05, 0.1, 0.1, 0.2, 0.4, 0.8)


class RunStates:
    """All known runs of one directory. Belongs to one thread.

    Args:
        base: The runs directory.
        batcher: Gets the changes.
        on_activity: Called when the runs worth watching closely may have changed.
        folder: The prefix of its runs in a catalog of several directories; see `RunRecord.folder`. Runs are
            kept and published with their names in that catalog, so that each is in memory only once.

    Attributes:
        runs: The runs by their names in this directory; changed only here.
        is_saved: Set by the owner after saving; reset by each change.
    """

    def __init__(
        self, base: str, batcher: UpdateBatcher, on_activity: Callable[[], None], folder: str = ""
    ) -> None:
        self.runs: dict[str, RunRecord] = {}
        self.is_saved = True
        self._base = base
        self._folder = folder
        self._batcher = batcher
        self._on_activity = on_activity
        self._torn: dict[str, tuple[FileStamp | None, float]] = {}
        self._retries: dict[str, tuple[float, int]] = {}
        self._job_states: dict[str, JobStatus] = {}
        self._as_read: dict[str, RunRecord] = {}
        self._undigested: set[str] = set()
        self._outputs = OutputTimes()

    def take_cached(self, runs: Sequence[RunRecord]) -> None:
        """Add runs from the cache."""
        self._add(runs)

    def take_new(self, runs: Iterable[RunRecord]) -> None:
        """Add runs that were not known before."""
        self._add(runs)
        self.is_saved = False

    def _add(self, runs: Iterable[RunRecord]) -> None:
        added = {run.name: run.below(self._folder) for run in runs}
        self.runs.update(added)
        self._batcher.put_all(added.values())
        self._undigested.update([name for name, run in added.items() if lacks_digest(run)])

    def take_in(self, run: RunRecord, *, is_judged: bool = False) -> bool:
        """Record the changes of a run that was just read; return False if the whole directory is gone.

        Args:
            run: The run, with its name in its own directory.
            is_judged: Whether its liveness has been checked.
        """
        name = run.name
        run = run.below(self._folder)
        previous = self.runs.get(name)
        if run.state is RecordState.READ:
            before = self._as_read.get(name, previous)
            self._torn.pop(name, None)
            self._retries.pop(name, None)
            if not is_judged:
                if before is not None and before.stamp == run.stamp and run.is_live and before.is_live:
                    run = run._replace(
                        stale_reason=before.stale_reason,
                        is_lost=before.is_lost,
                        completed=before.completed,
                        job=run.job or before.job,
                    )
                else:
                    run = self._judged(run)
            self._note(self._with_job_status(run), previous)
            return True
        if not os.path.lexists(f"{self._base}/{name}"):
            # If the whole directory is gone, keep the last known state.
            if not os.path.isdir(self._base):
                return False
            self.forget(name)
            return True
        if previous is not None and previous.stamp is not None and previous.status:
            if not self._stays_torn(name, run.stamp):
                return True
            state = run.state if run.state is RecordState.DANGLING else RecordState.BROKEN
            run = previous._replace(problem=run.problem, state=state, stamp=run.stamp)
        elif run.state is RecordState.WRITING:
            self._retry_later(name)
        else:
            self._retries.pop(name, None)
        self._note(run, previous)
        return True

    def _note(self, run: RunRecord, previous: RunRecord | None) -> None:
        is_undigested = lacks_digest(run) and (
            previous is None or previous.digest is None or not is_same_failure(run, previous)
        )
        run = with_digest(run, previous)
        self.runs[run.name_there] = run
        self.is_saved = False
        if not run.is_live:
            self._outputs.forget(f"{self._base}/{run.name_there}")
        if previous is None or previous._replace(stamp=run.stamp, values_stamp=run.values_stamp) != run:
            self._batcher.put(run)
        now = time.time()
        if previous is None or _is_active(previous, now) != _is_active(run, now):
            self._on_activity()
        if is_undigested:
            self._undigested.add(run.name_there)

    def forget(self, name: str) -> None:
        """Record that a run is gone."""
        self._torn.pop(name, None)
        self._retries.pop(name, None)
        if self.runs.pop(name, None) is not None:
            self.is_saved = False
            self._batcher.remove(self._folder + name)
            self._job_states.pop(name, None)
            self._outputs.forget(f"{self._base}/{name}")
            self._as_read.pop(name, None)
            self._on_activity()

    def forget_all_but(self, present: AbstractSet[str]) -> None:
        """Remove the runs that do not exist any more."""
        for name in self.runs.keys() - present:
            self.forget(name)

    # Files that are being written

    def _stays_torn(self, name: str, stamp: FileStamp | None) -> bool:
        """Return whether a file that was valid before has been invalid and unchanged for too long.

        Uses only this host's clock, because the file's time stamps are of another host.
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

    def next_retry(self) -> float | None:
        """Return when the next run has to be read again, by the monotonic clock; None for none."""
        return min((due for due, _attempt in self._retries.values()), default=None)

    def to_be_retried(self) -> list[str]:
        """Return the names of the runs that have to be read again now."""
        if not self._retries:
            return []
        now = time.monotonic()
        return [name for name, (due, _attempt) in self._retries.items() if due <= now]

    # Liveness and job states

    def judge(self, run: RunRecord) -> None:
        """Check the liveness of a live run: half a dozen system calls."""
        as_read = self._judged(self._as_read.get(run.name_there, run))
        fresh = self._with_job_status(as_read)
        if fresh._replace(digest=run.digest, warning=run.warning) != run:
            self._note(fresh, run)

    def _judged(self, run: RunRecord) -> RunRecord:
        return judged(self._base, run, time.time(), self._outputs)

    def note_job_states(self, states: Mapping[str, JobStatus]) -> list[RunRecord]:
        """Note what schedulers say of the jobs of runs; return these, to be judged."""
        self._job_states |= states
        return [run for name in states if (run := self.runs.get(name)) is not None]

    def _with_job_status(self, run: RunRecord) -> RunRecord:
        """Return a run as read with what the scheduler said last."""
        state = self._job_states.get(run.name_there)
        if state is None:
            return run
        found = with_job_status(run, state)
        if found is not run:
            self._as_read[run.name_there] = run
        return found

    # Reasons of failures

    def take_digests(self, found: Sequence[tuple[RunRecord, RunRecord]]) -> None:
        """Record digests and warnings of runs, given as they were when requested, and with what was found."""
        for asked, read in found:
            run = self.runs.get(asked.name_there)
            if run is None or not is_same_failure(run, asked):
                continue
            if run.is_failed and read.digest is not None:
                self._note(run._replace(digest=read.digest), run)
            elif run.can_have_warning and read.warning is not None and run.warning != read.warning:
                self._note(run._replace(warning=read.warning), run)

    def without_warning(self, names: Iterable[str]) -> list[RunRecord]:
        """Return those of some runs that completed and whose logs have not been read for signs."""
        runs = (self.runs.get(name) for name in names)
        return [run for run in runs if run is not None and lacks_warning(run)]

    def undigested(self) -> list[RunRecord]:
        """Return the failed runs without a digest that were not returned before."""
        runs = [self.runs[name] for name in self._undigested if name in self.runs]
        self._undigested.clear()
        return [run for run in runs if run.is_failed]

    # Runs that need attention

    def active(self) -> list[str]:
        """Return the names of the runs to be watched closely, newest first."""
        now, read = time.time(), RecordState.READ
        # These two conditions decide for most of a hundred thousand runs, without a call for each.
        unsure = [run for run in self.runs.values() if run.status in LIVE_STATUSES or run.state is not read]
        active = [run for run in unsure if _is_active(run, now)]
        active.sort(key=lambda run: run.created or 0.0, reverse=True)
        return [run.name_there for run in active]

    def live(self) -> list[str]:
        """Return the names of the runs that claim to be alive."""
        return [name for name, run in self.runs.items() if run.is_live]

    def settled(self) -> dict[str, FileStamp | None]:
        """Return the stamps of runs that change only with their files, as `RunReader.look` takes them."""
        return {
            name: run.stamp + run.values_stamp.encode()
            for name, run in self.runs.items()
            if run.stamp is not None and not run.edits and not run.is_live
        }


def _is_active(run: RunRecord, now: float) -> bool:
    """Return whether to watch a run closely: it is live, or its metadata will still be written."""
    if run.stamp is None and run.created is not None:
        return now - run.created < _AWAITED_FOR
    return run.is_live or run.state is RecordState.WRITING
