"""The monitor on real directories, by events and by polling."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager
from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.layouts.registry import read_run
from runtui.store.record import RecordState, RunRecord
from tests.catalog.observing import BY_EVENTS, BY_POLLING, fresh_rows, watching
from tests.run_dirs import bad_runs, make_runs, write_raw, write_run
from tests.waiting import wait_until


def _count_looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by a run's name whenever its metadata is read."""
    looks: list[str] = []

    def counted(base: str, name: str, *attempts: Any, **options: Any) -> RunRecord:
        looks.append(name)
        return read_run(base, name, *attempts, **options)

    monkeypatch.setattr("runtui.layouts.registry.read_run", counted)
    return looks


@pytest.fixture(params=[BY_EVENTS, BY_POLLING], ids=["events", "polling"])
def file_system(request: pytest.FixtureRequest) -> FileSystem:
    return request.param


def test_all_runs_of_the_directory_are_read(runs_dir: Path, file_system: FileSystem) -> None:
    make_runs(runs_dir, 300, seed=1)
    with watching(runs_dir, file_system) as (observed, _monitor):
        wait_until(lambda: observed.catalog.runs == fresh_rows(runs_dir), "all is known")
        assert observed.catalog.health.total == 300
        assert observed.catalog.health.by_events is (file_system is BY_EVENTS)


def test_new_changed_and_removed_runs_are_noticed(runs_dir: Path, file_system: FileSystem) -> None:
    write_run(runs_dir, "old")
    with watching(runs_dir, file_system) as (observed, _monitor):
        manager = RunManager(runs_dir)
        name = manager.create_run("a new one")
        wait_until(lambda: observed.status(name) == "initialising", "the new run was seen")
        manager.update_status("running")
        wait_until(lambda: observed.status(name) == "running", "its status was seen")
        manager.update_status("completed")
        wait_until(lambda: observed.status(name) == "completed", "its end was seen")
        wait_until(lambda: observed.catalog.current == name, "current was seen")
        shutil.rmtree(runs_dir / "old")
        wait_until(lambda: observed.run("old") is None, "the old run was gone")


def test_runs_in_folders_are_found_followed_and_forgotten(runs_dir: Path, file_system: FileSystem) -> None:
    write_run(runs_dir, "top")
    write_run(runs_dir / "sweep" / "a", "r", status="running")
    with watching(runs_dir, file_system) as (observed, _monitor):
        wait_until(lambda: set(observed.catalog.runs) == {"top", "sweep/a/r"}, "the run in the folder")
        write_run(runs_dir / "sweep" / "a", "r", status="completed")
        wait_until(lambda: observed.status("sweep/a/r") == "completed", "its end")
        write_run(runs_dir / "sweep" / "a", "new", parent_run_id="r")
        write_run(runs_dir / "later", "r")
        wait_until(lambda: len(observed.catalog.runs) == 4, "new runs", seen=lambda: observed.catalog.runs)
        assert observed.catalog.children("sweep/a/r") == ["sweep/a/new"]
        shutil.rmtree(runs_dir / "sweep")
        wait_until(lambda: set(observed.catalog.runs) == {"top", "later/r"}, "the folder gone")


def test_ended_run_that_changes_again_is_found_by_the_sweep(runs_dir: Path, file_system: FileSystem) -> None:
    write_run(runs_dir, "ended", status="completed")
    with watching(runs_dir, file_system) as (observed, _monitor):
        write_run(runs_dir, "ended", status="resumed")
        wait_until(lambda: observed.status("ended") == "resumed", "the sweep came by")


def test_run_replaced_by_another_of_the_same_name_is_read_again(
    runs_dir: Path, file_system: FileSystem
) -> None:
    write_run(runs_dir, "r", status="completed", description="the first")
    write_run(runs_dir.parent, "other", status="failed", description="the second", run_id="r")
    with watching(runs_dir, file_system) as (observed, _monitor):
        os.rename(runs_dir / "r", runs_dir.parent / "aside")
        os.rename(runs_dir.parent / "other", runs_dir / "r")
        wait_until(lambda: observed.status("r") == "failed", "the other run was seen")


def test_thousands_of_new_and_removed_runs_are_noticed(runs_dir: Path) -> None:
    with watching(runs_dir) as (observed, _monitor):
        make_runs(runs_dir, 2000, seed=2)
        wait_until(lambda: len(observed.catalog.runs) == 2000, "all came")
        wait_until(
            lambda: all(run.state is RecordState.READ for run in observed.catalog.runs.values()),
            "all were read",
        )
        os.rename(runs_dir, runs_dir.with_name("aside"))
        runs_dir.mkdir()
        write_run(runs_dir, "last")
        wait_until(lambda: set(observed.catalog.runs) == {"last"}, "all were gone but one")


def test_half_written_run_keeps_its_last_state_before_it_counts_as_broken(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(runs_dir, "r", status="running", description="good")
    whole = (run / "metadata.json").read_bytes()
    with watching(runs_dir) as (observed, _monitor):
        (run / "metadata.json").write_bytes(whole[:50])
        (run / "metadata.json").write_bytes(whole.replace(b'"running"', b'"failed"'))
        wait_until(lambda: observed.status("r") == "failed", "the whole file was seen")
        assert {(state.status, state.description, state.state) for state in observed.states["r"]} == {
            ("running", "good", RecordState.READ),
            ("failed", "good", RecordState.READ),
        }
    monkeypatch.setattr("runtui.catalog.sync.run_states.WRITING_GRACE", 0.5)
    (run / "metadata.json").write_bytes(whole)
    with watching(runs_dir) as (observed, _monitor):
        (run / "metadata.json").write_bytes(whole[:50])
        wait_until(lambda: observed.run("r").state is RecordState.BROKEN, "it was called broken")
        assert observed.run("r").description == "good"
        assert "not valid JSON" in observed.run("r").problem
        (run / "metadata.json").write_bytes(whole)
        wait_until(lambda: observed.run("r").state is RecordState.READ, "it was whole again")
        assert observed.run("r").problem == ""


def test_directory_that_gets_its_metadata_later_becomes_a_run(
    runs_dir: Path, file_system: FileSystem
) -> None:
    with watching(runs_dir, file_system) as (observed, _monitor):
        write_raw(runs_dir, "r", None)
        wait_until(lambda: observed.run("r") is not None, "the directory was seen")
        assert observed.run("r").state is RecordState.WRITING
        write_run(runs_dir, "r", status="running")
        wait_until(lambda: observed.status("r") == "running", "its metadata was seen")


def test_polling_of_a_directory_without_metadata_stops(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtui.store.rows.WRITING_GRACE", 0.3)
    looks = _count_looks(monkeypatch)
    with watching(runs_dir, limits=WatchBudget()) as (observed, _monitor):
        write_raw(runs_dir, "r", None)
        wait_until(
            lambda: observed.run("r") and observed.run("r").state is RecordState.BROKEN, "it was given up"
        )
        looks.clear()
        write_run(runs_dir, "mark")
        wait_until(lambda: observed.status("mark") == "completed", "the monitor goes on")
        assert looks.count("r") <= 3


def test_any_directory_content_gives_the_rows_of_a_fresh_scan(
    runs_dir: Path, file_system: FileSystem
) -> None:
    bad_runs(runs_dir)
    with watching(runs_dir, file_system) as (observed, _monitor):
        wait_until(lambda: observed.catalog.runs == fresh_rows(runs_dir), "all is known")
        assert "current points to a run that is not there" in observed.catalog.health.notice


def test_runs_stay_while_the_directory_is_gone(
    runs_dir: Path, file_system: FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = _count_looks(monkeypatch)
    write_run(runs_dir, "r", status="running")
    with watching(runs_dir, file_system) as (observed, _monitor):
        os.rename(runs_dir, runs_dir.with_name("aside"))
        wait_until(lambda: observed.catalog.health.phase is SyncPhase.UNREACHABLE, "its absence was noticed")
        assert "is gone" in observed.catalog.health.notice
        looks.clear()
        wait_until(lambda: "r" in looks, "it was looked for")
        assert observed.status("r") == "running"
        os.rename(runs_dir.with_name("aside"), runs_dir)
        wait_until(lambda: observed.catalog.health.phase is SyncPhase.FRESH, "its return was noticed")
        write_run(runs_dir, "new")
        wait_until(lambda: observed.run("new") is not None, "it is watched again")


def test_directory_that_returns_before_the_next_listing_is_still_watched(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    with watching(runs_dir, limits=WatchBudget(list_interval=3600, safety_interval=3600)) as (
        observed,
        _monitor,
    ):
        for number in range(5):
            os.rename(runs_dir, runs_dir.with_name("aside"))
            os.rename(runs_dir.with_name("aside"), runs_dir)
            write_run(runs_dir, f"new-{number}")
            wait_until(lambda name=f"new-{number}": observed.run(name) is not None, "it is still watched")


def test_failed_events_are_reported_and_polling_is_used(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_paths: str, **_options: object) -> Iterator[set[tuple[int, str]]]:
        raise OSError("OS file watch limit reached.")
        yield set()

    monkeypatch.setattr("watchfiles.watch", exhausted)
    with watching(runs_dir) as (observed, _monitor):
        wait_until(lambda: "inotify watches" in observed.catalog.health.notice, "the failure was told")
        assert not observed.catalog.health.by_events
        write_run(runs_dir, "r", status="running")
        wait_until(lambda: observed.status("r") == "running", "the new run was seen")
        write_run(runs_dir, "r", status="failed")
        wait_until(lambda: observed.status("r") == "failed", "its status was seen")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_internal_error_is_reported_and_the_rows_stay(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(runs_dir, "r")
    with watching(runs_dir) as (observed, _monitor):

        def fail(*_arguments: object, **_options: object) -> RunRecord:
            raise ZeroDivisionError("a fault of the program's own")

        monkeypatch.setattr("runtui.layouts.registry.read_run", fail)
        write_run(runs_dir, "new")
        wait_until(lambda: "ZeroDivisionError" in observed.catalog.health.notice, "the fault was told")
        assert observed.status("r") == "completed"


def test_running_run_with_a_dead_process_looks_dead(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtui.catalog.sync.liveness.GONE_AFTER", 0.0)
    script = (
        "import os, sys; from runtui import RunManager; m = RunManager(sys.argv[1]); "
        "m.create_run(run_id='dead'); m.update_status('running'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(runs_dir)], check=False)
    with watching(runs_dir) as (observed, _monitor):
        run = observed.run("dead")
        assert run.status == "running"
        assert run.stale_reason.startswith("its process ")
        assert run.stale_reason.endswith(" is gone")
        assert observed.catalog.count("running?") == 1


def test_silent_run_on_another_host_looks_dead(runs_dir: Path) -> None:
    silent = write_run(runs_dir, "silent", status="running")
    long_ago = (datetime.now(UTC) - timedelta(hours=3)).timestamp()
    os.utime(silent / "metadata.json", (long_ago, long_ago))
    write_run(runs_dir, "busy", status="running")
    with watching(runs_dir) as (observed, _monitor):
        assert observed.run("silent").stale_reason == "no output for 3h00m"
        assert observed.run("busy").stale_reason == ""


def test_changed_parts_of_the_run_on_screen_are_published(runs_dir: Path, file_system: FileSystem) -> None:
    run = write_run(runs_dir, "r", status="running")
    with watching(runs_dir, file_system) as (observed, monitor):
        monitor.focus("r")
        (run / "logs" / "a.log").write_text("one\n")
        wait_until(lambda: "logs" in observed.touched, "the log was noticed")


def test_few_watches_are_used_for_any_number_of_runs(runs_dir: Path) -> None:
    make_runs(runs_dir, 1000, seed=3)
    write_run(runs_dir, "live", status="running")
    with watching(runs_dir) as (_observed, monitor):
        monitor.focus("live")
        wait_until(lambda: 0 < _inotify_watches() <= 10, "a handful of watches")


def _inotify_watches() -> int:
    total = 0
    for descriptor in os.listdir("/proc/self/fdinfo"):
        try:
            with open(f"/proc/self/fdinfo/{descriptor}") as file:
                total += sum(line.startswith("inotify") for line in file)
        except OSError:
            continue
    return total


def test_stop_ends_all_threads(runs_dir: Path) -> None:
    before = set(threading.enumerate())
    with watching(runs_dir):
        assert any(thread.name == "runtui-monitor" for thread in threading.enumerate())
    wait_until(
        lambda: before.issuperset(threading.enumerate()), "all threads ended", seen=threading.enumerate
    )


def test_run_saved_in_a_loop_is_never_shown_torn(runs_dir: Path) -> None:
    stop = threading.Event()
    run = write_run(runs_dir, "r", status="running", description="steady", step=0, padding="x" * 6000)
    values = json.loads((run / "metadata.json").read_text())

    def write() -> None:
        step = 0
        while not stop.is_set():
            step += 1
            with open(run / "metadata.json", "w") as file:
                json.dump(values | {"step": step}, file, indent=2)

    with watching(runs_dir) as (observed, _monitor):
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(20):
                write_run(runs_dir, f"mark-{number}")
                wait_until(
                    lambda name=f"mark-{number}": observed.run(name) is not None, "the monitor goes on"
                )
        finally:
            stop.set()
            writer.join()
        write_run(runs_dir, "r", status="failed", description="steady")
        wait_until(lambda: observed.status("r") == "failed", "the last state was seen")
        assert {(state.status, state.description, state.problem) for state in observed.states["r"]} <= {
            ("running", "steady", ""),
            ("failed", "steady", ""),
        }
