"""``runtui compare``: runs side by side, for people and for scripts."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from rich.cells import cell_len, set_cell_size

from runtui.catalog.run_key import RunKey
from runtui.cli.arguments import examples
from runtui.cli.selecting import folder_prefix, opened_directory, resolve_run
from runtui.cli.sigint import ended_by_interrupt
from runtui.results.comparing import Comparison, ComparisonRow, compare
from runtui.results.exporting import as_csv, as_json, as_markdown
from runtui.results.values import read_values
from runtui.store.concurrent_work import in_order
from runtui.store.errors import RunNotFoundError
from runtui.store.rows import read_record
from runtui.store.run_ids import directory_of
from runtui.store.torn_file import ATTEMPTS
from runtui.text.format import short_id
from runtui.text.sanitize import safe_text

_LEAST_CELL = 8  # cells on the terminal
_MOST_KEY = 40  # cells on the terminal


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    parser = commands.add_parser(
        "compare",
        parents=[common],
        epilog=examples(
            ("runtui compare 9f3a 77c1", "show what differs between two runs"),
            ("runtui compare 9f3a", "compare a run with its parent"),
            ("runtui compare 9f3a 77c1 --all --csv", "everything, as CSV"),
        ),
    )
    parser.add_argument(
        "runs", nargs="+", metavar="RUN", help="runs; a single one is compared with its parent"
    )
    parser.add_argument("--all", action="store_true", help="show equal values, too")
    parser.add_argument(
        "--reference", metavar="RUN", help="run to compare the others with (default: the first)"
    )
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", dest="form", action="store_const", const=as_json, help="print a JSON object")
    forms.add_argument(
        "--csv",
        dest="form",
        action="store_const",
        const=as_csv,
        help="print CSV; an apostrophe precedes what a spreadsheet would take for a formula",
    )
    forms.add_argument(
        "--markdown", dest="form", action="store_const", const=as_markdown, help="print a Markdown table"
    )
    parser.set_defaults(command=compare_command)


@ended_by_interrupt()
def compare_command(arguments: argparse.Namespace) -> int:
    """Print runs side by side."""
    directory = opened_directory(arguments)
    runs = list(dict.fromkeys(resolve_run(directory.base, run, directory.only) for run in arguments.runs))
    reference = runs[0]
    if arguments.reference is not None:
        reference = resolve_run(directory.base, arguments.reference, directory.only)
        if reference not in runs:
            runs.insert(0, reference)
    if len(runs) == 1:
        runs.insert(0, _parent_of(runs[0]))
        reference = runs[0] if arguments.reference is None else reference
    comparison = compare(list(in_order(runs, lambda run: read_values(*run))))
    if len({run.name for run in runs}) < len(runs):
        paths = (safe_text(folder_prefix(directory.base, run.base) + run.name) for run in runs)
        comparison = replace(comparison, runs=tuple(paths))
    for problem in comparison.problems:
        print(f"runtui: {problem}", file=sys.stderr)
    place = runs.index(reference)
    if arguments.form is not None:
        print(arguments.form(comparison, reference=place, all_rows=arguments.all), end="")
    else:
        _print_comparison(comparison, place, all_rows=arguments.all)
    return 0


def _parent_of(run: RunKey) -> RunKey:
    parent = read_record(*run, ATTEMPTS).parent
    if parent is None:
        raise RunNotFoundError(f"{safe_text(run.name)} has no parent: name a second run to compare it with")
    return resolve_run(run.base, directory_of(run.base, parent) or parent)


def _print_comparison(comparison: Comparison, reference: int, *, all_rows: bool) -> None:
    to_people = sys.stdout.isatty()
    rows = comparison.shown(all_rows=all_rows)
    if not rows:
        print("no differences" if not all_rows else "these runs have no values")
        return
    order = [reference, *(place for place in range(len(comparison.runs)) if place != reference)]
    heads = _heads(comparison.runs) if to_people else comparison.runs
    cells = [[_key(row, all_rows), *(row.text(place) for place in order)] for row in rows]
    table = [["", *(heads[place] for place in order)], *cells]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    if to_people:
        widths = _narrowed(widths, os.get_terminal_size().columns)

    def line(parts: Sequence[str]) -> str:
        fitted = [
            set_cell_size(part, max(0, width - 1)) + "…"
            if cell_len(part) > width
            else part + " " * (width - cell_len(part))
            for part, width in zip(parts, widths, strict=True)
        ]
        return "  ".join(fitted).rstrip()

    print(line(table[0]))
    lines = iter(cells)
    for section, of_section in groupby(rows, key=lambda row: row.section):
        print(section)
        for _row in of_section:
            print(line(next(lines)))


def _key(row: ComparisonRow, all_rows: bool) -> str:
    return f"{'* ' if all_rows and row.differs else '  '}{row.key}"


def _heads(runs: Sequence[str]) -> Sequence[str]:
    short = [short_id(run) for run in runs]
    return short if len(set(short)) == len(short) else runs


def _narrowed(widths: Sequence[int], available: int) -> list[int]:
    """Return widths of columns that fit: the keys' column shrinks first, then the runs' columns equally.

    Args:
        widths: Natural widths in cells, the keys' first.
        available: Width of the terminal in cells.
    """
    key = min(widths[0], max(_LEAST_CELL, min(_MOST_KEY, available // 3)))
    room = max(_LEAST_CELL, (available - key) // (len(widths) - 1) - 2)
    return [key, *(min(width, room) for width in widths[1:])]
