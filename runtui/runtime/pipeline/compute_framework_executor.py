"""Execution of a step in its compute framework and mode, with the data of the steps it needs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from runtui.batch.registry import LOCAL
from runtui.runtime.pipeline.context import StepContext
from runtui.runtime.pipeline.frameworks import (
    ComputeFramework,
    DataTransformer,
    FileFramework,
    Form,
    MemoryFramework,
    StepData,
    file_name,
)
from runtui.runtime.pipeline.output_capture import printing_to
from runtui.runtime.pipeline.plan import CallWork, CommandWork, Mode, Step
from runtui.runtime.pipeline.tasks import (
    StepInterruptedError,
    StepResult,
    Task,
    call,
    failed_call,
    failure_text,
    missing_outputs,
    note_traceback,
)
from runtui.runtime.pipeline.worker_manager import WorkerManager
from runtui.store.paths import LOGS_DIR

if TYPE_CHECKING:
    from runtui.runtime.batch.framework import BatchFramework


class ComputeFrameworkExecutor:
    """Owner of the compute frameworks and of the transformer between them.

    Args:
        workers: Do what is not done in this thread.
        run: The run's directory.
        data_folder: Where data of steps in other processes are kept.
        interruptible: Makes what lets a signal end a function in this thread, as `Signals.striking` does.
        batch: The schedulers that steps can be done in, by what steps call them.
        has_logs: Whether what steps print goes to the run's logs, and not to this process's output.

    Attributes:
        cfw_collection: The frameworks that were initialised, by what steps call them and the form they hold
            data in.
        homes: In which framework the data of each step that returned any is.
    """

    def __init__(
        self,
        workers: WorkerManager,
        run: str,
        data_folder: str,
        interruptible: Callable[[], AbstractContextManager[None]] = nullcontext,
        batch: Mapping[str, BatchFramework] | None = None,
        *,
        has_logs: bool = True,
    ) -> None:
        self._workers = workers
        self._run = run
        self._data_folder = data_folder
        self._interruptible = interruptible
        self._batch = batch or {}
        self._has_logs = has_logs
        self._transformer = DataTransformer()
        self.cfw_collection: dict[tuple[str, Form], ComputeFramework] = {}
        self.homes: dict[str, ComputeFramework] = {}

    # Frameworks

    def add_compute_framework(self, step: Step) -> ComputeFramework:
        """Return the framework that a step runs in, initialised when it is the first one there."""
        key = (step.on, Form.FILE if is_elsewhere(step) else Form.OBJECT)
        if key not in self.cfw_collection:
            self.cfw_collection[key] = self.init_compute_framework(*key)
        return self.cfw_collection[key]

    def init_compute_framework(self, name: str, form: Form) -> ComputeFramework:
        """Return the framework of a name that holds data in a form."""
        if name != LOCAL:
            return self._batch[name]
        return MemoryFramework() if form is Form.OBJECT else FileFramework(self._data_folder)

    def get_cfw(self, step: str) -> ComputeFramework:
        """Return the framework that holds a step's data.

        Raises:
            KeyError: None does: the step returned nothing, or has not finished.
        """
        return self.homes[step]

    def hands_over(self, step: Step, consumer: Step) -> bool:
        """Return whether a step may begin to wait for another in the scheduler that both are for."""
        # What is done again is another job, for which nobody waits.
        return step.on == consumer.on != LOCAL and not step.retries

    # Preparing

    def prepare_execute_step(self, step: Step, attempt: int) -> Task:
        """Return the task for a step, with its inputs in the form that its framework takes.

        Raises:
            TypeError, OSError: Data cannot be brought there.
        """
        framework = self.add_compute_framework(step)
        place = None
        if isinstance(framework, FileFramework) and isinstance(step.work, CallWork):
            place = framework.place_for(step.name)
        return Task(
            step.name,
            step.work,
            self.prepare_tfs_and_joinstep(step),
            place,
            self._run,
            self.log_of(step.name),
            attempt,
        )

    def prepare_tfs_right_cfw(self, needed: str, target: ComputeFramework) -> StepData:
        """Return the data of a step in the form that another framework takes, transformed if need be."""
        source = self.get_cfw(needed)
        data = source.held(needed)
        if target.form is Form.OBJECT:
            return self._transformer.to_object(data, source.form)
        assert isinstance(target, FileFramework)
        place = target.place_for(needed)
        moved = self._transformer.to_file(data, source.form, place)
        if source.form is Form.OBJECT:
            target.keep(needed, moved)  # the next one that needs it there finds it, and so does its dropping
        return moved

    def prepare_tfs_and_joinstep(self, step: Step) -> dict[str, StepData]:
        """Return the data of all steps that a step needs, joined from wherever each is."""
        if isinstance(step.work, CommandWork):
            return {}
        target = self.add_compute_framework(step)
        if step.on in self._batch:
            return self._inputs_in_batch(step, self._batch[step.on])
        return {
            needed: self.prepare_tfs_right_cfw(needed, target)
            for needed in step.needs
            if needed in self.homes
        }

    def _inputs_in_batch(self, step: Step, target: BatchFramework) -> dict[str, StepData]:
        """Return a step's inputs, including those that steps in the same scheduler have yet to produce."""
        found: dict[str, StepData] = {}
        for needed in step.needs:
            if needed in self.homes:
                found[needed] = self.prepare_tfs_right_cfw(needed, target)
            elif target.is_at(needed):
                found[needed] = target.place_for(needed)
        return found

    def object_of(self, step: str) -> StepData:
        """Return a step's result, as an object in this process.

        Raises:
            KeyError: It returned nothing, or its data have been dropped.
        """
        framework = self.get_cfw(step)
        return self._transformer.to_object(framework.held(step), framework.form)

    def log_of(self, step: str) -> str:
        """Return the file that a step's output goes to, or ``""`` for the output of this process."""
        return f"{self._run}/{LOGS_DIR}/{file_name(step)}.log" if self._has_logs else ""

    # Doing

    def execute(self, step: Step, attempt: int) -> StepResult | None:
        """Execute a step, or hand it to its thread, process or scheduler.

        Args:
            step: The step.
            attempt: 1, and one more each time that it is begun anew.

        Returns:
            What became of it; None when that is not known yet.
        """
        try:
            return self._get_execution_function(step)(step, self.prepare_execute_step(step, attempt))
        except Exception as error:  # what cannot be pickled raises whatever it likes
            return StepResult(step.name, failure=failure_text(error))

    def sync_execute_step(self, step: Step, task: Task) -> StepResult:
        """Call a step's function in this thread; only the main thread can end it when its time is over."""
        assert isinstance(step.work, CallWork)
        if step.timeout is not None and threading.current_thread() is not threading.main_thread():
            return StepResult(
                step.name,
                failure="a step in this thread can have no timeout: give it the mode thread or process",
            )
        try:
            with self._interruptible(), _ended_after(step.timeout):
                return _called(step.work, task)
        except StepTimeoutError:
            return StepResult(step.name, failure=timeout_text(step))
        except StepInterruptedError as error:
            return StepResult(step.name, failure=f"interrupted by {error}")

    def thread_execute_step(self, step: Step, task: Task) -> None:
        """Call a step's function in a thread."""
        assert isinstance(step.work, CallWork)
        self._workers.add_thread_task(step.name, partial(_called, step.work, task))

    def multi_execute_step(self, step: Step, task: Task) -> None:
        """Hand a step, a function or a command, to a process of this host or to a scheduler."""
        batch = self._batch.get(step.on)
        if batch is not None:
            batch.submit(step, task, self._workers.post)
            self._workers.add_elsewhere(step.name, partial(batch.cancel, step.name))
        else:
            self._workers.send_command(task)

    def take_in(self, step: Step, result: StepResult) -> StepResult:
        """Keep a step's data in its framework, and return the result after a check of it.

        A step that did not make its declared outputs has failed.
        """
        framework = self.add_compute_framework(step)
        if step.on in self._batch:
            self._batch[step.on].take_in(step.name)
        if result.failure:
            return result
        if missing := missing_outputs(step.outputs):
            return result._replace(
                failure=f"missing outputs: {', '.join(missing)}", data=None, has_data=False
            )
        if result.has_data:
            framework.keep(step.name, result.data)
            self.homes[step.name] = framework
        return result

    def _get_execution_function(self, step: Step) -> Callable[[Step, Task], StepResult | None]:
        if is_elsewhere(step):
            return self.multi_execute_step
        return self.thread_execute_step if step.mode is Mode.THREAD else self.sync_execute_step


class StepTimeoutError(BaseException):
    """A function took longer than its step may; no ``except Exception`` of its own holds it up."""


def is_elsewhere(step: Step) -> bool:
    """Return whether a step is done by another process."""
    return step.on != LOCAL or step.mode is Mode.PROCESS or isinstance(step.work, CommandWork)


def timeout_text(step: Step) -> str:
    """Return a message that a step took too long."""
    return f"it took longer than its {step.timeout:g} s"


def _called(work: CallWork, task: Task) -> StepResult:
    """Call a function in this process, with objects as its inputs."""
    try:
        with printing_to(task.log):
            data = call(work, StepContext(task.step, task.inputs, Path(task.run), task.attempt))
    except (Exception, SystemExit) as error:
        note_traceback(task.log, error)
        return failed_call(task.step, error)
    return StepResult(task.step, data=data, has_data=data is not None)


@contextmanager
def _ended_after(timeout: float | None) -> Iterator[None]:
    """Raise `StepTimeoutError` in this thread when a ``with`` block takes longer than that many seconds."""
    if timeout is None:
        yield
        return

    def strike(_number: int, _frame: FrameType | None) -> None:
        raise StepTimeoutError

    before = signal.signal(signal.SIGALRM, strike) or signal.SIG_DFL
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
