"""``python -m runtui.demo.simulate``: run one simulation in this process."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from typing import Any

from runtui.demo.models import KINDS
from runtui.demo.simulation import run_simulation
from runtui.demo.task import Simulation
from runtui.demo.termination import noting_termination
from runtui.store.errors import StoreError

DEFAULT_WALLTIME = 110
"""Seconds after which the system ends a simulation that was not given another limit."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulation that the arguments describe.

    Returns:
        0 when it completed, 1 when it failed or could not start, 2 when the arguments are wrong.
    """
    arguments = _parser().parse_args(argv)
    if arguments.model is None and arguments.resume is None:
        print("give a simulation with --model, or a run to go on from with --resume", file=sys.stderr)
        return 2
    # The limit is the system's, as a batch system's is: a simulation that stands still cannot miss it.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(arguments.walltime)
    task = Simulation(
        base_dir=arguments.base_dir,
        model=arguments.model,
        params=arguments.params,
        run_id=arguments.run_id,
        description=arguments.description,
        tags=None if arguments.tag is None else tuple(arguments.tag),
        resume=arguments.resume,
        checkpoint=arguments.checkpoint,
        pace=arguments.pace,
    )
    try:
        with noting_termination() as termination:
            return 0 if run_simulation(task, termination) else 1
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m runtui.demo.simulate", description="Run one simulation of the demo."
    )
    parser.add_argument("base_dir", metavar="BASE_DIR", help="the runs directory")
    parser.add_argument("--model", choices=sorted(KINDS), help="the simulation")
    parser.add_argument(
        "--params",
        type=_json_object,
        default={},
        metavar="JSON",
        help="its parameters; with --resume, those that differ from the parent's",
    )
    parser.add_argument("--run-id", help="default: a new UUID4")
    parser.add_argument("--description", help="one line for people")
    parser.add_argument("--tag", action="append", help="a tag; may be given several times")
    parser.add_argument("--resume", metavar="RUN_ID", help="go on from a checkpoint of this run")
    parser.add_argument("--checkpoint", metavar="NAME", help="which one; default: the newest")
    parser.add_argument(
        "--pace", type=float, default=0.0, metavar="SECONDS", help="that a step takes at least"
    )
    parser.add_argument(
        "--walltime",
        type=int,
        default=DEFAULT_WALLTIME,
        metavar="SECONDS",
        help="after which the system ends it, recorded by nobody; 0 for never (default: %(default)s)",
    )
    return parser


def _json_object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError("it must be a JSON object")
    return found


if __name__ == "__main__":
    sys.exit(main())
