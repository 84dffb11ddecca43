"""``runtui [DIR]``: opening the browser."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from typing import Any

from runtui.cli.selecting import named_directory
from runtui.store.errors import StoreError
from runtui.store.listing import check_runs_directory

_PATIENCE = 0.3
"""Seconds for which a wrong directory may be told before the browser opens; it must not wait for a disk."""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module; it is the one meant when none is named."""
    browse = commands.add_parser("browse", parents=[common], help="open the browser (the default)")
    browse.add_argument("directory", nargs="?", metavar="DIR", help="the runs directory")
    browse.set_defaults(command=browse_command)


def browse_command(arguments: argparse.Namespace) -> int:
    """Open the browser until the user quits."""
    if arguments.directory is not None:
        arguments.runs_dir = arguments.directory
    check_terminal()
    return open_browser(_runs_directory_soon(arguments))


def _runs_directory_soon(arguments: argparse.Namespace) -> str:
    """Return the runs directory; on a file system that is slow to answer, without having looked at it."""
    problems: list[StoreError] = []

    def check() -> None:
        try:
            check_runs_directory(base)
        except StoreError as problem:
            problems.append(problem)

    base = named_directory(arguments)
    looking = threading.Thread(target=check, daemon=True)
    looking.start()
    looking.join(_PATIENCE)
    if problems:
        raise problems[0]
    return base


def check_terminal() -> None:
    """Make sure that there is a terminal to draw on.

    Raises:
        StoreError: There is none; the text says what to use instead.
    """
    for stream, name in ((sys.stdin, "input"), (sys.__stderr__, "error output"), (sys.stdout, "output")):
        if stream is None or not stream.isatty():
            raise StoreError(f"the browser needs a terminal, but {name} is none: use `runtui ls` in scripts")
    if os.environ.get("TERM") == "dumb":
        raise StoreError("the terminal is dumb (TERM=dumb) and cannot show the browser: use `runtui ls`")


def open_browser(base: str) -> int:
    """Open the browser on a runs directory and return the exit code."""
    from runtui.tui.app import browse

    return browse(base)
