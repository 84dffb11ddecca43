"""What a look at a run means for what is known of it."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from runtui.catalog.catalog import CatalogUpdate
from runtui.catalog.sync.run_states import RunStates
from runtui.catalog.sync.update_batcher import UpdateBatcher
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import JobInfo, JobStatus, RecordState, RunRecord
from runtui.store.rows import read_record
from tests.run_dirs import write_raw, write_run


class Known:
    """The runs of a directory, with what was published of them and how often activity was told."""

    def __init__(self, base: Path, folder: str) -> None:
        self.base = base
        self.folder = folder
        self.updates: list[CatalogUpdate] = []
        self.activity = 0
        self.batcher = UpdateBatcher(self.updates.append)
        self.runs = RunStates(str(base), self.batcher, self._note_activity, folder)

    def _note_activity(self) -> None:
        self.activity += 1

    def look(self, name: str) -> bool:
        return self.runs.take_in(read_record(str(self.base), name))

    def published(self) -> set[str]:
        """Return the runs that were published since this was called last, by their names in the directory."""
        self.batcher.flush(now=True)
        found = {name for update in self.updates for name in update.changed}
        self.updates.clear()
        assert all(name.startswith(self.folder) for name in found)
        return {name.removeprefix(self.folder) for name in found}


@pytest.fixture(params=["", "b/runs/"], ids=["the only directory", "one of several"])
def known(runs_dir: Path, request: pytest.FixtureRequest) -> Known:
    return Known(runs_dir, request.param)


def test_only_a_change_is_published(known: Known, runs_dir: Path) -> None:
    write_run(runs_dir, "a")
    assert known.look("a")
    assert known.published() == {"a"}
    os.utime(runs_dir / "a" / "metadata.json", (1, 1))
    known.look("a")
    assert known.published() == set()
    assert known.runs.runs["a"].stamp == read_record(str(runs_dir), "a").stamp
    write_run(runs_dir, "a", status="failed")
    known.look("a")
    assert known.published() == {"a"}


def test_removed_run_is_dropped_but_a_missing_directory_drops_none(known: Known, runs_dir: Path) -> None:
    for name in "ab":
        write_run(runs_dir, name)
        known.look(name)
    gone = read_record(str(runs_dir), "nothing")
    shutil.rmtree(runs_dir / "a")
    assert known.runs.take_in(gone._replace(name="a", run_id="a"))
    assert set(known.runs.runs) == {"b"}
    shutil.rmtree(runs_dir)
    assert not known.runs.take_in(gone._replace(name="b", run_id="b"))
    assert set(known.runs.runs) == {"b"}


def test_torn_file_keeps_the_last_state_unless_it_stays_torn(
    known: Known, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(runs_dir, "a", status="running", pid=os.getpid())
    known.look("a")
    write_raw(runs_dir, "a", b'{"run_id": "a", "stat')
    torn = read_record(str(runs_dir), "a")
    known.runs.take_in(torn)
    assert known.runs.runs["a"].state is RecordState.READ
    assert known.runs.next_retry() is not None
    now = time.monotonic() + 3600
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert known.runs.to_be_retried() == ["a"]
    known.runs.take_in(torn)
    broken = known.runs.runs["a"]
    assert (broken.state, broken.status) == (RecordState.BROKEN, "running")
    assert known.runs.next_retry() is None


def test_only_new_runs_without_metadata_are_awaited(known: Known) -> None:
    now = time.time()
    known.runs.take_new(
        [
            RunRecord("new", "new", created=now, state=RecordState.BROKEN),
            RunRecord("old", "old", created=now - 86_400, state=RecordState.BROKEN),
            RunRecord("ended", "ended", status="completed", created=now, stamp=b"x" * 24),
            RunRecord("running", "running", status="running", created=now - 10, stamp=b"x" * 24),
        ]
    )
    assert known.runs.active() == ["new", "running"]
    assert known.runs.live() == ["running"]


def test_only_ended_runs_without_edits_have_stamps(known: Known) -> None:
    ended = RunRecord("ended", "ended", status="completed", stamp=b"x" * 24)
    others = [
        ended._replace(name="edited", edits=1),
        ended._replace(name="running", status="running"),
        ended._replace(name="empty", stamp=None),
    ]
    known.runs.take_cached([ended, *others])
    assert known.runs.settled() == {"ended": b"x" * 24}
    assert known.runs.is_saved
    known.runs.take_new([])
    assert not known.runs.is_saved


def test_activity_is_reported_when_a_run_begins_ends_or_is_removed(known: Known, runs_dir: Path) -> None:
    counts = []
    for status in ("running", "running", "completed", "completed"):
        write_run(runs_dir, "a", status=status)
        known.look("a")
        counts.append(known.activity)
    assert counts == [1, 1, 2, 2]
    known.runs.forget_all_but({"b"})
    assert known.activity == 3
    known.runs.forget("a")
    assert known.activity == 3


def test_each_failure_is_digested_once_while_unchanged(known: Known, runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "a", status="failed")
    known.look("a")
    [asked] = known.runs.undigested()
    assert known.runs.undigested() == []
    digest = FailureSummary(FailureKind.OOM, "no room")
    known.runs.take_digests([(asked, asked._replace(digest=digest))])
    assert known.runs.runs["a"].digest == digest
    metadata = json.loads((run_dir / "metadata.json").read_bytes())
    (run_dir / "metadata.json").write_text(json.dumps(metadata | {"tags": ["seen"]}))
    known.look("a")
    assert known.runs.runs["a"].tags
    write_run(runs_dir, "a", status="completed")
    known.look("a")
    assert known.runs.runs["a"].digest is None
    known.runs.take_digests([(asked, asked._replace(digest=digest))])
    assert known.runs.runs["a"].digest is None


def test_scheduler_state_survives_rereading_the_run(known: Known, runs_dir: Path) -> None:
    job = {"system": "slurm", "id": "7"}
    write_run(runs_dir, "a", status="running", job=job)
    known.look("a")
    status = JobStatus(JobInfo("slurm", "7", "RUNNING", "1:00"))
    assert [run.name_there for run in known.runs.note_job_states({"a": status, "gone": status})] == ["a"]
    known.look("a")
    found = known.runs.runs["a"].job
    assert found is not None
    assert found.state == "RUNNING"
    waiting = JobStatus(JobInfo("slurm", "7", "PENDING", "BeginTime"), is_waiting=True)
    write_run(runs_dir, "a", status="failed", error="terminated by SIGTERM", job=job)
    known.look("a")
    for run in known.runs.note_job_states({"a": waiting}):
        known.runs.judge(run)
    assert (known.runs.runs["a"].status, known.runs.runs["a"].is_failed) == ("initialising", False)
    over = JobStatus(JobInfo("slurm", "7", "COMPLETED"), is_over=True)
    for run in known.runs.note_job_states({"a": over}):
        known.runs.judge(run)
    assert (known.runs.runs["a"].status, known.runs.runs["a"].reason) == ("failed", "terminated by SIGTERM")


def test_published_run_is_the_object_in_memory(known: Known, runs_dir: Path) -> None:
    write_run(runs_dir, "a", parent_run_id="p")
    known.look("a")
    known.runs.take_new([read_record(str(runs_dir), "a")._replace(name="c", run_id="c")])
    known.batcher.flush(now=True)
    [update] = known.updates
    assert list(update.changed) == [f"{known.folder}a", f"{known.folder}c"]
    assert update.changed[f"{known.folder}a"].parent == f"{known.folder}p"
    for name in "ac":
        assert update.changed[known.folder + name] is known.runs.runs[name]
    known.runs.forget("a")
    known.batcher.flush(now=True)
    assert known.updates[-1].removed == (f"{known.folder}a",)
