"""``runtui ls``, ``show`` and ``path``: what there is, for people and for scripts."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health, Phase
from runtui.catalog.columns import COLUMNS, COLUMNS_BY_KEY, METRIC, Column, column_of, is_metric
from runtui.catalog.digests import digested
from runtui.catalog.document import detail_lines, failure_lines, overview_lines
from runtui.catalog.format import value_text
from runtui.catalog.grouping import group_key_of
from runtui.catalog.query import Query
from runtui.catalog.scan import judged, scan_runs
from runtui.catalog.view import NEWEST_FIRST, Sort, sort_key, sort_of
from runtui.cli.interrupting import ended_by_interrupt
from runtui.cli.selecting import resolve_run, runs_directory
from runtui.cli.values import query_of, refuse_usage, run_count, view_called
from runtui.logs.listing import find_logs
from runtui.store.actions import describe_change
from runtui.store.details import read_details
from runtui.store.edits import MISSING, Change, TagsChange
from runtui.store.failure import Digest
from runtui.store.folding import read_overlaid
from runtui.store.index import read_current
from runtui.store.listing import run_entries
from runtui.store.merging import plain_json
from runtui.store.metadata import MetadataError, read_record
from runtui.store.record import RunRecord
from runtui.store.safe_text import safe_text

if TYPE_CHECKING:
    from runtui.settings import SavedView

# Children can only be found by reading all runs, which one run's page must not wait for.
_MOST_READ_FOR_CHILDREN = 5000


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    ls = commands.add_parser("ls", parents=[common], help="list the runs, newest first")
    ls.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help="as in the browser's filter, e.g. status:failed 'age<2d' 'model.beta>=0.3'",
    )
    ls.add_argument("--json", action="store_true", help="a JSON list")
    ls.add_argument(
        "--sort",
        metavar="KEY",
        help="a column or any key of the runs; --sort=-KEY turns it round",
    )
    ls.add_argument(
        "--view", metavar="NAME", help="what a saved view shows, narrowed down by QUERY and the other options"
    )
    ls.add_argument("--limit", type=run_count, metavar="N", help="at most N runs")
    ls.add_argument(
        "--columns",
        metavar="KEY,…",
        help=f"{','.join(COLUMNS_BY_KEY)}, or any key of the runs such as model.beta",
    )
    ls.set_defaults(command=list_command)
    show = commands.add_parser("show", parents=[common], help="everything about one run")
    show.add_argument("run", metavar="RUN")
    show.add_argument("--json", action="store_true", help="a JSON object")
    show.set_defaults(command=show_command)
    path = commands.add_parser("path", parents=[common], help="print a run's directory")
    path.add_argument("run", metavar="RUN")
    path.set_defaults(command=path_command)


@ended_by_interrupt()
def list_command(arguments: argparse.Namespace) -> int:
    """List the runs that match."""
    view = None if arguments.view is None else _view(arguments.view)
    sort = NEWEST_FIRST
    if arguments.sort is not None:
        sort = _parse_sort(arguments.sort)
    elif view is not None and view.sort:
        sort = _parse_sort(view.sort)
    columns = _parse_columns(arguments.columns)
    if arguments.columns is None and view is not None and view.columns:
        columns = [column_of(choice.key) for choice in view.columns]
    query = query_of([*([view.query] if view is not None else []), *arguments.query])
    base = runs_directory(arguments)
    group = view.group if view is not None else ""
    shown_keys = {column.value_key for column in (*columns, column_of(sort.key), column_of(group))} - {""}
    now = time.time()
    found = list(scan_runs(base, query.keys | shown_keys))
    if query.asks_why or "reason" in (sort.key, group):
        found = [digested(base, run) for run in found]
    matching = [run for run in found if query.matches(run)]
    runs = sorted(matching, key=sort_key(sort, now), reverse=sort.descending)
    if group:
        runs.sort(key=group_key_of(group))
    del runs[arguments.limit if arguments.limit is not None else len(runs) :]
    if arguments.json or any(column.key == "reason" for column in columns):
        runs = [digested(base, run) for run in runs]
    if arguments.json:
        asked = sorted(query.keys | shown_keys)
        print(json.dumps([run_as_json(base, run, now, asked) for run in runs], indent=2))
    elif runs:
        _print_table(runs, [_with_metric(base, column_of(column.key, runs)) for column in columns], now)
    elif sys.stdout.isatty():
        print("no runs match" if found else "there are no runs yet; `runtui demo` makes some")
    if found and not runs:
        _tell_what_was_meant(query, found)
    for key in sorted(shown_keys):
        if found and not any(key in run.values for run in found):
            print(f"runtui: no run has a value for {safe_text(key)}", file=sys.stderr)
    return 0


def _view(name: str) -> SavedView:
    from runtui.settings import read_settings, settings_path  # only for those who name a view

    settings = read_settings(settings_path())
    if settings.problem:
        print(f"runtui: {settings.problem}", file=sys.stderr)
    return view_called(name, settings.views)


def _tell_what_was_meant(query: Query, found: Sequence[RunRecord]) -> None:
    from runtui.catalog.completion import hint, vocabulary_of  # needed only where nothing was found

    meant = hint(query.text, vocabulary_of(found))
    if meant:
        print(f"runtui: {safe_text(meant)}", file=sys.stderr)


@ended_by_interrupt()
def show_command(arguments: argparse.Namespace) -> int:
    """Tell everything about one run."""
    base = runs_directory(arguments)
    name = resolve_run(base, arguments.run)
    now = time.time()
    run = judged(base, read_record(base, name, attempts=4, pause=0.05, is_edited=True), now)
    run = digested(base, run)
    catalog = _catalog_around(base, run)
    details = read_details(base, name)
    if not arguments.json:
        lines = overview_lines(run, catalog, now)
        lines[1:1] = failure_lines(run, details)
        lines += detail_lines(run, details, catalog, now)
        for line in lines:
            print("".join(span.text for span in line).rstrip())
        return 0
    try:
        metadata = plain_json(read_overlaid(base, name).metadata, "")
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
            "in_metadata": edit.folded_at is not None,
        }
        for edit in details.history
    ]
    shown["conflict"] = run.conflict or None
    shown["params"] = dict(details.params)
    shown["files"] = [{"path": file.path, "size": file.size} for file in details.files]
    shown["logs"] = [
        {"path": safe_text(log.name), "size": log.size, "modified_at": _iso(log.modified)}
        for log in find_logs(os.path.join(base, name))
    ]
    shown["ancestors"] = [safe_text(ancestor) for ancestor in details.ancestry.names]
    shown["children"] = [safe_text(child) for child in catalog.children(name)]
    shown["checkpoints"] = [
        {
            "name": item.name,
            "created_at": _iso(item.created),
            "path": None if item.path is None else safe_text(item.path),
            "size": item.size,
        }
        for item in details.checkpoints
    ]
    print(json.dumps(shown, indent=2))
    return 0


def _change_as_json(change: Change) -> dict[str, Any]:
    """Return a change as `show --json` gives it; a value that was not there, or is gone, is left out."""
    shown: dict[str, Any] = {"text": describe_change(change), "key": safe_text(change.key)}
    if isinstance(change, TagsChange):
        return shown | {"added": list(change.added), "removed": list(change.removed)}
    values = {"old": change.old, "new": change.new}
    return shown | {key: plain_json(value, "") for key, value in values.items() if value is not MISSING}


@ended_by_interrupt()
def path_command(arguments: argparse.Namespace) -> int:
    """Print a run's directory; to a pipe exactly as the file system spells it."""
    base = runs_directory(arguments)
    path = os.path.join(os.path.abspath(base), resolve_run(base, arguments.run))
    if sys.stdout.isatty():
        print(safe_text(path))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(path) + b"\n")
    return 0


def run_as_json(base: str, run: RunRecord, now: float, keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return a run as `ls --json` and `show --json` give it; times are ISO 8601 in UTC, durations seconds.

    Args:
        base: The runs directory.
        run: The run.
        now: The present moment.
        keys: The simulation's own keys that were asked for; where there are some, ``values`` has them.
    """
    duration = run.duration(now)
    shown: dict[str, Any] = {
        "run_id": run.run_id,
        "path": safe_text(os.path.join(os.path.abspath(base), run.name)),
        "status": run.status or None,
        "doubt": run.doubt or None,
        "reason": None if run.digest is None else digest_as_json(run.digest),
        "problem": run.problem or None,
        "description": run.description,
        "tags": list(run.tags),
        "created_at": None if run.created_is_guess else _iso(run.created),
        "started_at": _iso(run.started),
        "completed_at": _iso(run.completed),
        "duration": None if duration is None else round(duration, 3),
        "hostname": run.host or None,
        "user": run.user or None,
        "parent_run_id": None if run.parent is None else safe_text(run.parent),
    }
    if keys:
        shown["values"] = plain_json({key: run.values.get(key) for key in keys}, "")
    return shown


def digest_as_json(digest: Digest) -> dict[str, Any]:
    """Return why a run failed as `--json` gives it; the log's path begins at the run, the offset is bytes."""
    return {
        "kind": str(digest.kind),
        "line": digest.line or None,
        "log": safe_text(digest.log) or None,
        "offset": digest.offset if digest.log else None,
    }


def _catalog_around(base: str, run: RunRecord) -> Catalog:
    """Return a catalog of the runs that `run` may be related to."""
    catalog = Catalog(os.path.abspath(base))
    runs = [run]
    if len(run_entries(base)) <= _MOST_READ_FOR_CHILDREN:
        runs += [other for other in scan_runs(base) if other.name != run.name]
    catalog.apply(CatalogUpdate(tuple(runs), (), Health(Phase.FRESH), read_current(base), frozenset()))
    return catalog


def _print_table(runs: Sequence[RunRecord], columns: Sequence[Column], now: float) -> None:
    from rich.cells import cell_len, set_cell_size

    to_people = sys.stdout.isatty()
    rows = [[column.title for column in columns]] if to_people else []
    rows += [[_cell(column, run, now, to_people=to_people) for column in columns] for run in runs]
    widths = [max(map(cell_len, cells)) for cells in zip(*rows, strict=True)]
    limit = _terminal_width() if to_people else None
    for row in rows:
        cells = []
        for cell, width, column in zip(row, widths, columns, strict=True):
            padding = " " * (width - cell_len(cell))
            cells.append(padding + cell if column.align == "right" else cell + padding)
        line = "  ".join(cells).rstrip()
        if limit is not None and cell_len(line) > limit:
            line = set_cell_size(line, limit - 1) + "…"
        print(line)


def _with_metric(base: str, column: Column) -> Column:
    """Return a column that reads the metric it shows; others as they are."""
    if not is_metric(column.key):
        return column
    from runtui.results.sparklines import read_sparkline  # only for those who show metrics

    name = column.key.removeprefix(METRIC)

    def text(run: RunRecord, _now: float) -> str:
        found = read_sparkline(f"{base}/{run.name}", name)
        if sys.stdout.isatty():
            return found.text
        return "" if found.last is None else repr(found.last)

    return column._replace(text=text)


def _cell(column: Column, run: RunRecord, now: float, *, to_people: bool) -> str:
    """Return what a table has of a run; a script wants the whole id and the exact number."""
    if not to_people and column.key == "id":
        return run.run_id
    if not to_people and column.value_key:
        return value_text(run.values.get(column.value_key), is_exact=True)
    return column.text(run, now)


def _terminal_width() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return 80


def _parse_sort(text: str) -> Sort:
    sort = sort_of(text)
    if sort is None:
        refuse_usage(f"say what to sort by: {', '.join(COLUMNS_BY_KEY)}, or a key of the runs' own")
    return sort


def _parse_columns(text: str | None) -> Sequence[Column]:
    if text is None:
        return COLUMNS
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        refuse_usage(f"say which columns: some of {','.join(COLUMNS_BY_KEY)}, or keys of the runs' own")
    return [column_of(key) for key in keys]


def _iso(moment: float | None) -> str | None:
    if moment is None:
        return None
    try:
        return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None
