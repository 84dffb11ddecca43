"""The lock under which the index, ``current`` and the set of runs are changed."""

from __future__ import annotations

import os
import stat
from types import TracebackType

from runtui.store.dot_dir import private_folder
from runtui.store.errors import is_full
from runtui.store.lock import FileLock
from runtui.store.paths import LOCKS_DIR, PRIVATE_DIR
from runtui.store.recognition import is_runs_directory
from runtui.store.safe_directory import SafeDirectory


class IndexLock:
    """The lock under which the index, ``current`` and the set of runs are changed, held within ``with``.

    In a directory that is none of ours there is no such lock. Where this user may not make one, or the disk
    is full, things are done without: each of them is done by one rename, and the index is a cache.

    Args:
        base: The runs directory.

    Raises:
        LockTimeoutError: On entering, when another program kept it.
        OSError: On entering, when it cannot be made for another reason.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._lock: FileLock | None = None

    def __enter__(self) -> IndexLock:
        if is_runs_directory(self._base):
            try:
                folder = _lock_folder(self._base)
                lock = FileLock(f"{folder}/index.lock", within=SafeDirectory(self._base, follow=True))
                lock.__enter__()
            except OSError as error:
                if isinstance(error, PermissionError) or is_full(error):
                    return self
                raise
            self._lock = lock
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.__exit__(kind, error, trace)
            self._lock = None


def index_lock(base: str) -> IndexLock:
    """Return the lock under which the index, ``current`` and the set of runs are changed."""
    return IndexLock(base)


def _lock_folder(base: str) -> str:
    """Return the folder of the lock below the directory: whoever shares that may remove a left-over lock.

    Where a sticky bit keeps users from removing each other's files it is one without that bit.
    """
    if not _is_sticky(base):
        private_folder(base, follow=True)
        return PRIVATE_DIR
    folder = private_folder(base, LOCKS_DIR, follow=True)
    found = os.lstat(folder)
    if found.st_mode & stat.S_ISVTX and found.st_uid == os.geteuid():
        os.chmod(folder, stat.S_IMODE(found.st_mode) & ~stat.S_ISVTX)
    return f"{PRIVATE_DIR}/{LOCKS_DIR}"


def _is_sticky(base: str) -> bool:
    return bool(os.stat(base).st_mode & stat.S_ISVTX)
