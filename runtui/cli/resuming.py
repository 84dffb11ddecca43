"""``runtui resume`` and ``runtui rerun`` create children of runs, and start them on request."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from runtui.batch.registry import LOCAL, places
from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.launching import resources_given
from runtui.cli.selecting import creating_in, folder_prefix, runs_directory, runs_of
from runtui.layouts.commands import run_command
from runtui.operations.new_child import create_child, input_names, plan_child, run_params
from runtui.store.child_run import ResumeOptions, Resumption
from runtui.store.command_arguments import ArgumentStyle
from runtui.store.edits.fold import read_overlaid
from runtui.store.errors import MetadataError, RunNotFoundError, StoreError, explain
from runtui.store.parameter_changes import parse_change
from runtui.store.steps import read_steps
from runtui.text.sanitize import safe_text


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    resuming = commands.add_parser(
        "resume",
        parents=[common],
        epilog=examples(
            ("runtui resume latest", "create a child from the newest checkpoint, without starting it"),
            ("runtui resume 9f3a --checkpoint step-200 --set beta=0.2", ""),
            (
                "runtui resume 9f3a 77c1 --set 'dt*=0.5' --launch",
                "halve dt, start with the parents' commands",
            ),
        ),
    )
    resuming.add_argument("runs", nargs="+", metavar="RUN")
    resuming.add_argument(
        "--checkpoint",
        metavar="CHECKPOINT",
        help="name or path of the checkpoint to resume from (default: the newest that can be used)",
    )
    _add_options(resuming)
    resuming.add_argument("--mark-parent", action="store_true", help="set the parent's status to resumed")
    resuming.set_defaults(command=children_command, from_start=False)
    again = commands.add_parser(
        "rerun",
        parents=[common],
        epilog=examples(
            ("runtui rerun 9f3a --set viscosity=0.1 --launch", "add or change a parameter, and start it"),
            ("runtui rerun 9f3a 77c1 --set 'dt*=0.5'", "halve dt in a child of each, without starting them"),
            ("runtui rerun 9f3a --launch --on slurm --resource memory=8G", ""),
        ),
    )
    again.add_argument("runs", nargs="+", metavar="RUN")
    _add_options(again)
    again.set_defaults(command=children_command, from_start=True, checkpoint=None, mark_parent=False)


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change or add a parameter, e.g. model.beta=0.3; 'dt*=0.5' multiplies it",
    )
    command.add_argument(
        "--launch",
        action="store_true",
        help="start it in the background with the command that `launch` recorded for its parent",
    )
    command.add_argument("--on", choices=places(), default=LOCAL, help="where it runs")
    command.add_argument(
        "--resource",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="resource for the job, as in `launch` (default: those of the parent)",
    )
    command.add_argument("--json", action="store_true", help="print a JSON object; of several runs a list")


def children_command(arguments: argparse.Namespace) -> int:
    """Create a child of each run; with ``--launch`` start it."""
    if (arguments.on != LOCAL or arguments.resource) and not arguments.launch:
        refuse_usage("--on and --resource need --launch: add it to start the child")
    if arguments.resource and arguments.on == LOCAL:
        refuse_usage("--resource needs a scheduler: add e.g. --on slurm")
    if arguments.checkpoint is not None and len(arguments.runs) > 1:
        refuse_usage("--checkpoint is of one run: name only that")
    resources = resources_given(arguments) or None
    params = dict(_change(text) for text in arguments.set)
    options = ResumeOptions(arguments.checkpoint, params, arguments.mark_parent, arguments.from_start)
    runs = [(base, name) for base, names in runs_of(arguments, arguments.runs).items() for name in names]
    if len(runs) == 1:
        shown = _create(arguments, *runs[0], options, resources)
        if arguments.json:
            print(json.dumps(shown, indent=2))
        return 1 if shown["notes"] else 0
    return _create_each(arguments, runs, options, resources)


def _create_each(
    arguments: argparse.Namespace,
    runs: Sequence[tuple[str, str]],
    options: ResumeOptions,
    resources: Mapping[str, str] | None,
) -> int:
    """Create a child of each of several runs; a run that cannot have one does not hinder the others."""
    opened = runs_directory(arguments)
    created: list[dict[str, Any]] = []
    failures = 0
    for base, name in runs:
        try:
            created.append(_create(arguments, base, name, options, resources))
            failures += bool(created[-1]["notes"])
        except (StoreError, OSError) as error:
            failures += 1
            why = str(error) if isinstance(error, StoreError) else explain(error)
            print(
                f"runtui: {safe_text(folder_prefix(opened, base) + name)}: {safe_text(why)}", file=sys.stderr
            )
    if arguments.json:
        print(json.dumps(created, indent=2))
    return 1 if failures else 0


def _create(
    arguments: argparse.Namespace,
    base: str,
    name: str,
    options: ResumeOptions,
    resources: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Create a child of a run, start it on request, and print it unless that is done as JSON.

    Returns:
        The child as JSON data.
    """
    if options.from_start or arguments.launch:
        options = _with_command(arguments, base, name, options)
    try:
        with creating_in(base):
            child = create_child(base, name, options)
    except RunNotFoundError as error:
        _refuse_pipeline(base, name, "")
        if options.from_start:
            raise
        try:
            run_command(base, name)
        except StoreError:
            raise error from None
        advice = f"`runtui rerun {safe_text(name, 80)}` runs it again from the start"
        raise RunNotFoundError(f"{error}; {advice}") from None
    path = os.path.join(os.path.abspath(base), child.run_id)
    launched = ""
    if arguments.launch:
        from runtui.runtime.launch_child import launch_child  # needless without --launch

        on = "" if arguments.on == LOCAL else arguments.on
        try:
            launched = launch_child(base, name, child.run_id, on=on, resources=resources)
        except (StoreError, OSError) as error:
            why = str(error) if isinstance(error, StoreError) else explain(error)
            raise StoreError(f"created {child.run_id}, but could not launch it: {why}") from None
    if not arguments.json:
        _print_child(child, path)
    if launched:
        output = safe_text(os.path.join(path, "logs", "output.log"))
        print(f"started: {launched}; output in {output}", file=sys.stderr if arguments.json else sys.stdout)
    if child.notes:
        print(f"runtui: {'; '.join(child.notes)}", file=sys.stderr)
    return _as_json(child, path)


def _with_command(
    arguments: argparse.Namespace, base: str, name: str, options: ResumeOptions
) -> ResumeOptions:
    """Return options with the run's command, after printing what the child is to be started with.

    Raises:
        StoreError: There is none, or it cannot be run again or changed; the text says what to do.
    """
    try:
        command = run_command(base, name)
    except StoreError as error:
        _refuse_pipeline(base, name, " --force" if options.from_start else "")
        advice = (
            "start its program again with `runtui launch -- COMMAND`"
            if options.from_start
            else "resume it without --launch"
        )
        raise StoreError(f"nothing created: {error}; {advice}") from None
    plan = plan_child(command, run_params(base, name), options.params)
    if arguments.launch and command.script and arguments.on == LOCAL:
        script = safe_text(command.script, 80)
        raise StoreError(f"nothing created: {script} is a script for Slurm: add --on slurm")
    if arguments.launch or command.style is not ArgumentStyle.FILE:
        print(f"command: {plan.command.text}", file=sys.stderr)
        if command.inputs:
            print(f"copies: {input_names(command)}", file=sys.stderr)
    return replace(options, shown=command.words)


def _print_child(child: Resumption, path: str) -> None:
    parent = safe_text(child.parent)
    if child.checkpoint is None:
        print(f"created {child.run_id}, which runs {parent} again from the start")
    else:
        print(f"created {child.run_id}, which resumes from {child.checkpoint.name} of {parent}")
    print(f"directory: {safe_text(path)}")
    if child.checkpoint is not None:
        print(f"checkpoint: {safe_text(child.checkpoint.path or '')}")
    for one in child.skipped:
        print(f"skipped: {one.name}, {one.why_not}")
    for change in child.changes:
        print(f"parameter: {change.text}")


def _as_json(child: Resumption, path: str) -> dict[str, Any]:
    checkpoint = child.checkpoint
    return {
        "run_id": child.run_id,
        "path": safe_text(path),
        "parent_run_id": safe_text(child.parent),
        "checkpoint": None if checkpoint is None else checkpoint.name,
        "checkpoint_path": None if checkpoint is None else safe_text(checkpoint.path or ""),
        "skipped": [{"name": one.name, "problem": one.why_not} for one in child.skipped],
        "copied": list(child.copied),
        "parameters": [{"key": one.key, "old": one.old, "new": one.new} for one in child.changes],
        "notes": list(child.notes),
    }


def _refuse_pipeline(base: str, name: str, options: str) -> None:
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
        verb = "do all its steps again" if options else "resume it"
        raise StoreError(
            f"{shown} is a run of a pipeline: {verb} with `runtui exec --resume {shown}{options}`"
        )


def _change(text: str) -> tuple[str, Any]:
    try:
        return parse_change(text)
    except ValueError as error:
        refuse_usage(f"invalid --set {error}")
