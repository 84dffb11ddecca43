"""Adoption of runs of other programs: the ``metadata.json`` that such a run gets, and which runs get none."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping
from typing import Any, NamedTuple

from runtui.layouts.base import DERIVED_KEY, Entries, Layout
from runtui.layouts.evidence import iso_time
from runtui.layouts.known import LAYOUTS
from runtui.layouts.registry import (
    LAYOUT_KEY,
    NOT_A_RUN,
    DirectoryKind,
    examine,
    folders_to_look_into,
    row_by_layout,
)
from runtui.store.details import KNOWN_KEYS
from runtui.store.errors import StoreError
from runtui.store.failure import USER_REASON
from runtui.store.paths import METADATA_FILE
from runtui.store.plain_json import plain_json
from runtui.store.protected_keys import PROTECTED_KEYS
from runtui.store.record import RunRecord
from runtui.store.rows import ADOPTED_KEY, ADOPTED_LAYOUT, MAY_HOLD_RUNS, record_of
from runtui.store.scheduler_jobs import job_of

PARAMETERS_KEY = "parameters"
"""The key of an adopted run's metadata for parameters that are called like keys with a meaning."""

LOG_ALONE = "it is only a log: tag and mark it as it is, or move it into a directory of its own first"
"""Why a log is not adopted: one ``metadata.json`` cannot tell of all the runs of a directory."""

_RESERVED = frozenset((*KNOWN_KEYS, *PROTECTED_KEYS, USER_REASON, ADOPTED_KEY, LAYOUT_KEY, PARAMETERS_KEY))


class Adoptee(NamedTuple):
    """A run that can be adopted once it has ended.

    Attributes:
        run: Its row, with the user's edits.
        layout: Its layout.
        metadata: What the layout tells, without edits.
        entries: The names in its directory.
    """

    run: RunRecord
    layout: Layout
    metadata: Mapping[str, Any]
    entries: Entries


def adoptee(base: str, name: str, layout: str = "") -> Adoptee:
    """Return a run that can be adopted.

    Args:
        base: The directory that it lies in.
        name: Its name there.
        layout: The layout to read it by; ``""`` for the first that recognises it.

    Raises:
        StoreError: It cannot be adopted; the message says why, in one line.
        OSError: It cannot be read.
    """
    run_dir = os.path.join(base, name)
    found = os.lstat(run_dir)
    if stat.S_ISLNK(found.st_mode):
        raise StoreError("it is a symbolic link: adopt it where it lies")
    if not stat.S_ISDIR(found.st_mode):
        raise StoreError(LOG_ALONE)
    if found.st_uid != os.geteuid():
        raise StoreError("it belongs to another user: ask its owner to adopt it")
    examined = examine(run_dir)
    if examined.kind is DirectoryKind.RECORDED:
        raise StoreError(f"it has a {METADATA_FILE} already")
    chosen = LAYOUTS[layout] if layout else examined.layout
    if chosen is None:
        raise StoreError(NOT_A_RUN)
    if layout and not chosen.recognises(examined.entries):
        raise StoreError(f"it has none of the files of a run of {layout}")
    if not found.st_mode & stat.S_IWUSR or not os.access(run_dir, os.W_OK | os.X_OK):
        raise StoreError("its directory is read-only")
    run, metadata, _edited = row_by_layout(base, name, chosen, examined.entries)
    may_hold_runs = bool(folders_to_look_into(examined._replace(layout=chosen)))
    return Adoptee(run._replace(may_hold_runs=may_hold_runs), chosen, metadata, examined.entries)


def refusal(run: RunRecord) -> str:
    """Return why a run is not adopted for what is known of its state, or ``""``.

    Args:
        run: The run, with its liveness checked.
    """
    if not run.is_live:
        return ""
    if run.stale_reason:
        return f"it says that it is {run.status}, but {run.stale_reason}: set its status first"
    return f"it is {run.status}: adopt it when it has ended"


def source_of(adopted: Adoptee, run: RunRecord) -> str:
    """Return what the status of a run comes from, in a word or two.

    Args:
        adopted: The run as its files tell.
        run: The run as it is known by now.
    """
    if run.status != adopted.run.status and run.job is not None:
        return f"job {run.job.job_id}"
    if adopted.run.status != adopted.metadata.get("status"):
        return "an edit"
    return str(adopted.metadata.get(DERIVED_KEY) or adopted.layout.name)


def origin_of(adopted: Adoptee, run: RunRecord) -> dict[str, Any]:
    """Return what the ``metadata.json`` of an adopted run tells of its origin.

    Args:
        adopted: The run as its files tell.
        run: The run as it is known by now.
    """
    origin: dict[str, Any] = {ADOPTED_LAYOUT: adopted.layout.name, "status": source_of(adopted, run)}
    return origin | {MAY_HOLD_RUNS: True} if adopted.run.may_hold_runs else origin


def metadata_to_write(base: str, adopted: Adoptee, run: RunRecord) -> dict[str, Any]:
    """Return what the ``metadata.json`` of an adopted run is to hold, apart from its origin.

    Parameters stand beside the other keys, so that filters and columns find them as before; those that are
    called like keys with a meaning stand below `PARAMETERS_KEY`.

    Args:
        base: The directory that it lies in.
        adopted: The run as its files tell.
        run: The run as it is known by now.
    """
    run_dir = os.path.join(base, run.name_there)
    told = {key: value for key, value in adopted.metadata.items() if key != DERIVED_KEY}
    ended = None if run.completed is None else iso_time(run.completed)
    metadata: dict[str, Any] = dict.fromkeys(KNOWN_KEYS)
    del metadata["resumed_from"]
    metadata |= {"description": "", "tags": [], "hostname": "", "checkpoints": []}
    metadata["created_at"] = None if run.created is None else iso_time(run.created)
    metadata["user"] = _owner(run_dir)
    metadata |= {key: value for key, value in told.items() if value is not None}
    metadata |= {"run_id": run.name_there, "status": run.status, "completed_at": ended}
    if run.reason and not run.is_reason_typed and "reason" not in metadata:
        metadata["reason"] = run.reason
    parameters = adopted.layout.parameters(run_dir, adopted.entries)
    hidden: dict[str, Any] = {}
    for key, value in parameters.items():
        is_meant = key in _RESERVED or key in metadata or _means_something(key, value)
        (hidden if is_meant else metadata)[str(key)] = value
    if hidden:
        metadata[PARAMETERS_KEY] = hidden
    return {key: _plain(value, key) for key, value in metadata.items()} | {LAYOUT_KEY: adopted.layout.name}


def _means_something(key: str, value: object) -> bool:
    """Return whether a parameter would be taken for a job, or for the reason of a failure."""
    return job_of({key: value}) is not None or record_of("", {key: value}, None).reason != ""


def _plain(value: Any, key: str) -> Any:
    try:
        return plain_json(value, key)
    except TypeError:
        return str(value)


def _owner(run_dir: str) -> str:
    uid = os.lstat(run_dir).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
