"""``python -m runtui.runtime.worker``: does one task after the other for the process that started it.

Tasks come, and answers go, through a connection whose descriptor is the first argument. The worker ends when
the connection does, and everything that it started ends with it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from runtui.runtime import kernel
from runtui.runtime.context import StepContext
from runtui.runtime.family import Family
from runtui.runtime.frameworks import load, save
from runtui.runtime.plan import CallWork, CommandWork
from runtui.runtime.signals import Signals
from runtui.runtime.tasks import StepInterruptedError, StepResult, Task, call, failure_text, note_traceback
from runtui.store.errors import explain


def main() -> None:
    """Do tasks until there are no more."""
    connection = Connection(int(sys.argv[1]))
    kernel.die_with(int(sys.argv[2]), signal.SIGTERM)
    with Signals() as signals:
        family = Family(signals)
        worker = Worker(connection, signals, family)
        try:
            worker.work()
        finally:
            family.end_all()


class Worker:
    """Does the tasks that come through a connection.

    Args:
        connection: To whoever gives them.
        signals: SIGTERM ends the task at hand, and the worker.
        family: Starts commands.
    """

    def __init__(self, connection: Connection[StepResult, Task], signals: Signals, family: Family) -> None:
        self._connection = connection
        self._signals = signals
        self._family = family

    def work(self) -> None:
        """Do tasks until there are no more, or a signal says that it is enough."""
        while self._has_task():
            try:
                task = self._connection.recv()
            except (EOFError, OSError):
                return
            result = self._do(task)
            try:
                self._connection.send(result)
            except OSError:
                return  # whoever wanted to know is gone

    def _has_task(self) -> bool:
        poller = select.poll()
        poller.register(self._connection.fileno(), select.POLLIN)
        poller.register(self._signals.fileno(), select.POLLIN)
        while self._signals.number is None:
            self._signals.clear()
            self._family.reap()
            if any(found == self._connection.fileno() for found, _event in poller.poll()):
                return True
        return False

    def _do(self, task: Task) -> StepResult:
        try:
            log = os.open(task.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
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
                environment=os.environ,
                output=log,
            )
        except (OSError, ValueError) as error:
            return StepResult(task.step, f"{work.words[0]} cannot be started: {error}")
        while (end := self._family.end_of(pid)) is None and self._signals.number is None:
            self._signals.wait()
        if end is None or self._family.count_left_behind():
            self._family.end_all()
            end = self._family.end_of(pid)
        if end is None:
            return StepResult(task.step, "it could not be ended")
        return StepResult(
            task.step,
            failure=end.text if end.code else "",
            exit_code=end.code if end.code >= 0 else None,
            cpu_seconds=end.cpu_seconds,
            peak_memory=end.peak_memory,
        )

    def _call(self, task: Task, work: CallWork, log: int) -> StepResult:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(log, 1)
        os.dup2(log, 2)
        try:
            with self._signals.striking(StepInterruptedError):
                inputs = {name: load(path) for name, path in task.inputs.items() if isinstance(path, Path)}
                context = StepContext(task.step, inputs, task.run, task.attempt)
                data = call(work, context)
                if data is None or task.place is None:
                    return StepResult(task.step)
                save(data, task.place)
                return StepResult(task.step, data=task.place, has_data=True)
        except (Exception, StepInterruptedError, SystemExit) as error:
            note_traceback(task.log, error)
            return StepResult(task.step, failure=failure_text(error))
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            self._family.end_all()


if __name__ == "__main__":
    main()
