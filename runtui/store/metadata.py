"""Reading ``metadata.json`` as an object: whole, or with the reason why not."""

from __future__ import annotations

import errno
import os
import time
from typing import Any, NamedTuple

from runtui.store.errors import IrregularFileError, MetadataError, explain
from runtui.store.json_object import parse_object
from runtui.store.ownership import is_own_file
from runtui.store.paths import METADATA_FILE
from runtui.store.regular_file import open_regular, read_file
from runtui.store.torn_file import is_being_written

LARGEST_METADATA = 8 * 1024 * 1024
"""Bytes of a metadata.json that are read; a larger one is shown as a problem."""

PASSING_ERRORS = frozenset({errno.ESTALE})  # the file was replaced on its server: opening again helps

_ATTEMPTS = 4
_PAUSE = 0.05  # seconds


def read_metadata(
    run_dir: str, attempts: int = 4, pause: float = 0.05, *, is_patient: bool = False
) -> dict[str, Any]:
    """Return the metadata of the run in `run_dir`, reading again while a writer is at work.

    Args:
        run_dir: The run's directory.
        attempts: How many times to read before giving up.
        pause: Seconds between the attempts.
        is_patient: Whether to wait whatever the file's date, for whoever is about to change this run: some
            file systems show that a file was cut off before they show its new date.

    Raises:
        MetadataError: It cannot be read; the text says why.
    """
    while True:
        attempts -= 1
        try:
            data, stamp = read_file(os.path.join(run_dir, METADATA_FILE), LARGEST_METADATA)
            return parse_object(data, stamp)
        except MetadataError as fault:
            if not attempts or not fault.passing or not (is_patient or is_being_written(fault)):
                raise
        except OSError as error:
            if not attempts or error.errno not in PASSING_ERRORS:
                raise unreadable(error) from error
        time.sleep(pause)


class OwnedMetadata(NamedTuple):
    """Metadata, and whether nobody but the calling user can have written the file that it was read from."""

    metadata: dict[str, Any]
    is_own: bool


def read_owned(run_dir: str) -> OwnedMetadata:
    """Return the metadata of the run in `run_dir`, and whether the file is the calling user's alone.

    That is asked of the file that was read: by its name it could be another one the next moment.

    Raises:
        MetadataError: It cannot be read, or is a symbolic link; the text says why.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE)
        try:
            with open_regular(os.path.join(run_dir, METADATA_FILE)) as file:
                data = file.read(LARGEST_METADATA)
            return OwnedMetadata(parse_object(data, file.stamp), is_own_file(file.status))
        except MetadataError as error:
            fault = error
            if not fault.passing:
                break
        except OSError as error:
            fault = unreadable(error)
            if error.errno not in PASSING_ERRORS:
                break
    raise fault


def unreadable(error: OSError) -> MetadataError:
    """Return why metadata.json cannot be read, in words for the user."""
    if isinstance(error, IrregularFileError):
        return MetadataError(str(error))
    if isinstance(error, FileNotFoundError):
        return MetadataError(f"no {METADATA_FILE}", passing=True)
    if isinstance(error, PermissionError):
        return MetadataError("permission denied: ask the run's owner, or check its mode")
    if isinstance(error, IsADirectoryError):
        return MetadataError(f"{METADATA_FILE} is a directory")
    return MetadataError(f"{METADATA_FILE} cannot be read: {explain(error, with_path=False)}")
