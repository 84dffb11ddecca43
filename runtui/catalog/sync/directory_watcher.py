"""Watching a few directories by events."""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Callable, Collection, Sequence

from runtui.text.sanitize import is_utf8

_JOIN_TIMEOUT = 0.5  # seconds
_ATTEMPTS = 20
_PAUSE = 0.5  # seconds until watching is begun again after a change of what has no name in UTF-8
_UNDECODABLE = re.compile(r'Unable to decode path "(.*)" to string', re.DOTALL)
"""What watchfiles says of a change of something whose name is not UTF-8, and ends."""


class Watcher:
    """Watcher of directories, without their subdirectories, in a daemon thread of its own.

    Args:
        paths: The directories; those that do not exist, cannot be read or are not named in UTF-8 are skipped.
        on_change: Called in the watcher's thread with the paths that changed.
        on_ready: Called in that thread once changes are noticed, with the watched directories; earlier
            changes have to be looked for.
        on_failure: Called in that thread with the reason if watching is impossible, or ends.
        step: Milliseconds between two checks for events. It determines the cost of an idle watcher: 0.15 %
            of a core at 50, 0.08 % at 100. A change is reported after one to two steps.
    """

    def __init__(
        self,
        paths: Sequence[str],
        on_change: Callable[[frozenset[str]], None],
        on_ready: Callable[[Collection[str]], None],
        on_failure: Callable[[str], None],
        step: int = 100,
    ) -> None:
        self._paths = paths
        self._on_change = on_change
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._step = step
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="runtui-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching. Does not wait; callbacks may still be called for a moment."""
        self._stop.set()

    def join(self) -> None:
        """Wait briefly until the thread has ended."""
        self._thread.join(_JOIN_TIMEOUT)

    def _run(self) -> None:
        attempts = _ATTEMPTS
        while attempts:
            paths = [path for path in self._paths if _can_be_watched(path)]
            if not paths:
                self._on_ready(())
                return
            try:
                self._watch(paths)
                return
            except (FileNotFoundError, PermissionError) as error:
                # A directory was removed or made unreadable since it was checked.
                attempts -= 1
                if not attempts:
                    self._fail(error)
            except (OSError, RuntimeError) as error:
                undecodable = _UNDECODABLE.search(str(error))
                if undecodable is None:
                    self._fail(error)
                    return
                # One such name must not end the watch of all others.
                if self._stop.wait(_PAUSE):
                    return
                self._on_change(frozenset((undecodable[1],)))

    def _watch(self, paths: Sequence[str]) -> None:
        from watchfiles import watch  # takes 0.1 s, too long for the first paint

        ready = False
        for changes in watch(
            *paths,
            watch_filter=None,
            recursive=False,
            force_polling=False,
            # It would also ignore that a limit was reached, and notice no changes.
            ignore_permission_denied=False,
            # A writer that never pauses would delay changes for the whole of `debounce`.
            debounce=2 * self._step,
            step=self._step,
            rust_timeout=4 * self._step,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
        ):
            if self._stop.is_set():
                return
            if not ready:
                ready = True
                self._on_ready(paths)
            if changes:
                self._on_change(frozenset(path for _kind, path in changes))

    def _fail(self, error: Exception) -> None:
        if not self._stop.is_set():
            self._on_failure(_reason(error))


def _can_be_watched(path: str) -> bool:
    return is_utf8(path) and os.path.isdir(path) and os.access(path, os.R_OK)


def _reason(error: Exception) -> str:
    """Return why watching failed, with the limit to raise if a limit is the reason."""
    text = str(error)
    if "watch limit" in text:
        return "all inotify watches of this user are taken (fs.inotify.max_user_watches)"
    if f"os error {errno.EMFILE}" in text:
        return "all inotify instances of this user are taken (fs.inotify.max_user_instances)"
    return text.splitlines()[0] if text else type(error).__name__
