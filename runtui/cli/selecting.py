"""Which runs directory, and which run in it, the user means."""

from __future__ import annotations

import argparse
import os

from runtui.cli.arguments import DEFAULT_DIR, DIR_VARIABLE
from runtui.store.errors import RunNotFoundError
from runtui.store.listing import check_runs_directory, run_entries
from runtui.text.sanitize import safe_text

_MOST_MATCHES_SHOWN = 8


def named_directory(arguments: argparse.Namespace) -> str:
    """Return the runs directory that the arguments or the environment name, without a look at it."""
    return getattr(arguments, "runs_dir", None) or os.environ.get(DIR_VARIABLE) or DEFAULT_DIR


def runs_directory(arguments: argparse.Namespace) -> str:
    """Return the runs directory that the arguments or the environment name.

    Raises:
        RunNotFoundError: It is missing, no directory, or not readable.
    """
    base = named_directory(arguments)
    check_runs_directory(base)
    return base


def resolve_run(base: str, wanted: str) -> str:
    """Return the name of the run that `wanted` means: an id, a unique prefix, ``latest`` or ``current``.

    Raises:
        RunNotFoundError: There is none, or a prefix fits several; the message lists those.
    """
    names = [entry.name for entry in run_entries(base)]
    if wanted in names:
        return wanted
    if wanted == "latest":
        from runtui.catalog.sync.scan import (
            read_all,  # the browser, which starts through here, needs none of it
        )

        newest = max(read_all(base), key=lambda run: (run.created or 0.0, run.name), default=None)
        if newest is None:
            raise RunNotFoundError("there are no runs in this directory yet")
        return newest.name
    if wanted == "current":
        from runtui.store.index import read_current

        target = read_current(base)
        if target is None or target not in names:
            raise RunNotFoundError("current points to no run here: name a run, or say `latest`")
        return target
    matches = sorted(name for name in names if wanted and name.startswith(wanted))
    shown = safe_text(wanted, 80)
    if not matches:
        raise RunNotFoundError(f"no run id begins with {shown!r}: `runtui ls` lists the runs")
    if len(matches) > 1:
        listed = ", ".join(safe_text(name) for name in matches[:_MOST_MATCHES_SHOWN])
        more = f" and {len(matches) - _MOST_MATCHES_SHOWN} more" if len(matches) > _MOST_MATCHES_SHOWN else ""
        raise RunNotFoundError(f"{shown!r} fits {len(matches)} runs, give more of it: {listed}{more}")
    return matches[0]
