"""``runtui launch``: any command as a recorded run."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from runtui.cli.selecting import batch_interval, named_directory
from runtui.cli.values import refuse_usage
from runtui.store.safe_text import safe_text

_RESOURCES = ("time", "partition", "memory", "cpus", "account", "options")


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    launch = commands.add_parser(
        "launch",
        parents=[common],
        help="run a command as a recorded run: runtui launch -- COMMAND…",
        usage="runtui launch [-C DIR] [--description TEXT] [--tag TAG]… [--detach] "
        "[--on slurm|pbs [--resource KEY=VALUE]…] -- COMMAND…",
    )
    launch.add_argument("--description", metavar="TEXT", help="one line for people (default: the command)")
    launch.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="may be given several times"
    )
    launch.add_argument("--on", choices=("local", "slurm", "pbs"), default="local", help="where it runs")
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


def launch_command(arguments: argparse.Namespace) -> int:
    """Run a command as a run; return its exit code, or 0 when it goes on alone."""
    from runtui.runtime.launching import create, launch, launch_detached  # not for `runtui --help`

    words: list[str] = arguments.words
    if not words or not words[0]:
        refuse_usage("say what to run: runtui launch -- COMMAND…")
    base = named_directory(arguments)
    resources = _resources(arguments)
    name = create(base, words, description=arguments.description, tags=arguments.tag)
    shown = safe_text(os.path.join(base, name))
    if arguments.on != "local":
        from runtui.runtime.batch_launching import launch_in_batch

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


def _resources(arguments: argparse.Namespace) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in arguments.resource:
        key, equals, value = text.partition("=")
        if not equals or key not in _RESOURCES:
            refuse_usage(f"--resource {text!r}: write KEY=VALUE with one of {', '.join(_RESOURCES)}")
        found[key] = value
    if found and arguments.on == "local":
        refuse_usage("--resource is for a batch system: say which, such as --on slurm")
    return found
