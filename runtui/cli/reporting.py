"""``runtui report``: a page about runs, to be mailed to somebody who has no access to them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runtui.catalog import fields
from runtui.catalog.columns import Column, is_metric
from runtui.catalog.fields import column_of
from runtui.catalog.query.model import Query
from runtui.catalog.sorting import NEWEST_FIRST, sort_key
from runtui.catalog.sync.digests import all_digested
from runtui.catalog.sync.scan import all_judged, read_tree
from runtui.cli.argument_types import query_of, refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.digest_rules import digest_rules
from runtui.cli.listing import parse_columns, parse_sort, runs_with_job_states, runs_with_metrics
from runtui.cli.selecting import opened_directory
from runtui.cli.sigint import ended_by_interrupt
from runtui.layouts.run_tree import RunTree
from runtui.render.report_html import report_html
from runtui.render.report_markdown import report_markdown
from runtui.results.report import MOST_ROWS, Report, charts_of, differences, failures_of, table_of
from runtui.store.atomic import write_atomic
from runtui.store.errors import StoreError, explain
from runtui.store.record import RunRecord
from runtui.text.format import duration_text, size_text, value_text
from runtui.text.sanitize import safe_text

_FORMS = {".html": report_html, ".htm": report_html, ".md": report_markdown}
_COLUMNS = ("status", "id", "description", "reason", "tags", "created", "duration")
_USUAL_NAME = "runs"
_MOST_ADDED = 4  # columns for parameters that differ


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    report = commands.add_parser(
        "report",
        parents=[common],
        epilog=examples(
            ("runtui report -o report.html", "all runs, in one page to mail"),
            ("runtui report 'age<1d' -o night.html --force", "last night's, replacing the file"),
            ("runtui report tag:paper -o runs.md --columns id,beta,metric:loss", "as Markdown"),
        ),
    )
    report.add_argument("query", nargs="*", metavar="QUERY", help="filter as in the browser")
    report.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="file to write: FILE.html or FILE.md"
    )
    report.add_argument("--force", action="store_true", help="replace the file if there is one")
    report.add_argument("--sort", metavar="KEY", help="order of the table, as in `ls`")
    report.add_argument(
        "--columns",
        metavar="KEY,…",
        help=f"columns of the table: {', '.join(fields.columns())}, or any key such as model.beta",
    )
    report.set_defaults(command=report_command)


@ended_by_interrupt()
def report_command(arguments: argparse.Namespace) -> int:
    """Write a report of the runs that match."""
    ending = os.path.splitext(arguments.output)[1].lower()
    if ending not in _FORMS:
        refuse_usage("-o needs a name that ends in .html or .md")
    if os.path.lexists(arguments.output) and not arguments.force:
        raise StoreError(f"{safe_text(arguments.output)} is there already: add --force to replace it")
    report = _report(arguments)
    data = _FORMS[ending](report).encode("utf-8", "replace")
    try:
        write_atomic(Path(arguments.output), data)
    except OSError as error:
        raise StoreError(
            f"cannot write {safe_text(arguments.output)}: {explain(error, with_path=False)}"
        ) from None
    runs = f"{report.total:,} run{'' if report.total == 1 else 's'}"
    print(f"wrote {safe_text(arguments.output)}: {runs}, {size_text(len(data))}")
    for note in report.notes:
        print(f"runtui: {note}", file=sys.stderr)
    return 0


def _report(arguments: argparse.Namespace) -> Report:
    now = time.time()
    sort = NEWEST_FIRST if arguments.sort is None else parse_sort(arguments.sort)
    query = query_of(arguments.query)
    columns = parse_columns(arguments.columns or ",".join(_COLUMNS))
    base, only = opened_directory(arguments)

    def read(more: Sequence[Column]) -> list[RunRecord]:
        keys = {column.value_key for column in (*columns, *more, *map(column_of, sort.keys))} - {""}
        tree = RunTree(base, only)
        found = list(all_judged(base, read_tree(tree, base, query.keys | keys)))
        if tree.problem:
            print(f"runtui: {tree.problem}", file=sys.stderr)
        return runs_with_job_states(base, found)

    runs = _matching(base, read(()), query)
    metrics = [key for key in (*(column.key for column in columns), *sort.keys) if is_metric(key)]
    if metrics:
        runs = runs_with_metrics(base, runs, metrics)
    runs = sorted(runs, key=sort_key(sort, now), reverse=sort.descending)
    found = differences(base, runs)
    if arguments.columns is None and found.parameters:
        added = [column_of(one.key) for one in found.parameters[:_MOST_ADDED]]
        columns = [*columns, *added]
        values = {run.name: run.values for run in read(added)}
        runs = [run._replace(values={**values.get(run.name, {}), **run.values}) for run in runs]

    def cell(column: Column, run: RunRecord) -> str:
        if is_metric(column.key):
            return value_text(run.values.get(column.key))
        return column.text(run, now)

    drawings, legend, notes = charts_of(base, runs, found)
    return Report(
        title=_title(base),
        query=safe_text(query.text),
        written=time.strftime("%Y-%m-%d %H:%M", time.localtime(now)),
        total=len(runs),
        statuses=tuple(Counter(run.effective_status for run in runs).most_common()),
        facts=_facts(runs, now),
        table=table_of(runs, columns, now, cell),
        differing=found.parameters,
        compared=found.compared,
        drawings=drawings,
        legend=legend,
        failures=failures_of(runs),
        notes=(*notes, *_limits(len(runs))),
    )


def _title(base: str) -> str:
    """Return the name of a runs directory, with that of its project where it is called as all are."""
    above, name = os.path.split(os.path.abspath(base))
    project = os.path.basename(above)
    return safe_text(f"{project}/{name}" if name == _USUAL_NAME and project else name or base)


def _matching(base: str, runs: Sequence[RunRecord], query: Query) -> list[RunRecord]:
    if query.asks_why:
        runs = all_digested(base, runs, digest_rules())
    if query.metrics:
        runs = runs_with_metrics(base, runs, sorted(query.metrics))
    found = [run for run in runs if query.matches(run)]
    return all_digested(base, found, digest_rules())


def _facts(runs: Sequence[RunRecord], now: float) -> tuple[tuple[str, str], ...]:
    """Return the time that runs took together, and that of the usual one."""
    durations = sorted(time for run in runs if (time := run.duration(now)) is not None)
    if not durations:
        return ()
    return (
        ("median duration", duration_text(durations[len(durations) // 2])),
        ("total time", duration_text(sum(durations))),
    )


def _limits(count: int) -> tuple[str, ...]:
    if count <= MOST_ROWS:
        return ()
    return (f"the table lists {MOST_ROWS:,} of {count:,} runs: narrow the report with a query",)
