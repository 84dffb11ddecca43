"""Reading ``metadata.json`` as an object: complete, or with the reason why not."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from runtui.store.errors import IrregularFileError, MetadataError, explain
from runtui.store.json_object import LISTED, parse_object
from runtui.store.ownership import is_own_file
from runtui.store.paths import METADATA_FILE
from runtui.store.regular_file import open_regular, read_file
from runtui.store.torn_file import ATTEMPTS, read_until_whole
from runtui.text.sanitize import safe_text

LARGEST_METADATA = 8 * 1024 * 1024
"""Bytes of a metadata.json that are read; a larger one is shown as a problem."""

LEADS_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""Errors of opening a link whose target is not there."""

_LONGEST_TARGET = 200  # characters


ForeignReader = Callable[[str], dict[str, Any] | None]
"""Function that returns an equivalent of the metadata of another program's run, given its directory."""

_read_foreign: ForeignReader | None = None


def read_foreign_with(reader: ForeignReader) -> None:
    """Set the function by which `read_any_metadata` reads runs of other programs, without a metadata.json."""
    global _read_foreign
    _read_foreign = reader


class OwnedMetadata(NamedTuple):
    """Metadata, and whether nobody but the calling user can have written the file that it was read from."""

    metadata: dict[str, Any]
    is_own: bool


def read_metadata(run_dir: str, attempts: int = ATTEMPTS, *, is_patient: bool = False) -> dict[str, Any]:
    """Return the metadata of the run in `run_dir`, reading again while a writer is at work.

    Args:
        run_dir: The run's directory.
        attempts, is_patient: As of `read_until_whole`.

    Raises:
        MetadataError: It cannot be read; the text says why.
    """
    return read_until_whole(partial(_read, run_dir), attempts, is_patient=is_patient)


def read_owned(run_dir: str) -> OwnedMetadata:
    """Return the metadata of the run in `run_dir`, and whether the file is the calling user's alone.

    That is asked of the file that was read: by its name it could be another one the next moment.

    Raises:
        MetadataError: It cannot be read, or is a symbolic link; the text says why.
    """
    return read_until_whole(partial(_read_owned, run_dir), is_patient=True)


def read_any_metadata(run_dir: str, *, is_patient: bool = False) -> dict[str, Any]:
    """Return the metadata of a run as `read_metadata` does, also of one that another program wrote.

    Args:
        run_dir: The run's directory.
        is_patient: As of `read_until_whole`.

    Raises:
        MetadataError: It cannot be read; the text says why.
    """
    try:
        return read_metadata(run_dir, is_patient=is_patient)
    except MetadataError as error:
        is_there = os.path.lexists(os.path.join(run_dir, METADATA_FILE))
        if _read_foreign is None or (is_there and str(error) != LISTED):
            raise
        metadata = _read_foreign(run_dir)
        if metadata is None:
            raise
        return metadata


def _read(run_dir: str) -> dict[str, Any]:
    path = os.path.join(run_dir, METADATA_FILE)
    try:
        data, stamp = read_file(path, LARGEST_METADATA)
    except OSError as error:
        raise unreadable(error, path) from error
    return parse_object(data, stamp)


def _read_owned(run_dir: str) -> OwnedMetadata:
    path = os.path.join(run_dir, METADATA_FILE)
    try:
        with open_regular(path) as file:
            data = file.read(LARGEST_METADATA)
    except OSError as error:
        raise unreadable(error, path) from error
    return OwnedMetadata(parse_object(data, file.stamp), is_own_file(file.status))


def unreadable(error: OSError, path: str) -> MetadataError:
    """Return why metadata.json cannot be read, in words for the user.

    Args:
        error: What its reading raised.
        path: The file.
    """
    if isinstance(error, IrregularFileError):
        return MetadataError(str(error))
    if error.errno in LEADS_NOWHERE and (target := link_target(path)):
        what = "which leads in a circle" if error.errno == errno.ELOOP else "which does not exist"
        return MetadataError(f"{METADATA_FILE} links to {target}, {what}", is_dangling=True)
    if isinstance(error, FileNotFoundError):
        return MetadataError(f"no {METADATA_FILE}", passing=True)
    if isinstance(error, PermissionError):
        return MetadataError("permission denied: ask the run's owner, or check its mode")
    if isinstance(error, IsADirectoryError):
        return MetadataError(f"{METADATA_FILE} is a directory")
    is_replaced = error.errno == errno.ESTALE  # on its file server: reading again helps
    why = explain(error, with_path=False)
    return MetadataError(
        f"{METADATA_FILE} cannot be read: {why}", passing=is_replaced, is_changing=is_replaced
    )


def link_target(path: str) -> str:
    """Return where a symbolic link leads, safe to show; ``""`` for what is not one."""
    try:
        return safe_text(os.readlink(path), _LONGEST_TARGET)
    except OSError:
        return ""
