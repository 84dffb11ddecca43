from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from runtui.runtime import (
    CallWork,
    ComputeFrameworkExecutor,
    DataLifecycleManager,
    ExecutionOrchestrator,
    Mode,
    Pipeline,
    PipelineFailedError,
    Plan,
    PlanError,
    Step,
    StepState,
    WorkerManager,
)
from runtui.runtime.pipeline.context import StepContext
from tests.runtime import steps
from tests.runtime.steps import Recorded

MODES = [mode.value for mode in Mode]


def add(context: StepContext) -> int:
    return sum(value for value in context.inputs.values() if isinstance(value, int)) + 1


def chain() -> list[Step]:
    return [Step("a", add), Step("b", add, ["a"]), Step("c", add, ["a", "b"])]


@pytest.mark.parametrize("mode", MODES)
def test_results_are_those_that_no_step_needs_and_all_when_they_are_kept(mode: str) -> None:
    assert Pipeline(chain()).run(mode=mode) == {"c": 4}
    assert Pipeline(chain()).run(mode=mode, keep=True, workers=1) == {"a": 1, "b": 2, "c": 4}


@pytest.mark.parametrize("mode", MODES)
def test_stream_gives_values_as_they_come(mode: str) -> None:
    with Pipeline(chain()) as pipeline:
        found = {
            event.step: event.result.data
            for event in pipeline.stream(mode=mode)
            if event.state is StepState.DONE and event.result is not None
        }
    assert found == {"a": 1, "b": 2, "c": 4}
    assert pipeline.results == {"c": 4}


def test_stream_that_is_left_early_ends_what_is_at_work(tmp_path: Path) -> None:
    with Pipeline([Step("long", steps.wait_for_another)], run=tmp_path) as pipeline:
        assert next(iter(pipeline.stream())).state is StepState.RUNNING
        events = pipeline.stream()
        assert next(iter(events)).state is StepState.RUNNING
    assert list(events) == []


def test_failure_keeps_its_exception_and_what_else_was_done() -> None:
    made = [Step("bad", steps.fail), Step("after", add, ["bad"]), Step("good", add)]
    with pytest.raises(PipelineFailedError, match="step bad failed: ValueError: bad went wrong") as caught:
        Pipeline(made).run(mode="process")
    assert isinstance(caught.value.__cause__, ValueError)
    assert caught.value.results == {"good": 1}
    assert caught.value.failures == {"bad": "ValueError: bad went wrong"}


class StubbornError(Exception):
    """Cannot be made from its arguments alone, as it is when it is read from a pickle."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


def raise_stubborn(_context: StepContext) -> None:
    raise StubbornError("here", "that")


def test_exception_that_cannot_be_sent_is_told_by_its_text() -> None:
    with pytest.raises(PipelineFailedError, match="StubbornError: here: that") as caught:
        Pipeline([Step("a", raise_stubborn)]).run(mode="process")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("mode", MODES)
def test_output_goes_where_the_program_prints_or_to_the_logs_of_a_run(
    mode: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = [Step("say", steps.shout), Step("echo", ["echo", "hello"])]
    assert Pipeline(made).run(mode=mode) == {"say": "SAY"}
    assert {"this is say", "hello"} <= set(capfd.readouterr().out.splitlines())
    (tmp_path / "run").mkdir()
    Pipeline(made, run=tmp_path / "run").run(mode=mode)
    assert "this is" not in capfd.readouterr().out
    assert (tmp_path / "run" / "logs" / "echo.log").read_text() == "hello\n"
    assert "this is say\n" in (tmp_path / "run" / "logs" / "say.log").read_text()


def test_function_object_of_a_module_runs_in_a_process() -> None:
    assert Pipeline([Step("a", CallWork(steps.pid))]).run() != {"a": os.getpid()}


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Step("x", add, mode="proces"), "there is no mode 'proces': there are sync, thread, process"),
        (lambda: Step("x", add, "bc"), "needs is a list of texts"),
        (lambda: Step("x", "ls -l"), "a command is a list of words"),
        (lambda: Step("x", []), "a function, or a command"),
        (lambda: Pipeline([Step("x", add, ["y"])]).run(), "x needs y"),
        (lambda: Pipeline([Step("x", add, on="slrum")]).run(), "there is no place slrum"),
        (lambda: Pipeline([Step("x", lambda context: 1)]).run(), "cannot be given to another process"),
        (lambda: Pipeline([Step("x", add)]).run(mode="sink"), "there is no mode 'sink'"),
    ],
    ids=["mode", "needs", "text", "empty", "dangling", "place", "lambda", "mode-of-run"],
)
def test_mistake_is_one_clear_error_before_anything_begins(make: object, why: str) -> None:
    assert callable(make)
    with pytest.raises(PlanError, match=why):
        make()


def test_less_than_one_worker_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 step"):
        Pipeline([Step("x", add)]).run(workers=0)


def test_lambda_runs_in_a_thread() -> None:
    assert Pipeline([Step("x", lambda context: context.name)]).run(mode="thread") == {"x": "x"}


def orchestrator(plan: Plan) -> ExecutionOrchestrator:
    workers = WorkerManager()
    lifecycle = DataLifecycleManager(plan.consumers, {}, frozenset(), workers.drop_in_background)
    executor = ComputeFrameworkExecutor(workers, "", "", has_logs=False)
    return ExecutionOrchestrator(plan, executor, workers, lifecycle)


def test_components_are_used_within_their_block_and_once() -> None:
    plan = Plan((Step("x", add, mode="sync"),))
    made = orchestrator(plan)
    with pytest.raises(RuntimeError, match="in a block"):
        made.compute()
    with made:
        assert made.compute() == {"x": StepState.DONE}
    with pytest.raises(RuntimeError, match="in a block"):
        made.compute()
    with pytest.raises(RuntimeError, match="carried out once"), made:
        pass


def test_workers_are_joined_twice_without_harm() -> None:
    workers = WorkerManager()
    workers.join()
    workers.join()
    assert workers.process_register == {}


def test_drop_that_fails_does_not_end_later_drops() -> None:
    workers = WorkerManager()
    dropped = threading.Event()

    def fail() -> None:
        raise ValueError("cannot")

    workers.drop_in_background(fail)
    workers.drop_in_background(dropped.set)
    workers.join()
    assert dropped.is_set()


def test_timeout_of_a_step_outside_the_main_thread_is_refused() -> None:
    found: list[BaseException] = []

    def run() -> None:
        try:
            Pipeline([Step("x", add, mode="sync", timeout=1.0)]).run()
        except PipelineFailedError as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert "can have no timeout" in str(found[0])


def test_temporary_outputs_of_a_pipeline_are_removed(tmp_path: Path) -> None:
    part = str(tmp_path / "part")
    made = [
        Step("make", ["touch", part], outputs=[part], is_temporary=True),
        Step("use", ["test", "-e", part], ["make"]),
        Step("sum", Recorded(2)),
    ]
    assert Pipeline(made, run=tmp_path).run(mode="thread") == {"sum": 2}
    assert not os.path.exists(part)
