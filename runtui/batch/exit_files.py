"""Files with the exit codes of jobs, which the script of `job_script` writes."""

from __future__ import annotations

import os
from collections.abc import Sequence

from runtui.batch.base import BEGUN, MARK
from runtui.store.paths import PRIVATE_DIR
from runtui.store.safe_directory import split_at

EXIT_NAME = "exit"
"""Prefix of the names of the exit files of a run's job."""


def mark_folder(exit_file: str) -> str:
    """Mark the folder of a job's exit file, so that the job recognises it, and return the mark.

    Raises:
        OSError: The mark cannot be written, or a folder on the way from the run is a link.
    """
    mark = os.urandom(8).hex()
    directory, relative = split_at(exit_file + MARK, PRIVATE_DIR)
    directory.replace(relative, mark.encode(), mode=0o600)
    return mark


def names_in(folder: str) -> list[str]:
    """Return the names of the files in a folder; empty where it cannot be read."""
    # Listed, not opened by name: on NFS a file that was opened before it existed stays hidden.
    try:
        return os.listdir(folder)
    except OSError:
        return []


def codes_in(folder: str, exit_name: str, names: Sequence[str], first: int = 0) -> dict[int, int]:
    """Return the exit codes that a job's tasks wrote in their latest attempts, by task index.

    Args:
        folder: Folder of the exit files.
        exit_name: Prefix of their names.
        names: Names of the files in the folder.
        first: First attempt that counts.
    """
    latest: dict[int, int] = {}
    for name in names:
        if name.startswith(f"{exit_name}."):
            task, _dot, attempt = name.removesuffix(BEGUN)[len(exit_name) + 1 :].partition(".")
            if task.isdecimal() and attempt.isdecimal():
                latest[int(task)] = max(int(attempt), latest.get(int(task), first))
    found: dict[int, int] = {}
    there = set(names)
    for number, last in latest.items():
        name = f"{exit_name}.{number}.{last}"
        if name in there:
            try:
                with open(os.path.join(folder, name), encoding="ascii") as file:
                    found[number] = int(file.read(20))
            except (OSError, ValueError):
                continue
    return found
