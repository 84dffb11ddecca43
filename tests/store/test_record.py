"""One run as a row."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.store.record import STAMP_SIZE, RunRecord, modified_ns, size_in, stamp_of

RUN = RunRecord("r", "r", status="completed", created=100.0)


@pytest.mark.parametrize("modified", [0, 1, 1_795_970_000_123_456_789, -1, -(10**18)])
def test_stamp_holds_modification_time_and_size(modified: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    os.utime(path, ns=(modified, modified))
    stamp = stamp_of(path.stat())
    assert len(stamp) == STAMP_SIZE
    assert (modified_ns(stamp), size_in(stamp)) == (path.stat().st_mtime_ns, 5)


def test_stamp_changes_when_a_file_is_replaced(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    for each in (path, other):
        each.write_bytes(b"12345")
        os.utime(each, ns=(7, 7))
    before = stamp_of(path.stat())
    assert stamp_of(path.stat()) == before
    other.replace(path)
    assert stamp_of(path.stat()) != before


@pytest.mark.parametrize(
    ("run", "status", "is_failed"),
    [
        (RUN, "completed", False),
        (RUN._replace(status="failed"), "failed", True),
        (RUN._replace(status="running"), "running", False),
        (RUN._replace(status="running", stale_reason="no output"), "running?", True),
        (RUN._replace(status="running", stale_reason="gone", is_lost=True), "lost", True),
    ],
)
def test_stale_or_lost_run_counts_as_failed(run: RunRecord, status: str, is_failed: bool) -> None:
    assert (run.effective_status, run.is_failed) == (status, is_failed)


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        (RUN._replace(started=110.0, completed=150.0), 40.0),
        (RUN._replace(completed=150.0), 50.0),
        (RUN._replace(status="running", started=110.0), 90.0),
        (RUN._replace(status="running", started=110.0, completed=120.0), 90.0),
        (RUN._replace(status="running", is_lost=True, started=110.0, completed=120.0), 10.0),
        (RUN._replace(status="running", is_lost=True, started=110.0), None),
        (RUN._replace(started=150.0, completed=110.0), 0.0),
        (RUN, None),
        (RUN._replace(created=None, completed=150.0), None),
        (RUN._replace(created_is_guess=True, completed=150.0), None),
    ],
)
def test_duration_is_measured_from_start_to_end_or_now(run: RunRecord, seconds: float | None) -> None:
    assert run.duration(200.0) == seconds


def test_run_prefixed_with_a_folder_keeps_its_original_names() -> None:
    child = RUN._replace(parent="p")
    placed = child.below("b/runs/")
    assert (placed.name, placed.parent, placed.run_id) == ("b/runs/r", "b/runs/p", "r")
    assert (placed.name_there, placed.parent_there) == ("r", "p")
    assert placed.in_folder("b/runs/") == child


def test_run_of_a_folder_below_a_runs_directory_begins_with_the_folder() -> None:
    child = RUN._replace(parent="p", recorded_id="old")
    seen = child.from_above("sweep/")
    assert (seen.name, seen.parent, seen.recorded_id, seen.folder) == ("sweep/r", "sweep/p", "sweep/old", "")
    placed = seen.below("b/")
    assert (placed.name, placed.folder, placed.name_there) == ("b/sweep/r", "b/", "sweep/r")
    assert placed.in_folder("b/sweep/") == child


def test_run_without_a_prefix_is_returned_unchanged() -> None:
    assert RUN.below("") is RUN
    assert RUN.in_folder("") is RUN
    assert (RUN.name_there, RUN.parent_there) == ("r", None)
    assert RUN.below("b/").parent is None
