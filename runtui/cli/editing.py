"""``runtui tag``, ``mark`` and ``undo`` edit the metadata of runs; ``runtui resume`` creates a child run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from runtui.batch.registry import LOCAL, places
from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.launching import resources_given
from runtui.cli.selecting import creating_in, folder_prefix, run_of, runs_directory, runs_of
from runtui.store.child_run import ResumeOptions, own_command, resume, typed_value
from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.run_edits import Outcome, edit_tags, set_status, undo_each
from runtui.store.errors import MetadataError, RunNotFoundError, StoreError
from runtui.store.status import RunStatus
from runtui.store.steps import read_steps
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
    child = commands.add_parser(
        "resume",
        parents=[common],
        epilog=examples(
            ("runtui resume latest", "create a child from the newest checkpoint, without starting it"),
            ("runtui resume 9f3a --checkpoint step-200 --set beta=0.2", ""),
            ("runtui resume 9f3a --launch", "start it with its parent's command"),
        ),
    )
    child.add_argument("run", metavar="RUN")
    child.add_argument(
        "--checkpoint",
        metavar="CHECKPOINT",
        help="name or path of the checkpoint to resume from (default: the newest that can be used)",
    )
    child.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a parameter, e.g. model.beta=0.3",
    )
    child.add_argument(
        "--launch",
        action="store_true",
        help="start it in the background with the command that `launch` recorded for its parent",
    )
    child.add_argument("--on", choices=places(), default=LOCAL, help="where it runs")
    child.add_argument(
        "--resource",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="resource for the job, as in `launch` (default: those of the parent)",
    )
    child.add_argument("--mark-parent", action="store_true", help="set the parent's status to resumed")
    child.add_argument("--json", action="store_true", help="print a JSON object")
    child.set_defaults(command=resume_command)


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


def resume_command(arguments: argparse.Namespace) -> int:
    """Create a child run that resumes from a checkpoint of its parent; with ``--launch`` start it."""
    base, name = run_of(arguments, arguments.run)
    on = "" if arguments.on == LOCAL else arguments.on
    if (on or arguments.resource) and not arguments.launch:
        refuse_usage("--on and --resource need --launch: add it to start the child")
    if arguments.resource and not on:
        refuse_usage("--resource needs a scheduler: add e.g. --on slurm")
    resources = resources_given(arguments) or None
    if arguments.launch:
        command = own_command(base, name)
        if command is None:
            _refuse_pipeline(base, name)
            raise StoreError(
                "nothing created: the run has no command to start, since `runtui launch` did not start it or "
                "it belongs to another user; resume it without --launch"
            )
        print(f"command: {command.text}", file=sys.stderr)
    params = dict(_assignment(text) for text in arguments.set)
    try:
        with creating_in(base):
            child = resume(base, name, ResumeOptions(arguments.checkpoint, params, arguments.mark_parent))
    except RunNotFoundError:
        _refuse_pipeline(base, name)
        raise
    launched = ""
    if arguments.launch:
        from runtui.runtime.launch_child import launch_child  # needless without --launch

        launched = launch_child(base, name, child.run_id, on=on, resources=resources)
    path = os.path.join(os.path.abspath(base), child.run_id)
    if arguments.json:
        shown = {
            "run_id": child.run_id,
            "path": safe_text(path),
            "parent_run_id": safe_text(child.parent),
            "checkpoint": child.checkpoint.name,
            "checkpoint_path": safe_text(child.checkpoint.path or ""),
            "skipped": [{"name": one.name, "problem": one.why_not} for one in child.skipped],
            "copied": list(child.copied),
        }
        print(json.dumps(shown, indent=2))
    else:
        print(f"created {child.run_id}, which resumes from {child.checkpoint.name} of {safe_text(name)}")
        print(f"directory: {safe_text(path)}")
        print(f"checkpoint: {safe_text(child.checkpoint.path or '')}")
        for one in child.skipped:
            print(f"skipped: {one.name}, {one.why_not}")
    if launched:
        output = safe_text(os.path.join(path, "logs", "output.log"))
        print(f"started: {launched}; output in {output}", file=sys.stderr if arguments.json else sys.stdout)
    if child.notes:
        print(f"runtui: {'; '.join(child.notes)}", file=sys.stderr)
    return 1 if child.notes else 0


def _refuse_pipeline(base: str, name: str) -> None:
    """Refuse a run of a pipeline, which is resumed in the run itself.

    Raises:
        StoreError: The run is one; the text says what to do.
    """
    try:
        steps = read_steps(read_overlaid(base, name).metadata)
    except MetadataError:
        return
    if steps:
        shown = safe_text(name, 80)
        raise StoreError(f"{shown} is a run of a pipeline: resume it with `runtui exec --resume {shown}`")


def _assignment(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        refuse_usage(f"invalid --set {safe_text(text, 60)}: write KEY=VALUE")
    return key, typed_value(value)


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
