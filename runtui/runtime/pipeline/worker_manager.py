"""The threads, processes and commands that execute steps, and their answers."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from socket import socketpair
from typing import TYPE_CHECKING

from runtui.runtime.pipeline.commands import Commands
from runtui.runtime.pipeline.frameworks import ensure_data_key
from runtui.runtime.pipeline.plan import CommandWork
from runtui.runtime.pipeline.tasks import Answer, Parcel, StepResult, Task, packed, result_from
from runtui.runtime.process.interpreter import python_command
from runtui.runtime.process.process_tree import GRACE, new_sentinel, signal_group
from runtui.runtime.process.signals import killed_text

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_WORKER = "runtui.runtime.pipeline.worker"

_ENDED = "the run was ended"

_AFTER_GRACE = 2.0
"""Seconds that a worker has, after those that it gives its command, to say how that ended."""

_JANITOR_PATIENCE = 60.0
"""Seconds in which files that are no longer needed are removed, before the rest of them is left."""


class _Worker:
    """A worker process.

    Args:
        process, connection, sentinel: See below.

    Attributes:
        process, connection: Itself, and the way to it.
        sentinel: What can be read when it has ended, where the system has such a thing.
        owes: The step that it is at, or None.
        reason: Why it was told to end, or ``""``.
        deadline: When it is killed if it has not ended by then.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        connection: Connection[Parcel, Answer],
        sentinel: int | None,
    ) -> None:
        self.process = process
        self.connection = connection
        self.sentinel = sentinel
        self.owes: str | None = None
        self.reason = ""
        self.deadline: float | None = None

    @property
    def descriptors(self) -> set[int]:
        """The descriptors that become readable when it has something to report."""
        return {self.connection.fileno(), *([] if self.sentinel is None else [self.sentinel])}


class WorkerManager:
    """Owner of the workers and collector of their answers.

    Args:
        grace: Seconds that a step has to end by itself once asked to.

    Attributes:
        tasks: The steps that threads are at.
        process_register: The worker processes, by pid.
    """

    def __init__(self, grace: float = GRACE) -> None:
        self.tasks: dict[str, threading.Thread] = {}
        self.process_register: dict[int, _Worker] = {}
        self._grace = grace
        self._elsewhere: dict[str, Callable[[str], None]] = {}
        self._answers: SimpleQueue[tuple[threading.Thread | None, StepResult]] = SimpleQueue()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)
        # Made once, not for each wait: with steps that take no time that was a tenth of all there is to do.
        self._poller = select.poll()
        self._poller.register(self._wake_reader, select.POLLIN)
        self._also: set[int] = set()
        self._commands = Commands(self._poller, grace, self.process_register.keys())
        self._closing = threading.Lock()
        self._is_closed = False
        self._drops: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._janitor: threading.Thread | None = None

    # Giving work

    def add_thread_task(self, step: str, work: Callable[[], StepResult]) -> None:
        """Execute a step in a thread.

        Args:
            step: Its name.
            work: Function that executes it; raises nothing.
        """

        def run() -> None:
            self._hand_in(threading.current_thread(), work())

        # A thread that was given up must not keep the program from ending.
        thread = threading.Thread(target=run, name=f"step {step}", daemon=True)
        self.tasks[step] = thread
        thread.start()

    def start_ahead(self, count: int) -> None:
        """Start processes before they are needed: that takes long, and other work proceeds meanwhile.

        Raises:
            OSError: One cannot be started.
        """
        for _worker in range(count):
            self.create_worker_process()

    def send_command(self, task: Task) -> None:
        """Execute a step in a process: its command's own, or an idle or new one that calls its function.

        Raises:
            OSError: No process can be made.
            Exception: Whatever cannot be pickled raises.
        """
        if isinstance(task.work, CommandWork):
            result = self._commands.start(task, task.work)
            if result is not None:
                self.post(result)
            return
        parcel = packed(task)
        worker = next((worker for worker in self.process_register.values() if _is_idle(worker)), None)
        while worker is not None:
            try:
                worker.connection.send(parcel)
                worker.owes = task.step
                return
            except OSError:
                self._forget_worker(worker)  # it died while it had nothing to do
                worker = next((other for other in self.process_register.values() if _is_idle(other)), None)
        worker = self.create_worker_process()
        worker.owes = task.step
        worker.connection.send(parcel)

    def add_elsewhere(self, step: str, cancel: Callable[[str], None]) -> None:
        """Note that a step is executed elsewhere, by somebody who hands in an answer with `post`.

        Args:
            step: Its name.
            cancel: Has it ended, for the reason that it is given.
        """
        self._elsewhere[step] = cancel

    def create_worker_process(self) -> _Worker:
        """Start a worker process and return it.

        Raises:
            OSError: It cannot be started.
        """
        ensure_data_key()  # which the process inherits
        ours, theirs = socketpair()
        try:
            process = subprocess.Popen(
                python_command(_WORKER, [str(theirs.fileno()), str(os.getpid())]),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        connection: Connection[Parcel, Answer] = Connection(ours.detach())
        sentinel = new_sentinel(process.pid)
        worker = self.process_register[process.pid] = _Worker(process, connection, sentinel)
        for descriptor in worker.descriptors:
            self._poller.register(descriptor, select.POLLIN)
        return worker

    def post(self, result: StepResult) -> None:
        """Hand in an answer, from any thread."""
        self._hand_in(None, result)

    def _hand_in(self, thread: threading.Thread | None, result: StepResult) -> None:
        self._answers.put((thread, result))
        with self._closing:
            if self._is_closed:
                return  # it comes too late: the descriptor may be another file's by now
            try:
                os.write(self._wake_writer, b"x")
            except BlockingIOError:
                pass  # so many have come that whoever waits is woken anyway

    def drop_in_background(self, drop: Callable[[], None]) -> None:
        """Remove something in the background; on some file systems that takes long."""
        if self._janitor is None:
            self._janitor = threading.Thread(target=self._clean_up, name="runtui-drops", daemon=True)
            self._janitor.start()
        self._drops.put(drop)

    # Answers

    def wait(self, timeout: float | None = None, also: Sequence[int] = ()) -> None:
        """Wait until an answer has come or a worker has ended.

        Args:
            timeout: Seconds after which to return anyway; None to wait without end.
            also: Further descriptors; it returns when one of them can be read, too.
        """
        for descriptor in self._also.symmetric_difference(also):
            if descriptor in self._also:
                self._poller.unregister(descriptor)
            else:
                self._poller.register(descriptor, select.POLLIN)
        self._also = set(also)
        deadlines = [
            max(0.0, worker.deadline - time.monotonic())
            for worker in self.process_register.values()
            if worker.deadline is not None
        ]
        deadlines += [patience for patience in (timeout, self._commands.patience()) if patience is not None]
        timeout = min(deadlines, default=None)
        self._poller.poll(None if timeout is None else math.ceil(timeout * 1000))
        try:
            while os.read(self._wake_reader, 4096):
                pass
        except BlockingIOError:
            pass

    def get_done_steps_of_multiprocessing_result_queue(self) -> list[StepResult]:
        """Return the answers, of processes and of threads, that have come since the last call.

        A worker that died, or ended without a word, owing a step, has its answer given for it.
        """
        readable = {descriptor for descriptor, _event in self._poller.poll(0)}
        found = list(self._commands.ended(readable))
        for worker in list(self.process_register.values()):
            if worker.deadline is not None or worker.sentinel is None or readable & worker.descriptors:
                found += self._heard_from(worker)
        try:
            while True:
                thread, result = self._answers.get_nowait()
                if thread is None or self.tasks.get(result.step) is thread:  # else it was given up before
                    self.tasks.pop(result.step, None)
                    self._elsewhere.pop(result.step, None)
                    found.append(result)
        except Empty:
            return found

    def cancel(self, step: str, reason: str) -> None:
        """Request the end of a step; its answer comes when it has ended. A thread's step is only given up.

        Args:
            step: Its name.
            reason: Why, for the answer.
        """
        if step in self.tasks:
            # There is no way to end a thread: it goes on, and what it answers counts for nothing.
            del self.tasks[step]
            self.post(StepResult(step, failure=reason))
        if step in self._elsewhere:
            self._elsewhere[step](reason)
        self._commands.cancel(step, reason)
        for worker in self.process_register.values():
            if worker.owes == step and not worker.reason:
                self._end(worker, reason)

    # The end

    def join(self) -> None:
        """End all workers with everything that they started, and return when they have ended.

        Nothing is left to do when it is called once more.
        """
        if self._is_closed:
            return
        for worker in self.process_register.values():
            if worker.owes is None:
                self._close_connection(worker)  # it ends by itself
                worker.deadline = time.monotonic() + self._grace
            else:
                self._end(worker, worker.reason or _ENDED)
        self._commands.end_all(_ENDED)
        for worker in list(self.process_register.values()):
            assert worker.deadline is not None
            try:
                worker.process.wait(max(0.0, worker.deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _kill(worker)
            self._forget_worker(worker)
        for thread in self.tasks.values():
            thread.join(self._grace)
        self.tasks.clear()
        self._wait_for_drop_completion(_JANITOR_PATIENCE)
        with self._closing:
            self._is_closed = True
            os.close(self._wake_reader)
            os.close(self._wake_writer)

    def _wait_for_drop_completion(self, timeout: float) -> bool:
        """Wait for the removals in the background, and return whether all are done."""
        if self._janitor is None:
            return True
        self._drops.put(None)
        self._janitor.join(timeout)
        return not self._janitor.is_alive()

    def _clean_up(self) -> None:
        while (drop := self._drops.get()) is not None:
            try:
                drop()
            except Exception:  # what is dropped may be anybody's: the next one is dropped all the same
                pass  # it stays; nothing is wrong but the space that it takes

    def _heard_from(self, worker: _Worker) -> list[StepResult]:
        """Return the answers of a worker, and note when it has ended or must be killed."""
        if worker.deadline is not None and time.monotonic() >= worker.deadline:
            _kill(worker)
        try:
            if worker.connection.poll():
                result = result_from(worker.connection.recv())
                worker.owes = None
                if worker.reason:
                    return [result._replace(failure=worker.reason, data=None, has_data=False)]
                return [result]
        except (EOFError, OSError):
            _kill(worker)  # whatever it does, nobody will hear of it
            worker.process.wait()
        if worker.process.poll() is None:
            return []
        owed = self._forget_worker(worker)
        if owed is None:
            return []
        code = worker.process.returncode
        how = f"was {killed_text(-code)}" if code < 0 else f"ended with exit code {code} without an answer"
        return [StepResult(owed, failure=worker.reason or f"its worker process {how}")]

    def _end(self, worker: _Worker, reason: str) -> None:
        worker.reason = reason
        worker.deadline = time.monotonic() + self._grace + _AFTER_GRACE
        try:
            worker.process.send_signal(signal.SIGTERM)
        except ProcessLookupError:
            pass

    def _close_connection(self, worker: _Worker) -> None:
        self._poller.unregister(worker.connection)
        worker.connection.close()

    def _forget_worker(self, worker: _Worker) -> str | None:
        """Forget a worker that has ended, and return the step that it owed."""
        worker.process.wait()
        if not worker.connection.closed:
            self._close_connection(worker)
        if worker.sentinel is not None:
            self._poller.unregister(worker.sentinel)
            os.close(worker.sentinel)
        del self.process_register[worker.process.pid]
        return worker.owes


def _is_idle(worker: _Worker) -> bool:
    return worker.owes is None and not worker.reason


def _kill(worker: _Worker) -> None:
    signal_group(worker.process.pid, signal.SIGKILL)
