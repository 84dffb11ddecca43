"""Why runs failed: read in a thread beside the monitor, the newest first, and told as rows."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from runtui.batch.base import REASONS
from runtui.catalog.catalog import SyncPhase
from runtui.catalog.grouping import group_key_of
from runtui.catalog.reasons import reason_text
from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.digest_worker import DigestReader
from runtui.catalog.sync.digests import digested, with_warning
from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.monitor import RunsMonitor
from runtui.store.failure import NO_WARNING, FailureKind
from runtui.store.record import JobInfo, JobStatus, RunRecord
from runtui.store.rows import read_record
from tests.catalog.observing import BY_EVENTS, BY_POLLING, Observed, watching
from tests.run_dirs import write_log, write_run
from tests.waiting import wait_until

LONG_AGO = 1_700_000_000


def failed(base: Path, name: str, log: str = "step 1\nKilled\n", *, age: int = 0) -> RunRecord:
    """Write a run that failed long ago, and return its row."""
    run_dir = write_run(base, name, status="failed", created=f"2026-01-{28 - age:02}T00:00:00Z")
    write_log(run_dir, log)
    os.utime(run_dir / "metadata.json", (LONG_AGO, LONG_AGO))
    return read_record(str(base), name)


def kind_of(observed: Observed, name: str) -> FailureKind | None:
    run = observed.run(name)
    return None if run is None or run.digest is None else run.digest.kind


class Told:
    """What a reader told, in its order."""

    def __init__(self) -> None:
        self.found: list[tuple[RunRecord, RunRecord]] = []
        self.has_begun = threading.Event()
        self.is_resumed = threading.Event()
        self.is_resumed.set()

    def __call__(self, found: Sequence[tuple[RunRecord, RunRecord]]) -> None:
        self.found += found
        self.has_begun.set()
        self.is_resumed.wait()

    @property
    def names(self) -> list[str]:
        return [run.name for run, _read in self.found]


def test_run_on_screen_is_digested_first_then_the_newest(runs_dir: Path) -> None:
    runs = [failed(runs_dir, f"r{age}", age=age) for age in (3, 1, 4, 2)]
    told = Told()
    reader = DigestReader(str(runs_dir), told)
    reader.put_first("r4")
    reader.want(runs)
    wait_until(lambda: len(told.found) == 4, "all were told")
    assert told.names == ["r4", "r1", "r2", "r3"]
    assert {read.failure_kind for _run, read in told.found} == {FailureKind.KILLED}


def test_run_queued_twice_is_published_in_its_latest_state(runs_dir: Path) -> None:
    told = Told()
    told.is_resumed.clear()
    reader = DigestReader(str(runs_dir), told)
    reader.want([failed(runs_dir, "first")])
    assert told.has_begun.wait(20)
    run = failed(runs_dir, "r")
    reader.want([run])
    reader.want([run._replace(reason="disk full, I gave up")])
    told.is_resumed.set()
    wait_until(lambda: len(told.found) == 2, "both were told")
    assert told.found[1][0].reason == "disk full, I gave up"


def test_stopped_digest_reader_reads_nothing_more(runs_dir: Path) -> None:
    told = Told()
    told.is_resumed.clear()
    reader = DigestReader(str(runs_dir), told)
    reader.want([failed(runs_dir, "first")])
    assert told.has_begun.wait(20)
    reader.want([failed(runs_dir, f"r{age}", age=age) for age in range(5)])
    reader.stop()
    told.is_resumed.set()
    wait_until(lambda: not _is_running("runtui-digests"), "its thread ended")
    assert told.names == ["first"]


def _is_running(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


def test_digest_thread_runs_only_while_there_is_work(runs_dir: Path) -> None:
    told = Told()
    reader = DigestReader(str(runs_dir), told)
    for number in range(2):
        reader.want([failed(runs_dir, f"r{number}")])
        wait_until(lambda number=number: len(told.found) == number + 1, "it was told")
        wait_until(lambda: not _is_running("runtui-digests"), "its thread ended")


def test_late_scheduler_message_updates_the_digest(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtui.catalog.sync.digest_worker._LAST_WORDS", 2.0)
    told = Told()
    run_dir = write_run(runs_dir, "r", status="failed")
    write_log(run_dir, "step 1\n")
    DigestReader(str(runs_dir), told).want([read_record(str(runs_dir), "r")])
    wait_until(lambda: len(told.found) == 1, "it was told")
    (run_dir / "slurm-1.out").write_text("*** JOB 1 ON n CANCELLED AT 12:00 DUE TO TIME LIMIT ***\n")
    wait_until(lambda: len(told.found) == 2, "it was told again")
    assert [read.failure_kind for _run, read in told.found] == [FailureKind.UNKNOWN, FailureKind.TIMEOUT]


def test_digest_budget_applies_after_a_screenful(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtui.catalog.sync.digest_worker._BURST", 3)
    pauses: list[float] = []
    monkeypatch.setattr(DigestReader, "_pause", lambda _reader, seconds: pauses.append(seconds))
    told = Told()
    reader = DigestReader(str(runs_dir), told)
    reader.call_rate = 20.0
    reader.want([failed(runs_dir, f"r{age}", age=age) for age in range(6)])
    wait_until(lambda: len(told.found) == 6, "all were told")
    wait_until(lambda: len(pauses) == 3, "it paused after each of the others")
    assert pauses == [0.5] * 3


@pytest.mark.parametrize("file_system", [BY_EVENTS, BY_POLLING], ids=["events", "polling"])
def test_failing_run_is_published_with_its_reason(runs_dir: Path, file_system: FileSystem) -> None:
    run_dir = write_run(runs_dir, "r", status="running")
    write_log(run_dir, "step 1\n")
    with watching(runs_dir, file_system) as (observed, _monitor):
        assert kind_of(observed, "r") is None
        write_log(run_dir, "No space left on device\n")
        write_run(runs_dir, "r", status="failed")
        wait_until(lambda: kind_of(observed, "r") is FailureKind.DISK, "why it failed is told")
        write_run(runs_dir, "r", status="running")
        wait_until(lambda: kind_of(observed, "r") is None, "it does not fail any more")
        assert observed.status("r") == "running"


def test_scheduler_reason_replaces_an_earlier_digest(runs_dir: Path) -> None:
    job = {"system": "slurm", "id": "7"}
    write_run(runs_dir, "r", status="failed", error="terminated by SIGTERM", job=job)
    with watching(runs_dir) as (observed, monitor):
        wait_until(lambda: kind_of(observed, "r") is FailureKind.KILLED, "it was killed")
        late = REASONS["TIMEOUT"]
        note = JobInfo("slurm", "7", "TIMEOUT")
        monitor.apply_job_states({"r": JobStatus(note, is_over=True, word=late, ended=time.time())})
        wait_until(lambda: kind_of(observed, "r") is FailureKind.TIMEOUT, "the scheduler is heard")
        run = observed.run("r")
        assert run is not None
        assert reason_text(run) == f"timeout: {late}"
        write_run(runs_dir, "r", status="failed", error="No space left on device")
        wait_until(lambda: kind_of(observed, "r") is FailureKind.DISK, "it failed for another reason")


def test_dead_run_is_lost_unless_its_log_has_a_reason(runs_dir: Path) -> None:
    old = time.time() - 7200
    for name, log in (("mute", "step 1\n"), ("killed", "step 1\nKilled\n")):
        run_dir = write_run(runs_dir, name, status="running")
        for path in (write_log(run_dir, log), run_dir / "metadata.json"):
            os.utime(path, (old, old))
    with watching(runs_dir) as (observed, _monitor):
        wait_until(lambda: kind_of(observed, "mute") is FailureKind.LOST, "it is lost")
        wait_until(lambda: kind_of(observed, "killed") is FailureKind.KILLED, "its log is heard")
        mute = observed.run("mute")
        assert mute is not None
        assert reason_text(mute) == "stale: no output for 2h00m"


def test_digests_are_cached_across_sessions(runs_dir: Path, tmp_path: Path) -> None:
    failed(runs_dir, "r")
    cache = RunsCache(str(runs_dir), str(tmp_path / "cache"))
    known = digested(str(runs_dir), read_record(str(runs_dir), "r"))
    cache.save([known], frozenset())
    found = cache.load()
    assert found is not None
    assert list(found.blocks()) == [[known]]
    # What is not there cannot be read.
    shutil.rmtree(runs_dir / "r" / "logs")
    observed = Observed(runs_dir)
    monitor = RunsMonitor(str(runs_dir), observed.take_in, cache=cache)
    monitor.start()
    wait_until(lambda: observed.catalog.health.phase is SyncPhase.FRESH, "everything was read")
    monitor.stop()
    assert kind_of(observed, "r") is FailureKind.KILLED


def test_runs_are_grouped_by_kind_and_message(runs_dir: Path) -> None:
    by_reason = group_key_of("reason")
    runs = [digested(str(runs_dir), failed(runs_dir, name)) for name in ("a", "b")]
    assert {by_reason(run).label for run in runs} == {"killed: Killed"}
    assert by_reason(runs[0]._replace(digest=None)).label == "none"


def test_warning_is_read_when_asked_for_and_again_after_the_run_has_changed(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "r", status="completed")
    log = write_log(run_dir, "*ERROR in gen3delem\n")
    with watching(runs_dir) as (observed, monitor):
        assert observed.run("r").warning is None
        monitor.want_warnings(["r", "gone"])
        wait_until(lambda: observed.run("r").has_warning, "the sign is told")
        log.write_text("done\n")
        write_run(runs_dir, "r", status="completed", tags=["new"])
        wait_until(lambda: observed.run("r").tags == ("new",), "the change is told")
        monitor.want_warnings(["r"])
        wait_until(lambda: observed.run("r").warning == NO_WARNING, "there is no sign any more")
        write_run(runs_dir, "r", status="failed")
        wait_until(lambda: observed.status("r") == "failed", "it failed")
        assert not observed.run("r").has_warning


@pytest.mark.parametrize("status", ["failed", "running", "checkpointed", ""])
def test_only_completed_runs_are_read_for_warnings(runs_dir: Path, status: str) -> None:
    write_log(write_run(runs_dir, "r", status=status), "*ERROR in gen3delem\n")
    run = read_record(str(runs_dir), "r")
    assert with_warning(str(runs_dir), run) is run


def test_logs_of_successful_runs_are_not_read(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "r", status="completed")
    write_log(run_dir, "Killed\n")
    run = read_record(str(runs_dir), "r")
    assert digested(str(runs_dir), run) is run
