"""``runtui [DIR]``: opening the browser."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.selecting import named_directory
from runtui.store.errors import StoreError
from runtui.store.listing import check_runs_directory
from runtui.store.memory import memory_allowance, spare_memory

_PATIENCE = 0.3
"""Seconds for which a wrong directory may be told before the browser opens; it must not wait for a disk."""


_ENOUGH_MEMORY = 200_000_000  # bytes of address space, with some thousand runs
_LEAST_MEMORY = 150_000_000


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module; it is the one meant when none is named."""
    browse = commands.add_parser(
        "browse",
        parents=[common],
        epilog=examples(
            ("runtui", "browse ./runs, or $RUNTUI_RUNS_DIR"),
            ("runtui /scratch/me/runs", "another directory"),
            ("runtui a/runs b/runs", "several, with a column that tells which"),
            ("runtui --view mine", "begin with a saved view"),
        ),
    )
    browse.add_argument("directories", nargs="*", metavar="DIR", help="the runs directory, or several")
    browse.add_argument("--view", metavar="VIEW", help="begin with a saved view")
    browse.add_argument("--low-bandwidth", action="store_true", help="send less to the terminal, and later")
    browse.set_defaults(command=browse_command)


def browse_command(arguments: argparse.Namespace) -> int:
    """Open the browser until the user quits."""
    check_terminal()
    check_memory()
    bases = arguments.directories or [named_directory(arguments)]
    _check_soon(bases)
    return open_browser(*bases, view=arguments.view, low_bandwidth=arguments.low_bandwidth)


def _check_soon(bases: Sequence[str]) -> None:
    """Refuse what is no runs directory; on a file system that is slow to answer, do without."""
    problems: list[StoreError] = []

    def check() -> None:
        try:
            for base in bases:
                check_runs_directory(base)
        except StoreError as problem:
            problems.append(problem)

    looking = threading.Thread(target=check, daemon=True)
    looking.start()
    looking.join(_PATIENCE)
    if problems:
        raise problems[0]


def check_terminal() -> None:
    """Make sure that there is a terminal to draw on.

    Raises:
        StoreError: There is none; the text says what to use instead.
    """
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if stream is None or not stream.isatty():
            raise StoreError(f"the browser needs a terminal, but {name} is none: use `runtui ls` in scripts")
    kind = os.environ.get("TERM", "")
    if kind in ("", "dumb", "unknown"):
        said = f"TERM={kind}" if kind else "TERM is not set"
        raise StoreError(f"this terminal cannot show the browser ({said}): use `runtui ls`")


def check_memory() -> None:
    """Make sure that there is memory for the browser, and have it make do with that.

    Raises:
        StoreError: There is too little; the text says how much it takes.
    """
    allowance = memory_allowance()
    if allowance is not None and allowance.size < _LEAST_MEMORY:
        needed = f"the browser needs {_ENOUGH_MEMORY // 1_000_000} MB of memory"
        raise StoreError(f"{needed}, but {allowance}: raise that, or use `runtui ls`")
    spare_memory()


def open_browser(*bases: str, view: str | None = None, low_bandwidth: bool = False) -> int:
    """Open the browser on runs directories and return the exit code.

    Args:
        bases: The runs directories.
        view: The name of the view to begin with, or None for all runs.
        low_bandwidth: Whether to spare the line to the terminal, whatever the settings say.
    """
    # Nothing of what is made now goes away again: looking for what does takes a tenth of the time to start.
    gc.disable()
    from runtui.catalog.fields import column_of
    from runtui.settings import ALL, read_settings_soon, settings_path

    path = settings_path()
    settings = read_settings_soon(path, _PATIENCE)
    if low_bandwidth:
        settings = settings._replace(low_bandwidth=True)
    wanted = ALL
    if view is not None:
        from runtui.cli.argument_types import view_called  # not for those who begin with all runs

        wanted = view_called(view, settings.views)
    from runtui.catalog.sync.sources import RunSources

    # Other processes read while this one loads what it needs to draw.
    live = RunSources(bases, settings.budgets)
    live.want_keys(frozenset(column_of(choice.key).value_key for choice in settings.columns) - {""})
    live.prepare()
    return _load_browser()(bases, settings, wanted, path, live)


def _load_browser() -> Callable[..., int]:
    """Return what shows the browser. It is loaded without OpenSSL, as asyncio can be on systems without it.

    Nothing here talks through asyncio to a server, and loading it takes a twentieth of the time to start.
    """
    if "ssl" in sys.modules:
        from runtui.tui.app import browse

        return browse
    sys.modules["ssl"] = None  # type: ignore[assignment]
    try:
        from runtui.tui.app import browse
    finally:
        del sys.modules["ssl"]
    return browse
