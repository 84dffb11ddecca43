"""``runtui adopt``: write the metadata.json of runs of other programs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from runtui.catalog.run_key import split_name
from runtui.catalog.sync.scan import read_all
from runtui.cli.arguments import examples
from runtui.cli.asking import agrees
from runtui.cli.selecting import opened_directory, run_of
from runtui.layouts.base import entries_of
from runtui.layouts.job_logs import job_of_log_at
from runtui.layouts.known import LAYOUTS
from runtui.layouts.opening import Opened, holds_runs, opened
from runtui.layouts.registry import foreign_metadata
from runtui.layouts.run_outputs import is_output_of_run
from runtui.operations.adopting import Candidate, adopt, candidates
from runtui.store.errors import StoreError
from runtui.store.metadata import read_foreign_with
from runtui.store.run_listing import check_runs_directory
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text

_MOST_ALIKE = 4  # runs of a directory that are listed one by one if they are skipped for the same reason


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    command = commands.add_parser(
        "adopt",
        parents=[common],
        epilog=examples(
            ("runtui adopt --dry-run", "only show the plan"),
            ("runtui adopt outputs", "all runs below a directory; asks first"),
            ("runtui adopt case1 case2 --yes", "these two, without asking"),
            ("runtui undo case1", "remove the metadata.json again"),
        ),
    )
    command.add_argument(
        "directories",
        nargs="*",
        metavar="DIR",
        help="a run, or a directory that holds runs (default: the runs directory)",
    )
    command.add_argument("--dry-run", action="store_true", help="only show the plan")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument(
        "--layout", metavar="NAME", choices=sorted(LAYOUTS), help="only runs of this layout, read as such"
    )
    command.add_argument("--json", action="store_true", help="print the plan as a JSON object")
    command.set_defaults(command=adopt_command)


def adopt_command(arguments: argparse.Namespace) -> int:
    """Show which runs get a metadata.json and, unless it is a dry run, write it."""
    read_foreign_with(foreign_metadata)
    layout = arguments.layout or ""
    plan = [
        candidate
        for base, names in _by_directory(arguments).items()
        for candidate in candidates(base, names, layout)
    ]
    taken = [candidate for candidate in plan if not candidate.refusal]
    _print_plan(plan, as_json=arguments.json)
    if arguments.dry_run or not taken:
        return 1 if plan and not taken and not arguments.dry_run else 0
    if not arguments.yes and not agrees(f"write metadata.json into {run_count(len(taken))}?"):
        return 1
    failed = done = 0
    for base, group in _grouped(taken).items():
        for outcome in adopt(base, group, layout):
            done += outcome.done
            failed += not outcome.done
            if not outcome.done:
                print(f"runtui: {safe_text(outcome.name)}: {outcome.text}", file=sys.stderr)
    if not arguments.json:
        print(f"adopted {run_count(done)}" + ("; to undo: `runtui undo RUN`" if done else ""))
    return 1 if failed else 0


def _by_directory(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Return the names of the runs that are meant, by the directories that they lie in."""
    if not arguments.directories:
        directory = opened_directory(arguments)
        return _runs_below({os.path.abspath(directory.base): directory.only}, arguments.layout)
    named = [_path_of(arguments, text) for text in arguments.directories]
    logs = [path for path in named if _is_only_a_log(path)]
    others = [path for path in named if path not in logs]
    for path in others:
        check_runs_directory(path)
    found = _runs_below(opened(others), arguments.layout)
    for path in others:
        if not holds_runs(path):  # the plan says why it is not adopted
            base, name = os.path.split(os.path.abspath(path))
            found.setdefault(base, []).append(name)
    for path in logs:
        base, name = os.path.split(os.path.abspath(path))
        found.setdefault(base, []).append(name)
    return found


def _path_of(arguments: argparse.Namespace, text: str) -> str:
    """Return the directory that a user named: a path, or else a run as other subcommands take it."""
    if os.path.lexists(text):
        return text
    try:
        return os.path.join(*run_of(arguments, text))
    except StoreError:
        return text  # which is refused as a directory


def _is_only_a_log(path: str) -> bool:
    return os.path.isfile(path) and (job_of_log_at(path) is not None or is_output_of_run(path))


def _runs_below(directories: Opened, layout: str | None) -> dict[str, list[str]]:
    """Return the runs without a record in directories, and those that the user named, whatever they are."""
    found: dict[str, dict[str, None]] = {}
    for base, only in directories.items():
        for run in sorted(read_all(base, only=only), key=lambda run: run.name):
            path = os.path.join(base, run.name)
            is_wanted = run.layout != "" and (layout is None or _is_of(layout, path))
            if is_wanted or run.name in only:
                place = split_name(base, run.name)
                found.setdefault(place.base, {})[place.name] = None
    return {base: list(names) for base, names in found.items()}


def _is_of(layout: str, run_dir: str) -> bool:
    """Return whether a run can be read as one of a layout."""
    try:
        return LAYOUTS[layout].recognises(entries_of(run_dir))
    except OSError:
        return False


def _grouped(plan: Iterable[Candidate]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for candidate in plan:
        found.setdefault(candidate.base, []).append(candidate.name)
    return found


def _print_plan(plan: Sequence[Candidate], *, as_json: bool) -> None:
    taken = [candidate for candidate in plan if not candidate.refusal]
    skipped = [candidate for candidate in plan if candidate.refusal]
    if as_json:
        shown = {
            "adopted": [
                _named(one) | {"layout": one.layout, "status": one.status, "status_from": one.source}
                for one in taken
            ],
            "skipped": [_named(one) | {"reason": one.refusal} for one in skipped],
        }
        print(json.dumps(shown, indent=2))
        return
    for one in taken:
        print(f"adopt  {_path(one)}  {one.layout}  {one.status} (from {one.source})")
    for (base, refusal), alike in _alike(skipped).items():
        if len(alike) > _MOST_ALIKE:
            print(f"skip   {run_count(len(alike))} in {_shown(base)}  {refusal}")
        else:
            for one in alike:
                print(f"skip   {_path(one)}  {refusal}")
    what = f"{run_count(len(taken))} to adopt" if taken else "nothing to adopt"
    print(f"{what}; {run_count(len(skipped))} skipped" if skipped else what)


def _alike(skipped: Iterable[Candidate]) -> dict[tuple[str, str], list[Candidate]]:
    """Return the runs that are skipped, by their directories and the reasons."""
    found: dict[tuple[str, str], list[Candidate]] = {}
    for one in skipped:
        found.setdefault((one.base, one.refusal), []).append(one)
    return found


def _named(candidate: Candidate) -> dict[str, str]:
    return {
        "run_id": safe_text(candidate.name),
        "path": safe_text(os.path.join(candidate.base, candidate.name)),
    }


def _path(candidate: Candidate) -> str:
    """Return the path of a run, from the working directory where it lies below that; safe to show."""
    return _shown(os.path.join(candidate.base, candidate.name))


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return safe_text(path if relative.startswith(os.pardir) else relative)
