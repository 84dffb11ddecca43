"""Writing in directories that others may write to as well: never through a link, never blocking.

Whoever may write in a run's directory can put a link or a pipe in the place of any file or folder of it. So
every folder on the way is opened by itself, from the one above it, and refused where it is a link; a file is
opened for writing only where it is a regular one that has no other name. This is the one module through which
anything in a run or a runs directory is opened for writing.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from shutil import rmtree

from runtui.store.atomic import create_in, discard, keep_owner, naming, replace_in
from runtui.store.errors import IrregularFileError, ReplacedDirectoryError
from runtui.text.sanitize import safe_text

# A path descriptor needs no permission to read the folder.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_SHARING_TAKES = 5.0
"""Seconds after its making in which a folder of another user may still get its permissions."""

_ATTEMPTS = 50
_PAUSE = 0.02  # seconds


class SafeDirectory:
    """A directory in which files are written without following a link anywhere below it.

    Args:
        path: The directory. It must be there: a run that was removed must not come back as an empty one.
        follow: Whether `path` itself may be a symbolic link: a runs directory, which the user named, may be;
            a run may not.
    """

    def __init__(self, path: str | os.PathLike[str], *, follow: bool = False) -> None:
        self.path = os.fspath(path)
        self._flags = _FOLDER if follow else _FOLDER | os.O_NOFOLLOW
        self._pinned: tuple[int, int] | None = None  # device and inode

    def pin(self) -> None:
        """Pin the directory: refuse from now on to write where another one has taken its place.

        Raises:
            OSError: It cannot be opened.
        """
        self._pinned = None
        with self.folder() as folder:
            found = os.fstat(folder)
        self._pinned = found.st_dev, found.st_ino

    @property
    def is_in_place(self) -> bool:
        """Whether the directory that was pinned still stands at its path, and is no link to it."""
        try:
            with self.folder():
                return True
        except (ReplacedDirectoryError, FileNotFoundError, NotADirectoryError):
            return False

    def is_empty(self, apart_from: Collection[str] = ()) -> bool:
        """Return whether it is empty, apart from empty folders of the given names.

        Raises:
            OSError: It cannot be read.
        """
        with self.folder() as folder, _readable(folder) as root:
            names = os.listdir(root)
            return all(name in apart_from and _is_empty_folder(name, root) for name in names)

    @contextmanager
    def folder(self, relative: str = "", *, make: bool = False) -> Iterator[int]:
        """Open the directory, or a folder below it, within a ``with`` block.

        Args:
            relative: The folder's path; ``""`` for the directory itself.
            make: Whether to make it, and those on the way, where they are missing.

        Yields:
            Its descriptor, for the ``dir_fd`` of other calls.

        Raises:
            NotADirectoryError: It, or one on the way, is a link or no folder.
            OSError: It cannot be opened, or made.
        """
        descriptor = self._open_folder(relative, make=make, like=None)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def make_shared_folder(self, relative: str) -> None:
        """Create a folder and its parents for all who may write in the directory; it may exist.

        Raises:
            OSError: As of `folder`.
        """
        with self.folder() as root:
            like = os.fstat(root)
        os.close(self._open_folder(relative, make=True, like=like))

    def open(self, relative: str, flags: int, mode: int = 0o666) -> int:
        """Open a file for writing and return its descriptor.

        Args:
            relative: Its path.
            flags: As of `os.open`.
            mode: The permission bits of a new file, of which the umask takes some.

        Raises:
            IrregularFileError: It is not a regular file, or has another name, which may lie anywhere.
            OSError: It cannot be opened, or a folder on the way is a link.
        """
        shown = os.path.join(self.path, relative)
        parent, name = os.path.split(relative)
        with self.folder(parent) as folder:
            try:
                # Nothing is cut off before it is known what it is.
                descriptor = os.open(name, (flags & ~os.O_TRUNC) | _FILE, mode, dir_fd=folder)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENXIO):
                    kind = "a symbolic link" if error.errno == errno.ELOOP else "not a regular file"
                    raise IrregularFileError(f"{safe_text(shown)} is {kind}: move it away") from None
                raise naming(shown, error) from error
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise IrregularFileError(f"{safe_text(shown)} is not a regular file: move it away")
            if found.st_nlink > 1:
                raise IrregularFileError(f"{safe_text(shown)} has another name (a hard link): move it away")
            if flags & os.O_TRUNC:
                os.ftruncate(descriptor, 0)
            os.set_blocking(descriptor, True)  # as whoever inherits it expects
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def replace(
        self,
        relative: str,
        data: bytes,
        before_replacing: Callable[[], None] | None = None,
        mode: int = 0o666,
        *,
        is_shared: bool = False,
    ) -> int:
        """Replace a file, as `replace_in` does, and return its time of modification in ns.

        Args:
            relative: Its path; the folder must be there.
            data, before_replacing, mode: As of `replace_in`.
            is_shared: Whether a new file is for all who may write in the directory.

        Raises:
            OSError: As of `replace_in`, or a folder on the way is a link.
        """
        parent, name = os.path.split(relative)
        like = None
        if is_shared:
            with self.folder() as root:
                like = os.fstat(root)
        shown = os.path.join(self.path, relative)
        with self.folder(parent) as place, _readable(place) as folder:
            return replace_in(folder, name, data, before_replacing, mode, shared_like=like, shown=shown)

    def create(self, name: str, data: bytes) -> None:
        """Create a file for all who may write in the directory, as `create_in` does.

        Raises:
            FileExistsError: There is a file of that name.
            OSError: As of `create_in`.
        """
        with self.folder() as place, _readable(place) as folder:
            shown = os.path.join(self.path, name)
            create_in(folder, name, data, shared_like=os.fstat(folder), shown=shown)

    def rename(self, relative: str, to: str) -> None:
        """Rename a file, in the place of another one, within its folder.

        Raises:
            OSError: It cannot be renamed, or a folder on the way is a link.
        """
        parent, name = os.path.split(relative)
        with self.folder(parent) as folder:
            os.rename(name, os.path.basename(to), src_dir_fd=folder, dst_dir_fd=folder)

    def remove_tree(self, relative: str) -> None:
        """Remove a folder and all that is in it, as far as that is possible; a link is removed as a link."""
        parent, name = os.path.split(relative)
        try:
            with self.folder(parent) as folder:
                if _is_link(name, folder):
                    os.unlink(name, dir_fd=folder)
                else:
                    rmtree(name, ignore_errors=True, dir_fd=folder)
        except OSError:
            pass

    def discard(self, relative: str) -> None:
        """Remove a file if that is possible."""
        parent, name = os.path.split(relative)
        try:
            with self.folder(parent) as folder:
                discard(name, folder)
        except OSError:
            pass

    def discard_folder(self, name: str) -> None:
        """Remove a folder, if that is possible and it is empty."""
        try:
            with self.folder() as folder:
                os.rmdir(name, dir_fd=folder)
        except OSError:
            pass

    def _open_folder(self, relative: str, *, make: bool, like: os.stat_result | None) -> int:
        try:
            descriptor = os.open(self.path, self._flags)
        except OSError as error:
            raise _refusal(self.path, error, os.path.islink(self.path)) from error
        found = os.fstat(descriptor)
        if self._pinned not in (None, (found.st_dev, found.st_ino)):
            os.close(descriptor)
            raise ReplacedDirectoryError(
                f"another directory was put in the place of {safe_text(self.path)}: nothing was written there"
            )
        place = self.path
        for part in relative.split("/") if relative else ():
            place = os.path.join(place, part)
            try:
                below = _open_part(part, descriptor, make=make, like=like)
            except OSError as error:
                raise _refusal(place, error, _is_link(part, descriptor)) from error
            finally:
                os.close(descriptor)
            descriptor = below
        return descriptor


def split_at(path: str | os.PathLike[str], folder: str) -> tuple[SafeDirectory, str]:
    """Return the run that a path leads into, and the rest of the path, which begins with `folder`.

    Args:
        path: A path as it was made for a command or another process.
        folder: The first folder of the run on it. Where it has none of that name, its own directory is taken
            to be all that others may not have made.
    """
    run_dir, mark, rest = os.fspath(path).rpartition(f"/{folder}/")
    if mark:
        return SafeDirectory(run_dir), f"{folder}/{rest}"
    parent, name = os.path.split(os.fspath(path))
    return SafeDirectory(parent or ".", follow=True), name


def _open_part(name: str, above: int, *, make: bool, like: os.stat_result | None) -> int:
    if name in ("", ".", ".."):
        raise OSError(errno.EINVAL, "it is no path inside")
    flags = _FOLDER | os.O_NOFOLLOW
    for _attempt in range(2):
        try:
            descriptor = os.open(name, flags, dir_fd=above)
        except FileNotFoundError:
            if not make:
                raise
        else:
            if like is not None:
                _wait_until_shared(descriptor, above)
            return descriptor
        try:
            os.mkdir(name, dir_fd=above)
        except FileExistsError:
            continue
        if like is not None:
            _share_folder(name, above, like)
    return os.open(name, flags, dir_fd=above)


def _share_folder(name: str, above: int, like: os.stat_result) -> None:
    """Give a new folder of ours the owner, group and permissions of `like`, as far as that is possible."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    except OSError:
        return
    try:
        share_like(descriptor, like, stat.S_IMODE(like.st_mode))
    finally:
        os.close(descriptor)


def _wait_until_shared(folder: int, above: int) -> None:
    """Wait until the creator of `folder` has let in those who may write in `above`."""
    for _attempt in range(_ATTEMPTS):
        if _may_write(folder) or not _may_write(above):
            return
        if abs(time.time() - os.fstat(folder).st_ctime) > _SHARING_TAKES:
            return  # its owner wants it so, or died: what is tried there will fail and say why
        time.sleep(_PAUSE)


def _may_write(folder: int) -> bool:
    return os.access(".", os.W_OK | os.X_OK, dir_fd=folder)


def share_like(descriptor: int, wanted: os.stat_result, mode: int) -> None:
    """Give a new file or folder of ours the owner and group of `wanted`, where possible, and `mode`."""
    keep_owner(descriptor, wanted)
    try:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
            os.fchmod(descriptor, mode)
    except OSError:
        pass  # some file systems keep no modes


@contextmanager
def _readable(folder: int) -> Iterator[int]:
    """Yield a descriptor of the same folder that can be flushed to the disk, where we may read it."""
    try:
        descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    except PermissionError:
        yield folder
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_empty_folder(name: str, above: int) -> bool:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    except OSError:
        return False
    try:
        return not os.listdir(descriptor)
    finally:
        os.close(descriptor)


def _is_link(name: str, above: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _refusal(path: str, error: OSError, is_link: bool) -> OSError:
    if error.errno not in (errno.ENOTDIR, errno.ELOOP, errno.EEXIST):
        return naming(path, error)
    kind = "a symbolic link" if is_link else "not a directory"
    return NotADirectoryError(errno.ENOTDIR, f"it is {kind}, move it away", path)
