"""``runtui show`` and ``runtui path``: the details of one run, and its directory."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health, SyncPhase
from runtui.catalog.fields import sources
from runtui.catalog.sync.digests import digested, with_warning
from runtui.catalog.sync.job_states import PATIENCE, with_job_states
from runtui.catalog.sync.scan import all_judged, judged, read_all
from runtui.cli.arguments import examples
from runtui.cli.digest_rules import digest_rules
from runtui.cli.selecting import run_of
from runtui.cli.serializers import iso_text, run_as_json
from runtui.cli.sigint import ended_by_interrupt
from runtui.layouts.registry import read_run
from runtui.layouts.run_parameters import run_configs
from runtui.logs.read.log_files import find_logs
from runtui.render.run_details import run_lines
from runtui.store.checkpoints import measured
from runtui.store.details import read_details
from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.model import MISSING, MetadataEdit, TagsChange
from runtui.store.edits.run_edits import describe_change
from runtui.store.errors import MetadataError
from runtui.store.index import read_current
from runtui.store.plain_json import shown_json
from runtui.store.record import RunRecord
from runtui.store.run_listing import run_entries
from runtui.store.torn_file import ATTEMPTS
from runtui.text.sanitize import safe_text

_MOST_READ_FOR_CHILDREN = 5000  # runs
"""Children are found only by reading all runs; with more runs than this, `show` lists none."""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    show = commands.add_parser(
        "show",
        parents=[common],
        epilog=examples(
            ("runtui show latest", "the newest run"),
            ("runtui show 9f3a --json", "for programs"),
        ),
    )
    show.add_argument("run", metavar="RUN")
    show.add_argument("--json", action="store_true", help="print a JSON object")
    show.set_defaults(command=show_command)
    path = commands.add_parser(
        "path",
        parents=[common],
        epilog=examples(
            ('cd "$(runtui path latest)"', "go to a run's directory"),
            ("runtui path current", "print the directory that the link `current` points to"),
        ),
    )
    path.add_argument("run", metavar="RUN")
    path.set_defaults(command=path_command)


@ended_by_interrupt()
def show_command(arguments: argparse.Namespace) -> int:
    """Print all details of a run."""
    base, name = run_of(arguments, arguments.run)
    now = time.time()
    keys = sources()
    run = judged(base, read_run(base, name, ATTEMPTS, is_edited=True, keys=keys), now)
    (run, *_others), silent = with_job_states(base, [run, *_attempts_around(base, run)], PATIENCE)
    for problem in silent:
        print(f"runtui: cannot ask what became of the run's job: {problem}", file=sys.stderr)
    run = with_warning(base, digested(base, run, digest_rules()))
    details = read_details(base, name, run_configs)
    catalog = _catalog_around(base, run, details.ancestry.names)
    if not arguments.json:
        advice = "`runtui mark` sets it to failed" if run.is_lost else ""
        for line in run_lines(run, details, catalog, now, advice):
            print("".join(span.text for span in line).rstrip())
        return 0
    try:
        metadata = shown_json(read_overlaid(base, name).metadata)
    except MetadataError:
        metadata = None
    shown = run_as_json(base, run, now)
    shown["metadata"] = metadata
    shown["history"] = [
        {
            "at": safe_text(edit.at),
            "user": safe_text(edit.user),
            "host": safe_text(edit.host),
            "action": safe_text(edit.action),
            "changes": [_change_as_json(change) for change in edit.changes],
            "reason": safe_text(edit.reason) or None,
            "in_metadata": edit.is_folded,
        }
        for edit in details.history
    ]
    shown["unreadable_edits"] = [
        {"path": safe_text(edit.path), "why": edit.why} for edit in details.unreadable
    ]
    shown["conflict"] = run.conflict or None
    shown["params"] = dict(details.parameters)
    shown["files"] = [{"path": file.path, "size": file.size} for file in details.files]
    shown["files_missed"] = list(details.files_missed)
    found_logs = find_logs(os.path.join(base, name))
    shown["logs"] = [
        {
            "path": safe_text(log.name),
            "size": log.size,
            "modified_at": iso_text(log.modified),
            "link": safe_text(log.target) or None,
        }
        for log in found_logs.logs
    ]
    shown["log_problems"] = list(found_logs.unread)
    shown["ancestors"] = [safe_text(ancestor) for ancestor in details.ancestry.names]
    shown["children"] = [safe_text(child) for child in catalog.children(name)]
    shown["checkpoints"] = [
        {
            "name": item.name,
            "created_at": iso_text(item.created),
            "path": None if item.path is None else safe_text(item.path),
            "size": item.size,
            "is_listed": item.is_listed,
            "problem": item.why_not or None,
        }
        for item in map(measured, details.checkpoints.found)
    ]
    shown["checkpoint_problems"] = list(details.checkpoints.problems)
    print(json.dumps(shown, indent=2))
    return 0


def _attempts_around(base: str, run: RunRecord) -> list[RunRecord]:
    """Return the other runs of a run's job, one of which may be a later attempt."""
    if run.job is None or len(run_entries(base)) > _MOST_READ_FOR_CHILDREN:
        return []
    others = (other for other in read_all(base) if other.name != run.name)
    return [other for other in others if other.job is not None and other.job[:2] == run.job[:2]]


def _change_as_json(change: MetadataEdit) -> dict[str, Any]:
    """Return a change for `show --json`, without the old or new value if there is none."""
    shown: dict[str, Any] = {"text": describe_change(change), "key": safe_text(change.key)}
    if isinstance(change, TagsChange):
        return shown | {"added": list(change.added), "removed": list(change.removed)}
    values = {"old": change.old, "new": change.new}
    return shown | {key: shown_json(value) for key, value in values.items() if value is not MISSING}


@ended_by_interrupt()
def path_command(arguments: argparse.Namespace) -> int:
    """Print a run's directory: the exact bytes in a pipe, safe text on a terminal."""
    path = os.path.abspath(os.path.join(*run_of(arguments, arguments.run)))
    if sys.stdout.isatty():
        print(safe_text(path))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(path) + b"\n")
    return 0


def _catalog_around(base: str, run: RunRecord, ancestors: Sequence[str]) -> Catalog:
    """Return a catalog of the runs that may be related to `run`, and check the liveness of its relatives."""
    catalog = Catalog(os.path.abspath(base))
    runs = {run.name: run}
    if len(run_entries(base)) <= _MOST_READ_FOR_CHILDREN:
        runs |= {other.name: other for other in read_all(base) if other.name != run.name}
    _fill(catalog, runs, read_current(base))
    related = {*ancestors, *_descendants(catalog, run.name)} - {run.name}
    known = [runs[name] for name in related if name in runs]
    _fill(catalog, {other.name: other for other in all_judged(base, known)}, catalog.current)
    return catalog


def _fill(catalog: Catalog, runs: Mapping[str, RunRecord], current: str | None) -> None:
    catalog.apply(CatalogUpdate(runs, (), Health(SyncPhase.FRESH), current, frozenset()))


def _descendants(catalog: Catalog, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        fresh = set(catalog.children(waiting.pop())) - found
        found |= fresh
        waiting += fresh
    return found
