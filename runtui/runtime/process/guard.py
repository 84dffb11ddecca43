"""Two processes that watch each other, so that not even SIGKILL leaves a run's processes behind.

The one that the user started only passes signals on and waits; the other does the work. When the work is
killed, the first adopts everything that it had started, ends it, and puts down what happened; when the first
is killed, the work is told, ends everything, and puts it down itself. When both are, a shell ends everything,
which is no child of either; that the run is lost is seen by whoever looks at it next.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

from runtui.runtime.process import prctl
from runtui.runtime.process.process_tree import Family
from runtui.runtime.process.reaper import Reaper
from runtui.runtime.process.signals import ENDING, Signals
from runtui.store.errors import StoreError, explain
from runtui.store.marked_processes import MARK_VARIABLE
from runtui.text.sanitize import safe_text

_MARK_BYTES = 16

_ENOUGH = 4
"""The signal that kills the worker itself: it may hang in a call that does not return."""


def guarded(
    work: Callable[[], int], when_killed: Callable[[int], None], when_failed: Callable[[str], None]
) -> int:
    """Do `work` in a process of its own and return its exit code.

    To be called in the main thread of a process that has no other. SIGINT, SIGTERM and SIGHUP are passed on;
    `work` is sent SIGTERM when this process is gone. It begins with these blocked, for `Signals` to let in.
    All that it starts is to carry the mark that it finds in its environment as `MARK_VARIABLE`.

    Args:
        work: Returns the exit code.
        when_killed: Called with the signal's number when that killed the worker, after everything that it had
            started has been ended.
        when_failed: Called in the worker with why, when `work` raised an exception.

    Raises:
        OSError: No process can be made, or `when_killed` raised it.
    """
    prctl.prepare()
    sys.stdout.flush()
    sys.stderr.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        guard = os.getpid()
        mark = os.urandom(_MARK_BYTES).hex()
        reaper_process = Reaper(mark)
        prctl.adopt_orphans()
        worker = os.fork()
        if worker == 0:
            os.environ[MARK_VARIABLE] = mark
            _work(work, guard, reaper_process, when_failed)
        handlers = {number: signal.getsignal(number) for number in ENDING}
        for number in ENDING:
            if handlers[number] is not signal.SIG_IGN:
                signal.signal(number, _passing_on_to(worker))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        # The worker is reaped only when no signal is passed on any more: its number may then be another's.
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        for number, handler in handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if code < 0:
            with Signals() as signals:
                Family(signals).end_all()
                when_killed(-code)
            code = 128 - code
        reaper_process.dismiss()
        return code
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _passing_on_to(worker: int) -> Callable[[int, FrameType | None], None]:
    asked = 0

    def pass_on(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        os.kill(worker, number if asked < _ENOUGH else signal.SIGKILL)

    return pass_on


def _work(
    work: Callable[[], int], guard: int, reaper_process: Reaper, when_failed: Callable[[str], None]
) -> None:
    """Do the work and end this process."""
    code = 1
    try:
        # A group of its own: of the terminal's signals it hears through the guard, and only once.
        os.setpgid(0, 0)
        prctl.die_with(guard, signal.SIGTERM)
        code = work()
        reaper_process.dismiss()  # the guard may be gone
    except (StoreError, OSError) as error:
        why = str(error) if isinstance(error, StoreError) else explain(error)
        print(f"runtui: {safe_text(why)}", file=sys.stderr)
        _tell(when_failed, why)
    except BaseException as error:
        traceback.print_exc()
        _tell(when_failed, f"runtui failed: {type(error).__name__}: {safe_text(str(error), 500)}")
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _tell(when_failed: Callable[[str], None], why: str) -> None:
    try:
        when_failed(why)
    except (OSError, StoreError):
        pass  # what went wrong first has been said
