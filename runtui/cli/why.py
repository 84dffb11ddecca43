"""``runtui why``: tell why a program failed, by any log, without a run."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.digest_rules import digest_rules
from runtui.cli.sigint import ended_by_interrupt
from runtui.logs.diagnose.log_failure import LogFailure, why_failed
from runtui.store.errors import StoreError

_STANDARD_INPUT = "-"
_FOUND, _NOT_FOUND, _UNREADABLE = 0, 1, 2


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    why = commands.add_parser(
        "why",
        epilog="The exit code is 0 where a log tells a reason, 1 where none does, and 2 where none does and\n"
        "one cannot be read.\n\n"
        + examples(
            ("runtui why slurm-4711.out", "what failed, and the line that says so"),
            ("runtui why runs/9f3a", "by the logs in a directory"),
            ("runtui why rank-*.log --json", "for each log a JSON object"),
            ("./sim 2>&1 | runtui why -", "of what a command writes"),
        ),
    )
    why.add_argument(
        "logs",
        nargs="+",
        metavar="FILE",
        help="a log, which may be compressed, or a directory with logs; - is standard input",
    )
    why.add_argument("--json", action="store_true", help="print a JSON array with an object for each file")
    why.set_defaults(command=why_command)


@ended_by_interrupt()
def why_command(arguments: argparse.Namespace) -> int:
    """Print what failed by each log, and where it says so; return 0 where one tells, else 1 or 2."""
    rules = digest_rules()
    found: list[LogFailure] = []
    is_all_read = True
    is_read_up = False  # standard input
    for path in arguments.logs:
        try:
            if is_read_up and path == _STANDARD_INPUT:
                raise StoreError("standard input can be read only once")
            answer = why_failed(sys.stdin.buffer if path == _STANDARD_INPUT else path, rules)
            is_read_up |= path == _STANDARD_INPUT
        except StoreError as error:
            print(f"runtui: {error}", file=sys.stderr)
            is_all_read = False
            continue
        found.append(answer)
        if not arguments.json:
            print(_as_text(answer))
    if arguments.json:
        print(json.dumps([_as_json(answer) for answer in found], indent=2))
    if any(answer.is_known for answer in found):
        return _FOUND
    return _NOT_FOUND if is_all_read else _UNREADABLE


def _as_text(answer: LogFailure) -> str:
    """Return the place and the reason, in one line."""
    place = answer.log + (f":{answer.line_number}" if answer.line_number is not None else "")
    share = "" if answer.read is None else f" ({answer.read.text})"
    if answer.is_known:
        return f"{place}: {answer.kind}: {answer.line.removeprefix(f'{answer.kind}: ')}{share}"
    return f"{place}: no reason found" + (f"; it ends with: {answer.line}" if answer.line else "") + share


def _as_json(answer: LogFailure) -> dict[str, Any]:
    return {
        "kind": str(answer.kind),
        "line": answer.line or None,
        "log": answer.log,
        "offset": answer.offset if answer.line else None,
        "line_number": answer.line_number,
        "partly_read": None if answer.read is None else answer.read._asdict(),
    }
