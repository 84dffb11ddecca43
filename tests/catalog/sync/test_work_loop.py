"""Jobs and timers, by a clock that the tests set."""

from __future__ import annotations

import threading

import pytest

from runtui.catalog.sync.work_loop import WorkLoop
from tests.catalog.syncing import Clock, nothing, noting


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loop(clock: Clock) -> WorkLoop:
    return WorkLoop(clock)


def test_jobs_run_in_submission_order(loop: WorkLoop) -> None:
    ran: list[str] = []
    loop.submit(noting(ran, "first"))
    loop.submit(noting(ran, "second"))
    for _ in range(2):
        job = loop.wait()
        assert job is not None
        job()
    assert ran == ["first", "second"]


def test_a_job_from_another_thread_ends_the_wait(loop: WorkLoop) -> None:
    threading.Timer(0.05, loop.submit, [nothing]).start()
    loop.set_timer(noting([], "never"), 3600.0)
    assert loop.wait() is nothing


def test_stop_still_runs_jobs_submitted_earlier(loop: WorkLoop) -> None:
    loop.submit(nothing)
    loop.stop()
    assert loop.wait() is nothing
    assert loop.wait() is None


def test_a_timer_fires_once_when_it_is_due(loop: WorkLoop, clock: Clock) -> None:
    ran: list[str] = []
    loop.set_timer(noting(ran, "timer"), 5.0)
    clock.now += 4.9
    loop.run_due()
    assert ran == []
    clock.now += 0.1
    job = loop.wait()
    assert job is not None
    job()
    assert ran == ["timer"]
    clock.now += 100.0
    loop.run_due()
    assert ran == ["timer"]


def test_set_timer_moves_a_timer_and_ensure_timer_does_not(loop: WorkLoop, clock: Clock) -> None:
    ran: list[str] = []
    moved, ensured = noting(ran, "moved"), noting(ran, "ensured")
    loop.set_timer(moved, 1.0)
    loop.set_timer(moved, 10.0)
    loop.set_timer(ensured, 1.0)
    loop.ensure_timer(ensured, 10.0)
    clock.now += 1.0
    loop.run_due()
    assert ran == ["ensured"]
    loop.ensure_timer(ensured, 1.0)
    clock.now += 10.0
    loop.run_due()
    assert ran == ["ensured", "moved", "ensured"]


def test_due_timer_can_cancel_or_postpone_another_due_timer(loop: WorkLoop, clock: Clock) -> None:
    ran: list[str] = []
    cancelled, postponed = noting(ran, "cancelled"), noting(ran, "postponed")

    def first() -> None:
        ran.append("first")
        loop.cancel_timer(cancelled)
        loop.set_timer(postponed, 1.0)

    for timer in (first, cancelled, postponed):
        loop.set_timer(timer, 0.0)
    loop.run_due()
    assert ran == ["first"]
    clock.now += 1.0
    loop.run_due()
    assert ran == ["first", "postponed"]


def test_timer_that_sets_itself_again_does_not_spin(loop: WorkLoop) -> None:
    ran: list[str] = []

    def again() -> None:
        ran.append("again")
        loop.set_timer(again, 0.0)

    loop.set_timer(again, 0.0)
    loop.run_due()
    assert ran == ["again"]


def test_wait_ends_at_a_requested_time(loop: WorkLoop, clock: Clock) -> None:
    loop.set_timer(nothing, 3600.0)
    assert loop.wait(None, clock.now - 1.0) is not None


def test_only_submitted_jobs_and_urgent_timers_run_during_a_long_job(loop: WorkLoop, clock: Clock) -> None:
    ran: list[str] = []
    loop.set_timer(noting(ran, "usual"), 1.0)
    loop.set_timer(noting(ran, "urgent"), 1.0, is_urgent=True)
    loop.set_timer(noting(ran, "urgent later"), 2.0, is_urgent=True)
    loop.submit(noting(ran, "job"))
    clock.now += 1.0
    assert loop.run_submitted()
    assert ran == ["job", "urgent"]


def test_stop_ends_a_long_job_and_the_next_wait(loop: WorkLoop) -> None:
    ran: list[str] = []
    loop.submit(noting(ran, "before"))
    loop.stop()
    assert not loop.run_submitted()
    assert ran == ["before"]
    assert loop.wait() is None
