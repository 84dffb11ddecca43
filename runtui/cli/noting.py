"""``runtui note`` and ``runtui describe``: what users write about a run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.editing import add_json, placed, report_outcomes
from runtui.cli.selecting import run_of
from runtui.layouts.registry import read_run
from runtui.store.edits.run_edits import set_description, set_note
from runtui.store.notes import note_text
from runtui.store.torn_file import ATTEMPTS
from runtui.text.sanitize import safe_text

_STANDARD_INPUT = "-"


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    note = commands.add_parser(
        "note",
        parents=[common],
        epilog=examples(
            ('runtui note 9f3a "wrong geometry, see mail of 3 May"', ""),
            ("runtui note 9f3a", "print the note"),
            ("runtui note 9f3a - < remarks.txt", "several lines"),
            ('runtui note 9f3a ""', "remove the note"),
        ),
    )
    note.add_argument("run", metavar="RUN")
    note.add_argument(
        "text",
        nargs="*",
        metavar="TEXT",
        help='the note, or - to read it from standard input; "" removes it; without TEXT the note is printed',
    )
    add_json(note)
    note.set_defaults(command=note_command)
    describe = commands.add_parser(
        "describe",
        parents=[common],
        epilog=examples(("runtui describe 9f3a long chain, finer grid", "")),
    )
    describe.add_argument("run", metavar="RUN")
    describe.add_argument("text", nargs="+", metavar="TEXT", help='the description; "" for none')
    add_json(describe)
    describe.set_defaults(command=describe_command)


def note_command(arguments: argparse.Namespace) -> int:
    """Set, remove or print the note of a run."""
    base, name = run_of(arguments, arguments.run)
    if not arguments.text:
        return _print_note(base, name, as_json=arguments.json)
    is_piped = arguments.text == [_STANDARD_INPUT]
    text = sys.stdin.read() if is_piped else " ".join(arguments.text)
    return report_outcomes(arguments, placed(base, set_note(base, [name], text)))


def describe_command(arguments: argparse.Namespace) -> int:
    """Set the description of a run."""
    base, name = run_of(arguments, arguments.run)
    return report_outcomes(arguments, placed(base, set_description(base, [name], " ".join(arguments.text))))


def _print_note(base: str, name: str, *, as_json: bool) -> int:
    run = read_run(base, name, ATTEMPTS, is_edited=True)
    text = note_text(run.note)
    if as_json:
        path = safe_text(os.path.join(os.path.abspath(base), name))
        print(json.dumps({"run_id": run.run_id, "path": path, "note": text or None}, indent=2))
    elif text:
        print(text)
    elif run.problem:
        print(f"runtui: {run.run_id}: {run.problem}", file=sys.stderr)
        return 1
    else:
        print(f"runtui: {run.run_id} has no note", file=sys.stderr)
    return 0
