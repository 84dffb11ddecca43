"""New runs, vanished runs and a directory that is gone; the test is the monitor's thread."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.directory_listing import DirectoryListing
from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.full_scan import FullScan
from runtui.catalog.sync.runs_watch import RunsWatch
from runtui.store.edits.run_edits import edit_tags
from tests.catalog.syncing import Parts, nothing
from tests.run_dirs import make_runs, write_run


class Listed(Parts):
    """A directory, polled, with what lists it."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        self.watch = RunsWatch(self.state, nothing, nothing, FileSystem("nfs4", "/"))
        self.full_scan = FullScan(self.state, nothing)
        self.listing = DirectoryListing(self.state, self.watch, self.full_scan)

    @property
    def phase(self) -> SyncPhase:
        return self.batcher.health.phase


@pytest.fixture
def parts(runs_dir: Path) -> Listed:
    return Listed(runs_dir)


def test_listing_finds_new_and_removed_runs_periodically(parts: Listed, runs_dir: Path) -> None:
    write_run(runs_dir, "old")
    parts.listing.start()
    interval = parts.state.budget.list_interval
    parts.after(interval)
    assert set(parts.state.known.runs) == {"old"}
    shutil.rmtree(runs_dir / "old")
    write_run(runs_dir, "new")
    parts.after(interval - 0.1)
    assert set(parts.state.known.runs) == {"old"}
    parts.after(0.1)
    assert set(parts.state.known.runs) == {"new"}
    assert parts.phase is SyncPhase.FRESH


def test_other_jobs_run_while_many_new_runs_are_read(parts: Listed, runs_dir: Path) -> None:
    make_runs(runs_dir, 300, seed=1)
    seen: list[tuple[int, bool]] = []

    def look() -> None:
        seen.append((len(parts.state.known.runs), parts.full_scan.is_reading))
        parts.full_scan.request()

    parts.state.loop.submit(look)
    parts.listing.list_now()
    assert seen == [(256, True)]
    assert len(parts.state.known.runs) == 300
    assert not parts.full_scan.is_reading


def test_listing_is_postponed_while_many_runs_are_read(parts: Listed, runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    with parts.full_scan.postponed():
        parts.listing.list_now()
    assert not parts.state.known.runs
    parts.after(0.0)
    assert set(parts.state.known.runs) == {"r"}


def test_missing_directory_keeps_its_runs_until_it_returns(parts: Listed, runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    parts.listing.list_now()
    os.rename(runs_dir, runs_dir.with_name("aside"))
    parts.listing.list_now()
    assert parts.phase is SyncPhase.UNREACHABLE
    assert set(parts.state.known.runs) == {"r"}
    os.rename(runs_dir.with_name("aside"), runs_dir)
    write_run(runs_dir, "new")
    parts.after(2.0)
    assert parts.phase is SyncPhase.FRESH
    assert set(parts.state.known.runs) == {"r", "new"}


def test_changed_runs_are_read_once_each(
    parts: Listed, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("edited", "changed", "left"):
        write_run(runs_dir, name, status="running")
    parts.listing.list_now()
    edit_tags(str(runs_dir), ["edited"], add=["new"], remove=[])
    write_run(runs_dir, "changed", status="failed")
    parts.state.reread = set()
    read: list[str] = []
    real = parts.state.reader.read
    monkeypatch.setattr(
        parts.state.reader, "read", lambda name, attempts: read.append(name) or real(name, attempts)
    )
    parts.listing.reread(["edited", "changed"])
    assert sorted(read) == ["changed", "edited"]
    assert parts.state.known.runs["edited"].tags == ("new",)
    assert parts.state.known.runs["changed"].status == "failed"
