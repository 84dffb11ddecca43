"""Crash reports: what went wrong and where, for a bug report."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from importlib.metadata import PackageNotFoundError, version

from runtui.store.memory import want_of_memory
from runtui.store.user_dirs import shown_path, user_folder
from runtui.text.sanitize import safe_text

_MOST_KEPT_FILES = 10
_PREFIX = "crash-"
_REPORTED_VARIABLES = ("TERM", "COLORTERM", "LC_ALL", "LC_CTYPE", "LANG", "TMUX", "STY")


def crash_line(error: BaseException) -> str:
    """Write a report of an error that ended the program; return one line about it to show."""
    if want := want_of_memory(error):
        return want
    what = safe_text(f"{type(error).__name__}: {error}".removesuffix(": "), 120)
    try:
        path = _write(_report(error))
    except OSError as refusal:
        return f"crashed ({what}), and no report could be written: {safe_text(refusal.strerror or '')}"
    return f"crashed ({what}); the report is {shown_path(path)}"


def _report(error: BaseException) -> str:
    lines = [f"runtui {_version('runtui-hpc')}, Textual {_version('textual')}, Python {sys.version}"]
    lines += [platform.platform(), time.strftime("%Y-%m-%d %H:%M:%S %z")]
    lines += [
        f"{name}={safe_text(os.environ[name], 100)}" for name in _REPORTED_VARIABLES if name in os.environ
    ]
    # Without the values of variables, which may be private.
    # Sanitised, because the error may quote a file, and the report is read in a terminal.
    trace = [safe_text(line) for line in "".join(traceback.format_exception(error)).split("\n")]
    return "\n".join([*lines, "", *trace])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(unknown version)"


def _write(text: str) -> str:
    """Write a report that only its user can read, and return its path."""
    folder = user_folder("XDG_STATE_HOME", ".local/state")
    name = f"{_PREFIX}{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    try:
        if folder is None:
            raise FileNotFoundError
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        _remove_old(folder)
    except OSError:
        descriptor, path = tempfile.mkstemp(".txt", f"runtui-{_PREFIX}")
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path


def _remove_old(folder: str) -> None:
    reports = sorted(name for name in os.listdir(folder) if name.startswith(_PREFIX))
    for name in reports[:-_MOST_KEPT_FILES]:
        os.unlink(os.path.join(folder, name))
