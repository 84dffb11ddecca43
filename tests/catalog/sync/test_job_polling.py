"""Polling of schedulers about live jobs: when, and about which runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from runtui.batch.job_status import JobAnswers, RunJob
from runtui.catalog.catalog import CatalogUpdate, Health, SyncPhase
from runtui.catalog.sync.job_polling import JobStatePoller
from runtui.store.record import JobInfo, JobStatus
from runtui.store.rows import read_record
from tests.run_dirs import write_run
from tests.waiting import wait_until

Place = tuple[str, str]


class Asked:
    """A poller whose scheduler answers at once, and what it was asked."""

    def __init__(self, patch: pytest.MonkeyPatch, *bases: Path, tick: float = 0.01) -> None:
        self.questions: list[set[Place]] = []
        self.published: list[Mapping[Place, JobStatus]] = []
        self.silent: list[Sequence[str]] = []
        self.answers: dict[Place, JobStatus] = {}
        self.problems: tuple[str, ...] = ()
        self.poller = JobStatePoller(map(str, bases), self._take, tick)
        patch.setattr("runtui.batch.job_status.query_jobs", self._answer)

    def _take(self, states: Mapping[Place, JobStatus], silent: Sequence[str]) -> None:
        self.published.append(states)
        self.silent.append(silent)

    def _answer(self, runs: Sequence[RunJob]) -> JobAnswers:
        self.questions.append({(run.base, run.run.name) for run in runs})
        return JobAnswers(self.answers, self.problems)

    def note(
        self,
        base: Path,
        *changed: str,
        removed: tuple[str, ...] = (),
        phase: SyncPhase = SyncPhase.FRESH,
    ) -> None:
        runs = {name: read_record(str(base), name) for name in changed}
        self.poller.note(str(base), CatalogUpdate(runs, removed, Health(phase), None, frozenset()))

    def asks_about(self, *places: Place) -> None:
        """Wait for a question about exactly these."""
        self.questions.clear()
        wait_until(lambda: set(places) in self.questions, f"a question about {places}")

    def asks_nothing(self) -> None:
        """Check that a time in which there could be many questions passes without one."""
        time.sleep(0.05)  # one may be under way
        self.questions.clear()
        time.sleep(0.1)
        assert self.questions == []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    asked = Asked(monkeypatch)
    yield asked
    asked.poller.stop()


def write_job(base: Path, name: str, status: str = "running") -> Place:
    write_run(base, name, status=status, job={"system": "slurm", "id": "41", "state": "PENDING"})
    return str(base), name


def thread_names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_one_query_covers_the_jobs_of_all_directories(asked: Asked, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    places = [write_job(first, "same"), write_job(second, "same"), write_job(second, "other")]
    write_run(first, "no-job", status="running")
    places.append(write_job(first, "ended", status="failed"))
    asked.note(first, "same", "no-job", "ended")
    asked.note(second, "same", "other")
    asked.asks_about(*places)


def test_first_job_query_waits_until_all_directories_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second, lost = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    asked = Asked(monkeypatch, first, second, lost, tick=3600.0)
    places = {write_job(first, "r"), write_job(second, "r")}
    asked.note(first, "r")
    asked.note(lost, phase=SyncPhase.UNREACHABLE)
    asked.note(second, "r", phase=SyncPhase.READING)
    asked.asks_nothing()
    asked.note(second)
    wait_until(lambda: asked.questions == [places], "one question", seen=lambda: asked.questions)
    asked.poller.stop()


def test_slow_directory_does_not_delay_the_job_query(monkeypatch: pytest.MonkeyPatch, runs_dir: Path) -> None:
    asked = Asked(monkeypatch, runs_dir)
    place = write_job(runs_dir, "r")
    asked.note(runs_dir, "r", phase=SyncPhase.READING)
    asked.asks_about(place)
    asked.poller.stop()


def test_scheduler_answers_are_published_and_failures_are_not(asked: Asked, runs_dir: Path) -> None:
    place = write_job(runs_dir, "r")
    asked.note(runs_dir, "r")
    asked.asks_about(place)
    assert asked.published == []
    asked.answers = {place: JobStatus(JobInfo("slurm", "41", "RUNNING"))}
    wait_until(lambda: bool(asked.published), "the answer")
    assert asked.published[0] == asked.answers


def test_scheduler_outage_and_recovery_are_each_reported_once(asked: Asked, runs_dir: Path) -> None:
    place = write_job(runs_dir, "r")
    asked.problems = ("squeue did not answer in time",)
    asked.note(runs_dir, "r")
    asked.asks_about(place)
    asked.asks_about(place)
    asked.problems = ()
    wait_until(lambda: len(asked.silent) == 2, "two reports", seen=lambda: asked.silent)
    assert asked.silent == [("squeue did not answer in time",), ()]


def test_no_polling_thread_without_a_job(asked: Asked, runs_dir: Path) -> None:
    wait_until(lambda: "runtui-job-states" not in thread_names(), "the end of another test's thread")
    write_run(runs_dir, "r", status="running")
    asked.note(runs_dir, "r")
    assert "runtui-job-states" not in thread_names()


def test_polling_stops_without_jobs_and_restarts_for_a_new_one(asked: Asked, runs_dir: Path) -> None:
    over, gone = write_job(runs_dir, "over"), write_job(runs_dir, "gone")
    asked.note(runs_dir, "over", "gone")
    asked.asks_about(over, gone)
    write_job(runs_dir, "over", status="failed")
    asked.note(runs_dir, "over")
    asked.asks_about(over, gone)  # it may be begun anew
    asked.answers = {over: JobStatus(JobInfo("slurm", "41", "FAILED"), is_over=True, is_final=True)}
    asked.asks_about(gone)
    asked.note(runs_dir, removed=("gone",))
    asked.asks_nothing()
    new = write_job(runs_dir, "new")
    asked.note(runs_dir, "new")
    asked.asks_about(new)


def test_polling_is_paused_until_resumed(asked: Asked, runs_dir: Path) -> None:
    place = write_job(runs_dir, "r")
    asked.note(runs_dir, "r")
    asked.asks_about(place)
    asked.poller.pause()
    asked.asks_nothing()
    asked.note(runs_dir, "r")
    asked.asks_nothing()
    asked.poller.resume()
    asked.asks_about(place)


def test_stop_ends_the_polling_thread_for_good(asked: Asked, runs_dir: Path) -> None:
    asked.note(runs_dir, removed=("r",))
    place = write_job(runs_dir, "r")
    asked.note(runs_dir, "r")
    asked.asks_about(place)
    asked.poller.stop()
    wait_until(lambda: "runtui-job-states" not in thread_names(), "the end", seen=thread_names)
    asked.note(runs_dir, "r")
    assert "runtui-job-states" not in thread_names()


def test_late_answer_of_a_scheduler_is_dropped_after_stop(
    asked: Asked, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = write_job(runs_dir, "r")
    is_asked, may_answer = threading.Event(), threading.Event()

    def answer_late(_runs: Sequence[RunJob]) -> JobAnswers:
        is_asked.set()
        may_answer.wait(10.0)
        return JobAnswers({place: JobStatus(JobInfo("slurm", "41", "RUNNING"))})

    monkeypatch.setattr("runtui.batch.job_status.query_jobs", answer_late)
    asked.note(runs_dir, "r")
    assert is_asked.wait(10.0)
    asked.poller.stop()
    may_answer.set()
    wait_until(lambda: "runtui-job-states" not in thread_names(), "the end", seen=thread_names)
    assert asked.published == []
