from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.runtime.pipeline.compute_framework_executor import ComputeFrameworkExecutor
from runtui.runtime.pipeline.context import StepContext
from runtui.runtime.pipeline.frameworks import Form, file_name, load, save
from runtui.runtime.pipeline.plan import Mode
from runtui.runtime.pipeline.tasks import StepResult, Task
from tests.runtime import steps
from tests.runtime.steps import command, step
from tests.waiting import PATIENCE


class Noting:
    """Stands for the workers: notes what it is told to do, and does it when asked."""

    def __init__(self) -> None:
        self.threads: list[Callable[[], StepResult]] = []
        self.tasks: list[Task] = []

    def add_thread_task(self, _step: str, work: Callable[[], StepResult]) -> None:
        self.threads.append(work)

    def send_command(self, task: Task) -> None:
        self.tasks.append(task)


@pytest.fixture
def workers() -> Noting:
    return Noting()


@pytest.fixture
def executor(workers: Noting, tmp_path: Path) -> ComputeFrameworkExecutor:
    (tmp_path / "logs").mkdir()
    return ComputeFrameworkExecutor(workers, str(tmp_path), str(tmp_path / "data"))  # type: ignore[arg-type]


def test_mode_determines_where_a_step_runs(executor: ComputeFrameworkExecutor, workers: Noting) -> None:
    assert executor.execute(step("a", steps.shout, mode=Mode.SYNC), 1) == StepResult(
        "a", data="A", has_data=True
    )
    assert executor.execute(step("b", steps.shout, mode=Mode.THREAD), 1) is None
    assert [work() for work in workers.threads] == [StepResult("b", data="B", has_data=True)]
    assert executor.execute(step("c", steps.shout, mode=Mode.PROCESS), 2) is None
    for mode in Mode:
        assert executor.execute(command(f"run {mode}", "true", mode=mode), 1) is None
    assert [(task.step, task.attempt) for task in workers.tasks] == [
        ("c", 2), ("run sync", 1), ("run thread", 1), ("run process", 1)
    ]  # fmt: skip


def test_threads_print_to_their_own_logs(
    executor: ComputeFrameworkExecutor, workers: Noting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = threading.Barrier(2)

    def say(context: StepContext) -> None:
        both.wait(PATIENCE)
        for _ in range(100):
            print(f"this is {context.name}")
        both.wait(PATIENCE)

    for name in ("a", "b"):
        executor.execute(step(name, say, mode=Mode.THREAD), 1)
    threads = [threading.Thread(target=work) for work in workers.threads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("this is the rest")
    for name in ("a", "b"):
        assert (tmp_path / "logs" / f"{name}.log").read_text() == f"this is {name}\n" * 100
    assert capsys.readouterr().out == "this is the rest\n"


def test_steps_of_one_kind_share_a_framework(executor: ComputeFrameworkExecutor) -> None:
    one = executor.add_compute_framework(step("a", mode=Mode.SYNC))
    assert executor.add_compute_framework(step("b", mode=Mode.THREAD)) is one
    other = executor.add_compute_framework(step("c", mode=Mode.PROCESS))
    assert (one.form, other.form) == (Form.OBJECT, Form.FILE)
    assert executor.add_compute_framework(command("d", "true")) is other
    assert len(executor.cfw_collection) == 2


def test_inputs_from_several_frameworks_are_converted_for_the_step(
    executor: ComputeFrameworkExecutor, workers: Noting
) -> None:
    here, there = step("here", mode=Mode.SYNC), step("there", mode=Mode.PROCESS)
    executor.take_in(here, StepResult("here", data=[1], has_data=True))
    executor.execute(there, 1)
    place = workers.tasks[-1].place
    assert place is not None
    executor.prepare_execute_step(there, 1)
    save([2], place)
    executor.take_in(there, StepResult("there", data=place, has_data=True))
    executor.take_in(step("silent"), StepResult("silent"))
    needs = ("here", "there", "silent")
    assert executor.prepare_tfs_and_joinstep(step("x", steps.nothing, *needs, mode=Mode.THREAD)) == {
        "here": [1],
        "there": [2],
    }
    files = executor.prepare_tfs_and_joinstep(step("y", steps.nothing, *needs, mode=Mode.PROCESS))
    assert {name: load(path) for name, path in files.items()} == {"here": [1], "there": [2]}  # type: ignore[arg-type]
    assert executor.prepare_tfs_and_joinstep(command("z", "true", needs=needs)) == {}
    assert executor.object_of("there") == [2]
    with pytest.raises(KeyError):
        executor.object_of("silent")
    # What was brought elsewhere is dropped there, too.
    for framework in executor.cfw_collection.values():
        framework.drop("here")
    assert not files["here"].exists()  # type: ignore[attr-defined]


def test_unpicklable_input_fails_the_step(executor: ComputeFrameworkExecutor) -> None:
    executor.take_in(step("a", mode=Mode.SYNC), StepResult("a", data=lambda: 1, has_data=True))
    result = executor.execute(step("b", steps.nothing, "a", mode=Mode.PROCESS), 1)
    assert result is not None
    assert "cannot be given to another process" in result.failure


def test_sync_function_can_fail_exit_or_time_out(executor: ComputeFrameworkExecutor, tmp_path: Path) -> None:
    failed = executor.execute(step("fail", steps.fail, mode=Mode.SYNC), 1)
    assert failed is not None
    assert isinstance(failed.error, ValueError)
    assert failed._replace(error=None) == StepResult("fail", failure="ValueError: fail went wrong")
    assert "in fail\n" in (tmp_path / "logs" / "fail.log").read_text()
    ended = executor.execute(step("end", steps.end_politely, mode=Mode.SYNC), 1)
    assert ended == StepResult("end", failure="SystemExit: no input")
    slow = executor.execute(step("slow", steps.sleep_long, mode=Mode.SYNC, timeout=0.1), 1)
    assert slow == StepResult("slow", failure="it took longer than its 0.1 s")
    executor.execute(step("shout", steps.shout, mode=Mode.SYNC), 1)
    assert (tmp_path / "logs" / "shout.log").read_text() == "this is shout\nan error\n"


def test_declared_outputs_must_exist(executor: ComputeFrameworkExecutor, tmp_path: Path) -> None:
    there, missing = str(tmp_path / "there"), str(tmp_path / "missing")
    (tmp_path / "there").touch()
    result = executor.take_in(step("a", outputs=(there, missing)), StepResult("a", data=1, has_data=True))
    assert result == StepResult("a", failure=f"missing outputs: {missing}")
    assert executor.take_in(step("a", outputs=(there,)), StepResult("a")).failure == ""


@given(st.lists(st.text(min_size=1), min_size=2, max_size=8, unique=True))
def test_step_file_names_are_safe_and_distinct(names: list[str]) -> None:
    made = [file_name(name) for name in names]
    assert all("/" not in name and not name.startswith(".") and "\0" not in name for name in made)
    if all(len(name.encode("utf-8", "surrogatepass")) <= 12 for name in names):
        assert len(set(made)) == len(names)
