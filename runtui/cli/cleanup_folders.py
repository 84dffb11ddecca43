"""The folders whose runs a cleanup concerns: each has a trash of its own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from runtui.catalog.query.query import Query
from runtui.catalog.run_key import split_name
from runtui.catalog.sync.job_states import as_listed, waiting_runs
from runtui.catalog.sync.scan import read_all
from runtui.cli.selecting import OpenedDirectory, folder_prefix, opened_directory, runs_of
from runtui.formats.config.value_reader import parameter_values
from runtui.layouts.registry import read_run
from runtui.layouts.run_names import folders_below
from runtui.layouts.run_tree import holds_other_runs
from runtui.operations.parallel import in_parallel
from runtui.store.cleanup.plan import Decision, PlanInputs
from runtui.store.cleanup.trash import find_trashed
from runtui.store.cleanup.trash_folder import TrashedRun
from runtui.store.errors import RunNotFoundError
from runtui.store.paths import TRASH_DIR
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text

_MOST_NAMED = 8  # runs


class CleanedFolder(NamedTuple):
    """A directory in which runs lie that may be moved, to a trash of its own.

    Attributes:
        base: The directory.
        prefix: Its path from the directory that was opened, with a slash at its end; or ``""``.
        runs: Its runs, by their names there.
        chosen_from: Those that the user means.
        inputs: What a cleanup of it is planned from.
    """

    base: str
    prefix: str
    runs: Sequence[RunRecord]
    chosen_from: Sequence[RunRecord]
    inputs: PlanInputs

    def shown(self, decision: Decision) -> str:
        """Return the path of a run, safe to show."""
        return safe_text(self.prefix + decision.name)


def folders_to_clean(arguments: argparse.Namespace, query: Query) -> list[CleanedFolder]:
    """Return the directories of the runs that are meant: of those that are named, or else of all."""
    directory = opened_directory(arguments)
    inputs = partial(
        PlanInputs,
        keys=query.keys,
        each=in_parallel,
        jobs=waiting_runs,
        listing=as_listed,
        holds_runs=holds_other_runs,
        values_from=parameter_values,
    )
    found: list[CleanedFolder] = []
    if arguments.runs is not None:
        for base, names in runs_of(arguments, arguments.runs).items():
            of_named = inputs(base)
            runs = of_named.runs()
            chosen_from = [run for run in runs if run.name in names]
            unlisted = set(names).difference(run.name for run in chosen_from)  # such as logs of jobs
            chosen_from += [read_run(base, name, is_edited=True, keys=query.keys) for name in unlisted]
            found.append(
                CleanedFolder(base, folder_prefix(directory.base, base), runs, chosen_from, of_named)
            )
        return found
    by_base: dict[str, list[RunRecord]] = {}
    for run in read_all(directory.base, query.keys, directory.only):
        base = split_name(directory.base, run.name).base
        by_base.setdefault(base, []).append(run.in_folder(folder_prefix(directory.base, base)))
    for base, group in by_base.items():
        known = {run.name: run for run in group}
        found.append(
            CleanedFolder(base, folder_prefix(directory.base, base), group, group, inputs(base, known))
        )
    return found


class LocatedRun(NamedTuple):
    """A run in the trash of a folder.

    Attributes:
        base: The folder.
        prefix: Its path from the directory that was opened, with a slash at its end; or ``""``.
        run: The run.
    """

    base: str
    prefix: str
    run: TrashedRun

    @property
    def shown(self) -> str:
        """Its path, safe to show."""
        return safe_text(self.prefix) + self.run.run_id


def folders_with_trash(directory: OpenedDirectory) -> list[str]:
    """Return the directory that was opened, and the folders below it that have a trash of their own.

    Reports the folders that were not looked into.

    Raises:
        OSError: The directory cannot be listed.
    """
    base = directory.base
    found = folders_below(base, directory.only)
    if found.problem:
        print(f"runtui: {found.problem}", file=sys.stderr)
    below = [os.path.join(base, folder) for folder in found.paths]
    return [base, *(folder for folder in sorted(below) if os.path.lexists(os.path.join(folder, TRASH_DIR)))]


def located(directory: OpenedDirectory, base: str, runs: Iterable[TrashedRun]) -> list[LocatedRun]:
    """Return runs in the trash of a folder with their paths."""
    return [LocatedRun(base, folder_prefix(directory.base, base), run) for run in runs]


def find_located(directory: OpenedDirectory, with_trash: Sequence[str], wanted: str) -> LocatedRun:
    """Return a run in the trash of the directory that was opened, or of a folder below it.

    Args:
        directory: The directory.
        with_trash: It and the folders, as `folders_with_trash` returns them.
        wanted: The run's id or its path, or the start of one.

    Raises:
        RunNotFoundError: There is none, or several are called so; the message lists those.
        OSError: A trash cannot be listed.
    """
    folder, slash, start = wanted.rpartition("/")
    base = directory.base
    bases = list(with_trash)
    if slash:
        bases = [place for place in bases if folder_prefix(base, place) == f"{folder}/"] or bases[:1]
        wanted = start if bases != [base] else wanted
    found: list[LocatedRun] = []
    refusal: RunNotFoundError | None = None
    for place in bases:
        try:
            found += located(directory, place, [find_trashed(place, wanted)])
        except RunNotFoundError as error:
            refusal = refusal or error
        if found and place == base:
            break  # as a run of this directory goes before others
    if not found and refusal is not None:
        raise refusal
    if len(found) > 1:
        listed = ", ".join(one.shown for one in found[:_MOST_NAMED])
        raise RunNotFoundError(f"{safe_text(wanted, 80)!r} fits {len(found)} runs in the trash: {listed}")
    return found[0]
