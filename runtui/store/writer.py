"""Which process writes a run: left beside its metadata, for telling a dead run from a live one."""

from __future__ import annotations

import json
import os

from runtui.store.atomic import write_atomic
from runtui.store.metadata import MetadataError, parse_object, read_file
from runtui.store.paths import PRIVATE_DIR, WRITER_FILE
from runtui.store.private import private_folder
from runtui.store.process import ProcessIdentity, this_process

_LARGEST_WRITER = 4096


def record_writer(run_dir: str) -> None:
    """Record the calling process as the one that writes the run in `run_dir`.

    Raises:
        OSError: It cannot be written.
    """
    path = os.path.join(private_folder(run_dir), WRITER_FILE)
    write_atomic(path, json.dumps(this_process().as_json()).encode())


def read_writer(run_dir: str) -> ProcessIdentity | None:
    """Return the process that wrote the run in `run_dir` last; None when nobody recorded it."""
    try:
        data, _stamp = read_file(f"{run_dir}/{PRIVATE_DIR}/{WRITER_FILE}", _LARGEST_WRITER)
        return ProcessIdentity.from_json(parse_object(data, name=WRITER_FILE))
    except (OSError, MetadataError):
        return None
