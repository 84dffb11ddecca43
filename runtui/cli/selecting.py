"""Selection of the runs directory and the run that the user means."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from runtui.cli.arguments import DEFAULT_DIR, DIR_VARIABLE
from runtui.store.errors import RunNotFoundError, StoreError, explain
from runtui.store.record import RunRecord
from runtui.store.run_listing import check_runs_directory, run_entries
from runtui.text.folding import composed
from runtui.text.sanitize import safe_text

_MOST_MATCHES_SHOWN = 8  # runs


def named_directory(arguments: argparse.Namespace) -> str:
    """Return the runs directory that the arguments or the environment name, without checking it."""
    return getattr(arguments, "runs_dir", None) or os.environ.get(DIR_VARIABLE) or DEFAULT_DIR


def runs_directory(arguments: argparse.Namespace) -> str:
    """Return the runs directory that the arguments or the environment name.

    Raises:
        RunNotFoundError: It is missing, not a directory, or not readable.
    """
    base = named_directory(arguments)
    check_runs_directory(base)
    return base


@contextmanager
def creating_in(base: str) -> Iterator[None]:
    """Name the runs directory, and not the run that does not exist yet, in errors of creating a run.

    Args:
        base: The runs directory.

    Raises:
        StoreError: The run cannot be created.
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        reason = explain(error, with_path=False)
        raise StoreError(f"cannot create a run in {safe_text(base)}: {reason}") from None


def resolve_run(base: str, wanted: str) -> str:
    """Return the name of a run.

    Args:
        base: The runs directory.
        wanted: A run id, a unique prefix of one, ``latest`` or ``current``; also the id that a run had before
            its directory was renamed.

    Raises:
        RunNotFoundError: No run matches, or several match a prefix; the message lists them.
    """
    names = [entry.name for entry in run_entries(base)]
    if wanted in names:
        return wanted
    if wanted == "latest":
        # The browser starts through this module and does not need them.
        from runtui.catalog.sorting import latest_of
        from runtui.catalog.sync.scan import read_all

        runs = list(read_all(base))
        newest = latest_of(runs)
        if newest is None:
            raise no_latest(runs)
        return newest.name
    if wanted == "current":
        from runtui.store.index import read_current

        target = read_current(base)
        if target is None or target not in names:
            raise RunNotFoundError("`current` does not point to a run: name a run, or use `latest`")
        return target
    start = composed(wanted)
    matches = sorted(name for name in names if start and composed(name).startswith(start))
    if same := [name for name in matches if composed(name) == start]:
        return same[0]
    if start and not matches:
        from runtui.store.run_ids import renamed_runs  # only for ids that no directory has

        renamed = renamed_runs(base)
        found = [names for run_id, names in renamed.items() if composed(run_id).startswith(start)]
        matches = sorted({name for names in found for name in names})
    shown = safe_text(wanted, 80)
    if not matches:
        raise RunNotFoundError(f"no run id begins with {shown!r}: list the runs with `runtui ls`")
    if len(matches) > 1:
        listed = ", ".join(safe_text(name) for name in matches[:_MOST_MATCHES_SHOWN])
        more = f" and {len(matches) - _MOST_MATCHES_SHOWN} more" if len(matches) > _MOST_MATCHES_SHOWN else ""
        raise RunNotFoundError(f"{shown!r} matches {len(matches)} runs, add more characters: {listed}{more}")
    return matches[0]


def no_latest(runs: Sequence[RunRecord]) -> RunNotFoundError:
    """Return the error that tells why none of the runs of a directory is the latest."""
    if not runs:
        return RunNotFoundError(
            "no runs in this directory yet: `runtui launch` or `runtui demo` creates some"
        )
    example = f"{runs[0].run_id}: {runs[0].problem}"
    return RunNotFoundError(f"no run is the latest, as none can be read: {example}")
