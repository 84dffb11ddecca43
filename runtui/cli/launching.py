"""``runtui launch``: run any command as a recorded run; ``runtui cancel``: stop it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from runtui.batch.intervals import batch_interval
from runtui.batch.registry import LOCAL, SYSTEMS, places
from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.selecting import (
    creating_in,
    folder_prefix,
    named_directory,
    run_of,
    runs_directory,
    runs_of,
)
from runtui.runtime.process.signals import held_back
from runtui.store.errors import MetadataError
from runtui.store.metadata import read_metadata
from runtui.text.format import short_id
from runtui.text.sanitize import safe_text
from runtui.text.shell import shown_command

_LONGEST_COMMAND = 1000  # characters


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    launch = commands.add_parser(
        "launch",
        parents=[common],
        usage="runtui launch [-C DIR] [--description TEXT] [--tag TAG]… [--detach] "
        f"[--on {'|'.join(SYSTEMS)} [--resource KEY=VALUE]…] (--run RUN | -- COMMAND…)",
        epilog=examples(
            ("runtui launch -- ./simulate --beta 0.3", "run it here; its output goes to the run"),
            ("runtui launch --tag night --detach -- ./simulate", "keep running after logout"),
            ("runtui launch --on slurm --resource time=2:00:00 -- ./sim", "submit it as a job"),
            ("runtui launch --run 9f3a", "start a child that `resume` or `rerun` created"),
        ),
    )
    launch.add_argument("--description", metavar="TEXT", help="one-line description (default: the command)")
    launch.add_argument("--tag", action="append", default=[], metavar="TAG", help="tag; may be repeated")
    launch.add_argument("--on", choices=places(), default=LOCAL, help="where it runs")
    launch.add_argument(
        "--resource",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="resource for the job: time, partition, memory, cpus, account or options; may be repeated",
    )
    launch.add_argument(
        "--detach", action="store_true", help="run it in the background, also after this session ends"
    )
    launch.add_argument(
        "--run", metavar="RUN", help="start this child, which waits to be started, with its parent's command"
    )
    launch.add_argument("words", nargs="*", metavar="COMMAND", help="program and its arguments")
    launch.set_defaults(command=launch_command)
    cancel = commands.add_parser(
        "cancel",
        parents=[common],
        epilog=examples(
            ("runtui cancel latest", ""),
            ("runtui cancel 9f3a 77c1", ""),
        ),
    )
    cancel.add_argument("runs", nargs="+", metavar="RUN")
    cancel.set_defaults(command=cancel_command)


def cancel_command(arguments: argparse.Namespace) -> int:
    """Stop running runs."""
    from runtui.runtime.cancel import cancel_runs

    def tell(prefix: str, name: str, text: str) -> None:
        print(f"{safe_text(prefix + name)}: {text}", flush=True)

    opened = runs_directory(arguments)
    outcomes = [
        (folder_prefix(opened, base), outcome)
        for base, names in runs_of(arguments, arguments.runs).items()
        for outcome in cancel_runs(base, names, partial(tell, folder_prefix(opened, base)))
    ]
    for prefix, outcome in outcomes:
        line = f"{safe_text(prefix + outcome.name)}: {outcome.text}"
        print(line if outcome.done else f"runtui: {line}", file=sys.stdout if outcome.done else sys.stderr)
    return 0 if all(outcome.done for _prefix, outcome in outcomes) else 1


def launch_command(arguments: argparse.Namespace) -> int:
    """Run a command as a run; return its exit code, or 0 when it runs in the background."""
    words: list[str] = arguments.words
    if arguments.run is not None:
        return _launch_child(arguments)
    if not words or not words[0]:
        refuse_usage("no command named: runtui launch -- COMMAND…")
    base = named_directory(arguments)
    resources = _resources(arguments)
    if arguments.detach or arguments.on != LOCAL:
        from runtui.runtime.process.standard_input import check_can_be_kept  # needless in the foreground

        try:
            check_can_be_kept()
        except ValueError as error:
            refuse_usage(str(error))
    with held_back():
        return _launch(arguments, base, words, resources)


def _launch_child(arguments: argparse.Namespace) -> int:
    """Start a child that was created earlier; it runs in the background."""
    if arguments.words or arguments.description is not None or arguments.tag:
        refuse_usage("--run starts a child as it is: leave out the command, --description and --tag")
    from runtui.runtime.launch_child import launch_unstarted

    base, name = run_of(arguments, arguments.run)
    on = "" if arguments.on == LOCAL else arguments.on
    how = launch_unstarted(base, name, on=on, resources=_resources(arguments) or None)
    print(f"started {safe_text(name)}: {how}; directory: {safe_text(os.path.join(base, name))}")
    return 0


def _launch(
    arguments: argparse.Namespace, base: str, words: Sequence[str], resources: Mapping[str, str]
) -> int:
    """Create a run and start it. Called with signals held back."""
    from runtui.runtime.process.launch import create, launch, launch_detached

    with creating_in(base):
        name = create(base, words, description=arguments.description, tags=arguments.tag)
    shown = safe_text(os.path.join(base, name))
    if arguments.on != LOCAL:
        from runtui.runtime.batch.submit import launch_in_batch

        print(f"runtui: {shown}: output in logs/output.log", file=sys.stderr)
        return launch_in_batch(
            base,
            name,
            words,
            arguments.on,
            resources,
            is_followed=not arguments.detach,
            interval=batch_interval(),
            takes_input=True,
            told=lambda text: print(f"runtui: {text}", file=sys.stderr, flush=True),
        )
    if arguments.detach:
        launched = launch_detached(base, name, words)
        print(f"{name} is running in the background, pid {launched.pid}; directory: {shown}")
        return 0
    print(f"runtui: {shown}: output in logs/output.log", file=sys.stderr)
    code = launch(base, name, words)
    if code:
        _print_failure(arguments, base, name, code)
    return code


def _print_failure(arguments: argparse.Namespace, base: str, name: str, code: int) -> None:
    """Print why a run failed and how to read its log, on standard error."""
    try:
        metadata = read_metadata(os.path.join(base, name))
    except MetadataError:
        metadata = {}
    if "pid" not in metadata:
        return  # the command was not started, which was reported
    error = metadata.get("error")
    reason = safe_text(error, 300) if isinstance(error, str) and error else f"exit code {code}"
    directory = ["-C", base] if getattr(arguments, "runs_dir", None) else []
    logs = shown_command(["runtui", "logs", *directory, short_id(name)], _LONGEST_COMMAND)
    print(f"runtui: failed: {reason}; see {logs}", file=sys.stderr)


def resources_given(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the resources of a job by name, or exit with a usage error."""
    if not arguments.resource:
        return {}
    from runtui.batch.base import check_no_array, resources_of

    try:
        found = resources_of(arguments.resource)
        if arguments.on in SYSTEMS:
            check_no_array(SYSTEMS[arguments.on](), found)
        return found
    except ValueError as error:
        refuse_usage(f"--resource {error}")


def _resources(arguments: argparse.Namespace) -> dict[str, str]:
    found = resources_given(arguments)
    if found and arguments.on == LOCAL:
        refuse_usage("--resource needs a scheduler: add e.g. --on slurm")
    return found
