"""Changes are gathered, and published together."""

from __future__ import annotations

import time

import pytest

from runtui.catalog.catalog import CatalogUpdate, Health, SyncPhase
from runtui.catalog.sync.update_batcher import UpdateBatcher
from runtui.store.record import RunRecord


def run(name: str, status: str = "running") -> RunRecord:
    return RunRecord(name, name, status=status)


@pytest.fixture
def updates() -> list[CatalogUpdate]:
    return []


@pytest.fixture
def batcher(updates: list[CatalogUpdate]) -> UpdateBatcher:
    batcher = UpdateBatcher(updates.append)
    batcher.flush(now=True)
    updates.clear()
    return batcher


def test_first_update_is_published_even_if_empty() -> None:
    updates: list[CatalogUpdate] = []
    batcher = UpdateBatcher(updates.append)
    assert batcher.wake() is not None
    batcher.flush()
    assert updates == [CatalogUpdate({}, (), Health(), None, frozenset())]
    assert batcher.wake() is None


def test_only_the_last_of_several_changes_is_published(
    batcher: UpdateBatcher, updates: list[CatalogUpdate]
) -> None:
    batcher.put(run("a"))
    batcher.put(run("a", "failed"))
    batcher.put(run("b"))
    batcher.remove("b")
    batcher.remove("c")
    batcher.put(run("c"))
    assert len(batcher) == 2
    batcher.flush(now=True)
    [update] = updates
    assert update.changed == {"a": run("a", "failed"), "c": run("c")}
    assert update.removed == ("b",)
    assert len(batcher) == 0


def test_returning_run_is_not_removed(batcher: UpdateBatcher, updates: list[CatalogUpdate]) -> None:
    batcher.remove("a")
    batcher.put_all([run("a"), run("b")])
    batcher.flush(now=True)
    assert (set(updates[0].changed), updates[0].removed) == ({"a", "b"}, ())


def test_held_back_updates_are_published_when_due_or_urgent(
    batcher: UpdateBatcher, updates: list[CatalogUpdate], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    batcher.hold(5.0)
    batcher.put(run("a"))
    batcher.flush()
    assert updates == []
    assert batcher.wake() == now[0] + 5.0
    now[0] += 5.0
    assert batcher.is_due
    batcher.flush()
    batcher.put(run("b"))
    batcher.flush()
    assert len(updates) == 1
    batcher.flush(now=True)
    assert len(updates) == 2


def test_update_without_changes_is_not_published(
    batcher: UpdateBatcher, updates: list[CatalogUpdate]
) -> None:
    batcher.health = Health()
    batcher.touch("logs")
    batcher.forget_touched()
    batcher.flush(now=True)
    assert updates == []
    batcher.current = "a"
    batcher.flush(now=True)
    assert [update.current for update in updates] == ["a"]


def test_only_the_last_part_of_a_large_update_is_fresh(
    batcher: UpdateBatcher, updates: list[CatalogUpdate]
) -> None:
    batcher.put_all([run(str(number)) for number in range(10_000)])
    batcher.remove("gone")
    batcher.touch("logs")
    batcher.health = Health(SyncPhase.FRESH, total=10_000)
    batcher.flush(now=True)
    assert [len(update.changed) for update in updates] == [4096, 4096, 1808]
    assert [update.health.phase for update in updates] == [
        SyncPhase.LISTING,
        SyncPhase.LISTING,
        SyncPhase.FRESH,
    ]
    assert [update.removed for update in updates] == [("gone",), (), ()]
    assert [update.touched for update in updates] == [{"logs"}, set(), set()]
