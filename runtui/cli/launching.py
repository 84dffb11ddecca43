"""``runtui launch``: any command as a recorded run; ``runtui cancel``: ending it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from runtui.batch.registry import LOCAL, SYSTEMS, places
from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.selecting import named_directory, resolve_run, runs_directory
from runtui.text.sanitize import safe_text


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    launch = commands.add_parser(
        "launch",
        parents=[common],
        usage="runtui launch [-C DIR] [--description TEXT] [--tag TAG]… [--detach] "
        f"[--on {'|'.join(SYSTEMS)} [--resource KEY=VALUE]…] -- COMMAND…",
        epilog=examples(
            ("runtui launch -- ./simulate --beta 0.3", "here, with its output in the run"),
            ("runtui launch --tag night --detach -- ./simulate", "go on when the session ends"),
            ("runtui launch --on slurm --resource time=2:00:00 -- ./sim", "as a job"),
        ),
    )
    launch.add_argument("--description", metavar="TEXT", help="one line for people (default: the command)")
    launch.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="may be given several times"
    )
    launch.add_argument("--on", choices=places(), default=LOCAL, help="where it runs")
    launch.add_argument(
        "--resource",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="for the batch system: time, partition, memory, cpus, account, options; also several times",
    )
    launch.add_argument(
        "--detach", action="store_true", help="let it go on alone, also when this session ends"
    )
    launch.add_argument("words", nargs="*", metavar="COMMAND", help="the program and its arguments")
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
    """Have runs ended that are at work."""
    from runtui.runtime.cancel import cancel_runs

    base = runs_directory(arguments)
    outcomes = cancel_runs(base, [resolve_run(base, run) for run in arguments.runs])
    for outcome in outcomes:
        line = f"{safe_text(outcome.name)}: {outcome.text}"
        print(line if outcome.done else f"runtui: {line}", file=sys.stdout if outcome.done else sys.stderr)
    return 0 if all(outcome.done for outcome in outcomes) else 1


def launch_command(arguments: argparse.Namespace) -> int:
    """Run a command as a run; return its exit code, or 0 when it goes on alone."""
    from runtui.runtime.process.signals import held_back  # not for `runtui --help`

    words: list[str] = arguments.words
    if not words or not words[0]:
        refuse_usage("say what to run: runtui launch -- COMMAND…")
    base = named_directory(arguments)
    resources = _resources(arguments)
    with held_back():
        return _launch(arguments, base, words, resources)


def _launch(
    arguments: argparse.Namespace, base: str, words: Sequence[str], resources: Mapping[str, str]
) -> int:
    """Create a run and start it, so that no signal leaves it in between."""
    from runtui.runtime.process.launch import create, launch, launch_detached

    name = create(base, words, description=arguments.description, tags=arguments.tag)
    shown = safe_text(os.path.join(base, name))
    if arguments.on != LOCAL:
        from runtui.batch.polling import batch_interval
        from runtui.runtime.batch.submit import launch_in_batch

        print(f"runtui: {shown}: its output goes to logs/output.log", file=sys.stderr)
        return launch_in_batch(
            base,
            name,
            words,
            arguments.on,
            resources,
            is_followed=not arguments.detach,
            interval=batch_interval(),
            told=lambda text: print(f"runtui: {text}", file=sys.stderr, flush=True),
        )
    if arguments.detach:
        launched = launch_detached(base, name, words)
        print(f"{name} goes on alone as process {launched.pid}; its directory: {shown}")
        return 0
    print(f"runtui: {shown}: its output goes to logs/output.log", file=sys.stderr)
    return launch(base, name, words)


def resources_given(arguments: argparse.Namespace) -> dict[str, str]:
    """Return what the arguments give to a job of a batch system."""
    if not arguments.resource:
        return {}
    from runtui.batch.base import resources_of  # only for those who give any

    try:
        return resources_of(arguments.resource)
    except ValueError as error:
        refuse_usage(f"--resource {error}")


def _resources(arguments: argparse.Namespace) -> dict[str, str]:
    found = resources_given(arguments)
    if found and arguments.on == LOCAL:
        refuse_usage("--resource is for a batch system: say which, such as --on slurm")
    return found
