"""The current run: what a program keeps and changes is saved as it is, whoever interrupts whom."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import runtui.store
from runtui import RunManager
from runtui.store.process import this_process
from runtui.store.writer import read_writer
from tests.store.children import output_of

STORE = os.path.dirname(runtui.store.__file__)


def stored(manager: RunManager) -> dict[str, Any]:
    """The current run's metadata as it is on disk."""
    assert manager.run_dir is not None
    found = json.loads((manager.run_dir / "metadata.json").read_bytes())
    assert isinstance(found, dict)
    return found


def names(manager: RunManager) -> list[str]:
    """The names of the checkpoints that are on disk, in their order."""
    return [checkpoint["name"] for checkpoint in stored(manager)["checkpoints"]]


@pytest.fixture
def manager(runs_dir: Path) -> RunManager:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r")
    return manager


# What the program keeps


def test_values_mutated_by_the_program_are_saved_each_time(manager: RunManager) -> None:
    progress = {"step": 0, "losses": [1.0]}
    tags = manager.metadata["tags"]
    manager.metadata["progress"] = progress
    manager.save()
    for step in range(1, 4):
        progress["step"] = step
        progress["losses"].append(step / 2)  # type: ignore[attr-defined]
        tags.append(f"at {step}")
        manager.add_checkpoint(f"c{step}")
        assert stored(manager)["progress"] == progress
        assert stored(manager)["tags"] == tags
    progress["step"] = True
    manager.save()
    assert stored(manager)["progress"]["step"] is True


def test_arguments_of_create_run_and_update_status_are_kept_by_reference(runs_dir: Path) -> None:
    stats: dict[str, int] = {}
    sizes: list[int] = []
    tags = ["first"]
    manager = RunManager(runs_dir)
    manager.create_run(tags=tags, stats=stats)
    manager.update_status("running", sizes=sizes)
    stats["cells"] = 8
    sizes.append(8)
    tags.append("second")
    manager.save()
    found = stored(manager)
    assert (found["stats"], found["sizes"], found["tags"]) == ({"cells": 8}, [8], ["first", "second"])


def test_concurrent_changes_are_merged_into_the_programs_lists(manager: RunManager) -> None:
    tags = manager.metadata["tags"]
    tags.append("kept")
    other = RunManager(manager.base_runs_dir)
    assert other.load_run("r")
    other.metadata["tags"].append("theirs")
    other.metadata["note"] = "theirs"
    other.add_checkpoint("theirs")
    manager.add_checkpoint("ours")
    assert tags == ["theirs", "kept"]
    assert manager.metadata["note"] == "theirs"
    assert names(manager) == ["theirs", "ours"]
    other.metadata["tags"].remove("theirs")
    other.metadata.pop("note")
    other.save()
    tags.append("last")
    manager.save()
    assert tags == stored(manager)["tags"] == ["kept", "last"]
    assert "note" not in manager.metadata


def test_checkpoints_and_tags_keep_the_programs_order(manager: RunManager) -> None:
    assert manager.run_dir is not None
    for name in ("c1", "c2", "c3"):
        path = manager.run_dir / "checkpoints" / name
        path.write_text("state")
        manager.add_checkpoint(name, path)
    manager.metadata["checkpoints"][0]["loss"] = 0.5
    manager.save()
    assert names(manager) == ["c1", "c2", "c3"]
    assert stored(manager)["checkpoints"][0]["loss"] == 0.5
    found = manager.find_checkpoint()
    assert found is not None
    assert found.name == "c3"
    manager.metadata["checkpoints"].reverse()
    manager.save()
    assert names(manager) == ["c3", "c2", "c1"]
    manager.metadata["checkpoints"].sort(key=lambda checkpoint: checkpoint["name"])
    manager.metadata["tags"][:] = ["b", "a"]
    manager.save()
    manager.metadata["tags"].sort()
    manager.save()
    assert (names(manager), stored(manager)["tags"]) == (["c1", "c2", "c3"], ["a", "b"])


def test_failed_save_rolls_back_the_change(manager: RunManager) -> None:
    manager.metadata["bad"] = object()
    before = dict(manager.metadata)
    with pytest.raises(TypeError, match=r"^bad: "):
        manager.add_checkpoint("c1")
    with pytest.raises(TypeError, match=r"^bad: "):
        manager.update_status("running", step=1)
    assert manager.metadata == before
    del manager.metadata["bad"]
    manager.add_checkpoint("c2")
    assert names(manager) == ["c2"]


def test_metadata_can_be_replaced_as_a_whole(manager: RunManager) -> None:
    manager.metadata = {"run_id": "r", "status": "running", "mine": [1]}
    manager.save()
    assert stored(manager) == {"run_id": "r", "status": "running", "mine": [1]}


# Signal handlers


@pytest.fixture
def interrupted_at() -> Iterator[Callable[[int, Callable[[], None], Callable[[], None]], bool]]:
    """Run something, with a signal handler forced into it after so many lines of the store.

    What is returned is whether that many were reached.
    """
    before = signal.getsignal(signal.SIGUSR1)

    def run(number: int, handler: Callable[[], None], act: Callable[[], None]) -> bool:
        left = number

        def handle(_number: int, _frame: FrameType | None) -> None:
            handler()

        def trace_lines(_frame: FrameType, event: str, _argument: object) -> Any:
            nonlocal left
            if event == "line":
                left -= 1
                if not left:
                    signal.raise_signal(signal.SIGUSR1)
            return trace_lines

        def trace_calls(frame: FrameType, _event: str, _argument: object) -> Any:
            return trace_lines if left > 0 and frame.f_code.co_filename.startswith(STORE) else None

        signal.signal(signal.SIGUSR1, handle)
        tracing = sys.gettrace()
        sys.settrace(trace_calls)
        try:
            act()
        finally:
            sys.settrace(tracing)
        return left <= 0

    yield run
    signal.signal(signal.SIGUSR1, before)


def test_signal_handler_at_any_line_of_a_save_loses_no_checkpoint(
    manager: RunManager,
    interrupted_at: Callable[[int, Callable[[], None], Callable[[], None]], bool],
    rounds: Callable[[int], int],
) -> None:
    def add(name: str) -> Callable[[], None]:
        return lambda: manager.add_checkpoint(name)

    line, step = 1, max(1, 20 // rounds(1))
    while interrupted_at(line, add("handler"), add("main")):
        assert sorted(names(manager)) == ["handler", "main"], line
        assert len(manager.metadata["checkpoints"]) == 2
        manager.metadata["checkpoints"].clear()
        manager.save()
        line += step
    assert line > 100


def test_status_set_by_a_signal_handler_during_a_save_is_kept(
    manager: RunManager,
    interrupted_at: Callable[[int, Callable[[], None], Callable[[], None]], bool],
    rounds: Callable[[int], int],
) -> None:
    def fail(error: str) -> Callable[[], None]:
        return lambda: manager.update_status("failed", error=error)

    def add(name: str) -> Callable[[], None]:
        return lambda: manager.add_checkpoint(name)

    line, step = 1, max(1, 40 // rounds(1))
    while interrupted_at(line, fail(f"at {line}"), add("main")):
        assert (stored(manager)["status"], stored(manager)["error"]) == ("failed", f"at {line}")
        assert names(manager) == ["main"]
        (entry,) = json.loads(manager.index_file.read_bytes())["runs"]
        assert entry["status"] == "failed"
        manager.metadata["checkpoints"].clear()
        manager.update_status("running")
        line += step
    assert line > 100


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_signal_handler_saves_before_exiting_the_process(
    manager: RunManager,
    interrupted_at: Callable[[int, Callable[[], None], Callable[[], None]], bool],
    rounds: Callable[[int], int],
) -> None:
    line, step = 1, max(1, 60 // rounds(1))

    def end() -> None:
        manager.update_status("failed", error=f"ended at {line}")
        os._exit(7)

    while True:
        child = os.fork()
        if not child:
            try:
                interrupted_at(line, end, lambda: manager.add_checkpoint("main"))
                os._exit(0)
            finally:
                traceback.print_exc()
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            break
        assert os.waitstatus_to_exitcode(status) == 7
        assert stored(manager)["error"] == f"ended at {line}", line
        manager.save()  # which takes in what the process saved, and removes the lock that it left
        manager.metadata["checkpoints"].clear()
        manager.save()
        line += step
    assert line > 100


# Threads

THREADS_AND_SIGNALS = """
import json, signal, sys, threading, time
from runtui import RunManager
count, threads = int(sys.argv[2]), 8
manager = RunManager(sys.argv[1])
manager.create_run(run_id="r")
done = []
def add(who):
    for number in range(count // threads):
        manager.add_checkpoint(f"{who}-{number}")
        done.append(f"{who}-{number}")
def handle(number, frame):
    name = f"handler-{time.monotonic_ns()}"
    manager.add_checkpoint(name)
    done.append(name)
signal.signal(signal.SIGALRM, handle)
workers = [threading.Thread(target=add, args=(who,)) for who in range(threads)]
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
signal.setitimer(signal.ITIMER_REAL, 0)
manager.save()
print(json.dumps(done))
"""


def test_threads_and_signal_handlers_lose_no_checkpoint(
    request: pytest.FixtureRequest, runs_dir: Path, rounds: Callable[[int], int]
) -> None:
    count = min(rounds(500), 10_000)
    # Where a save takes longer than that, the main thread does little else but handle signals.
    interval = "0.005" if request.config.getoption("--long") else "0.02"
    done = json.loads(output_of(THREADS_AND_SIGNALS.replace("0.005", interval), runs_dir, count))
    found = json.loads((runs_dir / "r" / "metadata.json").read_bytes())["checkpoints"]
    assert sorted(checkpoint["name"] for checkpoint in found) == sorted(done)
    assert len(done) >= count


def test_changes_of_signal_handlers_are_saved_at_exit(runs_dir: Path) -> None:
    code = THREADS_AND_SIGNALS.replace("manager.save()\n", "").replace("0.005", "0.02")
    done = json.loads(output_of(code, runs_dir, 200))
    found = json.loads((runs_dir / "r" / "metadata.json").read_bytes())["checkpoints"]
    assert sorted(checkpoint["name"] for checkpoint in found) == sorted(done)


def test_thread_saving_in_a_loop_does_not_starve_another_thread(manager: RunManager) -> None:
    stop = threading.Event()

    def save_in_a_loop() -> None:
        while not stop.is_set():
            manager.save()

    other = threading.Thread(target=save_in_a_loop)
    other.start()
    try:
        for number in range(25):
            manager.add_checkpoint(str(number))
            assert names(manager)[-1] == str(number)
    finally:
        stop.set()
        other.join()


def test_dict_changed_by_another_thread_can_be_saved(manager: RunManager) -> None:
    table: dict[str, int] = {}
    manager.metadata["table"] = table
    stop = threading.Event()

    def grow() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            table[str(number % 5000)] = number
            table.pop(str((number * 7) % 5000), None)

    other = threading.Thread(target=grow)
    other.start()
    try:
        for _ in range(20):
            manager.save()
    finally:
        stop.set()
        other.join()
    manager.save()
    assert stored(manager)["table"] == table


# Threads that read


def test_threads_load_and_read_runs_concurrently(runs_dir: Path) -> None:
    writer = RunManager(runs_dir)
    ids = [writer.create_run(f"run {number}", run_id=f"r{number}", number=number) for number in range(6)]
    shared = RunManager(runs_dir)
    failures: list[str] = []

    def read(own: RunManager, offset: int) -> None:
        for step in range(40):
            name = ids[(step + offset) % len(ids)]
            if not own.load_run(name) or own.metadata["number"] != int(name[1:]):
                failures.append(name)
            if not shared.load_run(name) or shared.metadata["run_id"] not in ids:
                failures.append(f"shared {name}")
            if len(shared.list_runs()) != len(ids) or shared.get_latest_run() != ids[-1]:
                failures.append("list")
            if shared.get_run(name).metadata["run_id"] != name or shared.find_checkpoint() is not None:
                failures.append(f"handle {name}")

    threads = [threading.Thread(target=read, args=(RunManager(runs_dir), number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# The writer


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_parent_is_the_writer_after_a_forked_child_saved_and_exited(manager: RunManager) -> None:
    manager.update_status("running")
    child = os.fork()
    if not child:
        manager.add_checkpoint("by the child")
        os._exit(0)
    os.waitpid(child, 0)
    assert read_writer(str(manager.run_dir)) == this_process()
    record = Path(str(manager.run_dir), ".runtui", "writer.json")
    assert json.loads(record.read_bytes())["pid"] == child
    manager.add_checkpoint("by the parent")
    assert json.loads(record.read_bytes())["pid"] == os.getpid()
    assert names(manager) == ["by the child", "by the parent"]


NO_NEW_MODULES = """
import sys
from runtui import RunManager
manager = RunManager(sys.argv[1])
before = set(sys.modules)
manager.create_run(run_id="r", tags=["a"])
manager.update_status("running", step=1)
manager.add_checkpoint("c1", "checkpoints/c1")
manager.save_config({"a": 1})
manager.save_run_params({"a": 1})
manager.update_status("failed", error="no")
manager.load_run("r")
print(*sorted(set(sys.modules) - before))
"""


def test_saving_imports_no_modules(runs_dir: Path) -> None:
    assert output_of(NO_NEW_MODULES, runs_dir).split() == []


def test_add_checkpoint_accepts_a_tuple_of_checkpoints(manager: RunManager) -> None:
    manager.metadata["checkpoints"] = ({"name": "c1"},)
    manager.add_checkpoint("c2")
    assert names(manager) == ["c1", "c2"]
