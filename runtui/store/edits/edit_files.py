"""The files of edits: each edit is a small file of its own until it is folded into the metadata.

A live run's metadata.json has one writer, which is not us. So an edit is first a file in the run's
``.runtui/edits/``, written aside and renamed into place under a name that no other host can choose: it
needs no lock and loses nothing. Once folded in, an edit lies in ``.runtui/history/``. Those of a run that
is only a job's log, without a directory of its own, lie below ``.runtui/logs/`` beside the log.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from runtui.store.atomic import naming
from runtui.store.dot_dir import present_folder, private_folder
from runtui.store.edits.edit_index import mark_edited
from runtui.store.edits.model import MISSING, Edit, MetadataEdit, TagsChange, ValueChange
from runtui.store.errors import IrregularFileError, MetadataError, explain
from runtui.store.estale import opened_again
from runtui.store.json_object import is_deeper
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR, check_run_id
from runtui.store.protected_keys import PROTECTED_KEYS
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import SafeDirectory

EDITS_DIR = "edits"
HISTORY_DIR = "history"
_OF_LOGS = f"{PRIVATE_DIR}/logs"
FORMAT = 1
"""The version of what is in an edit's file. A file without one is of the first."""
_SUPERSEDED = ".superseded"
"""Suffix of the name of an edit in the history that its run's writer has changed knowingly."""
_LARGEST_EDIT = 1024 * 1024  # bytes
_DEEPEST_EDIT = 202
"""Levels of nesting: what metadata that can be read may have, and three around it."""
_MOST_KNOWN = 100_000  # edits
_known_edits: dict[tuple[str, str, str], Edit] = {}
"""Edits read before, by run, folder and file name, which is random; what is in them never changes."""


class UnreadableEdit(NamedTuple):
    """A file in the place of an edit that is not one, or an edit that cannot be read.

    Attributes:
        path: Its path below the run, as the file system spells it.
        why: Why it cannot be read, in a few words that are safe to show.
    """

    path: str
    why: str


class _UnreadableError(Exception):
    """An edit that cannot be read; the message says why, in words for the user."""


def write_edit(base: str, name: str, edit: Edit) -> None:
    """Write an edit beside the run `name` of the runs directory `base`.

    Raises:
        InvalidRunIdError: `name` is not one path component.
        OSError: It cannot be written, or the run is a link; nothing was changed.
    """
    run_dir = os.path.join(base, check_run_id(name))
    if os.path.islink(run_dir):
        raise NotADirectoryError(errno.ENOTDIR, "it is a symbolic link, edit it where it lies", run_dir)
    place = _place_of(run_dir)
    place.safe_directory().make_shared_folder(f"{place.folder}/{EDITS_DIR}")
    # Into another program's directory of runs nothing is written: its runs are looked into in any case.
    is_foreign = not place.is_beside_log and not os.path.lexists(os.path.join(run_dir, METADATA_FILE))
    if not is_foreign:
        mark_edited(base, name)  # before, so that no crash hides the edit; after, so that it is looked at
    data = json.dumps(_as_json(edit), indent=2).encode()
    place.safe_directory().replace(_path_of(edit, place), data, is_shared=True)
    try:
        if not is_foreign:
            mark_edited(base, name)
    except OSError:
        pass


def has_edits(run_dir: str) -> bool:
    """Return whether there are edits of a run, folded in or not."""
    place = _place_of(run_dir)
    return any(os.path.isdir(f"{place.directory}/{place.folder}/{part}") for part in (EDITS_DIR, HISTORY_DIR))


def read_edits(run_dir: str, *, strict: bool = False) -> list[Edit]:
    """Return the edits of the run in `run_dir`, folded in or not, in their order; no unreadable ones.

    Args:
        run_dir: The run's directory.
        strict: Whether edits that the file system does not let us read are an error, as they must be for
            whoever is about to change something.

    Raises:
        OSError: Only when `strict`.
    """
    return [edit for edit in look_for_edits(run_dir, strict=strict) if isinstance(edit, Edit)]


def unreadable_edits(run_dir: str) -> list[UnreadableEdit]:
    """Return the files of the run in `run_dir` that should be edits and cannot be read."""
    return [edit for edit in look_for_edits(run_dir) if isinstance(edit, UnreadableEdit)]


def look_for_edits(run_dir: str, *, strict: bool = False) -> list[Edit | UnreadableEdit]:
    """Return the edits of the run in `run_dir`, folded in or not, in their order, also unreadable ones.

    Args:
        run_dir: The run's directory.
        strict: As of `read_edits`.

    Raises:
        OSError: Only when `strict`.
    """
    found: dict[str, Edit | UnreadableEdit] = {}
    place = _place_of(run_dir)
    # The history last: an edit that is moved there meanwhile is read from the one place or the other.
    for part in (EDITS_DIR, HISTORY_DIR):
        try:
            folder = present_folder(place.directory, place.inside(part))
            names = opened_again(partial(os.listdir, folder))
        except OSError as error:
            if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
                if strict:
                    raise
                found[part] = UnreadableEdit(f"{place.folder}/{part}", explain(error, with_path=False))
            continue
        for name in names:
            if name.endswith(".json") and not name.startswith("."):
                try:
                    edit = _read(place, part, name)
                except FileNotFoundError:
                    continue  # moved to the history meanwhile
                except OSError as error:
                    if strict:
                        raise
                    edit = UnreadableEdit(f"{place.folder}/{part}/{name}", explain(error, with_path=False))
                found[_edit_id_in(name)] = edit
    return [found[edit_id] for edit_id in sorted(found)]


def move_to_history(run_dir: str, edit: Edit) -> None:
    """Move an edit that has been folded in to the history.

    Args:
        run_dir: The run's directory.
        edit: The edit.

    Raises:
        OSError: It cannot be moved; it counts as pending.
    """
    private_folder(run_dir, HISTORY_DIR)
    folded = edit._replace(is_folded=True)
    try:
        _move(run_dir, edit, folded)
    except PermissionError:
        # Another user's in a sticky folder: what lies in the history counts, whatever lies beside it.
        data = json.dumps(_as_json(edit), indent=2).encode()
        SafeDirectory(run_dir).replace(_path_of(folded, _Place(run_dir)), data, is_shared=True)


def supersede(run_dir: str, edit: Edit) -> None:
    """Record of an edit in the history that the run's writer, knowing of it, has set its key anew."""
    try:
        _move(run_dir, edit, edit._replace(is_superseded=True))
    except OSError:
        pass  # another user's: it is shown as a conflict, which whoever sees it can settle


def _move(run_dir: str, edit: Edit, moved: Edit) -> None:
    source, target = (_path_of(each, _Place(run_dir)) for each in (edit, moved))
    directory = SafeDirectory(run_dir)
    try:
        with (
            directory.folder(os.path.dirname(source)) as before,
            directory.folder(os.path.dirname(target)) as after,
        ):
            os.rename(os.path.basename(source), os.path.basename(target), src_dir_fd=before, dst_dir_fd=after)
    except OSError as error:
        raise naming(os.path.join(run_dir, source), error) from error


class _Place(NamedTuple):
    """The place of a run's edits.

    Attributes:
        directory: The run's directory; of a run that is only a log, the one that the log lies in.
        folder: The path below it of the folder that holds the edits and the history.
    """

    directory: str
    folder: str = PRIVATE_DIR

    @property
    def is_beside_log(self) -> bool:
        """Whether the run is only a log."""
        return self.folder != PRIVATE_DIR

    def safe_directory(self) -> SafeDirectory:
        """Return the directory to write through; a runs directory may be a link, a run may not."""
        return SafeDirectory(self.directory, follow=self.is_beside_log)

    def inside(self, part: str) -> str:
        """Return the path of a part of the folder below ``.runtui/``."""
        return f"{self.folder}/{part}".removeprefix(f"{PRIVATE_DIR}/")


def _place_of(run_dir: str) -> _Place:
    if not os.path.isfile(run_dir):
        return _Place(run_dir)
    directory, name = os.path.split(run_dir)
    return _Place(directory or os.curdir, f"{_OF_LOGS}/{name}")


def _path_of(edit: Edit, place: _Place) -> str:
    folder = HISTORY_DIR if edit.is_folded else EDITS_DIR
    return f"{place.folder}/{folder}/{edit.edit_id}{_SUPERSEDED if edit.is_superseded else ''}.json"


def _edit_id_in(name: str) -> str:
    return name.removesuffix(".json").removesuffix(_SUPERSEDED)


def _as_json(edit: Edit) -> dict[str, Any]:
    changes: list[dict[str, Any]] = []
    for change in edit.changes:
        if isinstance(change, TagsChange):
            item: dict[str, Any] = {"key": "tags", "added": change.added, "removed": change.removed}
            changes.append(item | {"before": change.before, "order": change.order})
        else:
            item = {"key": change.key}
            if change.old is not MISSING:
                item["old"] = change.old
            if change.new is not MISSING:
                item["new"] = change.new
            changes.append(item)
    return {
        "format": FORMAT,
        "id": edit.edit_id,
        "at": edit.at,
        "user": edit.user,
        "host": edit.host,
        "action": edit.action,
        "changes": changes,
        "reason": edit.reason,
        "runs": list(edit.runs),
        "undoes": edit.undoes,
        "go": edit.go,
    }


def _read(place: _Place, part: str, name: str) -> Edit | UnreadableEdit:
    known = (place.directory, place.inside(part), name)
    edit = _known_edits.get(known)
    if edit is not None:
        return edit
    shown = f"{place.folder}/{part}/{name}"
    try:
        edit = _parse(_content(f"{place.directory}/{shown}"))
    except _UnreadableError as error:
        return UnreadableEdit(shown, str(error))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return UnreadableEdit(shown, "it is damaged")
    if edit.edit_id != _edit_id_in(name):
        return UnreadableEdit(shown, "it is called otherwise inside")  # it would be moved under that name
    if part == HISTORY_DIR:
        edit = edit._replace(is_folded=True, is_superseded=name.endswith(f"{_SUPERSEDED}.json"))
    if len(_known_edits) >= _MOST_KNOWN:
        _known_edits.clear()
    _known_edits[known] = edit
    return edit


def _content(path: str) -> bytes:
    """Return the contents of an edit's file.

    Raises:
        _UnreadableError: It is a link, a FIFO or a directory, or too large.
        OSError: It cannot be read.
    """
    try:
        with opened_again(partial(open_regular, path)) as file:
            return file.read(_LARGEST_EDIT)
    except IrregularFileError:
        raise _UnreadableError("it is not a regular file") from None
    except MetadataError:
        raise _UnreadableError(f"it has more than {_LARGEST_EDIT // 1024 // 1024} MiB") from None


def _parse(data: bytes) -> Edit:
    found = json.loads(data)
    version = found.get("format", FORMAT)
    if version != FORMAT:
        raise _UnreadableError("it is of a newer version of runtui" if version > FORMAT else "it is damaged")
    if data.count(b"[") + data.count(b"{") > _DEEPEST_EDIT and is_deeper(found, _DEEPEST_EDIT):
        raise ValueError("nested too deeply")
    return _from_json(found)


def _from_json(data: dict[str, Any]) -> Edit:
    changes: list[MetadataEdit] = []
    for item in data["changes"]:
        if "added" in item:
            before, order = (tuple(item.get(key, ())) for key in ("before", "order"))
            changes.append(TagsChange(_texts(item["added"]), _texts(item["removed"]), before, order))
        elif item["key"] in PROTECTED_KEYS:
            raise _UnreadableError("it would change what is run, which no edit may")
        else:
            changes.append(ValueChange(str(item["key"]), item.get("old", MISSING), item.get("new", MISSING)))
    return Edit(
        str(data["id"]),
        str(data["at"]),
        str(data["user"]),
        str(data["host"]),
        str(data["action"]),
        tuple(changes),
        str(data.get("reason", "")),
        _texts(data.get("runs", [])),
        str(data.get("undoes", "")),
        go=str(data.get("go", "")),
    )


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
