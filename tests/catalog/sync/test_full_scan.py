"""Reading a whole directory, step by step; the test is the monitor's thread."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from runtui.catalog.catalog import CatalogUpdate, SyncPhase
from runtui.catalog.sync.full_scan import FullScan
from runtui.catalog.sync.scan import scan_runs
from runtui.store.record import FileStamp, RunRecord
from runtui.store.run_listing import DirectoryListing
from tests.catalog.syncing import Parts
from tests.run_dirs import make_runs, write_run


class Scanned(Parts):
    """A directory with a scan of it, and how often that was completed."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        self.completed = 0
        self.scan = FullScan(self.state, self._note_end)

    def _note_end(self) -> None:
        self.completed += 1

    @property
    def runs(self) -> dict[str, RunRecord]:
        return self.state.known.runs


@pytest.fixture
def parts(runs_dir: Path) -> Scanned:
    return Scanned(runs_dir)


def test_scan_finds_all_runs_and_drops_removed_ones(parts: Scanned, runs_dir: Path) -> None:
    make_runs(runs_dir, 300, seed=1)
    gone = write_run(runs_dir, "gone")
    parts.read("gone")
    os.rename(gone, runs_dir.parent / "aside")
    parts.scan.run()
    assert parts.runs == {run.name: run for run in scan_runs(str(runs_dir))}
    assert parts.completed == 1
    assert not parts.scan.is_reading


def test_first_screenful_is_published_before_the_listing_is_complete(
    parts: Scanned, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_runs(runs_dir, 300, seed=1)
    published: list[int] = []

    def list_slowly(base: str) -> DirectoryListing:
        published.append(len(parts.catalog.runs))
        return DirectoryListing(os.listdir(base), [], [])

    monkeypatch.setattr("runtui.layouts.run_tree.list_directory", list_slowly)
    parts.scan.run()
    assert published == [64]


def test_logs_of_jobs_are_published_as_they_are_read_the_newest_first(
    parts: Scanned, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"slurm-{number}.out" for number in range(100, 500)]
    for name in names:
        (runs_dir / name).write_text("step 1\n")
    published: list[list[str]] = []
    real = parts.catalog.apply

    def apply(update: CatalogUpdate) -> dict[str, RunRecord | None]:
        if update.changed:
            published.append(sorted(update.changed))
        return real(update)

    monkeypatch.setattr(parts.catalog, "apply", apply)
    parts.scan.run()
    parts.batcher.flush(now=True)
    assert published[0] == names[-64:]
    assert sorted(parts.catalog.runs) == names


def test_keys_requested_while_logs_of_jobs_are_read_restart_the_scan(
    parts: Scanned, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100, 500):
        (runs_dir / f"slurm-{number}.out").write_text("step 1\n")
    real = parts.state.reader.look

    def look(names: Sequence[str], stamps: Mapping[str, FileStamp | None]) -> list[RunRecord]:
        if names:
            parts.scan.want_keys(frozenset({"slurm_job_id"}))
        return real(names, stamps)

    monkeypatch.setattr(parts.state.reader, "look", look)
    parts.scan.run()
    assert len(parts.runs) == 400
    assert {run.values.get("slurm_job_id") for run in parts.runs.values()} == {
        str(n) for n in range(100, 500)
    }


def test_unchanged_runs_are_not_read_again_unless_requested(
    parts: Scanned, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("same", "changed"):
        write_run(runs_dir, name)
    parts.scan.run()
    write_run(runs_dir, "changed", status="failed")
    read: list[str] = []
    real = parts.state.reader.read
    monkeypatch.setattr(parts.state.reader, "read", lambda name: read.append(name) or real(name))
    parts.scan.run()
    assert read == ["changed"]
    parts.scan.request()
    assert sorted(read[1:]) == ["changed", "same"]


def test_only_new_keys_are_read(parts: Scanned, runs_dir: Path) -> None:
    write_run(runs_dir, "r", beta=0.3)
    parts.scan.run()
    assert not parts.runs["r"].values
    parts.scan.want_keys(frozenset({"beta"}))
    assert dict(parts.runs["r"].values) == {"beta": 0.3}
    parts.scan.want_keys(frozenset({"beta"}))
    assert parts.completed == 2


def test_keys_requested_during_a_scan_restart_it(parts: Scanned, runs_dir: Path) -> None:
    for number in range(200):
        write_run(runs_dir, f"r{number}", beta=0.3)
    parts.state.loop.submit(lambda: parts.scan.want_keys(frozenset({"beta"})))
    parts.scan.run()
    assert parts.completed == 1
    assert all(run.values for run in parts.runs.values())


def test_stop_ends_a_scan_immediately(parts: Scanned, runs_dir: Path) -> None:
    make_runs(runs_dir, 600, seed=1)
    parts.state.loop.stop()
    parts.scan.run()
    assert parts.completed == 0
    assert 0 < len(parts.runs) < 600


def test_missing_directory_does_not_complete_a_scan(parts: Scanned, runs_dir: Path) -> None:
    runs_dir.rmdir()
    parts.scan.run()
    assert (parts.losses, parts.completed) == (1, 0)


def test_scan_requested_during_reading_waits(parts: Scanned, runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    with parts.scan.postponed():
        parts.scan.request()
        assert parts.completed == 0
    parts.scan.run_if_wanted()
    parts.scan.run_if_wanted()
    assert parts.completed == 1


def test_progress_has_the_number_of_runs_read_and_in_total(parts: Scanned, runs_dir: Path) -> None:
    make_runs(runs_dir, 400, seed=1)
    seen: list[tuple[int, int]] = []

    def note() -> None:
        health = parts.batcher.health
        assert health.phase is SyncPhase.READING
        seen.append((health.read, health.total))

    parts.state.loop.submit(note)
    parts.scan.run()
    assert seen in ([(0, 400)], [(64, 400)])  # by how long the first batch took
