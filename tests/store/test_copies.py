"""Copies of a manager, here and in worker processes: as of the classic class, and neither loses anything."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtui import Run, RunManager
from runtui.store.safe_directory import SafeDirectory
from tests.store.children import output_of

COPIES: dict[str, Callable[[RunManager], RunManager]] = {
    "pickle": lambda manager: pickle.loads(pickle.dumps(manager)),  # type: ignore[no-any-return]
    "the oldest protocol": lambda manager: pickle.loads(pickle.dumps(manager, 2)),  # type: ignore[no-any-return]
    "deepcopy": copy.deepcopy,
}


@pytest.fixture(params=COPIES)
def copied(request: pytest.FixtureRequest) -> Callable[[RunManager], RunManager]:
    return COPIES[request.param]


def stored(run_dir: Path | None) -> dict[str, Any]:
    assert run_dir is not None
    found: dict[str, Any] = json.loads((run_dir / "metadata.json").read_bytes())
    return found


def names(metadata: dict[str, Any]) -> list[str]:
    return [item["name"] for item in metadata["checkpoints"]]


def test_a_copy_keeps_the_loaded_run_and_what_is_not_saved_yet(
    runs_dir: Path, copied: Callable[[RunManager], RunManager]
) -> None:
    manager = RunManager(runs_dir)
    manager.create_run("a run", ["prod"], run_id="r1")
    manager.metadata["beta"] = 0.3
    other = copied(manager)
    assert (other.run_id, other.run_dir, other.base_runs_dir) == ("r1", runs_dir / "r1", runs_dir)
    assert other.metadata == manager.metadata
    assert other.metadata is not manager.metadata
    other.save()
    assert stored(other.run_dir)["beta"] == 0.3


def test_a_manager_without_a_run_can_be_copied(
    runs_dir: Path, copied: Callable[[RunManager], RunManager]
) -> None:
    other = copied(RunManager(runs_dir))
    assert other.run_id is None
    other.create_run(run_id="r1")
    assert RunManager(runs_dir).load_run("r1")


def test_nothing_is_lost_where_both_save_afterwards(
    runs_dir: Path, copied: Callable[[RunManager], RunManager]
) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r1")
    manager.add_checkpoint("before")
    other = copied(manager)
    for number in range(3):
        manager.add_checkpoint(f"original-{number}")
        other.add_checkpoint(f"copy-{number}")
    other.metadata["tags"].append("copied")
    manager.update_status("completed", loss=0.5)
    other.save()
    expected = ["before"] + [f"{who}-{number}" for number in range(3) for who in ("original", "copy")]
    found = stored(manager.run_dir)
    assert sorted(names(found)) == sorted(expected)
    assert (found["status"], found["loss"], found["tags"]) == ("completed", 0.5, ["copied"])


def test_a_copy_made_in_the_middle_of_a_save_has_a_lock_of_its_own(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r1")
    made: list[RunManager] = []
    replace = SafeDirectory.replace

    def copy_first(self: SafeDirectory, *arguments: Any, **others: Any) -> None:
        if not made:
            made.append(copy.deepcopy(manager))
        replace(self, *arguments, **others)

    monkeypatch.setattr(SafeDirectory, "replace", copy_first)
    manager.add_checkpoint("original")
    threads = [threading.Thread(target=made[0].add_checkpoint, args=(f"c{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(stored(manager.run_dir))) == ["c0", "c1", "c2", "c3", "original"]


@pytest.mark.parametrize("make", [*COPIES.values(), copy.copy])
def test_a_copy_that_loads_another_run_indexes_that_one(
    runs_dir: Path, make: Callable[[RunManager], RunManager]
) -> None:
    RunManager(runs_dir).create_run("another", run_id="r2")
    manager = RunManager(runs_dir)
    manager.create_run("mine", run_id="r1")
    other = make(manager)
    assert other.load_run("r2")
    other.update_status("failed")
    manager.update_status("completed")
    index = json.loads((runs_dir / ".run_index.json").read_bytes())
    assert {entry["run_id"]: entry["status"] for entry in index["runs"]} == {
        "r1": "completed",
        "r2": "failed",
    }


def _work(manager: RunManager, number: int) -> None:
    manager.add_checkpoint(f"worker-{number}")


def test_spawned_workers_save_with_the_manager_that_they_are_given(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r1")
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_work, args=(manager, number)) for number in range(2)]
    for worker in workers:
        worker.start()
    manager.add_checkpoint("parent")
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert sorted(names(stored(manager.run_dir))) == ["parent", "worker-0", "worker-1"]


def test_a_pickled_manager_is_opened_by_another_program(runs_dir: Path, tmp_path: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r1")
    file = tmp_path / "manager.pickle"
    file.write_bytes(pickle.dumps(manager))
    code = """
        import pickle, sys
        manager = pickle.load(open(sys.argv[1], "rb"))
        manager.update_status("running", step=7)
        print(manager.run_id)
    """
    assert output_of(code, file) == "r1"
    manager.add_checkpoint("c1")
    found = stored(manager.run_dir)
    assert (found["status"], found["step"], names(found)) == ("running", 7, ["c1"])


def test_a_class_with_a_state_of_its_own_can_be_copied(
    runs_dir: Path, copied: Callable[[RunManager], RunManager]
) -> None:
    manager = _Logging(runs_dir)
    manager.create_run(run_id="r1")
    other = copied(manager)
    other.add_checkpoint("c1")
    assert names(stored(manager.run_dir)) == ["c1"]


class _Logging(RunManager):
    """A class of a program, which leaves out of the copy what cannot be copied, as programs do."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        self.lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:  # type: ignore[override]
        self.__dict__.update(state)
        self.lock = threading.Lock()


def test_a_handle_on_a_run_can_be_copied(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r1")
    other: Run = pickle.loads(pickle.dumps(manager.get_run()))
    assert (other.run_id, other.status) == ("r1", "initialising")


def test_nothing_is_lost_where_forked_children_save_while_a_thread_does(runs_dir: Path) -> None:
    program = """
        import os, sys, threading
        from runtui import RunManager
        manager = RunManager(sys.argv[1])
        manager.create_run("x", run_id="r")
        stop, count = [], 0
        def add():
            global count
            while not stop:
                manager.add_checkpoint(f"t{count}")
                count += 1
        thread = threading.Thread(target=add)
        thread.start()
        for number in range(20):
            pid = os.fork()
            if pid == 0:
                manager.add_checkpoint(f"c{number}")
                os._exit(0)
            os.waitpid(pid, 0)
        stop.append(1)
        thread.join()
        print(count)
    """
    count = int(output_of(program, runs_dir))
    metadata = json.loads((runs_dir / "r" / "metadata.json").read_text())
    kept = {checkpoint["name"] for checkpoint in metadata["checkpoints"]}
    children, thread = {f"c{number}" for number in range(20)}, {f"t{n}" for n in range(count)}
    assert kept == children | thread
