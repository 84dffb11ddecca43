from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.runtime.pipeline.data_lifecycle_manager import DataLifecycleManager, remove_output
from runtui.runtime.pipeline.frameworks import FileFramework, MemoryFramework, save


def at_once(removal: Callable[[], None]) -> None:
    removal()


def manager(tmp_path: Path, *temporary: str) -> DataLifecycleManager:
    """Of a step `a` that `b` and `c` need."""
    consumers = {"a": frozenset({"b", "c"}), "b": frozenset(), "c": frozenset()}
    outputs = {name: (str(tmp_path / name),) for name in consumers}
    return DataLifecycleManager(consumers, outputs, frozenset(temporary), at_once)


def test_data_is_dropped_after_its_last_consumer(tmp_path: Path) -> None:
    memory, files = MemoryFramework(), FileFramework(str(tmp_path / "data"))
    place = files.place_for("a")
    memory.keep("a", 1)
    save(1, place)
    files.keep("a", place)
    lifecycle = manager(tmp_path)
    lifecycle.settle("a", [], [memory, files], has_failed=False)
    lifecycle.settle("b", ["a"], [memory, files], has_failed=False)
    assert memory.held("a") == 1
    assert place.exists()
    lifecycle.settle("c", ["a"], [memory, files], has_failed=False)
    with pytest.raises(KeyError):
        memory.held("a")
    with pytest.raises(KeyError):
        files.held("a")
    assert not place.exists()
    assert lifecycle.dropped == ["b", "a", "c"]


def test_only_unconsumed_data_is_a_result(tmp_path: Path) -> None:
    lifecycle = manager(tmp_path)
    lifecycle.add_to_result_data_collection("a", lambda: pytest.fail("nobody wants it"))
    lifecycle.add_to_result_data_collection("b", lambda: 2)
    assert lifecycle.get_result() == {"b": 2}
    assert lifecycle.get_result_data("b") == 2
    with pytest.raises(KeyError):
        lifecycle.get_result_data("a")


@pytest.mark.parametrize("has_failed", [False, True])
def test_temporary_outputs_are_removed_once_all_consumers_succeed(has_failed: bool, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "part").touch()
    (tmp_path / "b").touch()
    lifecycle = manager(tmp_path, "a", "b")
    for name in ("a", "b"):
        lifecycle.note_outputs(name)
    assert set(lifecycle.get_artifacts()) == {"a", "b"}
    lifecycle.settle("b", ["a"], [], has_failed=False)
    assert (tmp_path / "a" / "part").exists()
    lifecycle.settle("c", ["a"], [], has_failed=has_failed)
    assert (tmp_path / "a").exists() is has_failed
    assert (tmp_path / "b").exists()  # nobody needs it: it is what the plan was carried out for
    assert set(lifecycle.get_artifacts()) == ({"a", "b"} if has_failed else {"b"})


def test_removing_a_symlinked_output_keeps_its_target(tmp_path: Path) -> None:
    (tmp_path / "years").mkdir()
    (tmp_path / "years" / "of-work").touch()
    (tmp_path / "link").symlink_to(tmp_path / "years")
    remove_output(str(tmp_path / "link"))
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "years" / "of-work").exists()
    remove_output(str(tmp_path / "gone-already"))


@given(st.data(), st.integers(1, 8))
def test_all_data_is_eventually_dropped_but_none_early(data: st.DataObject, count: int) -> None:
    names = [str(number) for number in range(count)]
    needs = {name: data.draw(st.sets(st.sampled_from(names[:place]))) if place else set()
             for place, name in enumerate(names)}  # fmt: skip
    consumers = {name: frozenset(other for other in names if name in needs[other]) for name in names}
    lifecycle = DataLifecycleManager(consumers, {}, frozenset(), at_once)
    memory = MemoryFramework()
    settled: set[str] = set()
    while len(settled) < count:
        free = [name for name in names if name not in settled and needs[name] <= settled]
        name = data.draw(st.sampled_from(free))
        assert [memory.held(needed) for needed in sorted(needs[name])] == sorted(needs[name])
        memory.keep(name, name)
        settled.add(name)
        lifecycle.settle(name, sorted(needs[name]), [memory], has_failed=data.draw(st.booleans()))
        assert set(lifecycle.dropped) == {each for each in settled if consumers[each] <= settled}
    assert sorted(set(lifecycle.dropped)) == sorted(names)
