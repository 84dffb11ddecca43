"""Turns of saving: no change of a thread or a signal handler is lost, whenever it is made.

A change is made in memory first, and then saved together with all others made so far. When several threads
wait for one that saves, the next one saves for all of them: none waits for longer than the save under way.

A signal handler may interrupt a save of its own thread, which it cannot wait for. It saves by itself, because
the process may end right after it. The interrupted save is then done again, because it might overwrite the
handler's with an older state. A handler that interrupts another handler leaves its change to the save that
was interrupted first, so that signals that arrive faster than saves finish do not pile up.
"""

from __future__ import annotations

import _thread
import atexit
import os
import threading
from collections import deque
from collections.abc import Callable
from itertools import count

_LOOK_AGAIN = 0.05
"""Seconds after which a waiting thread looks again by itself: a handler that runs between its look and its
sleep may use up the wake-up call."""

_MOST_ATTEMPTS = 3
"""Attempts of a save that handlers keep interrupting; the last one is finished in any case."""


class OutdatedError(Exception):
    """A save that a signal handler's has overtaken, and that has changed nothing."""


class _Turn:
    """The turn of a thread to save.

    Attributes:
        thread: The thread.
        interruptions: How many saves of its signal handlers began meanwhile.
    """

    __slots__ = ("interruptions", "thread")

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.interruptions = 0


class Save:
    """One attempt to save.

    Attributes:
        is_interrupting: Whether it is a signal handler's in the middle of another save of the same thread,
            which has not noted yet what it has done and will be finished or done again.
    """

    __slots__ = ("_interruptions", "_turn", "is_interrupting")

    def __init__(self, turn: _Turn | None = None, *, is_interrupting: bool = False) -> None:
        self._turn = turn
        self._interruptions = 0 if turn is None else turn.interruptions
        self.is_interrupting = is_interrupting

    def check(self) -> None:
        """Check, at the last moment before anything is changed, that no handler's save has overtaken it.

        Raises:
            OutdatedError: One has.
        """
        if self._turn is not None and self._turn.interruptions != self._interruptions:
            raise OutdatedError


class SaveTurns:
    """The order in which the threads and signal handlers of a process save one thing.

    Args:
        write: Saves all changes made so far. It is called by one thread at a time, but by a signal handler
            also while it is at work in the same thread.
        report: Receives, in one line, why changes by signal handlers could not be saved; they stay in memory.
    """

    def __init__(self, write: Callable[[Save], None], report: Callable[[str], None]) -> None:
        self._write = write
        self._report = report
        self._is_at_exit = False
        self._numbers = count(1)  # of changes, in their order
        self._saved = 0  # the number up to which they are saved
        self._begin_process()

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to copy it: with turns of its own, for which nobody waits yet."""
        return SaveTurns, (self._write, self._report)

    def _begin_process(self) -> None:
        """Begin anew in a forked process, which has none of the other threads."""
        self._process = os.getpid()
        self._changed = threading.Condition(threading.RLock())
        self._turn: _Turn | None = None
        self._depths: dict[int, int] = {}
        self._left: dict[int, deque[int]] = {}  # changes by handlers of a thread, which are to be saved again
        self._has_helper = False

    def save(self) -> None:
        """Save a change that was made in memory, by oneself or with the changes of others.

        Raises:
            Exception: Whatever `write` raised when this thread called it.
        """
        if self._process != os.getpid():
            self._begin_process()
        thread = threading.get_ident()
        depth = self._depths.get(thread, 0)
        number = next(self._numbers)
        try:
            self._depths[thread] = depth + 1
            if depth:
                self._left.setdefault(thread, deque()).append(number)
                if depth == 1:
                    self._save(number, thread)
                return
            try:
                self._save(number, thread)
            finally:
                self._save_left(thread)
        finally:
            if depth:
                self._depths[thread] = depth
            else:
                self._depths.pop(thread, None)

    def _save(self, number: int, thread: int) -> None:
        turn = _Turn(thread)
        try:
            with self._changed:
                while self._saved < number and self._turn is not None and self._turn.thread != thread:
                    self._changed.wait(_LOOK_AGAIN)
                if self._saved >= number:
                    return
                interrupted = self._turn
                if interrupted is None:
                    self._turn = turn
            if interrupted is None:
                self._write_in_turn(turn)
            else:
                interrupted.interruptions += 1
                self._write(Save(is_interrupting=True))
        finally:
            if self._turn is turn:
                with self._changed:
                    self._turn = None
                    self._changed.notify_all()

    def _write_in_turn(self, turn: _Turn) -> None:
        for attempt in range(_MOST_ATTEMPTS):
            covered = next(self._numbers)  # all earlier ones stand for changes that have been made
            try:
                self._write(Save(turn if attempt + 1 < _MOST_ATTEMPTS else None))
            except OutdatedError:
                continue
            self._saved = covered
            return

    def _save_left(self, thread: int) -> None:
        """Save what handlers of a thread have changed, and an interrupted save may have overwritten.

        Once: where signals arrive faster than that, another thread does the rest.
        """
        if not (left := self._newest_left(thread)):
            return
        try:
            self._save(left, thread)
        except (OSError, TypeError, ValueError, LookupError) as error:
            # The handlers' own attempts have raised it as well.
            self._report(f"changes by signal handlers are not saved yet: {error}")
            return
        if self._newest_left(thread) and not self._has_helper:
            if not self._is_at_exit:
                self._is_at_exit = True
                atexit.register(self._save_all_left)
            self._has_helper = True
            try:
                # Not by `threading`, whose locks a handler may find taken by the code that it interrupted.
                _thread.start_new_thread(self._help, ())
            except RuntimeError:
                self._has_helper = False  # then the next save does it, or the end of the program

    def _help(self) -> None:
        try:
            self._save_all_left()
        finally:
            self._has_helper = False

    def _save_all_left(self) -> None:
        thread = threading.get_ident()
        try:
            while left := max(map(self._newest_left, tuple(self._left)), default=0):
                self._save(left, thread)
        except (OSError, TypeError, ValueError, LookupError) as error:
            self._report(f"changes by signal handlers are not saved: {error}")

    def _newest_left(self, thread: int) -> int:
        """Return the number of the newest change by a handler of a thread that is not saved; 0 for none."""
        left = self._left.get(thread)
        if left is None:
            return 0
        while left and left[0] <= self._saved:
            left.popleft()
        return max((number for number in tuple(left) if number > self._saved), default=0)
