"""``runtui inbox``: open failures by reason, dismissing them, and bringing them back."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health
from runtui.catalog.query.model import EVERYTHING
from runtui.catalog.run_key import RunDirectories
from runtui.catalog.sync.digests import all_digested
from runtui.catalog.sync.scan import all_judged, read_tree
from runtui.cli.argument_types import query_of
from runtui.cli.arguments import examples
from runtui.cli.digest_rules import digest_rules
from runtui.cli.selecting import opened_directory
from runtui.cli.serializers import iso_text
from runtui.cli.sigint import ended_by_interrupt
from runtui.layouts.run_tree import RunTree
from runtui.operations.dismissing import bring_back, dismiss, dismissed_failures
from runtui.operations.run_operations import Operation
from runtui.operations.triage import FailureGroup, GroupOrder, Triage, open_failures
from runtui.operations.triage_memory import recalled
from runtui.store.edits.run_edits import no_progress
from runtui.store.record import RunRecord
from runtui.text.format import ago_text, run_count
from runtui.text.sanitize import safe_text

_TITLES = ("count", "new", "kind", "last", "message")


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    inbox = commands.add_parser(
        "inbox",
        parents=[common],
        epilog=examples(
            ("runtui inbox", "open failures by reason, as `i` in the browser"),
            ("runtui inbox 'age<12h' --sort age", "of last night, the latest failure first"),
            ("runtui inbox reason:oom --dismiss", "take them out of your inbox"),
            ("runtui inbox --dismissed", "what you dismissed"),
            ("runtui inbox reason:oom --bring-back", "undo that"),
        ),
    )
    inbox.add_argument("query", nargs="*", metavar="QUERY", help="filter as in `runtui ls`")
    what = inbox.add_mutually_exclusive_group()
    what.add_argument("--dismiss", action="store_true", help="dismiss the failures that match QUERY")
    what.add_argument("--bring-back", action="store_true", help="bring back dismissed ones that match QUERY")
    what.add_argument("--dismissed", action="store_true", help="list the dismissed failures")
    inbox.add_argument(
        "--sort", choices=[*GroupOrder], default=GroupOrder.COUNT, help="order of the groups (default: count)"
    )
    inbox.add_argument("--json", action="store_true", help="print a JSON list of the groups")
    inbox.set_defaults(command=inbox_command)


@ended_by_interrupt()
def inbox_command(arguments: argparse.Namespace) -> int:
    """Print, dismiss or bring back open failures."""
    query = query_of(arguments.query)
    base, only = opened_directory(arguments)
    tree = RunTree(base, only)
    found = list(all_judged(base, read_tree(tree, base, query.keys)))
    if tree.problem:
        print(f"runtui: {tree.problem}", file=sys.stderr)
    runs = all_digested(base, found, digest_rules())
    triage = _triage(base, runs)
    matching = runs if query.is_empty else [run for run in runs if query.matches(run)]
    if arguments.dismiss:
        return _do(dismiss([run for run in matching if triage.is_open(run)], triage))
    if arguments.bring_back:
        return _do(bring_back([run for run in matching if triage.dismissal_of(run) is not None], triage))
    if arguments.dismissed:
        groups = [group.failures for group in dismissed_failures(matching, triage)]
    else:
        groups = open_failures(matching, triage, EVERYTHING, GroupOrder(arguments.sort)).groups
    if arguments.json:
        print(json.dumps([_as_json(group) for group in groups], indent=2))
    elif groups:
        _print(groups)
    elif sys.stdout.isatty():
        what = "dismissed" if arguments.dismissed else "open"
        of_query = f" match {safe_text(query.text)}" if query.text else ""
        print(f"runtui: no {what} failures{of_query}", file=sys.stderr)
    return 0


def _triage(base: str, runs: Sequence[RunRecord]) -> Triage:
    """Return the user's triage of a directory's runs."""
    catalog = Catalog(base)
    catalog.apply(CatalogUpdate({run.name: run for run in runs}, (), Health(), None, frozenset()))
    directories = RunDirectories([base])
    triage = Triage(catalog.has_children, directories.root_of)
    (opened,) = directories.bases
    triage.recall(opened, recalled(opened))
    return triage


def _do(operation: Operation) -> int:
    report = operation.do(no_progress)
    for failure in report.failures:
        print(f"runtui: {failure.text}", file=sys.stderr)
    print(report.text)
    return 1 if report.failures else 0


def _as_json(group: FailureGroup) -> dict[str, Any]:
    return {
        "count": len(group.runs),
        "new": group.new,
        "kind": group.kind or None,
        "last": iso_text(group.last),
        "message": group.message,
        "runs": [safe_text(run.name) for run in group.runs],
    }


def _print(groups: Sequence[FailureGroup]) -> None:
    now = time.time()
    rows = [
        (f"{len(group.runs):,}", f"{group.new:,}", group.kind, ago_text(group.last, now), group.message)
        for group in groups
    ]
    if sys.stdout.isatty():
        rows.insert(0, _TITLES)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for count, new, kind, last, message in rows:
        cells = (count.rjust(widths[0]), new.rjust(widths[1]), kind.ljust(widths[2]), last.rjust(widths[3]))
        print("  ".join((*cells, message)))
    if sys.stdout.isatty():
        print(f"{run_count(sum(len(group.runs) for group in groups))}")
