"""Long searches in another process, so that the screen never waits for one.

A searching thread and the drawing thread take turns with the interpreter. With most expressions a turn takes
about a millisecond, but some hold the interpreter for a whole line, and one key takes several turns: over
lines of 3,000 letters keys were answered after 85 ms with `.*[!-/]`, after 640 with twelve `a?` before it,
and after 8, as always, with the search in another process. Starting that takes some 50 ms, so short searches
stay in the thread.
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

_MOMENT = 0.02  # seconds in this thread
_BRIEF = 0.5  # seconds
_SMALL = 1024 * 1024  # bytes
_STEP = 0.05  # seconds until a cancelled search is seen to be


class Pursued(Protocol):
    """Search that runs in steps; an interrupted step leaves no trace."""

    @property
    def source(self) -> Source:
        """The log."""

    def step(self) -> bool:
        """Look through one block, and return whether there is more to do."""

    def rest(self) -> SearchTask:
        """Return the remaining work."""

    def take(self, news: Sequence[int]) -> None:
        """Apply a result from `runtui.logs.search.search_worker`."""


class OffloadedSearch:
    """Runner of a cancellable search: for a moment in this thread, then in a process of its own.

    Args:
        is_wanted: Returns False once the search is cancelled; called often.
    """

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._is_wanted = is_wanted
        self._deadline: float | None = None

    def goes_on(self) -> bool:
        """Return whether to continue in this thread; for `WhileWanted`, because a step can take long."""
        return self._is_wanted() and not self._is_late

    @property
    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline

    def run(self, search: Pursued, stepped: Callable[[], object] = bool) -> None:
        """Run a search to its end.

        Args:
            search: The search.
            stepped: Called after each step or result.

        Raises:
            OSError: The log cannot be read.
            NoLongerWantedError: The search was cancelled.
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
        """Return an answer that is not worth waiting long for.

        Args:
            ask: Computes it, with a pattern that is `WhileWanted`.

        Raises:
            NoLongerWantedError: The search was cancelled, or it takes longer.
        """
        self._deadline = time.monotonic() + _BRIEF
        try:
            return ask()
        finally:
            self._deadline = None

    def _takes_long(self, search: Pursued, stepped: Callable[[], object]) -> bool:
        """Search for a moment; return whether work remains and is still wanted."""
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
        """Continue in another process; return at once where none can be started."""
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
