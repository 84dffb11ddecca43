"""The store's errors, with messages that say what to do next."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.store.record import FileStamp

_ADVICE = {
    errno.ENOSPC: "free some space there and try again",
    errno.EDQUOT: "free some of your space, or ask for more, and try again",
    errno.EROFS: "try it from where that can be written, or ask whoever runs the file system",
    errno.EACCES: "ask its owner for access",
    errno.EPERM: "ask its owner for access",
    errno.ENOENT: "it was removed or renamed meanwhile, look again",
    errno.ESTALE: "it was replaced on its file server meanwhile, try again",
    errno.EINTR: "try again",
    errno.EIO: "try again, and when it stays so tell whoever runs the file system",
}


class StoreError(Exception):
    """Base of the store's errors: something it will not or cannot do, in one line for the user."""


def explain(error: OSError, *, with_path: bool = True) -> str:
    """Return an error of the system, its path if `with_path`, and advice, in one line."""
    path = error.filename
    where = f"{os.fsdecode(path)}: " if with_path and isinstance(path, str | bytes) else ""
    advice = _ADVICE.get(error.errno or 0)
    return f"{where}{error.strerror or error}" + (f" ({advice})" if advice else "")


def is_full(error: OSError) -> bool:
    """Return whether an error says that a disk, or the user's share of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


class InvalidRunIdError(StoreError, ValueError):
    """A run id that is not a single, plain path component."""


class RunNotFoundError(StoreError, LookupError):
    """A run name that the runs directory does not have."""


class ParentNotFoundError(RunNotFoundError, ValueError):
    """A parent, of a run to be created, that the runs directory does not have."""


class RunExistsError(StoreError, FileExistsError):
    """A run of that name exists; creating it again would overwrite it."""


class OutsideRunError(StoreError, ValueError):
    """A path that would lead out of the run's directory."""


class ReplacedDirectoryError(StoreError, OSError):
    """A directory that took the place of the one that was opened before."""


class IrregularFileError(StoreError, OSError):
    """A link, a pipe, a device, or, of a file to write to, one with another name, in the place of a file."""


class LockTimeoutError(StoreError, TimeoutError):
    """Another program held a lock for longer than a lock is ever held in ordinary work."""


class MetadataError(StoreError):
    """An unreadable metadata.json; the message says why, in words for the user.

    Attributes:
        passing: True where a writer at work would explain it: reading again may succeed.
        stamp: The state of the file that was found, where there was one.
        is_changing: Whether the file was written to while it was read: its date may be an earlier one.
        is_dangling: Whether it is a link that leads nowhere.
    """

    def __init__(
        self,
        message: str,
        *,
        passing: bool = False,
        stamp: FileStamp | None = None,
        is_changing: bool = False,
        is_dangling: bool = False,
    ) -> None:
        super().__init__(message)
        self.passing = passing
        self.stamp = stamp
        self.is_changing = is_changing
        self.is_dangling = is_dangling
