"""History of a user's queries, saved in the user's state directory."""

from __future__ import annotations

import os

from runtui.store.errors import MetadataError
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import user_folder, write_private
from runtui.text.sanitize import safe_text

MOST_ENTRIES = 100
_LONGEST_ENTRY = 1000  # characters
_LARGEST_FILE = 1024 * 1024  # bytes


def history_path() -> str | None:
    """Return the path of the history, or None if the user has no home."""
    folder = user_folder("XDG_STATE_HOME", ".local/state")
    return None if folder is None else os.path.join(folder, "filters")


def read_history(path: str) -> list[str]:
    """Return the queries in the file at `path`, newest last, safe to show. Never raises."""
    try:
        data, _stamp = read_file(path, _LARGEST_FILE)
    except (MetadataError, OSError):
        return []
    lines = [safe_text(line) for line in data.decode("utf-8", "replace").splitlines()]
    return with_newest(lines)


def add_to_history(path: str, query: str) -> bool:
    """Append a query to the file at `path`; return whether that succeeded.

    The file is read again first, so that no queries of another browser are lost.
    """
    entries = with_newest([*read_history(path), query])
    try:
        write_private(path, "".join(f"{entry}\n" for entry in entries).encode("utf-8", "replace"))
    except OSError:
        return False
    return True


def with_newest(entries: list[str]) -> list[str]:
    """Return entries without empty ones, too long ones and earlier duplicates; at most `MOST_ENTRIES`."""
    fitting = [entry.strip() for entry in entries if len(entry) <= _LONGEST_ENTRY]
    newest_first = dict.fromkeys(entry for entry in reversed(fitting) if entry and "\n" not in entry)
    return list(newest_first)[:MOST_ENTRIES][::-1]
