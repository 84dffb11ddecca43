"""A pipeline of Python functions and commands, carried out in the calling program."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from types import TracebackType

from runtui.runtime.pipeline.compute_framework_executor import ComputeFrameworkExecutor
from runtui.runtime.pipeline.data_lifecycle_manager import DataLifecycleManager
from runtui.runtime.pipeline.execution_options import default_workers
from runtui.runtime.pipeline.execution_orchestrator import ExecutionOrchestrator, StepEvent, StepState
from runtui.runtime.pipeline.plan import Mode, Plan, Step, mode_of
from runtui.runtime.pipeline.tasks import StepResult
from runtui.runtime.pipeline.worker_manager import WorkerManager
from runtui.store.errors import StoreError
from runtui.store.paths import LOGS_DIR, PRIVATE_DIR
from runtui.store.safe_directory import SafeDirectory

_DATA_DIR = "data"


class PipelineFailedError(StoreError):
    """An end of a pipeline with steps that failed; the exception of the first one is its cause.

    Attributes:
        failures: Why steps failed, by their names.
        errors: The exceptions that their functions raised, by their names, as far as they are known.
        results: What the steps that no other one needs returned nevertheless.
    """

    def __init__(
        self,
        failures: Mapping[str, str],
        errors: Mapping[str, BaseException],
        results: Mapping[str, object],
    ) -> None:
        first, *others = failures
        more = f"; and so did {len(others)} more" if others else ""
        super().__init__(f"step {first} failed: {failures[first]}{more}")
        self.failures = dict(failures)
        self.errors = dict(errors)
        self.results = dict(results)


class Pipeline:
    """Steps, with the four components that carry them out.

    Nothing is recorded of it; `runtui.run_pipeline` makes a run of a pipeline that lies in files.

    Args:
        steps: The steps, in any order; what they need decides when they run.
        run: An existing directory for what the steps write: what they print goes to its ``logs``. Without one
            they have a temporary directory, and print where this program does.
    """

    def __init__(self, steps: Iterable[Step], *, run: str | os.PathLike[str] | None = None) -> None:
        self._plan = Plan(tuple(steps))
        self._run = None if run is None else os.path.abspath(run)
        self._events: Generator[StepEvent, None, None] | None = None
        self.results: dict[str, object] = {}
        """What the steps that no other one needs returned, by their names, when they are done."""

    def run(
        self, *, mode: Mode | str | None = None, workers: int | None = None, keep: bool = False
    ) -> dict[str, object]:
        """Carry out the steps and return what those that no other one needs returned, by their names.

        Functions that return None, and commands, have no result.

        Args:
            mode: Where functions run: ``sync``, ``thread`` or ``process``; None for what the steps say.
            workers: How many steps run at once; by default as many as there are processors, but no more than
                four.
            keep: Whether what the other steps returned is kept and returned as well.

        Raises:
            ValueError: `workers` is less than 1.
            PlanError: The steps cannot be carried out; nothing was begun.
            PipelineFailedError: Some failed. All others that do not need them are done.
        """
        failures: dict[str, str] = {}
        errors: dict[str, BaseException] = {}
        with self:
            for event in self._stream(mode, workers, keep=keep, has_values=False):
                if event.state is StepState.FAILED and event.result is not None:
                    failures[event.step] = event.result.failure
                    if event.result.error is not None:
                        errors[event.step] = event.result.error
        if failures:
            raise PipelineFailedError(failures, errors, self.results) from errors.get(next(iter(failures)))
        return dict(self.results)

    def stream(
        self, *, mode: Mode | str | None = None, workers: int | None = None, keep: bool = False
    ) -> Iterator[StepEvent]:
        """Carry out the steps, yielding each change of state, with what a step that is done returned.

        To be used in a ``with`` block of the pipeline, which ends what is at work when it is left. Failures
        are events, too. The arguments are those of `run`.

        Raises:
            ValueError, PlanError: As of `run`.
        """
        self._events = self._stream(mode, workers, keep=keep, has_values=True)
        return self._events

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._events is not None:
            self._events.close()
            self._events = None

    def _stream(
        self, mode: Mode | str | None, workers: int | None, *, keep: bool, has_values: bool
    ) -> Generator[StepEvent, None, None]:
        plan = self._plan
        if mode is not None:
            wanted = mode_of(mode)
            plan = Plan(tuple(step._replace(mode=wanted) for step in plan.steps))
        self.results = {}
        with ExitStack() as stack:
            run = self._run or stack.enter_context(TemporaryDirectory(prefix="runtui-"))
            with SafeDirectory(run).folder(LOGS_DIR, make=True):
                pass
            manager = WorkerManager()
            stack.callback(manager.join)
            executor = ComputeFrameworkExecutor(
                manager, run, os.path.join(run, PRIVATE_DIR, _DATA_DIR), has_logs=self._run is not None
            )
            lifecycle = DataLifecycleManager(
                _consumers(plan),
                {step.name: step.outputs for step in plan.steps},
                frozenset(step.name for step in plan.steps if step.is_temporary),
                manager.drop_in_background,
                keeps_all=keep,
            )
            at_once = default_workers() if workers is None else workers
            orchestrator = ExecutionOrchestrator(plan, executor, manager, lifecycle, at_once=at_once)
            with orchestrator:
                for event in orchestrator.compute_stream():
                    if event.result is not None and event.result.has_data:
                        self.results = lifecycle.get_result()
                        if has_values:
                            event = _with_value(event, event.result, self.results, executor)
                    yield event


def _consumers(plan: Plan) -> Mapping[str, frozenset[str]]:
    """Return who needs each step; of a plan that makes no sense nothing, as that is refused on entering."""
    try:
        return plan.consumers
    except KeyError:
        return {}


def _with_value(
    event: StepEvent, result: StepResult, results: Mapping[str, object], executor: ComputeFrameworkExecutor
) -> StepEvent:
    """Return an event whose data are what the function returned, and not the file that holds it."""
    value = results[event.step] if event.step in results else executor.object_of(event.step)
    return event._replace(result=result._replace(data=value))
