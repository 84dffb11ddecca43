"""Disk usage of runs, measured in the background while a dialog lists them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from runtui.store.cleanup.disk_usage import usage
from runtui.text.format import size_text
from runtui.tui.background import Background

_SLICE_SECONDS = 0.1


class Measuring:
    """The sizes of directories measured so far."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._is_stopped = False

    def measure(self, paths: Sequence[str], background: Background, show: Callable[[], None]) -> None:
        """Measure the directories that have not been measured yet.

        Args:
            paths: The directories.
            background: The thread that measures.
            show: Called on the event loop whenever further sizes are known.
        """
        waiting = [path for path in paths if path not in self._sizes]
        if waiting and not self._is_stopped:
            background.submit(
                "sizes",
                partial(self._some, waiting),
                lambda found: self._take(found, paths, background, show),
            )

    def stop(self) -> None:
        """Stop measuring."""
        self._is_stopped = True

    def text(self, path: str) -> str:
        """Return the size of a directory, or ``""`` if it is not known yet."""
        size = self._sizes.get(path)
        return "" if size is None else size_text(size)

    def total(self, paths: Iterable[str]) -> str:
        """Return the total size of directories, with a plus sign while some are not measured."""
        sizes = [self._sizes.get(path) for path in paths]
        return size_text(sum(size or 0 for size in sizes)) + ("+" if None in sizes else "")

    def _some(self, waiting: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        end = time.monotonic() + _SLICE_SECONDS
        for path in waiting:
            if self._is_stopped or time.monotonic() > end:
                break
            found[path] = usage(path)[0]
        return found

    def _take(
        self, found: dict[str, int], paths: Sequence[str], background: Background, show: Callable[[], None]
    ) -> None:
        self._sizes |= found
        show()
        self.measure(paths, background, show)
