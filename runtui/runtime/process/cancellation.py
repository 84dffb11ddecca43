"""A note beside a run that somebody cancels it, by which its supervisor knows why it is told to end."""

from __future__ import annotations

import json
import os

from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object
from runtui.store.paths import PRIVATE_DIR
from runtui.store.process import username
from runtui.store.regular_file import read_file
from runtui.store.safe_directory import SafeDirectory
from runtui.text.sanitize import safe_text

_FILE = f"{PRIVATE_DIR}/cancelled.json"
_LARGEST = 4096  # bytes
_LONGEST_NAME = 80  # characters


def note_cancellation(run_dir: str) -> None:
    """Note that this user cancels a run; where that fails, the run ends all the same, without saying why."""
    directory = SafeDirectory(run_dir)
    try:
        directory.make_shared_folder(PRIVATE_DIR)
        directory.replace(_FILE, json.dumps({"user": username()}).encode())
    except OSError:
        pass


def forget_cancellation(directory: SafeDirectory) -> None:
    """Remove the note: the run begins anew."""
    directory.discard(_FILE)


def cancellation(run_dir: str) -> str:
    """Return by whom a run was cancelled, such as ``cancelled by ann``; ``""`` where nobody noted that."""
    try:
        data, _stamp = read_file(os.path.join(run_dir, _FILE), _LARGEST)
        user = parse_object(data, name="cancelled").get("user")
    except (MetadataError, OSError):
        return ""
    return f"cancelled by {safe_text(user, _LONGEST_NAME)}" if isinstance(user, str) and user else ""
