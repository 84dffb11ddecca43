"""The files in which jobs put their exit codes down, whatever ends them: `job_script` has them written."""

from __future__ import annotations

import os
from collections.abc import Sequence

from runtui.batch.base import BEGUN, MARK
from runtui.store.paths import PRIVATE_DIR
from runtui.store.safe_directory import split_at

EXIT_NAME = "exit"
"""Begins the names of the files in which a run's job puts its exit codes down."""


def mark_folder(exit_file: str) -> str:
    """Mark the folder of a job's exit file, by which the job knows it, and return the mark.

    Raises:
        OSError: It cannot be written, or a folder of the run on the way is a link.
    """
    mark = os.urandom(8).hex()
    directory, relative = split_at(exit_file + MARK, PRIVATE_DIR)
    directory.replace(relative, mark.encode(), mode=0o600)
    return mark


def names_in(folder: str) -> list[str]:
    """Return the names of the files in a folder; none where it cannot be read."""
    # Listed, not looked for by name: a file that was looked for before it was there stays hidden on NFS.
    try:
        return os.listdir(folder)
    except OSError:
        return []


def codes_in(folder: str, exit_name: str, names: Sequence[str], first: int = 0) -> dict[int, int]:
    """Return the exit codes that a job's tasks put down, each of its latest attempt.

    Args:
        folder, exit_name: As of `Job`.
        names: The names of the files in the folder.
        first: The first attempt whose word counts.
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
