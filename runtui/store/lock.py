"""Advisory locks that hold on shared file systems.

A lock is a file that is created, or linked into place, only where there is none: that was seen to exclude
between hosts on NFS v3 and v4, where flock and fcntl let both in. What is guaranteed: of those who use this
class at most one is inside, unless one stood still inside for longer than `STALE_AFTER`; a process that died
inside stops nobody for longer than that, and on its own host for no longer than a look. Losing a lock must
therefore do no harm: whoever writes under one reads the present state first and merges.
"""

from __future__ import annotations

import errno
import json
import os
import random
import stat
import threading
import time
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple

from runtui.store.atomic import NEW_FILE, discard, naming
from runtui.store.errors import LockTimeoutError
from runtui.store.process import ProcessIdentity, is_alive, this_process
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import SafeDirectory

STALE_AFTER = 15.0
"""Seconds after which a lock is taken to be left over; ordinary work holds one for milliseconds."""

_PROBE_EVERY = 1.0  # seconds
_USERS_PATIENCE = 5.0  # seconds
_LARGEST = 4096  # bytes of a lock file
_BREAKER_SUFFIX = ".breaking"

_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})
"""Errors of file systems without hard links."""

_held: dict[str, int] = {}
"""The threads of this process that are inside of a lock, by its token; changed under `_guard`."""

_guard = threading.RLock()
"""Re-entrant: a signal handler that needs a lock may strike while this thread holds it."""


def _forget_parent_locks() -> None:
    global _guard
    _guard = threading.RLock()
    _held.clear()


os.register_at_fork(after_in_child=_forget_parent_locks)


class _Holder(NamedTuple):
    token: str
    process: ProcessIdentity | None
    modified: float


class FileLock:
    """A lock file, held within a ``with`` block.

    Args:
        path: The lock file; its directory must exist.
        timeout: Seconds to wait for others. The default outlasts a stale lock.
        within: The directory below which no link is followed on the way to it, and which `path` is relative
            to; by default the lock file's own directory.

    Raises:
        LockTimeoutError: On entering, when others kept it for longer than `timeout`, or what lies in its
            place is no file.
        OSError: On entering, when the lock file cannot be made.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        timeout: float = 2 * STALE_AFTER,
        within: SafeDirectory | None = None,
    ) -> None:
        parent, self._name = os.path.split(os.fspath(path))
        self._directory = SafeDirectory(parent or ".", follow=True) if within is None else within
        self._parent = "" if within is None else parent
        self._shown = os.path.join(self._directory.path, self._parent, self._name)
        self._timeout = timeout
        self._token = ""
        self._process = 0

    def __enter__(self) -> FileLock:
        with ExitStack() as stack:
            self._folder = stack.enter_context(self._directory.folder(self._parent))
            try:
                self._acquire()
            except LockTimeoutError:
                raise
            except OSError as error:
                raise naming(self._shown, error) from error
            self._open = stack.pop_all()
        return self

    @property
    def is_held(self) -> bool:
        """Whether it is held by this process, as far as that knows; a child of `fork` holds none."""
        return bool(self._token) and self._process == os.getpid()

    def modified(self) -> float:
        """Return when the lock was made, in seconds since the epoch by the file server's clock."""
        return os.stat(self._name, dir_fd=self._folder, follow_symlinks=False).st_mtime

    def _acquire(self) -> None:
        began = probed = time.monotonic()
        pause = 0.002
        while not self._try_to_take():
            waited_long = time.monotonic() - probed > _PROBE_EVERY
            if waited_long:
                probed = time.monotonic()
            self._break_if_stale(ask_server=waited_long)
            if time.monotonic() - began > self._timeout:
                raise LockTimeoutError(
                    f"{self._shown} is held by another program; if none is running, remove that file"
                )
            time.sleep(pause * (0.5 + random.random()))
            pause = min(pause * 1.5, 0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        token, self._token = self._token, ""
        with self._open:
            with _guard:
                _held.pop(token, None)
            holder = _holder(self._name, self._folder)
            if holder is not None and holder.token == token:
                discard(self._name, self._folder)

    def _try_to_take(self) -> bool:
        folder = self._folder
        if self._mode() is not None:
            return False
        token = os.urandom(8).hex()
        aside = f"{self._name}.{token}"
        try:
            _create(aside, folder, json.dumps(this_process().as_json() | {"token": token}).encode())
            with _guard:
                try:
                    # A link, so that nobody ever sees a lock that does not say whose it is.
                    os.link(aside, self._name, src_dir_fd=folder, dst_dir_fd=folder)
                except FileExistsError:
                    return False
                except OSError as error:
                    if error.errno not in _NO_LINKS:
                        raise
                    _create(self._name, folder)
                    os.rename(aside, self._name, src_dir_fd=folder, dst_dir_fd=folder)
                _held[token] = threading.get_ident()
        except FileExistsError:
            return False
        finally:
            discard(aside, folder)
        self._token, self._process = token, os.getpid()
        return True

    def _mode(self) -> int | None:
        try:
            return os.stat(self._name, dir_fd=self._folder, follow_symlinks=False).st_mode
        except OSError:
            return None

    def _break_if_stale(self, *, ask_server: bool) -> None:
        holder = _holder(self._name, self._folder)
        if holder is None:
            self._check_lock_file()
            return
        if holder.process == this_process():
            self._break_own(holder)
            return
        if not self._is_stale(holder, ask_server):
            return
        # One at a time may break it, and looks once more: the others' look may be older than a fresh lock.
        breaker = self._name + _BREAKER_SUFFIX
        try:
            _create(breaker, self._folder)
        except FileExistsError:
            if ask_server and self._is_old(_holder(breaker, self._folder)):
                discard(breaker, self._folder)  # it died between two steps
            return
        try:
            if _holder(self._name, self._folder) == holder:
                discard(self._name, self._folder)
        finally:
            discard(breaker, self._folder)

    def _check_lock_file(self) -> None:
        mode = self._mode()
        if mode is not None and not stat.S_ISREG(mode):
            raise LockTimeoutError(f"{self._shown} is where a lock belongs but is not a lock file: remove it")

    def _break_own(self, holder: _Holder) -> None:
        """Break a lock of this process that no other thread of it is inside of.

        A thread never waits for itself in earnest: an exception of a signal handler, such as Ctrl-C's, struck
        between two steps of ours, or the handler itself is in need of the lock.

        Raises:
            OSError: It cannot be removed, which waiting does not change.
        """
        with _guard:
            is_ours = _held.get(holder.token) in (None, threading.get_ident())
            if is_ours and _holder(self._name, self._folder) == holder:
                try:
                    os.unlink(self._name, dir_fd=self._folder)
                except FileNotFoundError:
                    pass

    def _is_stale(self, holder: _Holder, ask_server: bool) -> bool:
        if holder.process is not None and is_alive(holder.process) is False:
            return True
        return ask_server and self._is_old(holder)

    def _is_old(self, holder: _Holder | None) -> bool:
        return holder is not None and self._server_time() - holder.modified > STALE_AFTER

    def _server_time(self) -> float:
        """Return the file server's idea of now: the only clock that lock files can be compared with."""
        probe = f"{self._name}.{os.urandom(6).hex()}"
        descriptor = os.open(probe, NEW_FILE, 0o600, dir_fd=self._folder)
        try:
            return os.fstat(descriptor).st_mtime
        finally:
            os.close(descriptor)
            discard(probe, self._folder)


def lock_beside(path: str) -> FileLock:
    """Return the lock under which programs of one user change a file of that user's, one after the other.

    Raises:
        OSError: Its folder, which is made where it is missing, cannot be made.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    return FileLock(f"{path}.lock", timeout=_USERS_PATIENCE)


def is_left_over(path: str) -> bool:
    """Return whether the lock file (or part of one) at `path` was left by a process that is gone.

    On another host's lock only its age can tell; by this host's clock, so a generous one is asked for.
    """
    holder = _holder(path)
    if holder is None:
        return False
    if holder.process is not None and is_alive(holder.process) is not None:
        return is_alive(holder.process) is False
    return time.time() - holder.modified > 20 * STALE_AFTER


def _holder(path: str, folder: int | None = None) -> _Holder | None:
    """Return the holder of the lock file at `path`; None when the file is gone or cannot be read."""
    try:
        with open_regular(path, folder=folder) as file:
            modified = file.status.st_mtime
            data = os.read(file.descriptor, _LARGEST)
    except OSError:
        return None
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        record = None
    token = record.get("token") if isinstance(record, dict) else None
    return _Holder(token if isinstance(token, str) else "", ProcessIdentity.from_json(record), modified)


def _create(name: str, folder: int, data: bytes = b"") -> None:
    descriptor = os.open(name, NEW_FILE, 0o666, dir_fd=folder)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)
