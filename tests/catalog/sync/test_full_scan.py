"""Reading a whole directory, step by step; the test is the monitor's thread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.full_scan import FullScan
from runtui.catalog.sync.scan import scan_runs
from runtui.store.record import RunRecord
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


def test_a_scan_finds_all_runs_and_forgets_those_that_are_gone(parts: Scanned, runs_dir: Path) -> None:
    make_runs(runs_dir, 300, seed=1)
    gone = write_run(runs_dir, "gone")
    parts.read("gone")
    os.rename(gone, runs_dir.parent / "aside")
    parts.scan.run()
    assert parts.runs == {run.name: run for run in scan_runs(str(runs_dir))}
    assert parts.completed == 1
    assert not parts.scan.is_reading


def test_a_first_screenful_is_published_before_all_is_listed(
    parts: Scanned, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_runs(runs_dir, 300, seed=1)
    published: list[int] = []

    def list_slowly(base: str) -> list[str]:
        published.append(len(parts.catalog.runs))
        return os.listdir(base)

    monkeypatch.setattr("runtui.catalog.sync.full_scan.all_run_names", list_slowly)
    parts.scan.run()
    assert published == [64]


def test_what_has_not_changed_is_not_read_again_unless_that_is_asked_for(
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


def test_keys_are_read_once_and_only_where_they_are_new(parts: Scanned, runs_dir: Path) -> None:
    write_run(runs_dir, "r", beta=0.3)
    parts.scan.run()
    assert not parts.runs["r"].values
    parts.scan.want_keys(frozenset({"beta"}))
    assert dict(parts.runs["r"].values) == {"beta": 0.3}
    parts.scan.want_keys(frozenset({"beta"}))
    assert parts.completed == 2


def test_keys_wanted_during_a_scan_begin_it_anew_and_not_another_within_it(
    parts: Scanned, runs_dir: Path
) -> None:
    for number in range(200):
        write_run(runs_dir, f"r{number}", beta=0.3)
    parts.state.loop.submit(lambda: parts.scan.want_keys(frozenset({"beta"})))
    parts.scan.run()
    assert parts.completed == 1
    assert all(run.values for run in parts.runs.values())


def test_a_stop_during_a_scan_ends_it_there(parts: Scanned, runs_dir: Path) -> None:
    make_runs(runs_dir, 600, seed=1)
    parts.state.loop.stop()
    parts.scan.run()
    assert parts.completed == 0
    assert 0 < len(parts.runs) < 600


def test_a_directory_that_is_gone_is_reported_and_is_no_end_of_a_scan(parts: Scanned, runs_dir: Path) -> None:
    runs_dir.rmdir()
    parts.scan.run()
    assert (parts.losses, parts.completed) == (1, 0)


def test_a_scan_asked_for_while_runs_are_read_waits(parts: Scanned, runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    with parts.scan.postponed():
        parts.scan.request()
        assert parts.completed == 0
    parts.scan.run_if_wanted()
    parts.scan.run_if_wanted()
    assert parts.completed == 1


def test_progress_says_how_many_of_all_have_been_read(parts: Scanned, runs_dir: Path) -> None:
    make_runs(runs_dir, 400, seed=1)
    seen: list[tuple[int, int]] = []

    def note() -> None:
        health = parts.batcher.health
        assert health.phase is SyncPhase.READING
        seen.append((health.read, health.total))

    parts.state.loop.submit(note)
    parts.scan.run()
    assert seen in ([(0, 400)], [(64, 400)])  # by how long the first batch took
