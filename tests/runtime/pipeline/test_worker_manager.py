from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtui.runtime.pipeline.frameworks import load, save
from runtui.runtime.pipeline.plan import CommandWork, Step
from runtui.runtime.pipeline.tasks import StepResult
from runtui.runtime.pipeline.worker_manager import WorkerManager
from runtui.runtime.process.reaper import Reaper
from runtui.store.marked_processes import MARK_VARIABLE
from tests.runtime import steps
from tests.runtime.launches import below, is_gone, wait_until_gone
from tests.runtime.steps import command, step, task
from tests.waiting import PATIENCE, wait_until


@pytest.fixture
def workers() -> Iterator[WorkerManager]:
    manager = WorkerManager(grace=5.0)
    yield manager
    pids = [process for worker in manager.process_register for process in (worker, *below(worker))]
    manager.join()
    assert all(map(is_gone, pids))


def answer(workers: WorkerManager) -> StepResult:
    """The next answer, which is the only one."""
    deadline = time.monotonic() + PATIENCE
    while not (results := workers.get_done_steps_of_multiprocessing_result_queue()):
        assert time.monotonic() < deadline, "no answer has come"
        workers.wait(1.0)
    (result,) = results
    return result


def has_said(folder: Path, name: str) -> bool:
    log = folder / f"{name}.log"
    return log.exists() and log.read_text().endswith("\n")


def test_worker_process_saves_the_functions_result(workers: WorkerManager, tmp_path: Path) -> None:
    save("some data", tmp_path / "first.pickle")
    given = step("second", steps.inputs)
    workers.send_command(task(tmp_path, given, tmp_path / "second.pickle", first=tmp_path / "first.pickle"))
    result = answer(workers)
    assert (result.step, result.failure, result.has_data) == ("second", "", True)
    assert result.data == tmp_path / "second.pickle"
    assert load(tmp_path / "second.pickle") == {"first": "some data"}


def test_output_of_a_function_goes_to_its_own_log(workers: WorkerManager, tmp_path: Path) -> None:
    for name in ("one", "two"):
        workers.send_command(task(tmp_path, step(name, steps.shout)))
        answer(workers)
    assert (tmp_path / "one.log").read_text() == "this is one\nan error\n"
    assert (tmp_path / "two.log").read_text() == "this is two\nan error\n"
    assert len(workers.process_register) == 1  # the second one found it idle


def test_command_output_goes_to_its_log(workers: WorkerManager, tmp_path: Path) -> None:
    workers.send_command(task(tmp_path, command("say", "sh", "-c", "echo out; echo err >&2; exit 4")))
    result = answer(workers)
    assert (result.failure, result.exit_code) == ("exit code 4", 4)
    assert result.cpu_seconds is not None
    assert (tmp_path / "say.log").read_text() == "out\nerr\n"


@pytest.mark.parametrize(
    ("function", "failure"),
    [
        (steps.fail, "ValueError: step went wrong"),
        (steps.end_politely, "SystemExit: no input"),
        (steps.leave, "its worker process ended with exit code 0 without an answer"),
        (steps.kill_itself, "its worker process was killed by signal 9 (SIGKILL)"),
        ("tests.runtime.steps:no_such_function", "there is no function no_such_function in tests"),
        ("no_such_module_at_all:f", "No module named 'no_such_module_at_all'"),
    ],
)
def test_failing_function_gives_its_reason_and_the_next_one_runs(
    function: object, failure: str, workers: WorkerManager, tmp_path: Path
) -> None:
    workers.send_command(task(tmp_path, step("step", function)))
    assert failure in answer(workers).failure
    workers.send_command(task(tmp_path, step("next", steps.shout)))
    assert answer(workers).failure == ""


def test_unpicklable_return_value_is_reported(workers: WorkerManager, tmp_path: Path) -> None:
    workers.send_command(task(tmp_path, step("step", steps.unpicklable), tmp_path / "data"))
    assert "a function that it returned cannot be given to another process" in answer(workers).failure
    assert not list(tmp_path.glob("data*"))


def test_a_worker_that_died_while_idle_is_replaced(workers: WorkerManager, tmp_path: Path) -> None:
    workers.send_command(task(tmp_path, step("one")))
    answer(workers)
    (pid,) = workers.process_register
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), "it is dead")
    workers.send_command(task(tmp_path, step("two")))
    assert answer(workers) == StepResult("two")
    assert pid not in workers.process_register


def test_sigkill_of_a_worker_ends_its_functions_child_processes(
    workers: WorkerManager, tmp_path: Path
) -> None:
    workers.send_command(task(tmp_path, step("long", steps.wait_for_another)))
    wait_until(lambda: has_said(tmp_path, "long"), "it runs")
    (pid,) = workers.process_register
    os.kill(pid, signal.SIGKILL)
    assert answer(workers).failure == "its worker process was killed by signal 9 (SIGKILL)"
    wait_until_gone([int((tmp_path / "long.log").read_text())])


def test_cancelled_command_ends_with_all_its_children(workers: WorkerManager, tmp_path: Path) -> None:
    workers.send_command(
        task(tmp_path, command("long", "sh", "-c", "setsid sleep 600 & sleep 600 & echo $$ $! ; wait"))
    )
    wait_until(lambda: has_said(tmp_path, "long"), "it runs")
    pid = int((tmp_path / "long.log").read_text().split()[0])
    wait_until(lambda: len(below(pid)) == 2, "it has children")
    pids = [pid, *below(pid)]
    workers.cancel("long", "it is enough")
    result = answer(workers)
    assert (result.failure, result.exit_code) == ("it is enough", None)
    wait_until_gone(pids)


def test_cancelled_command_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    workers = WorkerManager(grace=0.1)
    workers.send_command(task(tmp_path, command("deaf", "sh", "-c", "trap '' TERM; echo $$; sleep 600")))
    wait_until(lambda: has_said(tmp_path, "deaf"), "it is deaf")
    workers.cancel("deaf", "it is enough")
    assert answer(workers).failure == "it is enough"
    assert is_gone(int((tmp_path / "deaf.log").read_text()))
    workers.join()


def test_command_runs_in_its_directory_and_knows_its_step(workers: WorkerManager, tmp_path: Path) -> None:
    words = ("sh", "-c", 'echo "$RUNTUI_STEP $PWD"; read -r line; echo "$?"')
    for directory in (tmp_path, Path.cwd()):
        done = Step("say", CommandWork(words, str(directory)), ())
        workers.send_command(task(tmp_path, done))
        assert answer(workers).failure == ""
    assert (tmp_path / "say.log").read_text() == f"say {tmp_path}\n1\nsay {Path.cwd()}\n1\n"


def test_commands_end_and_are_cancelled_without_pidfd(
    workers: WorkerManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    workers.send_command(task(tmp_path, command("one", "sh", "-c", "exit 3")))
    assert answer(workers).failure == "exit code 3"
    workers.send_command(task(tmp_path, command("two", "sleep", "600")))
    workers.cancel("two", "it is enough")
    assert answer(workers).failure == "it is enough"


def test_command_that_cannot_be_started_gives_its_reason(workers: WorkerManager, tmp_path: Path) -> None:
    workers.send_command(task(tmp_path, command("none", "no-such-command-at-all")))
    assert "no-such-command-at-all cannot be started" in answer(workers).failure
    (tmp_path / "linked.log").symlink_to(tmp_path / "elsewhere")
    workers.send_command(task(tmp_path, command("linked", "true")))
    assert "its log cannot be written" in answer(workers).failure
    assert not (tmp_path / "elsewhere").exists()


def test_commands_end_when_their_runner_is_killed(tmp_path: Path) -> None:
    texts = {"polite": "trap 'echo told; exit' TERM", "deaf": "trap '' TERM", "ended": "exit"}
    runner = os.fork()
    if not runner:
        os.environ[MARK_VARIABLE] = mark = os.urandom(8).hex()
        _keeper = Reaper(mark, grace=1)
        workers = WorkerManager()
        for name, text in texts.items():
            line = f"{text}; echo $$; while :; do sleep 0.1; done"
            workers.send_command(task(tmp_path, command(name, "sh", "-c", line)))
        answer(workers)
        (tmp_path / "has begun").touch()
        signal.pause()
        os._exit(1)
    wait_until(
        lambda: (
            (tmp_path / "has begun").exists() and all(has_said(tmp_path, each) for each in ("polite", "deaf"))
        ),
        "they are at work",
    )
    pids = [int((tmp_path / f"{name}.log").read_text()) for name in ("polite", "deaf")]
    os.kill(runner, signal.SIGKILL)
    os.waitpid(runner, 0)
    wait_until_gone(pids)
    assert (tmp_path / "polite.log").read_text().endswith("told\n")


def test_sleeping_function_can_be_cancelled(workers: WorkerManager, tmp_path: Path) -> None:
    workers.send_command(task(tmp_path, step("long", steps.sleep_long)))
    workers.cancel("long", "it is enough")
    assert answer(workers).failure == "it is enough"


def test_cancelled_function_that_refuses_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtui.runtime.pipeline.worker_manager._AFTER_GRACE", 0.1)
    workers = WorkerManager(grace=0.1)
    workers.send_command(task(tmp_path, step("deaf", steps.refuse_to_end)))
    wait_until((tmp_path / "deaf").exists, "it is deaf")
    (pid,) = workers.process_register
    workers.cancel("deaf", "it is enough")
    assert answer(workers).failure == "it is enough"
    assert is_gone(pid)
    workers.join()


def test_thread_runs_a_step_in_this_process(workers: WorkerManager) -> None:
    workers.add_thread_task("one", lambda: StepResult("one", data=threading.current_thread().name))
    assert answer(workers).data == "step one"
    assert workers.tasks == {}


def test_result_of_an_abandoned_thread_is_discarded(workers: WorkerManager) -> None:
    may_end, has_ended = threading.Event(), threading.Event()

    def work() -> StepResult:
        may_end.wait(PATIENCE)
        has_ended.set()
        return StepResult("one", data="too late")

    workers.add_thread_task("one", work)
    workers.cancel("one", "it is enough")
    assert answer(workers) == StepResult("one", failure="it is enough")
    workers.add_thread_task("one", lambda: StepResult("one", data="the second"))
    assert answer(workers).data == "the second"
    may_end.set()
    has_ended.wait(PATIENCE)
    workers.wait(0.2)
    assert workers.get_done_steps_of_multiprocessing_result_queue() == []


def test_posted_result_ends_the_wait(workers: WorkerManager) -> None:
    threading.Timer(0.05, lambda: workers.post(StepResult("elsewhere"))).start()
    assert answer(workers) == StepResult("elsewhere")


def test_result_posted_after_join_is_ignored() -> None:
    workers = WorkerManager()
    workers.join()
    reader, writer = os.pipe()  # with the numbers that the manager's own had
    workers.post(StepResult("late"))
    os.set_blocking(reader, False)
    with pytest.raises(BlockingIOError):
        os.read(reader, 1)
    os.close(reader)
    os.close(writer)


def test_join_ends_running_work_and_waits_for_removals(tmp_path: Path) -> None:
    workers = WorkerManager(grace=5.0)
    workers.send_command(task(tmp_path, command("long", "sh", "-c", "echo $$; sleep 600")))
    workers.send_command(task(tmp_path, step("function", steps.sleep_long)))
    wait_until(lambda: has_said(tmp_path, "long"), "it runs")
    pids = [*workers.process_register, int((tmp_path / "long.log").read_text())]
    removed: list[str] = []

    def fail() -> None:
        raise OSError("it cannot be removed")

    workers.drop_in_background(fail)
    workers.drop_in_background(lambda: removed.append("one"))
    workers.join()
    assert removed == ["one"]
    wait_until_gone(pids)
