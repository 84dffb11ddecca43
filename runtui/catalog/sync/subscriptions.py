"""Subscriptions to the events of a changing set of directories."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from functools import partial

from runtui.catalog.sync.directory_watcher import Watcher
from runtui.catalog.sync.watch_plan import can_be_watched
from runtui.store.paths import CHECKPOINTS_DIR, LOGS_DIR, RESULTS_DIR

FOCUS_PARTS = (LOGS_DIR, RESULTS_DIR, CHECKPOINTS_DIR)
"""The subdirectories of the run on screen that are watched, too."""

Identity = tuple[int, int]
"""Identity of a directory, to recognise another one in its place: device and inode."""


class Listener:
    """Subscription to changes in a runs directory itself, in some of its runs and in the run on screen.

    The paths of a watcher are fixed. For other paths, a new watcher replaces it: the old one continues until
    the new one is ready, so that no change is missed in between.

    Args:
        base: The runs directory.
        further: A directory in it that is watched once it exists.
        defer: Calls a function in the owner's thread.
        on_change: Called in that thread with the paths that changed.
        on_heard: Called in that thread with newly watched directories, in which earlier changes have to be
            looked for.
        on_failure: Called in that thread with the reason if watching is impossible, or ends.
    """

    def __init__(
        self,
        base: str,
        further: str,
        defer: Callable[[Callable[[], None]], None],
        on_change: Callable[[frozenset[str]], None],
        on_heard: Callable[[Collection[str]], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self._base = base
        self._further = further
        self._defer = defer
        self._on_change, self._on_heard, self._on_failure = on_change, on_heard, on_failure
        self._watched: tuple[Identity, tuple[str, ...]] | None = None
        self._watchers: list[Watcher] = []

    def listen(self, identity: Identity, names: Sequence[str], focus: str | None) -> None:
        """Subscribe to these directories instead of the ones before.

        Args:
            identity: The identity of the runs directory.
            names: The runs to watch.
            focus: The run on screen, or None.
        """
        paths = [self._base, *(f"{self._base}/{name}" for name in names)]
        if os.path.isdir(self._further):
            paths.append(self._further)
        paths += [path for path in self._focus_paths(focus) if path not in paths]
        wanted = (identity, tuple(paths))
        if wanted == self._watched:
            return
        unheard = set(paths)
        if self._watched is not None and self._watched[0] == identity:
            unheard.difference_update(self._watched[1])
        self._watched = wanted
        retired = self._watchers
        watcher = Watcher(
            paths,
            on_change=lambda changed: self._defer(partial(self._on_change, changed)),
            on_ready=lambda heard: self._defer(partial(self._take_over, retired, unheard, heard)),
            on_failure=lambda reason: self._defer(partial(self._on_failure, reason)),
        )
        self._watchers = [*retired, watcher]

    def _focus_paths(self, focus: str | None) -> list[str]:
        """Return the directories to watch for the run on screen; none if it has to be polled."""
        if focus is None or not can_be_watched(focus):
            return []
        run_dir = f"{self._base}/{focus}"
        return [run_dir, *(path for part in FOCUS_PARTS if os.path.isdir(path := f"{run_dir}/{part}"))]

    def _take_over(self, retired: list[Watcher], unheard: set[str], heard: Collection[str]) -> None:
        """Stop the previous watchers."""
        for watcher in retired:
            watcher.stop()
        self._watchers = [watcher for watcher in self._watchers if watcher not in retired]
        if self._base not in heard:
            self.restart()  # the directory did not exist at that moment
            unheard.add(self._base)
        self._on_heard(unheard)

    def hears(self, focus: str | None) -> bool:
        """Return whether changes of the run on screen raise events."""
        return focus is not None and self._watched is not None and can_be_watched(focus)

    def restart(self) -> None:
        """Forget the watched directories, as they were moved or removed, and the watches with them."""
        self._watched = None

    def close(self) -> None:
        """Unsubscribe from everything. Does not wait."""
        self.stop()
        self._watchers = []
        self._watched = None

    def stop(self) -> None:
        """Stop. Does not wait."""
        for watcher in self._watchers:
            watcher.stop()

    def join(self) -> None:
        """Wait briefly until no callbacks are called any more."""
        for watcher in self._watchers:
            watcher.join()
