"""Launching a child with its parent's command."""

from __future__ import annotations

import os
from collections.abc import Mapping

from runtui.runtime.batch.submit import launch_in_batch
from runtui.runtime.process.launch import check_waiting, launch_run
from runtui.store.errors import StoreError
from runtui.store.own_command import own_command, planned_command
from runtui.store.unstarted import unstarted_parent
from runtui.text.sanitize import safe_text

_SUBMIT_DIRECTORY = "SLURM_SUBMIT_DIR"
"""Slurm's variable for the directory in which a script was submitted."""


def launch_child(
    base: str, parent: str, child: str, *, on: str = "", resources: Mapping[str, str] | None = None
) -> str:
    """Start a child with the command that was planned for it, or else its parent's, in that one's directory.

    Args:
        base: The runs directory.
        parent: The run whose command it is.
        child: The run, which waits to be started.
        on: The scheduler that it is a job of; by default none, and it runs here.
        resources: The job's resources; by default its parent's.

    Returns:
        How it runs, in a few words: in the background with its pid, or as which job.

    Raises:
        StoreError: There is no such command, or it could not be started.
        OSError: No process can be made.
    """
    command = planned_command(base, child) or own_command(base, parent)
    if command is None:
        raise StoreError(
            "its parent was not recorded by runtui, or is not your own: there is no command to run"
        )
    if command.has_input:
        raise StoreError("its parent read its standard input from a file: launch it with that file, < FILE")
    directory = command.directory or os.path.join(os.path.abspath(base), child)
    words = command.words
    if command.script:
        words = ("env", f"{_SUBMIT_DIRECTORY}={directory}", *words)  # to which many scripts change
    if not on:
        launched = launch_run(base, child, words, directory=directory)
        return f"running in the background, pid {launched.pid}"

    check_waiting(base, child)
    given = command.resources if resources is None else resources
    told: list[str] = []
    launch_in_batch(
        base,
        child,
        words,
        on,
        given,
        is_followed=False,
        told=told.append,
        directory=directory,
    )
    return "; ".join(told)


def launch_unstarted(
    base: str, child: str, *, on: str = "", resources: Mapping[str, str] | None = None
) -> str:
    """Start a child that was created and not started, with its parent's recorded command.

    Args:
        base, child, on, resources: As of `launch_child`.

    Returns:
        How it runs, in a few words.

    Raises:
        StoreError: It does not wait to be started, or there is no such command, or it could not be started.
        OSError: No process can be made.
    """
    parent = unstarted_parent(base, child)
    if not parent:
        raise StoreError(
            f"{safe_text(child, 80)} does not wait to be started: only a child that you created can be, once"
        )
    return launch_child(base, parent, child, on=on, resources=resources)
