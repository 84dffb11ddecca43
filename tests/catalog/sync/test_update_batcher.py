"""Changes are gathered, and published together."""

from __future__ import annotations

import time

import pytest

from runtui.catalog.catalog import CatalogUpdate, Health, SyncPhase
from runtui.catalog.sync.update_batcher import Outbox
from runtui.store.record import RunRecord


def run(name: str, status: str = "running") -> RunRecord:
    return RunRecord(name, name, status=status)


@pytest.fixture
def updates() -> list[CatalogUpdate]:
    return []


@pytest.fixture
def outbox(updates: list[CatalogUpdate]) -> Outbox:
    outbox = Outbox(updates.append)
    outbox.flush(now=True)
    updates.clear()
    return outbox


def test_the_first_picture_is_published_even_when_it_is_empty() -> None:
    updates: list[CatalogUpdate] = []
    outbox = Outbox(updates.append)
    assert outbox.wake() is not None
    outbox.flush()
    assert updates == [CatalogUpdate({}, (), Health(), None, frozenset())]
    assert outbox.wake() is None


def test_of_several_changes_of_a_run_the_last_is_published(
    outbox: Outbox, updates: list[CatalogUpdate]
) -> None:
    outbox.put(run("a"))
    outbox.put(run("a", "failed"))
    outbox.put(run("b"))
    outbox.remove("b")
    outbox.remove("c")
    outbox.put(run("c"))
    assert len(outbox) == 2
    outbox.flush(now=True)
    [update] = updates
    assert update.changed == {"a": run("a", "failed"), "c": run("c")}
    assert update.removed == ("b",)
    assert len(outbox) == 0


def test_runs_that_come_back_by_the_thousand_are_not_removed(
    outbox: Outbox, updates: list[CatalogUpdate]
) -> None:
    outbox.remove("a")
    outbox.put_all({"a": run("a"), "b": run("b")})
    outbox.flush(now=True)
    assert (set(updates[0].changed), updates[0].removed) == ({"a", "b"}, ())


def test_nothing_is_published_while_it_is_held_back_unless_it_is_urgent(
    outbox: Outbox, updates: list[CatalogUpdate], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    outbox.hold(5.0)
    outbox.put(run("a"))
    outbox.flush()
    assert updates == []
    assert outbox.wake() == now[0] + 5.0
    now[0] += 5.0
    assert outbox.is_due
    outbox.flush()
    outbox.put(run("b"))
    outbox.flush()
    assert len(updates) == 1
    outbox.flush(now=True)
    assert len(updates) == 2


def test_nothing_new_is_not_published(outbox: Outbox, updates: list[CatalogUpdate]) -> None:
    outbox.health = Health()
    outbox.touch("logs")
    outbox.forget_touched()
    outbox.flush(now=True)
    assert updates == []
    outbox.current = "a"
    outbox.flush(now=True)
    assert [update.current for update in updates] == ["a"]


def test_of_many_runs_only_the_last_part_says_that_the_picture_is_fresh(
    outbox: Outbox, updates: list[CatalogUpdate]
) -> None:
    outbox.put_all({str(number): run(str(number)) for number in range(10_000)})
    outbox.remove("gone")
    outbox.touch("logs")
    outbox.health = Health(SyncPhase.FRESH, total=10_000)
    outbox.flush(now=True)
    assert [len(update.changed) for update in updates] == [4096, 4096, 1808]
    assert [update.health.phase for update in updates] == [
        SyncPhase.LISTING,
        SyncPhase.LISTING,
        SyncPhase.FRESH,
    ]
    assert [update.removed for update in updates] == [("gone",), (), ()]
    assert [update.touched for update in updates] == [{"logs"}, set(), set()]
