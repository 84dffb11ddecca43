"""A folder of the trash: it holds a run's directory, and the record of who put it there, when and why."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from runtui.store.cleanup.unrecorded import BESIDE_TRASH, UnrecordedRun, unrecorded_run
from runtui.store.errors import MetadataError
from runtui.store.estale import opened_again
from runtui.store.json_object import parse_object
from runtui.store.metadata import read_metadata
from runtui.store.paths import TRASH_DIR
from runtui.store.regular_file import read_file
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import parse_timestamp
from runtui.text.sanitize import safe_text

TRASH_RECORD = "trashed.json"
"""Name of a folder's record."""

OWN_NAME = re.compile(r"[0-9a-f]{12}")
"""Names of folders that runtui makes, as `new_name` does: other programs have a ``.trash``, too."""

_LARGEST_RECORD = 1024 * 1024  # bytes


def new_name() -> str:
    """Return a name for a folder of the trash that no other folder has, nor will have."""
    return os.urandom(6).hex()


@dataclass(frozen=True, slots=True)
class TrashedRun:
    """A run in the trash. Text is safe to show, but for `name` and `folder`.

    Attributes:
        name: The run's directory as the file system spelled it.
        folder: The folder of the trash that was made for it, or its own directory where there is no record.
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

    @property
    def path(self) -> str:
        """The run's directory in the trash."""
        return self.folder if unrecorded_run(self.folder) else os.path.join(self.folder, self.name)


def trash_path(base: str) -> str:
    """Return the path of a runs directory's trash, which need not be there.

    Raises:
        NotADirectoryError: Something else is there.
    """
    trash = os.path.join(base, TRASH_DIR)
    if os.path.lexists(trash) and (os.path.islink(trash) or not os.path.isdir(trash)):
        kind = "a symbolic link" if os.path.islink(trash) else "not a directory"
        raise NotADirectoryError(errno.ENOTDIR, f"it is {kind}, move it away", trash)
    return trash


def trash_folders(base: str) -> list[str]:
    """Return the paths of all folders of the trash, also of other programs, and of runs beside it.

    Raises:
        OSError: The trash is there and cannot be listed.
    """

    def read(directory: str, start: str) -> list[str]:
        with os.scandir(directory) as listing:
            return sorted(
                entry.path
                for entry in listing
                if entry.name.startswith(start) and entry.is_dir(follow_symlinks=False)
            )

    found: list[str] = []
    for directory, start in ((trash_path(base), ""), (base, BESIDE_TRASH)):
        try:
            found += opened_again(partial(read, directory, start))
        except FileNotFoundError:
            continue
    return found


def is_in_trash(base: str, folder: str) -> bool:
    """Return whether a directory lies where `trash_folders` looks for them."""
    parent, name = os.path.split(below_base(base, folder))
    return parent == TRASH_DIR or (not parent and name.startswith(BESIDE_TRASH))


def runs_in(folder: str) -> list[str]:
    """Return the names of everything in a folder of the trash but its record."""
    try:
        names = opened_again(partial(os.listdir, folder))
    except FileNotFoundError:
        return []
    return [name for name in names if name != TRASH_RECORD and not name.startswith(".")]


def trashed_in(folder: str, record: dict[str, Any]) -> list[TrashedRun]:
    """Return the run that a folder of the trash was made for, if it is still there, in a list."""
    return [_describe(folder, name, record) for name in runs_in(folder) if name == name_in(record)]


def name_in(record: dict[str, Any]) -> str:
    """Return the name of the run that a folder of the trash was made for."""
    entry = record.get("entry")
    name = record.get("name") or (entry.get("run_id") if isinstance(entry, dict) else None)
    return name if isinstance(name, str) else ""


def record_of(folder: str) -> dict[str, Any] | None:
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


def is_foreign(path: str) -> bool:
    """Return whether another user owns a file or directory."""
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
        is_foreign(folder) or is_foreign(os.path.join(folder, name)),
    )


def describe_unrecorded(path: str, run: UnrecordedRun) -> TrashedRun:
    """Return the run without a record that lies at `path`."""
    try:
        description = read_metadata(path, attempts=1).get("description")
    except MetadataError:
        description = None
    return TrashedRun(
        run.name,
        path,
        safe_text(run.name),
        safe_text(description, 200) if isinstance(description, str) else "",
        run.trashed,
        "",
        "moved while the disk was full",
        is_foreign(path),
    )


def below_base(base: str, path: str) -> str:
    """Return a path in the trash, or beside it, as one below the runs directory."""
    return os.path.relpath(os.path.abspath(path), os.path.abspath(base))


def remove_if_done(base: str, folder: str) -> None:
    """Remove a folder of the trash if no run is in it any more."""
    directory = SafeDirectory(base, follow=True)
    try:
        if runs_in(folder):
            return
        directory.discard(f"{below_base(base, folder)}/{TRASH_RECORD}")
        with directory.folder(TRASH_DIR) as trash:
            os.rmdir(os.path.basename(folder), dir_fd=trash)
    except OSError:
        pass  # an empty folder in the trash harms nobody, and the next emptying takes it
