"""What is said of a whole directory, and runs that are read again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runtui.catalog.catalog import SyncPhase
from runtui.catalog.sync.watch_plan import WatchPlan
from runtui.store.edits.run_edits import edit_tags
from tests.catalog.syncing import Parts
from tests.run_dirs import write_run


@pytest.fixture
def parts(runs_dir: Path) -> Parts:
    return Parts(runs_dir)


def test_health_counts_watched_and_swept_runs(parts: Parts, runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    parts.read("r")
    parts.state.plan = WatchPlan(True, ("a", "b"), ("c",), 2.0, 30.0, 7, 60.0)
    parts.state.report(SyncPhase.READING, 1, 10)
    health = parts.batcher.health
    assert (health.phase, health.read, health.total) == (SyncPhase.READING, 1, 10)
    assert (health.by_events, health.watched, health.swept, health.sweep_interval) == (True, 3, 7, 60.0)
    parts.state.report()
    assert (parts.batcher.health.phase, parts.batcher.health.total) == (SyncPhase.READING, 1)


def test_notice_shows_the_worst_problem(parts: Parts) -> None:
    state = parts.state
    parts.batcher.current = "gone"

    def notice(phase: SyncPhase = SyncPhase.FRESH) -> str:
        state.report(phase)
        return parts.batcher.health.notice

    assert notice(SyncPhase.READING) == ""
    assert notice() == "current points to a run that is not there"
    state.events_failure = "no more watches"
    assert notice() == "polling: no more watches"
    assert notice(SyncPhase.UNREACHABLE).startswith("the runs directory is gone")
    state.crash = "ZeroDivisionError: x"
    assert "ZeroDivisionError" in notice(SyncPhase.UNREACHABLE)


def test_only_known_runs_are_read_again(parts: Parts, runs_dir: Path) -> None:
    write_run(runs_dir, "known", status="running")
    write_run(runs_dir, "unknown")
    parts.read("known")
    write_run(runs_dir, "known", status="failed")
    parts.state.reread_known(["known", "unknown"])
    assert {name: run.status for name, run in parts.state.known.runs.items()} == {"known": "failed"}


def test_a_run_is_read_again_once_for_each_edit(parts: Parts, runs_dir: Path) -> None:
    for name in ("edited", "other"):
        write_run(runs_dir, name, status="running")
        parts.read(name)
    edit_tags(str(runs_dir), ["edited"], add=["new"], remove=[])
    write_run(runs_dir, "other", status="failed")
    parts.state.reread = set()
    parts.state.reread_edited()
    assert parts.state.known.runs["edited"].tags == ("new",)
    assert parts.state.reread == {"edited"}
    parts.state.reread.clear()
    parts.state.reread_edited()
    assert parts.state.reread == set()


def test_runs_stay_if_the_whole_directory_is_gone(parts: Parts, runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    parts.read("r")
    shutil.rmtree(runs_dir / "r")
    runs_dir.rmdir()
    parts.read("r")
    assert parts.losses == 1
    assert "r" in parts.state.known.runs


def test_unanswered_time_counts_from_the_last_answer(parts: Parts, runs_dir: Path) -> None:
    assert parts.state.unanswered_for() == 0.0
    parts.state.mark_busy()
    first = parts.state.unanswered_for()
    assert 0.0 <= first < 5.0
    parts.state.busy_since = None
    assert parts.state.unanswered_for() == 0.0
