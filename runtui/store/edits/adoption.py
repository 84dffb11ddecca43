"""Runs of other programs that a user adopted: their ``metadata.json``, and taking that away again.

An adopted run's ``adopted_from`` has a digest of everything else in the file, which tells whether it was
changed since.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from runtui.store.edits.edit_files import has_edits
from runtui.store.edits.edit_index import mark_edited
from runtui.store.edits.model import Edit
from runtui.store.errors import MetadataError, StoreError
from runtui.store.json_object import parse_object
from runtui.store.lock import FileLock
from runtui.store.metadata import LARGEST_METADATA, read_metadata
from runtui.store.paths import METADATA_FILE, PRIVATE_DIR, check_run_id
from runtui.store.process import hostname, username
from runtui.store.record import stamp_of
from runtui.store.regular_file import open_regular
from runtui.store.rows import ADOPTED_KEY
from runtui.store.safe_directory import SafeDirectory
from runtui.store.timestamps import timestamp_now

ADOPT = "adopt"
"""The action of an edit that is an adoption."""

_DIGEST = "digest"
_RUN_LOCK = f"{PRIVATE_DIR}/lock"


def write_adopted(base: str, name: str, metadata: Mapping[str, Any], origin: Mapping[str, Any]) -> None:
    """Write the ``metadata.json`` of a run that has none, and change nothing else in it.

    Edits that a user made of it before are noted in the runs directory, as nobody looks for them otherwise.

    Args:
        base: The runs directory.
        name: The run.
        metadata: What the file is to hold.
        origin: What is known of the run's origin, for `ADOPTED_KEY`.

    Raises:
        FileExistsError: There is one.
        MetadataError: It could not be read again.
        OSError: It cannot be written; nothing was.
    """
    by = {"at": timestamp_now(), "user": username(), "host": hostname()}
    adopted = {**metadata, ADOPTED_KEY: {**origin, **by}}
    adopted[ADOPTED_KEY][_DIGEST] = _digest_of(adopted)
    data = json.dumps(adopted, indent=2).encode() + b"\n"
    if len(data) > LARGEST_METADATA:
        raise MetadataError("its parameters are too large for a metadata.json")
    parse_object(data)
    if has_edits(os.path.join(base, check_run_id(name))):
        mark_edited(base, name)
    SafeDirectory(os.path.join(base, check_run_id(name))).create(METADATA_FILE, data)


def adoption_of(base: str, name: str) -> Edit | None:
    """Return the adoption of a run as an edit without changes; None for a run that was not adopted."""
    try:
        found = read_metadata(os.path.join(base, name), attempts=1).get(ADOPTED_KEY)
    except MetadataError:
        return None
    if not isinstance(found, dict) or not all(isinstance(found.get(key), str) for key in ("at", _DIGEST)):
        return None
    user, host = (value if isinstance(value := found.get(key), str) else "" for key in ("user", "host"))
    return Edit(f"{ADOPT}-{found[_DIGEST]}", found["at"], user, host, ADOPT, ())


def undo_adoption(base: str, name: str) -> None:
    """Remove the ``metadata.json`` of an adopted run if it is as it was written.

    Raises:
        StoreError: It was changed since, or the run was not adopted.
        OSError: It cannot be read or removed.
    """
    run_dir = os.path.join(base, check_run_id(name))
    directory = SafeDirectory(run_dir)
    is_edited = os.path.isdir(os.path.join(run_dir, PRIVATE_DIR))
    # Without edits nobody folds any, and a lock would be one file more in the run.
    lock = FileLock(_RUN_LOCK, within=directory) if is_edited else nullcontext()
    with lock, directory.folder() as folder, open_regular(METADATA_FILE, folder=folder) as file:
        if file.status.st_uid != os.geteuid():
            raise StoreError("it belongs to another user: ask its owner to do it")
        metadata = parse_object(file.read(LARGEST_METADATA), file.stamp)
        origin = metadata.get(ADOPTED_KEY)
        if not isinstance(origin, dict) or _DIGEST not in origin:
            raise StoreError("it was not adopted")
        is_unchanged = origin[_DIGEST] == _digest_of(metadata)
        if not is_unchanged or stamp_of(os.stat(METADATA_FILE, dir_fd=folder)) != file.stamp:
            raise StoreError(f"its {METADATA_FILE} was changed since it was adopted")
        os.unlink(METADATA_FILE, dir_fd=folder)


def _digest_of(metadata: Mapping[str, Any]) -> str:
    origin = {key: value for key, value in metadata[ADOPTED_KEY].items() if key != _DIGEST}
    text = json.dumps({**metadata, ADOPTED_KEY: origin}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
