"""The parameter keys of all runs, found in the background, so that they can be offered where one types."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from runtui.catalog.sync.sources import RunSources
from runtui.catalog.view import RunView
from runtui.layouts.run_parameters import parameter_keys
from runtui.tui.controllers.host import BackgroundWork

_MOST_RUNS = 1000  # runs that are read, spread evenly over all: those of a project have the same keys
_BATCH_SECONDS = 0.2  # after which other work has its turn

Take = Callable[[Iterable[str]], None]


class _Found(NamedTuple):
    """The keys of some runs, and the directories of those that were not read."""

    keys: frozenset[str]
    rest: Sequence[str]


class KeyIndex:
    """Finds the keys once they are asked for, and again when there are other runs.

    Args:
        view: The runs.
        sources: The runs directories.
        background: Reads the runs.

    Attributes:
        keys: The keys found so far.
    """

    def __init__(self, view: RunView, sources: RunSources, background: BackgroundWork) -> None:
        self._view = view
        self._sources = sources
        self._background = background
        self._read: set[str] = set()
        self._takers: list[Take] = []
        self.keys: set[str] = set()

    def offer(self, take: Take) -> None:
        """Call `take` with the keys of all runs, those that were found at once, and others as they are."""
        take(sorted(self.keys))
        is_busy = bool(self._takers)
        self._takers.append(take)
        if not is_busy:
            names = list(self._view.records())
            chosen = names[:: max(1, len(names) // _MOST_RUNS)]
            self._go_on(["/".join(self._sources.place_of(name)) for name in chosen if name not in self._read])
            self._read.update(chosen)

    def _go_on(self, run_dirs: Sequence[str]) -> None:
        if run_dirs:
            self._background.submit("keys", partial(_keys_of, run_dirs), self._take)
        else:
            self._takers.clear()

    def _take(self, found: _Found) -> None:
        if not found.keys <= self.keys:
            self.keys |= found.keys
            for take in self._takers:
                take(sorted(self.keys))
        self._go_on(found.rest)


def _keys_of(run_dirs: Sequence[str]) -> _Found:
    """Read the keys of as many runs as can be read in a moment, one at least."""
    until = time.monotonic() + _BATCH_SECONDS
    keys = set[str]()
    for count, run_dir in enumerate(run_dirs, 1):
        keys |= parameter_keys(run_dir)
        if time.monotonic() > until:
            return _Found(frozenset(keys), run_dirs[count:])
    return _Found(frozenset(keys), ())
