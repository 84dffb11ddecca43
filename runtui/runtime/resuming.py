"""Launching a child as its parent was launched."""

from __future__ import annotations

from runtui.runtime.launching import launch_run
from runtui.store.errors import StoreError
from runtui.store.resuming import own_command


def launch_child(base: str, parent: str, child: str) -> None:
    """Start a child with the command that its parent was recorded with, where that one ran.

    Raises:
        StoreError: There is no such command, or it could not be started.
        OSError: No process can be made.
    """
    command = own_command(base, parent)
    if command is None:
        raise StoreError(
            "its parent was not recorded by runtui, or is not your own: there is no command to run"
        )
    launch_run(base, child, command.words, directory=command.directory)
