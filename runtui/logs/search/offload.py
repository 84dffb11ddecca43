"""Going through a log without keeping a screen waiting: what takes long is done by another process.

A thread that searches and the one that draws use the interpreter in turns. Most expressions make it wait for
hardly more than a millisecond, but some give nobody a turn until they have looked through a line, and a key
takes several turns: over lines of 3,000 letters keys were answered after 85 ms with `.*[!-/]`, after 640 with
twelve `a?` before it, and beside another process after 8, as ever. That costs some 50 ms to begin with, which
only those wait for who look for long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from runtui.logs.read.source import FileSource, Handle, Source
from runtui.logs.search.pattern import PLAIN, NoLongerWantedError
from runtui.logs.search.search_process import SearchProcess
from runtui.logs.search.task import SearchTask

T = TypeVar("T")

_MOMENT = 0.02
_BRIEF = 0.5
_SMALL = 1024 * 1024
_STEP = 0.05  # seconds after which it is seen that nobody wants to know any more


class Pursued(Protocol):
    """What goes through a log in steps. One that was interrupted is as if it had not been begun."""

    @property
    def source(self) -> Source:
        """The log."""

    def step(self) -> bool:
        """Look through one block, and return whether there is more to do."""

    def rest(self) -> SearchTask:
        """Return what is left to be done."""

    def take(self, news: Sequence[int]) -> None:
        """Take in how far another process has come, as `runtui.logs.search.search_worker` sends it."""


class OffloadedSearch:
    """Goes through a log as long as that is wanted: for a moment here, then in a process of its own.

    Args:
        is_wanted: Asked many times.
    """

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._is_wanted = is_wanted
        self._deadline: float | None = None

    def goes_on(self) -> bool:
        """Return whether to go on here; for `WhileWanted`, because a step can take long."""
        return self._is_wanted() and not self._is_late

    @property
    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline

    def run(self, search: Pursued, stepped: Callable[[], object] = bool) -> None:
        """Go through a log to the end.

        Args:
            search: What goes through it.
            stepped: Called when it has come further.

        Raises:
            OSError: The log cannot be read.
            NoLongerWantedError: Nobody wants to know any more.
        """
        source = search.source
        handle = source.handle if isinstance(source, FileSource) else None
        if handle is not None:
            if not self._takes_long(search, stepped):
                return
            self._run_elsewhere(search, handle, stepped)
        while self._is_wanted() and search.step():
            stepped()

    def briefly(self, ask: Callable[[], T]) -> T:
        """Return the answer to a question that is not worth waiting long for.

        Args:
            ask: What answers it, with a pattern that is `WhileWanted`.

        Raises:
            NoLongerWantedError: Nobody wants to know any more, or it takes longer.
        """
        self._deadline = time.monotonic() + _BRIEF
        try:
            return ask()
        finally:
            self._deadline = None

    def _takes_long(self, search: Pursued, stepped: Callable[[], object]) -> bool:
        """Go on for a moment; return whether there is more to do then that is wanted."""
        if search.source.size > _SMALL and search.rest().pattern.bound < PLAIN:
            return self._is_wanted()
        self._deadline = time.monotonic() + _MOMENT
        try:
            while self._is_wanted():
                if self._is_late:
                    return True
                if not search.step():
                    return False
                stepped()
            return False
        except NoLongerWantedError:
            if self._is_late:
                return self._is_wanted()
            raise
        finally:
            self._deadline = None

    def _run_elsewhere(self, search: Pursued, handle: Handle, stepped: Callable[[], object]) -> None:
        """Have another process do what is left, as far as it comes: where there can be none, nothing."""
        generation = search.source.generation
        try:
            searcher = SearchProcess(search.rest(), handle, search.source.size)
        except OSError:
            return
        try:
            for news in searcher.heard(_STEP):
                if not self._is_wanted() or search.source.generation != generation:
                    return
                if news:
                    search.take(news)
                    stepped()
        finally:
            searcher.end()
