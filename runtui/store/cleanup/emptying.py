"""Emptying the trash: the only thing that deletes runs for good."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from runtui.store.atomic import naming
from runtui.store.cleanup.trash_folder import (
    OWN_NAME,
    TRASH_RECORD,
    below_base,
    is_foreign,
    name_in,
    record_of,
    runs_in,
    trash_folders,
    trashed_in,
)
from runtui.store.cleanup.unrecorded import DOOMED_SUFFIX, doomed_name, is_half_emptied, unrecorded_run
from runtui.store.errors import StoreError, explain
from runtui.store.recognition import is_runs_directory
from runtui.store.safe_directory import SafeDirectory
from runtui.text.sanitize import safe_text

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class EmptyingProgress:
    """Progress of emptying the trash.

    Attributes:
        removed: The files removed.
        failed: The files and folders that could not be.
        reason: Why the first of those could not be, in one line, or ``""``.
    """

    removed: int
    failed: int
    reason: str = ""


def empty_trash(
    base: str,
    older_than: float | None = None,
    progress: Callable[[EmptyingProgress], None] = lambda _progress: None,
    only: str | None = None,
) -> EmptyingProgress:
    """Delete the runs in the trash for good. If interrupted, the next call resumes where it stopped.

    Symbolic links are removed as links. What has vanished meanwhile is no failure; what cannot be removed
    stays, and is counted. What other users put there is left alone.

    Args:
        base: The runs directory.
        older_than: Seconds since the epoch; only runs put there before it are deleted. None for all.
        progress: Callback, called now and then; an exception from it ends the emptying.
        only: The one folder of the trash to delete; None for all.

    Raises:
        OSError: The trash is there and cannot be listed.
    """
    removed = failed = 0
    reason = ""
    directory = SafeDirectory(base, follow=True)
    for folder in trash_folders(base):
        if is_foreign(folder) or (only is not None and os.path.basename(folder) != os.path.basename(only)):
            continue
        if not _is_half_emptied(base, folder):
            try:
                doomed = _doom(base, folder, older_than)
            except OSError as error:
                if OWN_NAME.fullmatch(os.path.basename(folder)) or unrecorded_run(folder):
                    failed += 1
                    reason = reason or explain(naming(folder, error))
                continue
            except _ForeignContentsError as error:
                failed += 1
                reason = reason or str(error)
                continue
            if doomed is None:
                continue
            folder = doomed
        for failure in _delete_tree(directory, folder, below_base(base, folder)):
            removed += failure is None
            failed += failure is not None
            reason = reason or ("" if failure is None else explain(failure))
            progress(EmptyingProgress(removed, failed, reason))
    return EmptyingProgress(removed, failed, reason)


def has_half_emptied(base: str) -> bool:
    """Return whether the trash has anything of ours that an interrupted emptying has left."""
    try:
        folders = trash_folders(base)
    except OSError:
        return False
    return any(_is_half_emptied(base, folder) and not is_foreign(folder) for folder in folders)


class _ForeignContentsError(StoreError):
    """Something that runtui did not put into a folder of the trash."""


def _doom(base: str, folder: str, older_than: float | None) -> str | None:
    """Rename what is to be deleted, because nothing half deleted can be restored, and return its new path.

    Returns:
        None where it is not ours, or not old enough.

    Raises:
        _ForeignContentsError: Something else lies in the folder.
        OSError: It cannot be read or renamed.
    """
    if (found := unrecorded_run(folder)) is not None:
        moments: list[float | None] = [found.trashed]
        others: set[str] = set()
        new_name = doomed_name(folder)
    elif folder.endswith(DOOMED_SUFFIX) or (record := record_of(folder)) is None:
        return None
    else:
        moments = [run.trashed for run in trashed_in(folder, record)]
        others = set(runs_in(folder)) - {name_in(record)}
        new_name = os.path.basename(folder) + DOOMED_SUFFIX
    if older_than is not None and any(moment is None or moment >= older_than for moment in moments):
        return None
    if others:
        raise _ForeignContentsError(f"{safe_text(folder)}: something else lies in it: move it away")
    relative = below_base(base, folder)
    SafeDirectory(base, follow=True).rename(relative, os.path.join(os.path.dirname(relative), new_name))
    return os.path.join(os.path.dirname(folder), new_name)


def _is_half_emptied(base: str, folder: str) -> bool:
    """Return whether a folder of the trash was left by an emptying of ours that was interrupted."""
    if is_half_emptied(folder):
        return True
    name = os.path.basename(folder)
    if not OWN_NAME.fullmatch(name.removesuffix(DOOMED_SUFFIX)) or not name.endswith(DOOMED_SUFFIX):
        return False
    try:
        # The record goes last, but went at any time with earlier versions.
        return record_of(folder) is not None or is_runs_directory(base)
    except OSError:
        return False


def _delete_tree(directory: SafeDirectory, folder: str, relative: str) -> Iterator[OSError | None]:
    """Delete a folder and all below it; yield None for each file that went, and why something did not.

    Folders are first moved up into `folder`: so no depth is too deep, and no link on the way can lead out.

    Args:
        directory: The runs directory.
        folder: The folder.
        relative: Its path below the runs directory.
    """
    parent, own_name = os.path.split(relative)
    try:
        with directory.folder(parent) as around:
            top = os.open(own_name, _FOLDER_FLAGS, dir_fd=around)
    except OSError as error:
        yield naming(folder, error)
        return
    has_failed = False
    try:
        waiting = [""]
        while waiting:
            name = waiting.pop()
            path = os.path.join(folder, name) if name else folder
            try:
                here = os.open(name, _FOLDER_FLAGS, dir_fd=top) if name else top
            except FileNotFoundError:
                continue
            except OSError as error:
                failure = _failure(partial(os.rmdir, dir_fd=top), name, path)
                if failure is not None:
                    has_failed = True
                    yield naming(path, error)
                continue
            try:
                for failure in _delete_files(here, path, top, waiting):
                    has_failed = has_failed or failure is not None
                    yield failure
            finally:
                if name:
                    os.close(here)
            if name:
                failure = _failure(partial(os.rmdir, dir_fd=top), name, path)
                if failure is not None and not (has_failed and failure.errno == errno.ENOTEMPTY):
                    has_failed = True
                    yield failure
        if not has_failed and TRASH_RECORD in os.listdir(top):
            failure = _failure(
                partial(os.unlink, dir_fd=top), TRASH_RECORD, os.path.join(folder, TRASH_RECORD)
            )
            has_failed = failure is not None
            yield failure
    finally:
        os.close(top)
    try:
        with directory.folder(parent) as around:
            failure = _failure(partial(os.rmdir, dir_fd=around), own_name, folder)
    except OSError as error:
        failure = naming(folder, error)
    if failure is not None and not (has_failed and failure.errno == errno.ENOTEMPTY):
        yield failure


def _delete_files(here: int, path: str, top: int, waiting: list[str]) -> Iterator[OSError | None]:
    """Delete the files in the open folder `here`; move its folders into `top` and note them as `waiting`."""
    try:
        with os.scandir(here) as listing:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing]
    except OSError as error:
        yield naming(path, error)
        return
    for name, is_folder in found:
        where = os.path.join(path, name)
        if not is_folder and here == top and name == TRASH_RECORD:
            continue  # the last to go: it tells whose the folder is
        if not is_folder:
            yield _failure(partial(os.unlink, dir_fd=here), name, where)
        elif here == top:
            waiting.append(name)
        else:
            fresh = os.urandom(8).hex()
            failure = _failure(partial(os.rename, dst=fresh, src_dir_fd=here, dst_dir_fd=top), name, where)
            if failure is None:
                waiting.append(fresh)
            else:
                yield failure


def _failure(change: Callable[[str], None], name: str, path: str) -> OSError | None:
    """Call `change`; return why it failed, if it did and what was to be changed is still there."""
    try:
        change(name)
    except FileNotFoundError:
        return None
    except OSError as error:
        return naming(path, error)
    return None
