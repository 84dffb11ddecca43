"""Hearing of changes of one file at once, by the kernel's own events.

watchfiles gathers events for a while before it tells of them, and looks a hundred times a second whether
there are any: a line was painted 23 ms after it had been written, in place of 9. This waits in the kernel,
and costs nothing while nothing happens.
"""

from __future__ import annotations

import os
import select
import struct
import threading
from collections.abc import Callable

_JOIN_TIMEOUT = 0.5
_READ = 65536
_EVENT = struct.Struct("iIII")
_MODIFIED, _CLOSED, _MOVED, _CREATED, _DELETED = 0x2, 0x8, 0x40 | 0x80, 0x100, 0x200
_ONLY_FOLDERS = 0x01000000
_LOST = 0x4000  # more happened than the kernel keeps
_GONE = 0x8000  # the directory


class FileWatcher:
    """Watches one file, through renames and returns, in a daemon thread of its own.

    Args:
        path: The file, which need not exist, in a directory that does, on a file system that has events.
        on_change: Called in the watcher's thread when the file may have changed: at once for the first
            change, and once for all that follow within `pause`.
        on_ready: Called in it once changes are heard of; what changed before must be looked at.
        on_failure: Called in it when watching is not possible, or ends.
        pause: Seconds.

    Raises:
        OSError: No more files can be open.
    """

    def __init__(
        self,
        path: str,
        on_change: Callable[[], None],
        on_ready: Callable[[], None],
        on_failure: Callable[[], None],
        pause: float,
    ) -> None:
        folder, name = os.path.split(path)
        self._folder, self._file = os.fsencode(folder or "."), os.fsencode(name)
        self._on_change = on_change
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._pause = pause
        self._is_stopped = False
        self._woken, self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self._run, name="runtui-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End watching; nothing is called any more after a few moments. Does not wait."""
        if not self._is_stopped:
            self._is_stopped = True
            os.close(self._wake)

    def join(self) -> None:
        """Wait, not for long, until the thread has ended."""
        self._thread.join(_JOIN_TIMEOUT)

    def _run(self) -> None:
        try:
            events = self._begin()
        except (OSError, AttributeError):  # of no library other than Linux's
            os.close(self._woken)
            self._fail()
            return
        try:
            self._on_ready()
            self._hear(events)
        finally:
            os.close(events)
            os.close(self._woken)

    def _begin(self) -> int:
        import ctypes  # no part of the first paint

        library = ctypes.CDLL(None, use_errno=True)
        events: int = library.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if events < 0:
            raise OSError(ctypes.get_errno(), "no events")
        wanted = _MODIFIED | _CLOSED | _MOVED | _CREATED | _DELETED | _ONLY_FOLDERS
        if library.inotify_add_watch(events, self._folder, wanted) < 0:
            os.close(events)
            raise OSError(ctypes.get_errno(), "the directory cannot be watched")
        return events

    def _hear(self, events: int) -> None:
        ready = select.poll()
        ready.register(events, select.POLLIN)
        ready.register(self._woken, select.POLLIN)
        woken = select.poll()
        woken.register(self._woken, select.POLLIN)
        while True:
            ready.poll()
            if self._is_stopped:
                return
            happened = _parsed(os.read(events, _READ))
            if any(mask & _LOST or name == self._file for mask, name in happened):
                self._on_change()
            if any(mask & _GONE for mask, _name in happened):
                self._fail()
                return
            woken.poll(1000 * self._pause)

    def _fail(self) -> None:
        if not self._is_stopped:
            self._on_failure()


def _parsed(data: bytes) -> list[tuple[int, bytes]]:
    """Return what happened, and the names of the files that it happened to."""
    happened = []
    place = 0
    while place < len(data):
        _watch, mask, _cookie, size = _EVENT.unpack_from(data, place)
        place += _EVENT.size
        happened.append((mask, data[place : place + size].rstrip(b"\0")))
        place += size
    return happened
