"""The trash: a run is set aside by a rename within its own runs directory, never deleted at once."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from runtui.store.atomic import naming
from runtui.store.edits.run_edits import STOPPED, Outcome, ProgressCallback, no_progress
from runtui.store.errors import (
    MetadataError,
    OutsideRunError,
    RunExistsError,
    RunNotFoundError,
    StoreError,
    explain,
)
from runtui.store.estale import opened_again
from runtui.store.index import Returned, index_lock, summary_of, update_cached_index
from runtui.store.json_object import parse_object
from runtui.store.metadata import read_metadata
from runtui.store.paths import TRASH_DIR, check_run_id
from runtui.store.process import hostname, username
from runtui.store.recognition import is_runs_directory
from runtui.store.regular_file import read_file
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import parse_timestamp, timestamp_now
from runtui.text.sanitize import safe_text

TRASH_RECORD = "trashed.json"

_OWN_NAME = re.compile(r"[0-9a-f]{12}")
_DOOMED_SUFFIX = ".emptying"
_LARGEST_RECORD = 1024 * 1024  # bytes
_FILES_PER_REPORT = 1000  # files between two reports of progress
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class TrashedRun:
    """A run in the trash. Text is safe to show, but for `name` and `folder`.

    Attributes:
        name: The run's directory as the file system spells it.
        folder: The folder of the trash that it lies in.
        run_id: The run's id.
        description: The run's description in the index.
        trashed: When it was put there, in seconds since the epoch, or None when that is not known.
        user: By whom.
        reason: Why.
        is_foreign: Whether it is another user's: only that one restores or deletes it.
    """

    name: str
    folder: str
    run_id: str
    description: str
    trashed: float | None
    user: str
    reason: str
    is_foreign: bool = False


class Trash(NamedTuple):
    """The contents of the trash.

    Attributes:
        runs: The runs, those put there last first.
        unread: How many folders of the trash cannot be read: other users' that keep theirs to themselves.
    """

    runs: list[TrashedRun]
    unread: int


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


def move_to_trash(
    base: str, name: str, reason: str, entry: dict[str, Any], *, was_latest: bool = False
) -> str:
    """Rename the run `name` into the trash and return the folder it lies in.

    The folder ``.trash/<token>/`` holds the run's directory under its own name and ``trashed.json``, which
    says when, by whom and why, and repeats the run's index entry.

    Args:
        base: The runs directory.
        name: The run.
        reason: Why it was taken.
        entry: The run's entry in the index.
        was_latest: Whether the index called it the latest one.

    Raises:
        InvalidRunIdError: `name` is not one path component.
        OSError: It cannot be moved; it is where it was.
    """
    check_run_id(name)
    folder = os.path.join(_trash_of(base), token := os.urandom(6).hex())
    directory = SafeDirectory(base, follow=True)
    # Each of several users of a runs directory puts his own runs there.
    directory.make_shared_folder(TRASH_DIR)
    record = {
        "name": name,
        "trashed_at": timestamp_now(),
        "hostname": hostname(),
        "user": username(),
        "reason": reason,
        "entry": entry,
        "was_latest": was_latest,
    }
    with directory.folder() as home, directory.folder(f"{TRASH_DIR}/{token}", make=True) as place:
        try:
            directory.replace(f"{TRASH_DIR}/{token}/{TRASH_RECORD}", json.dumps(record, indent=2).encode())
            os.rename(name, name, src_dir_fd=home, dst_dir_fd=place)
        except OSError as error:
            _remove_folder_if_done(base, folder)
            raise naming(os.path.join(base, name), error) from error
    return folder


def read_trash(base: str) -> Trash:
    """Return the contents of the trash that runtui put there: other programs have a ``.trash``, too.

    Raises:
        OSError: The trash is there and cannot be listed.
    """
    runs: list[TrashedRun] = []
    unread = 0
    for folder in _folders(base):
        if folder.endswith(_DOOMED_SUFFIX):
            continue
        try:
            record = _record_of(folder)
            runs += [] if record is None else _trashed_in(folder, record)
        except OSError:
            # Of what others keep to themselves only the name tells that it is of our kind.
            unread += _OWN_NAME.fullmatch(os.path.basename(folder)) is not None
    runs.sort(key=lambda run: (run.trashed or 0.0, run.name), reverse=True)
    return Trash(runs, unread)


def list_trash(base: str) -> list[TrashedRun]:
    """Return the runs in the trash, the latest first.

    Raises:
        OSError: The trash is there and cannot be listed.
    """
    return read_trash(base).runs


def unread_text(count: int) -> str:
    """Return in one line that so many folders of the trash cannot be read, or ``""``."""
    if not count:
        return ""
    folders = "1 folder" if count == 1 else f"{count} folders"
    return f"{folders} of the trash cannot be read: ask the owner to list or restore what is there"


def places_in_trash(base: str) -> dict[str, list[str]]:
    """Return the directories of the runs in the trash by their names, as far as they can be read."""
    found: dict[str, list[str]] = {}
    try:
        runs = list_trash(base)
    except OSError:
        runs = []
    for run in runs:
        found.setdefault(run.name, []).append(os.path.join(run.folder, run.name))
    return found


def restore(base: str, run: TrashedRun) -> str:
    """Restore a run to its place and to the index.

    Returns:
        What else did not go as it should, in one line, or ``""``.

    Raises:
        StoreError: It belongs to another user; nothing was changed.
        RunExistsError: There is another run of its name by now; nothing was changed.
        RunNotFoundError: It is no longer in the trash.
        InvalidRunIdError, OutsideRunError: It is no run of this trash; nothing was changed.
        OSError: It cannot be moved; it is where it was.
        LockTimeoutError: Another program kept the lock.
    """
    _check_restorable(base, run)
    with index_lock(base):
        returned = _bring_back(base, run)
    return update_cached_index(base, () if returned is None else (returned,))


def restore_all(
    base: str, runs: Sequence[TrashedRun], told: ProgressCallback = no_progress
) -> tuple[list[Outcome], str]:
    """Restore several runs to their places and to the index; those that cannot be restored stay.

    Args:
        base: The runs directory.
        runs: The runs.
        told: Progress callback.

    Returns:
        What became of each, by its name, and what else did not go as it should, in one line, or ``""``.

    Raises:
        OSError: The lock file cannot be made.
        LockTimeoutError: Another program kept the lock.
    """
    outcomes: list[Outcome] = []
    back: list[Returned] = []
    with index_lock(base):
        for run in runs:
            if not told(len(outcomes), len(runs)):
                outcomes.append(Outcome(run.name, False, STOPPED))
                continue
            try:
                _check_restorable(base, run)
                returned = _bring_back(base, run)
            except StoreError as error:
                outcomes.append(Outcome(run.name, False, safe_text(str(error))))
            except OSError as error:
                outcomes.append(Outcome(run.name, False, safe_text(explain(error))))
            else:
                back += [] if returned is None else [returned]
                outcomes.append(Outcome(run.name, True, "is back"))
    return outcomes, update_cached_index(base, back) if any(outcome.done for outcome in outcomes) else ""


def _check_restorable(base: str, run: TrashedRun) -> None:
    check_run_id(run.name)
    trash, folder = os.path.split(os.path.abspath(run.folder))
    if trash != os.path.abspath(_trash_of(base)) or os.path.islink(run.folder):
        raise OutsideRunError(f"{safe_text(repr(folder), 80)} is no folder of this trash")
    if run.is_foreign:
        raise StoreError(f"{run.run_id} belongs to another user: ask its owner to restore it")


def _bring_back(base: str, run: TrashedRun) -> Returned | None:
    home = os.path.join(base, run.name)
    record = _record_of(run.folder)
    if record is None:
        raise RunNotFoundError(f"{run.run_id} is no longer in the trash")
    if os.path.lexists(home):
        raise RunExistsError(f"there is a run {run.run_id} already: rename or clean that one first")
    directory = SafeDirectory(base, follow=True)
    try:
        with directory.folder() as around, directory.folder(_below(run.folder)) as place:
            os.rename(run.name, run.name, src_dir_fd=place, dst_dir_fd=around)
    except FileNotFoundError:
        raise RunNotFoundError(f"{run.run_id} is no longer in the trash") from None
    except OSError as error:
        raise naming(home, error) from error
    _remove_folder_if_done(base, run.folder)
    return _returned(home, run.name, record)


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
    for folder in _folders(base):
        if _is_foreign(folder) or (only is not None and os.path.basename(folder) != os.path.basename(only)):
            continue
        if folder.endswith(_DOOMED_SUFFIX):
            if not _is_half_emptied(base, folder):
                continue
        else:
            try:
                record = _record_of(folder)
                if record is None or (
                    older_than is not None
                    and any(
                        run.trashed is None or run.trashed >= older_than
                        for run in _trashed_in(folder, record)
                    )
                ):
                    continue
                if set(_runs_in(folder)) - {_name_in(record)}:
                    failed += 1
                    reason = reason or f"{safe_text(folder)}: something else lies in it: move it away"
                    continue
                # Nothing half deleted can be restored.
                directory.rename(_below(folder), _below(folder) + _DOOMED_SUFFIX)
            except OSError as error:
                if _OWN_NAME.fullmatch(os.path.basename(folder)):
                    failed += 1
                    reason = reason or explain(naming(folder, error))
                continue
            folder += _DOOMED_SUFFIX
        for failure in _delete_tree(directory, folder):
            removed += failure is None
            failed += failure is not None
            reason = reason or ("" if failure is None else explain(failure))
            progress(EmptyingProgress(removed, failed, reason))
    return EmptyingProgress(removed, failed, reason)


def has_half_emptied(base: str) -> bool:
    """Return whether the trash has anything of ours that an interrupted emptying has left."""
    try:
        folders = _folders(base)
    except OSError:
        return False
    return any(_is_half_emptied(base, folder) and not _is_foreign(folder) for folder in folders)


def usage(path: str, progress: Callable[[int], None] = lambda _count: None) -> tuple[int, int]:
    """Return the bytes and the number of the files below `path`; links are not followed.

    Args:
        path: A directory.
        progress: Callback, called now and then with the number of files counted.
    """
    size = count = 0
    folders = [path] if os.path.isdir(path) and not os.path.islink(path) else []
    while folders:
        try:
            with os.scandir(folders.pop()) as listing:
                for entry in listing:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    try:
                        size += entry.stat(follow_symlinks=False).st_size
                    except OSError:
                        continue
                    count += 1
                    if count % _FILES_PER_REPORT == 0:
                        progress(count)
        except OSError:
            continue
    return size, count


def find_trashed(base: str, wanted: str) -> TrashedRun:
    """Return the run in the trash whose id begins with `wanted`; of several of one name the latest.

    Raises:
        RunNotFoundError: There is none, or several names begin so; the message lists those.
        OSError: The trash cannot be listed.
    """
    trash = read_trash(base)
    matches = [run for run in trash.runs if wanted and run.name.startswith(wanted)]
    exact = [run for run in matches if run.name == wanted]
    names = sorted({run.run_id for run in exact or matches})
    shown = safe_text(wanted, 80)
    if not names:
        unread = f"; {unread_text(trash.unread)}" if trash.unread else ""
        raise RunNotFoundError(
            f"no run in the trash begins with {shown!r}: `runtui trash ls` lists them{unread}"
        )
    if len(names) > 1:
        raise RunNotFoundError(f"{shown!r} fits {len(names)} runs in the trash: {', '.join(names[:8])}")
    return (exact or matches)[0]


def _trash_of(base: str) -> str:
    trash = os.path.join(base, TRASH_DIR)
    if os.path.lexists(trash) and (os.path.islink(trash) or not os.path.isdir(trash)):
        kind = "a symbolic link" if os.path.islink(trash) else "not a directory"
        raise NotADirectoryError(errno.ENOTDIR, f"it is {kind}, move it away", trash)
    return trash


def _folders(base: str) -> list[str]:
    trash = _trash_of(base)

    def read() -> list[str]:
        with os.scandir(trash) as listing:
            return sorted(entry.path for entry in listing if entry.is_dir(follow_symlinks=False))

    try:
        return opened_again(read)
    except FileNotFoundError:
        return []


def _runs_in(folder: str) -> list[str]:
    try:
        names = opened_again(partial(os.listdir, folder))
    except FileNotFoundError:
        return []
    return [name for name in names if name != TRASH_RECORD and not name.startswith(".")]


def _trashed_in(folder: str, record: dict[str, Any]) -> list[TrashedRun]:
    return [_describe(folder, name, record) for name in _runs_in(folder) if name == _name_in(record)]


def _name_in(record: dict[str, Any]) -> str:
    """Return the name of the run that a folder of the trash was made for."""
    entry = record.get("entry")
    name = record.get("name") or (entry.get("run_id") if isinstance(entry, dict) else None)
    return name if isinstance(name, str) else ""


def _record_of(folder: str) -> dict[str, Any] | None:
    """Return the record of a folder of the trash; None where runtui did not put it there.

    Raises:
        OSError: It cannot be read, or is damaged.
    """
    path = os.path.join(folder, TRASH_RECORD)
    try:
        data, _stamp = read_file(path, _LARGEST_RECORD, follow_link=False)
        record = parse_object(data, name=TRASH_RECORD)
    except FileNotFoundError:
        return None
    except MetadataError as error:
        raise OSError(errno.EIO, str(error), path) from None
    return record if isinstance(record.get("trashed_at"), str) else None


def _is_half_emptied(base: str, folder: str) -> bool:
    """Return whether a folder of the trash was left by an emptying of ours that was interrupted."""
    name = os.path.basename(folder)
    if not _OWN_NAME.fullmatch(name.removesuffix(_DOOMED_SUFFIX)) or not name.endswith(_DOOMED_SUFFIX):
        return False
    try:
        # The record goes last, but went at any time with earlier versions.
        return _record_of(folder) is not None or is_runs_directory(base)
    except OSError:
        return False


def _returned(home: str, name: str, record: dict[str, Any]) -> Returned | None:
    """Return the index entry of a run that has come back: what it was, but for what the run says by now."""
    entry = record.get("entry")
    if not isinstance(entry, dict):
        entry = {}
    try:
        entry = entry | summary_of(read_metadata(home, attempts=1))
    except MetadataError:
        return None
    moment = parse_timestamp(record.get("trashed_at")) if record.get("was_latest") is True else None
    return Returned(entry | {"run_id": name}, moment)


def _is_foreign(path: str) -> bool:
    try:
        return os.lstat(path).st_uid != os.geteuid()
    except OSError:
        return False


def _describe(folder: str, name: str, record: dict[str, Any]) -> TrashedRun:
    def text(source: object, key: str) -> str:
        value = source.get(key) if isinstance(source, dict) else None
        return safe_text(value, 200) if isinstance(value, str) else ""

    return TrashedRun(
        name,
        folder,
        safe_text(name),
        text(record.get("entry"), "description"),
        parse_timestamp(record.get("trashed_at")),
        text(record, "user"),
        text(record, "reason"),
        _is_foreign(folder) or _is_foreign(os.path.join(folder, name)),
    )


def _below(folder: str) -> str:
    """Return the path of a folder of the trash below the runs directory."""
    return f"{TRASH_DIR}/{os.path.basename(folder)}"


def _remove_folder_if_done(base: str, folder: str) -> None:
    directory = SafeDirectory(base, follow=True)
    try:
        if _runs_in(folder):
            return
        directory.discard(f"{_below(folder)}/{TRASH_RECORD}")
        with directory.folder(TRASH_DIR) as trash:
            os.rmdir(os.path.basename(folder), dir_fd=trash)
    except OSError:
        pass  # an empty folder in the trash harms nobody, and the next emptying takes it


def _delete_tree(directory: SafeDirectory, folder: str) -> Iterator[OSError | None]:
    """Delete a folder and all below it; yield None for each file that went, and why something did not.

    Folders are first moved up into `folder`: so no depth is too deep, and no link on the way can lead out.
    """
    try:
        with directory.folder(TRASH_DIR) as trash:
            top = os.open(os.path.basename(folder), _FOLDER_FLAGS, dir_fd=trash)
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
        if not has_failed:
            failure = _failure(
                partial(os.unlink, dir_fd=top), TRASH_RECORD, os.path.join(folder, TRASH_RECORD)
            )
            has_failed = failure is not None
            yield failure
    finally:
        os.close(top)
    try:
        with directory.folder(TRASH_DIR) as trash:
            failure = _failure(partial(os.rmdir, dir_fd=trash), os.path.basename(folder), folder)
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
