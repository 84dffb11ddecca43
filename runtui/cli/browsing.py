"""``runtui [DIR]``: open the browser."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

from runtui.catalog.fields import column_of
from runtui.catalog.query.parser import QueryError
from runtui.cli.argument_types import refuse_usage, view_called
from runtui.cli.arguments import add_browsing_options, command_meant_by, examples
from runtui.cli.selecting import existing_directory
from runtui.layouts.opening import Opened, opened, read_foreign_runs
from runtui.settings import SavedView, read_settings_soon, settings_path
from runtui.settings.screen_state import ScreenState, read_state_soon
from runtui.store.errors import StoreError
from runtui.store.memory import memory_allowance, spare_memory
from runtui.store.run_listing import check_runs_directory
from runtui.text.sanitize import safe_text

_PATIENCE = 0.3
"""Seconds to wait for a disk before the browser opens, to check the directory and to read the settings."""

_ENOUGH_MEMORY = 200_000_000  # bytes of address space, for some thousand runs
_LEAST_MEMORY = 150_000_000  # bytes of address space


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``browse``, the default subcommand."""
    browse = commands.add_parser(
        "browse",
        parents=[common],
        epilog=examples(
            ("runtui", "browse ./runs, or $RUNTUI_RUNS_DIR"),
            ("runtui /scratch/me/runs", "another directory"),
            ("runtui a/runs b/runs", "several directories, with a column for the directory"),
            ("runtui --view mine", "start with a saved view"),
        ),
    )
    browse.add_argument("directories", nargs="*", metavar="DIR", help="runs directory, or several")
    add_browsing_options(browse)
    browse.set_defaults(command=browse_command)


def browse_command(arguments: argparse.Namespace) -> int:
    """Open the browser until the user quits."""
    named = arguments.directories or [existing_directory(arguments)]
    _refuse_mistyped_command(named[0])
    check_terminal()
    check_memory()
    return open_browser(_opened_soon(named), view=arguments.view, low_bandwidth=arguments.low_bandwidth)


def _refuse_mistyped_command(word: str) -> None:
    """Exit with a usage error where a word is no directory, but nearly a subcommand."""
    if "/" in word or os.path.lexists(word):
        return
    if meant := command_meant_by(word):
        refuse_usage(f"there is no command {safe_text(word, 40)}, nor such a directory: do you mean {meant}?")


def _opened_soon(named: Sequence[str]) -> Opened:
    """Check the directories that the user named, and return those to open.

    Of a file system that is slow to answer they are opened as runs directories, without a check.

    Raises:
        StoreError: One is missing, not a directory, or not readable.
    """
    problems: list[StoreError] = []
    answers: list[Opened] = []

    def check() -> None:
        try:
            for base in named:
                check_runs_directory(base)
            answers.append(opened(named))
        except StoreError as problem:
            problems.append(problem)

    looking = threading.Thread(target=check, daemon=True)
    looking.start()
    looking.join(_PATIENCE)
    if problems:
        raise problems[0]
    return answers[0] if answers else dict.fromkeys(named, ())


def check_terminal() -> None:
    """Check that input and output are a terminal that can show the browser.

    Raises:
        StoreError: They are not; the message says what to use instead.
    """
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if stream is None or not stream.isatty():
            raise StoreError(f"{name} is not a terminal: use `runtui ls` in scripts")
    kind = os.environ.get("TERM", "")
    if kind in ("", "dumb", "unknown"):
        reason = f"TERM={kind}" if kind else "TERM is not set"
        raise StoreError(f"this terminal cannot show the browser ({reason}): use `runtui ls`")


def check_memory() -> None:
    """Check that there is memory for the browser, and adapt to a small limit.

    Raises:
        StoreError: There is too little; the message says how much the browser needs.
    """
    allowance = memory_allowance()
    if allowance is not None and allowance.size < _LEAST_MEMORY:
        needed = f"the browser needs {_ENOUGH_MEMORY // 1_000_000} MB of memory"
        raise StoreError(f"{needed}, but {allowance}: raise the limit, or use `runtui ls`")
    spare_memory()


def open_browser(directories: Opened, *, view: str | None = None, low_bandwidth: bool = False) -> int:
    """Open the browser on runs directories and return the exit code.

    Args:
        directories: The runs directories.
        view: Name of the view to start with, or None for all runs.
        low_bandwidth: Whether to send less to the terminal, regardless of the settings.
    """
    # All objects allocated now stay in use, so that garbage collections would only cost a tenth of the start.
    gc.disable()
    path = settings_path()
    settings = read_settings_soon(path, _PATIENCE)
    if low_bandwidth:
        settings = settings._replace(low_bandwidth=True)
    bases = tuple(directories)
    if view is not None:
        # The user asks for a view: they begin at its first row.
        state, wanted = ScreenState(), view_called(view, settings.views)
    else:
        state = read_state_soon(bases, _PATIENCE)
        wanted = _valid(state.view)
    read_foreign_runs()
    from runtui.catalog.sync.sources import RunSources

    # Worker processes read the runs while this one imports the browser.
    live = RunSources(bases, settings.budgets, directories, settings.digest_rules)
    live.want_keys(frozenset(column_of(choice.key).value_key for choice in settings.columns) - {""})
    live.prepare()
    from runtui.tui.app import browse

    return browse(bases, settings, wanted, path, live, state)


def _valid(view: SavedView) -> SavedView:
    """Return a view, without its filter if another version of the program saved one that is none here."""
    if view.query:
        from runtui.catalog.query.query import parse_query  # only with a filter

        try:
            parse_query(view.query)
        except QueryError:
            return view._replace(query="")
    return view
