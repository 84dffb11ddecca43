"""Run ids and paths: a run id is one path component, and a run's paths stay inside the run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runtui.store.errors import InvalidRunIdError, OutsideRunError
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from pathlib import Path

METADATA_FILE = "metadata.json"
INDEX_FILE = ".run_index.json"
CURRENT_LINK = "current"
PRIVATE_DIR = ".runtui"
EDITED_DIR = "edited"
LOCKS_DIR = "locks"
WRITER_FILE = "writer.json"
SUPERVISOR_FILE = "supervisor.json"
JOB_DIR = "job"
RESERVE_FILE = "reserve"
TRASH_DIR = ".trash"
CONFIG_FILE = "config.yaml"
PARAMS_FILE = "run_params.json"
RESULTS_DIR = "results"
SYSTEM_TABLE = f"{RESULTS_DIR}/system.csv"  # of what the processes of a run use
CHECKPOINTS_DIR = "checkpoints"
LOGS_DIR = "logs"

_LONGEST_NAME = 255  # bytes: NAME_MAX of Linux


def check_run_id(run_id: object) -> str:
    """Return `run_id` if it may name a run's directory.

    Raises:
        InvalidRunIdError: It is not text, empty, hidden, ``current``, too long for a file name, or would
            lead anywhere else than directly below the runs directory.
    """
    if not isinstance(run_id, str):
        raise InvalidRunIdError(f"a run id is text, not {type(run_id).__name__}")
    shown = safe_text(repr(run_id), 80)
    if not run_id:
        raise InvalidRunIdError("a run id cannot be empty")
    if "/" in run_id or "\0" in run_id or run_id.startswith("."):
        raise InvalidRunIdError(
            f"{shown} is not a run id: it must be one path component that does not start with a dot"
        )
    if run_id == CURRENT_LINK:
        raise InvalidRunIdError("'current' is the link to the newest run and cannot name one")
    try:
        too_long = len(os.fsencode(run_id)) > _LONGEST_NAME
    except UnicodeEncodeError:
        raise InvalidRunIdError(f"{shown} is not a run id: it cannot be a file name") from None
    if too_long:
        raise InvalidRunIdError(f"{shown} is too long for a run id (at most {_LONGEST_NAME} bytes)")
    return run_id


def check_new_run_id(run_id: object) -> str:
    """Return `run_id` if it may name a new run: as `check_run_id`, and nothing that cannot be typed.

    Raises:
        InvalidRunIdError: As above, or it holds control characters.
    """
    name = check_run_id(run_id)
    if safe_text(name) != name:
        raise InvalidRunIdError(f"{safe_text(repr(name), 80)} is not a run id: it has control characters")
    return name


def sandboxed_join(run_dir: str | os.PathLike[str], *parts: str | os.PathLike[str]) -> Path:
    """Return the path of `parts` below `run_dir`, which need not exist.

    Symbolic links are followed for the check: one that leads out of the run is refused.

    Raises:
        OutsideRunError: The path is absolute, climbs out with ``..``, leaves through a link, or cannot be a
            path.
    """
    relative = os.path.join("", *parts)
    shown = safe_text(repr(relative), 80)
    try:
        os.fsencode(relative)
    except UnicodeEncodeError:
        raise OutsideRunError(f"{shown} cannot be the name of a file") from None
    if "\0" in relative or os.path.isabs(relative) or ".." in relative.split("/"):
        raise OutsideRunError(f"{shown} is not a path inside the run")
    root = os.path.realpath(run_dir)
    target = os.path.realpath(os.path.join(root, relative))
    if target != root and not target.startswith(root.rstrip("/") + "/"):
        raise OutsideRunError(f"{shown} leads out of the run directory")
    from pathlib import Path  # not for those who only read metadata

    return Path(run_dir, relative)
