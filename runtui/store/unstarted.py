"""Children that were created and not started, which can be started later."""

from __future__ import annotations

import os

from runtui.store.errors import MetadataError
from runtui.store.metadata import read_owned
from runtui.store.own_command import planned_command
from runtui.store.paths import check_run_id
from runtui.store.process import is_alive
from runtui.store.run_ids import directory_of
from runtui.store.sealed_record import RecordKind, read_sealed_record
from runtui.store.status import RunStatus, normal_status
from runtui.store.writer import read_writer


def unstarted_parent(base: str, name: str) -> str:
    """Return the run whose child `name` is, if that waits to be started with its parent's command, or ``""``.

    Only of children that the calling user created: those of others could name any run as their parent.

    Args:
        base: The runs directory.
        name: The run.
    """
    run_dir = os.path.join(base, check_run_id(name))
    try:
        metadata, is_own = read_owned(run_dir)
    except MetadataError:
        return ""
    parent = metadata.get("parent_run_id")
    if not is_own or not isinstance(parent, str) or metadata.get("job"):
        return ""
    if normal_status(str(metadata.get("status"))) != RunStatus.INITIALISING:
        return ""
    if read_sealed_record(base, name, RecordKind.COMMAND) or read_sealed_record(base, name, RecordKind.JOB):
        return ""  # it was launched, and has not said so yet
    writer = read_writer(run_dir)
    if writer is not None and is_alive(writer):
        return ""
    # A parent that is the log of a job is no directory.
    return directory_of(base, parent) or (parent if planned_command(base, name) else "")
