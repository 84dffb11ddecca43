"""``runtui logs``: print the end of a run's log, follow it, or show why the run failed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from runtui.catalog.reasons import reason_text
from runtui.catalog.sync.digests import digested
from runtui.catalog.sync.job_states import PATIENCE, with_job_states
from runtui.catalog.sync.scan import judged
from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.digest_rules import digest_rules
from runtui.cli.following import follow_log
from runtui.cli.printing import LinePrinter
from runtui.cli.selecting import run_of
from runtui.cli.serializers import digest_as_json
from runtui.cli.sigint import ended_by_interrupt
from runtui.layouts.registry import read_run
from runtui.logs.diagnose.digest import error_lines
from runtui.logs.diagnose.pieces import read_pieces
from runtui.logs.read.compressed import open_source
from runtui.logs.read.following import Following
from runtui.logs.read.lines import Line
from runtui.logs.read.log_files import find_logs, log_path
from runtui.logs.read.source import FileSource
from runtui.logs.search.line_numbers import LineNumbers
from runtui.store.errors import StoreError
from runtui.store.failure import FailureSummary
from runtui.store.torn_file import ATTEMPTS
from runtui.text.sanitize import safe_text

_LINES = 20  # lines, the default of -n


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    logs = commands.add_parser(
        "logs",
        parents=[common],
        epilog=examples(
            ("runtui logs latest -f", "follow it, as `tail -F` does"),
            ("runtui logs 9f3a --errors", "show why it failed, and the lines that say so"),
            ("runtui logs 9f3a -n 200", "print the last 200 lines"),
        ),
    )
    logs.add_argument("run", metavar="RUN")
    logs.add_argument(
        "--errors", action="store_true", help="show why it failed, and the error lines of its logs"
    )
    logs.add_argument("-f", "--follow", action="store_true", help="follow new lines until Ctrl-C")
    logs.add_argument("--json", action="store_true", help="print a JSON object; only with --errors")
    logs.add_argument(
        "-n",
        type=int,
        default=_LINES,
        dest="count",
        metavar="N",
        help=f"print at most N lines (default: {_LINES})",
    )
    logs.set_defaults(command=logs_command)


@ended_by_interrupt()
def logs_command(arguments: argparse.Namespace) -> int:
    """Print the end of a run's newest log, follow it, or print why the run failed."""
    if arguments.json and not arguments.errors:
        refuse_usage("--json needs --errors: a log is plain text")
    if arguments.follow and arguments.errors:
        refuse_usage("-f and --errors exclude each other: use one of them")
    if arguments.count < (0 if arguments.follow else 1):
        refuse_usage("invalid number of lines: -n takes 1 or more, with -f also 0")
    base, name = run_of(arguments, arguments.run)
    if arguments.errors:
        _print_errors(base, name, arguments.count, as_json=arguments.json)
    elif arguments.follow:
        follow_log(f"{base}/{name}", arguments.count)
    else:
        _print_end(f"{base}/{name}", arguments.count)
    return 0


def _print_end(run_dir: str, count: int) -> None:
    found = find_logs(run_dir)
    logs = found.logs
    if not logs:
        why = "; ".join(found.unread)
        raise StoreError(why or f"no logs found in {safe_text(run_dir)}")
    for problem in found.problems:
        print(f"runtui: {problem}", file=sys.stderr)
    following = Following(open_source(log_path(run_dir, logs[0].name)))
    printer = LinePrinter()
    printer.show(following.begin(count))
    if following.unfinished:
        printer.show([Line(0, 0, following.unfinished)])


def _print_errors(base: str, name: str, count: int, *, as_json: bool) -> None:
    run = judged(base, read_run(base, name, ATTEMPTS, is_edited=True), time.time())
    (run,), silent = with_job_states(base, [run], PATIENCE)
    for problem in silent:
        print(f"runtui: {problem}", file=sys.stderr)
    run = digested(base, run, digest_rules())
    pieces, problems, unread = read_pieces(f"{base}/{name}")
    lines = error_lines(pieces)[-count:]
    for problem in (*problems, *([f"{unread}, the newest and those for errors first"] if unread else [])):
        print(f"runtui: {problem}", file=sys.stderr)
    numbers = _line_numbers(f"{base}/{name}", lines)
    if as_json:
        shown = {
            "run_id": run.run_id,
            "reason": None if run.digest is None else digest_as_json(run.digest),
            "lines": [
                {**digest_as_json(line), "line_number": number}
                for line, number in zip(lines, numbers, strict=True)
            ],
        }
        print(json.dumps(shown, indent=2))
        return
    if run.digest is not None:
        print(reason_text(run))
    elif lines:
        print(f"its status is {run.effective_status}, but its logs have error lines")
    else:
        print(f"no errors found: its status is {run.effective_status}")
    for line, number in zip(lines, numbers, strict=True):
        place = safe_text(line.log) + ("" if number is None else f":{number}")
        print(f"{place}: {line.line}")


def _line_numbers(run_dir: str, lines: Sequence[FailureSummary]) -> list[int | None]:
    """Return the number of each line in its log, as editors count; None where the log is gone meanwhile."""
    logs: dict[str, LineNumbers] = {}
    found: list[int | None] = []
    for line in lines:
        try:
            numbers = logs.get(line.log)
            if numbers is None:
                source = FileSource(log_path(run_dir, line.log))
                source.look()
                numbers = logs[line.log] = LineNumbers(source)
            found.append(numbers.counted_to(line.offset))
        except OSError:
            found.append(None)
    return found
