"""``runtui ls``: list runs, for people and for scripts."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from runtui.catalog import fields
from runtui.catalog.columns import METRIC, Column, is_metric
from runtui.catalog.fields import column_of
from runtui.catalog.sorting import NEWEST_FIRST, Sort, sort_key, sort_of
from runtui.catalog.sync.digests import all_digested
from runtui.catalog.sync.liveness import with_job_status
from runtui.catalog.sync.scan import scan_runs
from runtui.cli.argument_types import query_of, refuse_usage, run_count, view_called
from runtui.cli.arguments import examples
from runtui.cli.column_width import cell_len, cut_to_width
from runtui.cli.selecting import runs_directory
from runtui.cli.sigint import ended_by_interrupt
from runtui.store.concurrent_work import in_order
from runtui.store.record import RunRecord
from runtui.text.format import value_text
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.catalog.query.model import Query
    from runtui.settings import SavedView


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    ls = commands.add_parser(
        "ls",
        parents=[common],
        epilog=examples(
            ("runtui ls", "all, newest first"),
            ("runtui ls status:failed 'age<2d'", "failed in the last two days"),
            ("runtui ls reason:oom user:me", "yours that ran out of memory"),
            (
                "runtui ls -tag:test 'beta>=0.3' --sort=-loss",
                "filter and sort by any parameter or metadata key",
            ),
            ("runtui ls --columns id,status,metric:loss", "show a metric's latest value"),
            ("runtui ls --view 'failed today' --json", "a saved view, for programs"),
        ),
    )
    ls.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help="filter as in the browser, e.g. status:failed 'age<2d' 'model.beta>=0.3'",
    )
    ls.add_argument("--json", action="store_true", help="print a JSON list")
    ls.add_argument(
        "--sort",
        metavar="KEY",
        help="column, parameter or metadata key; --sort=-KEY reverses the order",
    )
    ls.add_argument(
        "--view", metavar="VIEW", help="start from a saved view; QUERY narrows it, other options override it"
    )
    ls.add_argument("--limit", type=run_count, metavar="N", help="at most N runs")
    ls.add_argument(
        "--columns",
        metavar="KEY,…",
        help=f"{', '.join(fields.columns())}, or any parameter or metadata key such as model.beta",
    )
    ls.set_defaults(command=list_command)


@ended_by_interrupt()
def list_command(arguments: argparse.Namespace) -> int:
    """Print the runs that match."""
    view = None if arguments.view is None else _view(arguments.view)
    sort = NEWEST_FIRST
    if arguments.sort is not None:
        sort = _parse_sort(arguments.sort)
    elif view is not None and view.sort:
        sort = _parse_sort(view.sort)
    columns = _parse_columns(arguments.columns)
    is_usual = arguments.columns is None and (view is None or not view.columns)
    if arguments.columns is None and view is not None and view.columns:
        columns = [column_of(choice.key) for choice in view.columns]
    query = query_of([*([view.query] if view is not None else []), *arguments.query])
    base = runs_directory(arguments)
    group = view.group if view is not None else ""
    shown_keys = {column.value_key for column in (*columns, column_of(sort.key), column_of(group))} - {""}
    now = time.time()
    exported = fields.sources() if arguments.json else frozenset()
    found = list(scan_runs(base, query.keys | shown_keys | exported))
    found = _with_job_states(base, found)
    if query.asks_why or "reason" in (sort.key, group):
        found = _digested(base, found)
    matching = [run for run in found if query.matches(run)]
    if is_usual and any(run.job is not None and run.is_live for run in found):
        from runtui.settings import usual_columns  # needless without jobs

        columns = [column_of(choice.key) for choice in usual_columns(has_jobs=True)]
    runs = sorted(matching, key=sort_key(sort, now), reverse=sort.descending)
    if group:
        from runtui.catalog.grouping import group_key_of  # needless without groups

        runs.sort(key=group_key_of(group))
    del runs[arguments.limit if arguments.limit is not None else len(runs) :]
    if arguments.json or any(column.key == "reason" for column in columns):
        runs = _digested(base, runs)
    if arguments.json:
        from runtui.cli.serializers import runs_as_json

        asked = sorted((query.keys | shown_keys) - exported)
        print(json.dumps(runs_as_json(base, runs, now, asked), indent=2))
    elif runs:
        _print_table(runs, [_with_metric(base, column_of(column.key, runs)) for column in columns], now)
    elif sys.stdout.isatty():
        print("no runs match" if found else "no runs yet; `runtui demo` creates some")
    if found and not runs:
        _print_suggestion(query, found)
    for key in sorted(shown_keys):
        if found and not any(key in run.values for run in found):
            print(f"runtui: no run has a value for {safe_text(key)}", file=sys.stderr)
    return 0


def _with_job_states(base: str, runs: list[RunRecord]) -> list[RunRecord]:
    """Return runs with the states of their jobs, as the schedulers report them."""
    jobs = {run.name: run.job for run in runs if run.job is not None and run.is_live}
    if not jobs:
        return runs
    from runtui.batch.job_status import RunJob, query_jobs

    words = query_jobs([RunJob(base, name, job) for name, job in jobs.items()])
    return [with_job_status(run, words[base, run.name]) if (base, run.name) in words else run for run in runs]


def _digested(base: str, runs: Sequence[RunRecord]) -> list[RunRecord]:
    if not any(run.is_failed for run in runs):
        return list(runs)
    return all_digested(base, runs)


def _view(name: str) -> SavedView:
    from runtui.settings import read_settings, settings_path  # needless without a view

    settings = read_settings(settings_path())
    if settings.problem:
        print(f"runtui: {settings.problem}", file=sys.stderr)
    return view_called(name, settings.views)


def _print_suggestion(query: Query, found: Sequence[RunRecord]) -> None:
    from runtui.catalog.query.completion import hint, vocabulary_of  # needless where a run matches

    meant = hint(query.text, vocabulary_of(found))
    if meant:
        print(f"runtui: {safe_text(meant)}", file=sys.stderr)


def _print_table(runs: Sequence[RunRecord], columns: Sequence[Column], now: float) -> None:
    to_people = sys.stdout.isatty()
    rows = [[column.title for column in columns]] if to_people else []

    def cells_of(run: RunRecord) -> list[str]:
        return [_cell(column, run, now, to_people=to_people) for column in columns]

    # Cells of a metric read from disk: in several threads.
    has_metrics = any(is_metric(column.key) for column in columns)
    rows += in_order(runs, cells_of) if has_metrics else map(cells_of, runs)
    widths = [max(map(cell_len, cells)) for cells in zip(*rows, strict=True)]
    limit = os.get_terminal_size(sys.stdout.fileno()).columns or None if to_people else None
    for row in rows:
        cells = []
        for cell, width, column in zip(row, widths, columns, strict=True):
            padding = " " * (width - cell_len(cell))
            cells.append(padding + cell if column.align == "right" else cell + padding)
        line = "  ".join(cells).rstrip()
        if limit is not None and cell_len(line) > limit:
            line = cut_to_width(line, limit - 1) + "…"
        print(line)


def _with_metric(base: str, column: Column) -> Column:
    """Return a column of a metric with the function that reads it; other columns unchanged."""
    if not is_metric(column.key):
        return column
    from runtui.results.sparklines import read_sparkline

    name = column.key.removeprefix(METRIC)

    def text(run: RunRecord, _now: float) -> str:
        found = read_sparkline(f"{base}/{run.name}", name)
        if sys.stdout.isatty():
            return found.text
        return "" if found.last is None else repr(found.last)

    return column._replace(text=text)


def _cell(column: Column, run: RunRecord, now: float, *, to_people: bool) -> str:
    """Return a cell of the table; in a pipe with the whole id and exact numbers."""
    if not to_people and column.key == "id":
        return run.run_id
    if not to_people and column.value_key:
        return value_text(run.values.get(column.value_key), is_exact=True)
    return column.text(run, now)


def _parse_sort(text: str) -> Sort:
    sort = sort_of(text)
    if sort is None:
        refuse_usage(f"--sort has no key: use one of {', '.join(fields.columns())}, or any key of the runs")
    return sort


def _parse_columns(text: str | None) -> Sequence[Column]:
    if text is None:
        return [column_of(key) for key in fields.USUAL_COLUMNS]
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        refuse_usage(f"--columns is empty: use some of {','.join(fields.columns())}, or any key of the runs")
    return [column_of(key) for key in keys]
