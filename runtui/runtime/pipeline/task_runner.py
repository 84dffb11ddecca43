"""Execution of one task in a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runtui.runtime.pipeline.context import StepContext
from runtui.runtime.pipeline.frameworks import load, save
from runtui.runtime.pipeline.plan import CallWork, CommandWork
from runtui.runtime.pipeline.tasks import (
    StepInterruptedError,
    StepResult,
    Task,
    call,
    command_result,
    failed_call,
    note_traceback,
    open_log,
)
from runtui.runtime.process.process_tree import Family
from runtui.runtime.process.run_paths import STEP_VARIABLE
from runtui.runtime.process.signals import Signals
from runtui.store.errors import explain


class TaskRunner:
    """Executor of tasks in this process, whose output goes to their logs.

    Args:
        signals: One to end ends the task at hand.
        family: Starts commands.
    """

    def __init__(self, signals: Signals, family: Family) -> None:
        self._signals = signals
        self._family = family

    def do(self, task: Task) -> StepResult:
        """Execute a task and return its result; raises nothing."""
        try:
            log = open_log(task.log)
        except OSError as error:
            return StepResult(task.step, f"its log cannot be written: {explain(error)}")
        try:
            if isinstance(task.work, CommandWork):
                return self._run(task, task.work, log)
            return self._call(task, task.work, log)
        finally:
            os.close(log)

    def _run(self, task: Task, work: CommandWork, log: int) -> StepResult:
        try:
            pid = self._family.start(
                work.words,
                directory=work.directory or os.getcwd(),
                environment=os.environ | {STEP_VARIABLE: task.step},
                output=log,
            )
        except (OSError, ValueError) as error:
            return StepResult(task.step, f"{work.words[0]} cannot be started: {error}")
        while (end := self._family.end_of(pid)) is None and self._signals.number is None:
            self._signals.wait()
        if end is None or self._family.count_left_behind():
            self._family.end_all()
            end = self._family.end_of(pid)
        return command_result(task.step, end)

    def _call(self, task: Task, work: CallWork, log: int) -> StepResult:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(log, 1)
        os.dup2(log, 2)
        try:
            with self._signals.striking(StepInterruptedError):
                inputs = {name: load(path) for name, path in task.inputs.items() if isinstance(path, Path)}
                context = StepContext(task.step, inputs, Path(task.run), task.attempt)
                data = call(work, context)
                if data is None or task.place is None:
                    return StepResult(task.step)
                save(data, task.place)
                return StepResult(task.step, data=task.place, has_data=True)
        except (Exception, StepInterruptedError, SystemExit) as error:
            note_traceback(task.log, error)
            return failed_call(task.step, error)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            self._family.end_all()
