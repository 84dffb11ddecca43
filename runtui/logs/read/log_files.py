"""A run's files that can be read as text: its logs, and the others."""

from __future__ import annotations

import os
from typing import NamedTuple

from runtui.store.run_listing import files_below

COMPRESSED = (".gz", ".xz", ".bz2", ".zst")
"""Suffixes of the names of compressed files."""

_LOG_ENDINGS = (".log", ".out", ".err")
_LOG_FOLDERS = ("logs", "")
_MOST_ENTRIES = 2000
_MOST_TRIED = 200  # files
_SAMPLE = 1024  # bytes
_DEEPEST = 2  # levels of folders


class LogFile(NamedTuple):
    """A log that a run has: its path below the run, bytes, and when it was last written."""

    name: str
    size: int
    modified: float


def find_logs(run_dir: str) -> list[LogFile]:
    """Return a run's logs, the one written last first, empty ones at the end.

    These are the files in ``logs/``, and files directly in the run that are called like logs, as batch
    systems leave them. Links are not followed.
    """
    found = []
    for folder in _LOG_FOLDERS:
        try:
            with os.scandir(os.path.join(run_dir, folder)) as listing:
                for entry in listing:
                    if not folder and not entry.name.endswith(_LOG_ENDINGS):
                        continue
                    if entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        name = os.path.join(folder, entry.name)
                        found.append(LogFile(name, status.st_size, status.st_mtime))
        except OSError:
            continue
    return _newest_first(found)


def find_texts(run_dir: str) -> tuple[list[LogFile], list[LogFile]]:
    """Return a run's logs, those in folders below ``logs/`` too, and its other files that look like text.

    Each list begins with the file written last, and empty files are at its end. Links are not followed. Of a
    run with very many files the first 2,000 are looked at, two folders deep, and of other files than logs
    the beginnings of the 200 written last.
    """
    logs: list[LogFile] = []
    others: list[LogFile] = []
    # Logs before what may be a great many results.
    for name, status in files_below(run_dir, "", _MOST_ENTRIES, _DEEPEST, first="logs"):
        is_log = name.startswith("logs/") or ("/" not in name and _has_log_name(name))
        (logs if is_log else others).append(LogFile(name, status.st_size, status.st_mtime))
    texts = [
        file
        for file in _newest_first(others)[:_MOST_TRIED]
        if looks_like_text(os.path.join(run_dir, file.name))
    ]
    return _newest_first(logs), texts


def looks_like_text(path: str) -> bool:
    """Return whether a file begins like text: no zero bytes, and nearly all of it UTF-8 or ASCII."""
    from runtui.logs.read.source import open_log, read_at  # to list logs is to open none

    try:
        sample = read_at(open_log(path), 0, _SAMPLE)
    except OSError:
        return False
    if not sample:
        return True
    text = sample.decode("utf-8", "replace")
    strange = sum(not (char.isprintable() or char in "\t\n\r\f\b\x1b") or char == "\ufffd" for char in text)
    return "\0" not in text and strange <= len(text) // 20


def _has_log_name(name: str) -> bool:
    """Return whether a file directly in the run has the name of a log, perhaps compressed or rotated."""
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return name.rstrip("0123456789").removesuffix(".").endswith(_LOG_ENDINGS) or name.startswith("log.")


def _newest_first(files: list[LogFile]) -> list[LogFile]:
    return sorted(files, key=lambda file: (file.size > 0, file.modified), reverse=True)
