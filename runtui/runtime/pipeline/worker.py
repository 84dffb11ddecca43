"""``python -m runtui.runtime.pipeline.worker``: call functions for the process that started it.

Tasks come, and answers go, through a connection whose descriptor is the first argument. It ends when that or
the process of the second one does, and everything that it started ends with it.
"""

from __future__ import annotations

import pickle
import select
import signal
import sys
from multiprocessing.connection import Connection

from runtui.runtime.pipeline.main_module import Preparation, prepare
from runtui.runtime.pipeline.task_runner import TaskRunner
from runtui.runtime.pipeline.tasks import Answer, Parcel, StepResult, answer_for, failure_text
from runtui.runtime.process import prctl
from runtui.runtime.process.process_tree import Family
from runtui.runtime.process.signals import Signals


def main() -> None:
    """Execute tasks until there are no more."""
    connection: Connection[Answer, Parcel] = Connection(int(sys.argv[1]))
    prctl.die_with(int(sys.argv[2]), signal.SIGTERM)
    with Signals() as signals:
        family = Family(signals)
        worker = Worker(connection, signals, family)
        try:
            worker.work()
        finally:
            family.end_all()


class Worker:
    """Executor of the tasks that come through a connection.

    Args:
        connection: To whoever gives them.
        signals: SIGTERM ends the task at hand, and the worker.
        family: Ends what functions leave behind.
    """

    def __init__(self, connection: Connection[Answer, Parcel], signals: Signals, family: Family) -> None:
        self._connection = connection
        self._signals = signals
        self._family = family
        self._operation_queue = TaskRunner(signals, family)
        self._preparation: Preparation | None = None

    def work(self) -> None:
        """Execute tasks until there are no more, or a signal to end comes."""
        while self._has_task():
            try:
                parcel = self._connection.recv()
            except (EOFError, OSError):
                return
            answer = answer_for(self._do(parcel))
            try:
                self._connection.send(answer)
            except OSError:
                return  # whoever wanted to know is gone

    def _do(self, parcel: Parcel) -> StepResult:
        try:
            if parcel.preparation is not None and parcel.preparation != self._preparation:
                prepare(parcel.preparation)
                self._preparation = parcel.preparation
            task = pickle.loads(parcel.task)
        except (Exception, SystemExit) as error:  # the user's modules raise whatever they like
            why = f"its function cannot be loaded: {failure_text(error)}"
            return StepResult(parcel.step, failure=why, error=error)
        return self._operation_queue.do(task)

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


if __name__ == "__main__":
    main()
