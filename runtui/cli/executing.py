"""``runtui exec``: run a pipeline of steps as a run."""

from __future__ import annotations

import argparse
import os
from typing import Any

from runtui.batch.intervals import batch_interval
from runtui.batch.registry import places
from runtui.cli.argument_types import refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.selecting import creating_in, named_directory, run_of
from runtui.runtime.process.signals import held_back
from runtui.text.sanitize import safe_text

_MODES = ("sync", "thread", "process")


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    execute = commands.add_parser(
        "exec",
        parents=[common],
        epilog=examples(
            ("runtui exec pipeline.toml", ""),
            ("runtui exec scripts", "a folder of numbered scripts"),
            ("runtui exec pipeline.toml --on slurm", "run all steps as jobs"),
            ("runtui exec --resume 9f3a", "resume a pipeline; finished, unchanged steps are kept"),
            ("runtui exec --resume 9f3a --again plot", "the same, but do step plot again"),
        ),
    )
    execute.add_argument(
        "pipeline", nargs="?", metavar="PIPELINE", help="TOML file, or folder of numbered scripts"
    )
    execute.add_argument(
        "--resume", metavar="RUN", help="resume the pipeline of a run; finished, unchanged steps are kept"
    )
    execute.add_argument(
        "--again",
        action="append",
        default=[],
        metavar="STEP",
        help="with --resume: do this step again, and those that need it; may be repeated",
    )
    execute.add_argument("--force", action="store_true", help="with --resume: do all steps again")
    execute.add_argument("--mode", choices=_MODES, help="where functions run, overriding the steps")
    execute.add_argument("--on", choices=places(), help="where all steps run")
    execute.add_argument(
        "--workers", type=_worker_count, metavar="N", help="number of steps to run at a time"
    )
    execute.add_argument("--description", metavar="TEXT", help="one-line description of the run")
    execute.add_argument("--tag", action="append", default=[], metavar="TAG", help="tag; may be repeated")
    execute.set_defaults(command=exec_command)


def exec_command(arguments: argparse.Namespace) -> int:
    """Run a pipeline; return 0 when all of its steps are done, else 1."""
    if (arguments.pipeline is None) and arguments.resume is None:
        refuse_usage("no pipeline named: runtui exec PIPELINE.toml")
    if arguments.resume is None and (arguments.again or arguments.force):
        refuse_usage("--again and --force need a run: runtui exec --resume RUN --again STEP")
    with held_back():
        return _execute(arguments)


def _execute(arguments: argparse.Namespace) -> int:
    """Create a run unless one is resumed, and run the pipeline. To be called with signals held back."""
    from runtui.runtime.pipeline.execution_options import ExecutionOptions
    from runtui.runtime.pipeline.pipeline_run import create, last_options, pipeline_of
    from runtui.runtime.pipeline.plan import Mode
    from runtui.runtime.pipeline.runner import execute, print_line
    from runtui.runtime.pipeline.spec import read_pipeline

    last = ExecutionOptions()
    if arguments.resume is None:
        base = named_directory(arguments)
        pipeline = read_pipeline(arguments.pipeline)
        with creating_in(base):
            name = create(base, pipeline, description=arguments.description, tags=arguments.tag)
    else:
        base, name = run_of(arguments, arguments.resume)
        source = arguments.pipeline or pipeline_of(base, name)
        if arguments.pipeline is None:
            print(f"pipeline {safe_text(source)}", flush=True)
        pipeline = read_pipeline(source)
        last = last_options(base, name)
    print(f"run {safe_text(os.path.join(base, name))}", flush=True)
    options = ExecutionOptions(
        last.mode if arguments.mode is None else Mode(arguments.mode),
        arguments.workers or last.workers or pipeline.workers,
        arguments.on or last.on,
        batch_interval(),
        tuple(arguments.again),
        arguments.force,
    )
    return execute(base, name, pipeline, options, print_line)


def _worker_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"invalid number of steps: {text!r} is not from 1 to 1024")
    return int(text)
