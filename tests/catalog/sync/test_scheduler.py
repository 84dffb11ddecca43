"""Jobs and timers, by a clock that the tests set."""

from __future__ import annotations

import threading

import pytest

from runtui.catalog.sync.scheduler import Scheduler
from tests.catalog.syncing import Clock, nothing, noting


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scheduler(clock: Clock) -> Scheduler:
    return Scheduler(clock)


def test_jobs_come_in_the_order_they_were_submitted(scheduler: Scheduler) -> None:
    ran: list[str] = []
    scheduler.submit(noting(ran, "first"))
    scheduler.submit(noting(ran, "second"))
    for _ in range(2):
        job = scheduler.wait()
        assert job is not None
        job()
    assert ran == ["first", "second"]


def test_a_job_from_another_thread_ends_the_wait(scheduler: Scheduler) -> None:
    threading.Timer(0.05, scheduler.submit, [nothing]).start()
    scheduler.set_timer(noting([], "never"), 3600.0)
    assert scheduler.wait() is nothing


def test_stopping_lets_what_was_submitted_before_be_done(scheduler: Scheduler) -> None:
    scheduler.submit(nothing)
    scheduler.stop()
    assert scheduler.wait() is nothing
    assert scheduler.wait() is None


def test_a_timer_fires_once_when_it_is_due(scheduler: Scheduler, clock: Clock) -> None:
    ran: list[str] = []
    scheduler.set_timer(noting(ran, "timer"), 5.0)
    clock.now += 4.9
    scheduler.run_due()
    assert ran == []
    clock.now += 0.1
    job = scheduler.wait()
    assert job is not None
    job()
    assert ran == ["timer"]
    clock.now += 100.0
    scheduler.run_due()
    assert ran == ["timer"]


def test_setting_a_timer_again_moves_it_and_ensuring_does_not(scheduler: Scheduler, clock: Clock) -> None:
    ran: list[str] = []
    moved, ensured = noting(ran, "moved"), noting(ran, "ensured")
    scheduler.set_timer(moved, 1.0)
    scheduler.set_timer(moved, 10.0)
    scheduler.set_timer(ensured, 1.0)
    scheduler.ensure_timer(ensured, 10.0)
    clock.now += 1.0
    scheduler.run_due()
    assert ran == ["ensured"]
    scheduler.ensure_timer(ensured, 1.0)
    clock.now += 10.0
    scheduler.run_due()
    assert ran == ["ensured", "moved", "ensured"]


def test_a_timer_cancels_or_postpones_another_that_is_due_too(scheduler: Scheduler, clock: Clock) -> None:
    ran: list[str] = []
    cancelled, postponed = noting(ran, "cancelled"), noting(ran, "postponed")

    def first() -> None:
        ran.append("first")
        scheduler.cancel_timer(cancelled)
        scheduler.set_timer(postponed, 1.0)

    for timer in (first, cancelled, postponed):
        scheduler.set_timer(timer, 0.0)
    scheduler.run_due()
    assert ran == ["first"]
    clock.now += 1.0
    scheduler.run_due()
    assert ran == ["first", "postponed"]


def test_a_timer_that_is_set_again_by_itself_does_not_spin(scheduler: Scheduler) -> None:
    ran: list[str] = []

    def again() -> None:
        ran.append("again")
        scheduler.set_timer(again, 0.0)

    scheduler.set_timer(again, 0.0)
    scheduler.run_due()
    assert ran == ["again"]


def test_the_wait_ends_at_a_moment_that_others_need(scheduler: Scheduler, clock: Clock) -> None:
    scheduler.set_timer(nothing, 3600.0)
    assert scheduler.wait(None, clock.now - 1.0) is not None


def test_in_a_long_job_only_submitted_jobs_and_urgent_timers_get_their_turn(
    scheduler: Scheduler, clock: Clock
) -> None:
    ran: list[str] = []
    scheduler.set_timer(noting(ran, "usual"), 1.0)
    scheduler.set_timer(noting(ran, "urgent"), 1.0, is_urgent=True)
    scheduler.set_timer(noting(ran, "urgent later"), 2.0, is_urgent=True)
    scheduler.submit(noting(ran, "job"))
    clock.now += 1.0
    assert scheduler.run_submitted()
    assert ran == ["job", "urgent"]


def test_a_long_job_is_told_to_stop_and_so_is_the_wait_after_it(scheduler: Scheduler) -> None:
    ran: list[str] = []
    scheduler.submit(noting(ran, "before"))
    scheduler.stop()
    assert not scheduler.run_submitted()
    assert ran == ["before"]
    assert scheduler.wait() is None
