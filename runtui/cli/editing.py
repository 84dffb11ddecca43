"""``runtui tag``, ``mark`` and ``undo`` edit the metadata of runs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.selecting import folder_prefix, runs_directory, runs_of
from runtui.store.edits.run_edits import Outcome, edit_tags, set_status, undo_each
from runtui.store.status import RunStatus
from runtui.text.sanitize import safe_text


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    as_json = argparse.ArgumentParser(add_help=False)
    add_json(as_json)
    tag = commands.add_parser(
        "tag",
        parents=[common, as_json],
        usage="runtui tag [-C DIR] [--json] [--] RUN… +TAG… -TAG…",
        prefix_chars="\0",
        add_help=False,
        epilog=examples(
            ("runtui tag 9f3a +prod -test", ""),
            ("runtui tag 9f3a 77c1 +keep", "protect them from `runtui clean`"),
            ("runtui tag 9f3a -- -h", "remove the tag h: after -- there are no options"),
            ("runtui tag -- -x +prod", "a run whose id begins with a dash"),
        ),
    )
    # With REMAINDER argparse keeps every `--`.
    tag.add_argument("words", nargs=argparse.REMAINDER, metavar="RUN… +TAG -TAG")
    tag.set_defaults(command=tag_command, json=False, print_help=tag.print_help)
    mark = commands.add_parser(
        "mark",
        parents=[common],
        epilog=examples(
            ('runtui mark 9f3a failed --reason "the field was wrong"', ""),
            ("runtui mark 9f3a 77c1 completed", ""),
        ),
    )
    mark.add_argument("runs", nargs="+", metavar="RUN")
    mark.add_argument("status", metavar="STATUS", help=", ".join(RunStatus))
    mark.add_argument("--reason", default="", metavar="TEXT", help="reason, shown before what the logs say")
    add_json(mark)
    mark.set_defaults(command=mark_command)
    back = commands.add_parser(
        "undo",
        parents=[common],
        epilog=examples(
            ("runtui undo 9f3a", "a bulk edit is undone for all of its runs"),
            ("runtui undo outputs/a outputs/b", "such as the adoptions of both"),
        ),
    )
    back.add_argument("runs", nargs="+", metavar="RUN")
    add_json(back)
    back.set_defaults(command=undo_command)


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--json", action="store_true", help="print a JSON list with the outcome for each run"
    )


def tag_command(arguments: argparse.Namespace) -> int:
    """Add tags to runs and remove tags from them."""
    words = _runs_and_tags(arguments)
    if words is None:
        arguments.print_help()
        return 0
    runs, changes = words
    add = [word[1:] for word in changes if word[0] == "+"]
    remove = [word[1:] for word in changes if word[0] == "-"]
    if not runs or not (add or remove) or "" in add + remove:
        refuse_usage("no run or no tag named: runtui tag RUN… +add -remove")
    outcomes = [
        outcome
        for base, names in runs_of(arguments, runs).items()
        for outcome in placed(base, edit_tags(base, names, add, remove))
    ]
    return report_outcomes(arguments, outcomes)


def mark_command(arguments: argparse.Namespace) -> int:
    """Set the status of runs."""
    try:
        status = RunStatus.parse(arguments.status)
    except ValueError as error:
        refuse_usage(str(error))
    outcomes = [
        outcome
        for base, names in runs_of(arguments, arguments.runs).items()
        for outcome in placed(base, set_status(base, names, status, arguments.reason))
    ]
    return report_outcomes(arguments, outcomes)


def undo_command(arguments: argparse.Namespace) -> int:
    """Undo the last edit of each run; undo a bulk edit for all of its runs, and only once."""
    outcomes = [
        outcome
        for base, names in runs_of(arguments, arguments.runs).items()
        for outcome in placed(base, undo_each(base, names))
    ]
    return report_outcomes(arguments, outcomes)


def _runs_and_tags(arguments: argparse.Namespace) -> tuple[list[str], list[str]] | None:
    """Return the runs and the changes of tags; set the options on `arguments`. None if help is requested.

    After ``--`` there are no options. If no run was named before it, the first word after it is a run,
    whatever it begins with.
    """
    words = [word for word in arguments.words if word]
    runs: list[str] = []
    changes: list[str] = []
    has_options = True
    while words:
        word = words.pop(0)
        if has_options and word in ("-h", "--help"):
            return None
        if has_options and word == "--":
            has_options = False
            if words and not runs:
                runs.append(words.pop(0))
        elif has_options and word == "--json":
            arguments.json = True
        elif has_options and word in ("-C", "--runs-dir") and words:
            arguments.runs_dir = words.pop(0)
        elif word[0] in "+-":
            changes.append(word)
        else:
            runs.append(word)
    return runs, changes


def placed(base: str, outcomes: Sequence[Outcome]) -> list[tuple[str, Outcome]]:
    """Return the outcomes for runs of a directory, each with the directory."""
    return [(base, outcome) for outcome in outcomes]


def report_outcomes(arguments: argparse.Namespace, outcomes: Sequence[tuple[str, Outcome]]) -> int:
    """Print successes on standard output and failures on standard error; return the exit code.

    Args:
        arguments: The command line, which names the directory that was opened.
        outcomes: The outcomes, each with the directory of its run.
    """
    opened, as_json = runs_directory(arguments), arguments.json
    if as_json:
        shown = [
            {
                "run_id": safe_text(outcome.name),
                "path": safe_text(os.path.join(os.path.abspath(base), outcome.name)),
                "done": outcome.done,
                "text": outcome.text,
            }
            for base, outcome in outcomes
        ]
        print(json.dumps(shown, indent=2))
    for base, outcome in outcomes:
        line = f"{safe_text(folder_prefix(opened, base) + outcome.name)}: {outcome.text}"
        if not outcome.done:
            print(f"runtui: {line}", file=sys.stderr)
        elif not as_json:
            print(line)
    return 0 if all(outcome.done for _base, outcome in outcomes) else 1
