"""A runs directory on a file system that other hosts write to, too: a mount over a local directory.

What is done in the directory itself is what another host does: the mount raises no event for it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.filesystem import filesystem_of
from runtui.catalog.sync.watch_plan import WatchBudget
from tests.catalog.observing import BY_EVENTS, FAST, fresh_rows, watching
from tests.mounts import Mount, mounted
from tests.run_dirs import make_runs, write_log, write_run
from tests.waiting import wait_until


@pytest.fixture
def mount(runs_dir: Path, tmp_path: Path) -> Iterator[Mount]:
    with mounted(runs_dir, tmp_path / "mount") as made:
        yield made


def test_network_file_system_has_no_events(mount: Mount) -> None:
    assert not filesystem_of(os.path.realpath(mount.point)).has_events


def test_changes_by_another_host_are_noticed_by_polling(mount: Mount, runs_dir: Path) -> None:
    write_run(runs_dir, "ended")
    write_run(runs_dir, "old")
    with watching(mount.point, None) as (observed, monitor):
        assert not observed.catalog.health.by_events
        manager = RunManager(runs_dir)
        name = manager.create_run("made on another host")
        wait_until(lambda: observed.status(name) == "initialising", "the new run was seen")
        monitor.focus(name)
        manager.update_status("running")
        wait_until(lambda: observed.status(name) == "running", "its status was seen")
        observed.touched.clear()
        write_log(runs_dir / name, "a line\n")
        wait_until(lambda: "logs" in observed.touched, "its log is looked at")
        manager.update_status("failed")
        wait_until(lambda: observed.status(name) == "failed", "its end was seen")
        write_run(runs_dir, "ended", status="resumed")
        wait_until(lambda: observed.status("ended") == "resumed", "the sweep came by")
        shutil.rmtree(runs_dir / "old")
        wait_until(lambda: observed.run("old") is None, "the removed run is gone")
        wait_until(lambda: observed.catalog.runs == fresh_rows(runs_dir), "all is known")


def test_live_run_linked_to_a_remote_file_system_is_polled(
    mount: Mount, runs_dir: Path, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    make_runs(here, 100, seed=1)
    write_run(runs_dir, "far", status="running")
    (here / "far").symlink_to(mount.point / "far")
    rarely = WatchBudget(sweep_rate=1.0, poll_interval=0.1, list_interval=600.0, safety_interval=600.0)
    with watching(here, BY_EVENTS, rarely) as (observed, monitor):
        assert observed.status("far") == "running"
        assert observed.catalog.health.by_events
        monitor.focus("far")
        write_log(runs_dir / "far", "a line\n")
        wait_until(lambda: "logs" in observed.touched, "its log is looked at")
        monitor.focus(None)
        write_run(runs_dir, "far", status="failed")
        wait_until(lambda: observed.status("far") == "failed", "its end was seen")


def test_runs_reappear_when_their_file_system_is_mounted_again(
    mount: Mount, runs_dir: Path, tmp_path: Path
) -> None:
    write_run(runs_dir, "r", status="running")
    with watching(mount.point, None) as (observed, _monitor):
        mount.remove()
        # What lies below is an empty directory: that is what a host shows whose file system is not mounted.
        wait_until(lambda: not observed.catalog.runs, "nothing is there")
        with mounted(runs_dir, mount.point):
            wait_until(lambda: observed.status("r") == "running", "it is there again")
            write_run(runs_dir, "r", status="failed")
            write_run(runs_dir, "new")
            wait_until(lambda: observed.status("r") == "failed", "it is looked at again")
            wait_until(lambda: observed.run("new") is not None, "new ones are found again")


def test_rows_stay_while_the_server_is_gone(mount: Mount, runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    with watching(mount.point, None) as (observed, _monitor):
        mount.crash()  # each call fails from now on, as with a stale handle
        wait_until(lambda: observed.catalog.health.phase is SyncPhase.UNREACHABLE, "its absence was noticed")
        assert observed.status("r") == "running"
        mount.remove()
        with mounted(runs_dir, mount.point):
            wait_until(lambda: observed.catalog.health.phase is SyncPhase.FRESH, "its return was noticed")


def test_hanging_file_system_is_reported_and_no_change_is_lost(mount: Mount, runs_dir: Path) -> None:
    make_runs(runs_dir, 20, seed=1)
    with watching(mount.point, None) as (observed, monitor):
        mount.hang()
        wait_until(lambda: monitor.unanswered_for() > 1.0, "it is noticed")
        write_run(runs_dir, "meanwhile")
        mount.answer()
        wait_until(lambda: observed.run("meanwhile") is not None, "it goes on")
        wait_until(lambda: monitor.unanswered_for() == 0.0, "it has been answered")
    assert FAST.list_interval < 1.0


@pytest.mark.parametrize("skew", [-86400.0, -90.0, 90.0, 86400.0], ids=lambda skew: f"{skew:+.0f}s")
def test_changes_from_a_host_with_a_wrong_clock_are_noticed(
    mount: Mount, runs_dir: Path, skew: float
) -> None:
    """Time stamps and dates are those of another clock, and go back and forth between saves."""

    def save(status: str, moment: float) -> None:
        run = write_run(runs_dir, "r", status=status, description="steady")
        os.utime(run / "metadata.json", (moment, moment))

    save("initialising", time.time() + skew)
    with watching(mount.point, None) as (observed, _monitor):
        assert observed.status("r") == "initialising"
        for status, moment in (
            ("running", time.time() + skew),
            ("checkpointed", time.time()),
            ("running", time.time() + skew),
            ("failed", time.time() + 2 * skew),
        ):
            save(status, moment)
            wait_until(lambda wanted=status: observed.status("r") == wanted, f"{status} was seen")
        (runs_dir / "r" / "metadata.json").write_bytes(b"{")
        os.utime(runs_dir / "r" / "metadata.json", (time.time() + skew,) * 2)
        save("completed", time.time() + skew)
        wait_until(lambda: observed.status("r") == "completed", "a save in two steps was seen")
        assert {(run.description, run.problem) for run in observed.states["r"]} == {("steady", "")}
