"""``runtui ls``: list runs, for people and for scripts."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from runtui.catalog import fields
from runtui.catalog.columns import METRIC, Column, is_metric
from runtui.catalog.exported_cells import exported_cell
from runtui.catalog.fields import WARNING, column_of
from runtui.catalog.sorting import NEWEST_FIRST, Sort, latest_of, sort_key, sort_of
from runtui.catalog.sync.digests import all_digested, all_with_warnings
from runtui.catalog.sync.scan import all_judged, read_tree
from runtui.catalog.unread import is_known_missing, unreadable_text
from runtui.cli.argument_types import query_of, refuse_usage, run_count, view_called
from runtui.cli.arguments import examples
from runtui.cli.column_width import cell_len, cut_to_width
from runtui.cli.digest_rules import digest_rules
from runtui.cli.selecting import no_latest, opened_directory
from runtui.cli.sigint import ended_by_interrupt
from runtui.layouts.run_tree import RunTree
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from runtui.store.concurrent_work import in_order
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text
from runtui.text.table_text import TABLE_TEXTS

if TYPE_CHECKING:
    from runtui.catalog.query.model import Query
    from runtui.settings import SavedView

_MOST_READ_FOR_WARNINGS = 50
"""Listed runs, a screenful, whose logs are read for warnings without being asked for."""

_HAS_ALTERNATIVES = re.compile(r"\bor\b|\|\|", re.IGNORECASE)

_LATEST = "latest"
"""Query that lists the newest run, as elsewhere RUN is."""


_FORM_NAMES = {".csv": "CSV", ".tsv": "text separated by tabs", ".md": "a table in Markdown"}


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
        help="filter as in the browser, e.g. status:failed 'age<2d' 'beta>=0.3'; or latest, the newest run",
    )
    forms = ls.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print a JSON list")
    for name, ending in (("csv", ".csv"), ("tsv", ".tsv"), ("markdown", ".md")):
        forms.add_argument(
            f"--{name}",
            dest="form",
            action="store_const",
            const=ending,
            help=f"print {_FORM_NAMES[ending]}, with exact values",
        )
    ls.add_argument(
        "--sort",
        metavar="KEY",
        help="columns, parameters, metadata keys or metrics, e.g. metric:loss or status,-beta; - reverses",
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
        sort = parse_sort(arguments.sort)
    elif view is not None and view.sort:
        sort = parse_sort(view.sort)
    columns = parse_columns(arguments.columns)
    is_usual = arguments.columns is None and (view is None or not view.columns)
    if arguments.columns is None and view is not None and view.columns:
        columns = [column_of(choice.key) for choice in view.columns]
    asks_for_latest = [word.strip() for word in arguments.query] == [_LATEST]
    words = [] if asks_for_latest else arguments.query
    for word in words:
        if word in (os.curdir, os.pardir) or (os.sep in word and os.path.isdir(word)):
            refuse_usage(f"{safe_text(word)} is a directory: list its runs with -C {safe_text(word)}")
    query = query_of(words if view is None else [_whole(view.query) if words else view.query, *words])
    base, only = opened_directory(arguments)
    group = view.group if view is not None else ""
    shown_keys = {column.value_key for column in (*columns, *map(column_of, sort.keys), column_of(group))} - {
        ""
    }
    now = time.time()
    exported = fields.sources() if arguments.json else frozenset()
    tree = RunTree(base, only)
    found = list(all_judged(base, read_tree(tree, base, query.keys | shown_keys | exported)))
    for line in (tree.problem, "" if found else tree.others_text):
        if line:
            print(f"runtui: {line}", file=sys.stderr)
    found = runs_with_job_states(base, found)
    if query.asks_why or "reason" in (*sort.keys, group):
        found = _digested(base, found)
    if query.asks_for_warnings or WARNING in (*sort.keys, group):
        found = all_with_warnings(base, found)
    if asks_for_latest and not found:
        raise no_latest(found)
    if query.metrics:
        found = runs_with_metrics(base, found, sorted(query.metrics))
    matching = [run for run in found if query.matches(run)]
    if asks_for_latest and matching:
        latest = latest_of(matching)
        if latest is None:
            raise no_latest(matching)
        matching = [latest]
    sorting_metrics = [key for key in (*sort.keys, group) if is_metric(key) and key not in query.metrics]
    if sorting_metrics:
        matching = runs_with_metrics(base, matching, sorting_metrics)
    if arguments.sort is not None:
        for key in sort.keys:
            _check_sort(key, matching if is_metric(key) else found)
    if is_usual and any(run.job is not None and run.is_live for run in found):
        from runtui.settings import usual_columns

        columns = [column_of(choice.key) for choice in usual_columns(has_jobs=True)]
    if is_usual and sys.stdout.isatty() and any("/" in run.name for run in found):
        columns = [column_of(fields.FOLDER), *columns]
    runs = sorted(matching, key=sort_key(sort, now), reverse=sort.descending)
    if group:
        from runtui.catalog.grouping import group_key_of  # needless without groups

        runs.sort(key=group_key_of(group))
    del runs[arguments.limit if arguments.limit is not None else len(runs) :]
    if arguments.json or any(column.key == "reason" for column in columns):
        runs = _digested(base, runs)
    is_short = len(runs) <= _MOST_READ_FOR_WARNINGS
    shows_warnings = arguments.json or any(column.key == "status" for column in columns)
    if (is_short and shows_warnings) or any(column.key == WARNING for column in columns):
        runs = all_with_warnings(base, runs)
    metrics = [column.key for column in columns if is_metric(column.key)]
    if lacking := [key for key in metrics if key not in query.metrics]:
        runs = runs_with_metrics(base, runs, lacking)
    shown_metrics = {key for key in (*metrics, *sort.keys, *query.metrics) if is_metric(key)}
    if arguments.json:
        from runtui.cli.serializers import runs_as_json

        asked = sorted((query.keys | shown_keys | shown_metrics) - exported - {CHECKPOINT_FILES})
        print(json.dumps(runs_as_json(base, runs, now, asked), indent=2))
    elif arguments.form is not None:
        rows = ([exported_cell(column, run, now) for column in columns] for run in runs)
        print(TABLE_TEXTS[arguments.form]([[column.title for column in columns], *rows]), end="")
    elif runs:
        _print_table(runs, [_with_bars(base, column_of(column.key, runs)) for column in columns], now)
    elif not found and sys.stdout.isatty():
        print("no runs yet; `runtui demo` creates some")
    if found:
        keys = query.keys | shown_keys
        _say_what_is_missing(query, found, keys, runs, sorted(shown_metrics), is_empty=not matching)
    return 0


def runs_with_job_states(base: str, runs: list[RunRecord]) -> list[RunRecord]:
    """Return runs with the states of their jobs; say on standard error which scheduler does not answer."""
    if not any(run.job is not None for run in runs):
        return runs
    from runtui.catalog.sync.job_states import PATIENCE, with_job_states

    found, silent = with_job_states(base, runs, PATIENCE)
    for problem in silent:
        print(f"runtui: {problem}", file=sys.stderr)
    return found


def _digested(base: str, runs: Sequence[RunRecord]) -> list[RunRecord]:
    if not any(run.is_failed for run in runs):
        return list(runs)
    return all_digested(base, runs, digest_rules())


def _whole(query: str) -> str:
    """Return a query to which words can be added that narrow all of its alternatives."""
    return f"({query})" if _HAS_ALTERNATIVES.search(query) else query


def _view(name: str) -> SavedView:
    from runtui.settings import read_settings, settings_path  # needless without a view

    settings = read_settings(settings_path())
    if settings.problem:
        print(f"runtui: {settings.problem}", file=sys.stderr)
    return view_called(name, settings.views)


def _say_what_is_missing(
    query: Query,
    found: Sequence[RunRecord],
    keys: Iterable[str],
    listed: Sequence[RunRecord],
    metrics: Sequence[str],
    *,
    is_empty: bool,
) -> None:
    """Print what cannot be read, what no run has, or else what no run matches, each in a line of its own.

    Args:
        query: The filter.
        found: All runs.
        keys: The keys that they were read with.
        listed: The runs that are listed.
        metrics: The metrics that those were read with.
        is_empty: Whether no run matches.
    """
    lines = [text for key in sorted(keys) if (text := unreadable_text(key, found))]
    lines += [text for key in metrics if (text := unreadable_text(key, listed))]
    if listed:  # of other runs the metrics were not read
        lines += [f"no run listed has a value for {key}" for key in metrics if is_known_missing(key, listed)]
    missing = [key for key in sorted(keys) if is_known_missing(key, found)]
    if is_empty or missing:
        from runtui.catalog.query.completion import hint, vocabulary_of  # needless where all is well

        meant = hint(query.text, vocabulary_of(found))
        told = [meant] if meant else []
        told += [line for key in missing if not meant.startswith(line := f"no run has a value for {key}")]
        if is_empty and not told and query.text:
            told = [f"no run matches {query.text}"]
        lines += told
    for line in lines:
        print(f"runtui: {safe_text(line)}", file=sys.stderr)


def _check_sort(key: str, runs: Sequence[RunRecord]) -> None:
    """Exit with a usage error where no run has what to sort by, which would otherwise be ignored."""
    value = column_of(key).value
    if value is not None and runs and all(value(run) is None for run in runs):
        if unread := unreadable_text(key, runs):
            refuse_usage(f"cannot sort: {unread}")
        keys = ", ".join(fields.columns())
        refuse_usage(f"cannot sort by {key}, no run has it: use one of {keys}, or a key of the runs")


def runs_with_metrics(base: str, runs: Sequence[RunRecord], keys: Sequence[str]) -> list[RunRecord]:
    """Return runs with the last values of metrics among their values, by the keys of their columns."""
    from runtui.results.metric_values import read_metrics  # needless without metrics

    def with_metrics(run: RunRecord) -> RunRecord:
        values, unread = dict(run.values), dict(run.unread)
        names = [key.removeprefix(METRIC) for key in keys]
        for name, found in read_metrics(f"{base}/{run.name}", names).items():
            key = METRIC + name
            if found.value is not None:
                values[key] = found.value
            elif found.problem:
                unread[key] = found.problem
        return run._replace(values=values, unread=unread)

    return list(in_order(runs, with_metrics))


def _print_table(runs: Sequence[RunRecord], columns: Sequence[Column], now: float) -> None:
    to_people = sys.stdout.isatty()
    rows = [[column.title for column in columns]] if to_people else []

    def cells_of(run: RunRecord) -> list[str]:
        return [_cell(column, run, now, to_people=to_people) for column in columns]

    # Courses of a metric are read from disk: in several threads.
    has_metrics = to_people and any(is_metric(column.key) for column in columns)
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


def _with_bars(base: str, column: Column) -> Column:
    """Return a column of a metric that shows its course, too; other columns unchanged."""
    if not is_metric(column.key):
        return column
    from runtui.results.sparklines import read_sparkline

    name = column.key.removeprefix(METRIC)
    return column._replace(text=lambda run, _now: read_sparkline(f"{base}/{run.name}", name).text)


def _cell(column: Column, run: RunRecord, now: float, *, to_people: bool) -> str:
    """Return a cell of the table, in a pipe with the whole id and reason, no signs, and exact numbers."""
    if to_people or column.key == "status":  # whoever reads it through a pipe looks for the sign, too
        return column.text(run, now)
    return exported_cell(column, run, now)


def parse_sort(text: str) -> Sort:
    """Return the order that ``--sort`` names; exit with a usage error where it names none."""
    sort = sort_of(text)
    if sort is None:
        refuse_usage(f"--sort has no key: use one of {', '.join(fields.columns())}, or any key of the runs")
    return sort


def parse_columns(text: str | None) -> Sequence[Column]:
    """Return the columns that ``--columns`` names, or the default ones."""
    if text is None:
        return [column_of(key) for key in fields.USUAL_COLUMNS]
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        refuse_usage(f"--columns is empty: use some of {','.join(fields.columns())}, or any key of the runs")
    return [column_of(key) for key in keys]
