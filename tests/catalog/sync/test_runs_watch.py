"""Events, polling and the run on screen, by a clock that the tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtui.catalog.sync.filesystem import FileSystem
from runtui.catalog.sync.runs_watch import RunsWatch
from tests.catalog.observing import BY_EVENTS, BY_POLLING
from tests.catalog.syncing import Parts, noting
from tests.foreign_runs import sacred_run
from tests.run_dirs import write_run
from tests.waiting import wait_until


class Watched(Parts):
    """A directory that is watched, and the listings that were asked for."""

    def __init__(self, base: Path, file_system: FileSystem) -> None:
        super().__init__(base)
        self.asked: list[str] = []
        self.watch = RunsWatch(self.state, noting(self.asked, "now"), noting(self.asked, "soon"), file_system)

    def begin(self, *names: str) -> None:
        """Read runs and watch."""
        self.read(*names)
        self.watch.detect_file_system()
        self.watch.identify_base()
        self.watch.replan()

    def run_until(self, condition: Callable[[], bool], what: str) -> None:
        """Do what is submitted until that is so."""

        def is_met() -> bool:
            self.state.loop.run_submitted()
            self.batcher.flush(now=True)
            return condition()

        wait_until(is_met, what)


@pytest.fixture
def by_events(runs_dir: Path) -> Iterator[Watched]:
    watched = Watched(runs_dir, BY_EVENTS)
    yield watched
    watched.watch.stop()


@pytest.fixture
def by_polling(runs_dir: Path) -> Watched:
    return Watched(runs_dir, BY_POLLING)


def test_event_rereads_a_known_run_and_lists_the_directory_for_a_new_one(
    by_events: Watched, runs_dir: Path
) -> None:
    write_run(runs_dir, "live", status="running")
    by_events.begin("live")
    runs = by_events.state.known.runs
    by_events.run_until(lambda: "now" in by_events.asked, "it listens")
    by_events.asked.clear()
    write_run(runs_dir, "live", status="failed")
    by_events.run_until(lambda: runs["live"].status == "failed", "the change")
    assert by_events.asked == []
    write_run(runs_dir, "new")
    by_events.run_until(lambda: "now" in by_events.asked, "a listing")


def test_only_live_runs_are_polled_without_events(by_polling: Watched, runs_dir: Path) -> None:
    for name, status in (("live", "running"), ("ended", "completed")):
        write_run(runs_dir, name, status=status)
    by_polling.begin("live", "ended")
    assert by_polling.state.plan is not None
    assert by_polling.state.plan.polled == ("live",)
    for name in ("live", "ended"):
        write_run(runs_dir, name, status="failed")
    by_polling.after(by_polling.state.budget.poll_interval)
    statuses = {name: run.status for name, run in by_polling.state.known.runs.items()}
    assert statuses == {"live": "failed", "ended": "completed"}
    by_polling.watch.replan()
    assert by_polling.state.plan.polled == ()


def test_live_runs_are_polled_between_failure_and_retry_of_events(
    by_events: Watched, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_paths: str, **_options: object) -> Iterator[set[tuple[int, str]]]:
        raise OSError("OS file watch limit reached.")
        yield set()

    write_run(runs_dir, "live", status="running")
    with monkeypatch.context() as patch:
        patch.setattr("watchfiles.watch", exhausted)
        by_events.begin("live")
        by_events.run_until(lambda: bool(by_events.state.events_failure), "the failure")
    assert by_events.state.plan is not None
    assert by_events.state.plan.polled == ("live",)
    assert by_events.asked == ["soon"]
    by_events.watch.retry_events()
    assert by_events.state.events_failure == ""
    assert by_events.state.plan.watched == ("live",)


def test_log_of_the_live_run_on_screen_is_polled(by_polling: Watched, runs_dir: Path) -> None:
    write_run(runs_dir, "live", status="running")
    by_polling.begin("live")
    by_polling.watch.set_focus("live")
    pause = by_polling.state.budget.poll_interval / 2
    for _ in range(2):
        by_polling.touched.clear()
        by_polling.after(pause)
        by_polling.batcher.flush(now=True)
        assert "logs" in by_polling.touched
    by_polling.watch.set_focus(None)
    by_polling.touched.clear()
    by_polling.after(pause)
    by_polling.batcher.flush(now=True)
    assert by_polling.touched == set()


def test_unknown_run_on_screen_is_watched_once_known(by_polling: Watched, runs_dir: Path) -> None:
    by_polling.begin()
    by_polling.watch.set_focus("late")
    pause = by_polling.state.budget.poll_interval / 2
    by_polling.after(pause)
    write_run(runs_dir, "late", status="running")
    by_polling.read("late")
    by_polling.after(pause)
    by_polling.batcher.flush(now=True)
    assert "logs" in by_polling.touched


def test_burst_of_runs_makes_one_new_watch_plan(by_polling: Watched, runs_dir: Path) -> None:
    by_polling.begin()
    for number in range(3):
        write_run(runs_dir, f"r{number}", status="running")
        by_polling.read(f"r{number}")
        by_polling.watch.replan_soon()
    assert by_polling.state.plan is not None
    assert by_polling.state.plan.polled == ()
    by_polling.after(1.0)
    assert len(by_polling.state.plan.polled) == 3


def test_event_of_a_file_that_tells_of_another_programs_run_rereads_it(
    by_events: Watched, runs_dir: Path
) -> None:
    record = sacred_run(runs_dir, 1) / "run.json"
    text = record.read_text()
    record.write_text(text.replace("COMPLETED", "RUNNING"))
    by_events.begin("1")
    runs = by_events.state.known.runs
    assert runs["1"].status == "running"
    by_events.run_until(lambda: "now" in by_events.asked, "it listens")
    (runs_dir / "1" / "metrics.json").write_text("{}")
    record.write_text(text)

    def is_reread() -> bool:
        by_events.after(by_events.state.budget.poll_interval)
        return runs["1"].status == "completed"

    by_events.run_until(is_reread, "the change")
    assert by_events.state.plan is not None
    assert by_events.state.plan.polled == ()
