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
"""Seconds after which the system kills a simulation, unless ``--walltime`` says otherwise."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulation that the arguments describe.

    Returns:
        0 when it completed, 1 when it failed or could not start, 2 when the arguments are wrong.
    """
    arguments = _parser().parse_args(argv)
    if arguments.model is None and arguments.resume is None:
        print("no simulation named: use --model, or --resume to resume a run", file=sys.stderr)
        return 2
    # As with a scheduler, the system enforces the limit: a simulation that hangs is killed as well.
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
    parser.add_argument("base_dir", metavar="BASE_DIR", help="runs directory")
    parser.add_argument("--model", choices=sorted(KINDS), help="simulation")
    parser.add_argument(
        "--params",
        type=_json_object,
        default={},
        metavar="JSON",
        help="parameters; with --resume, those that differ from the parent's",
    )
    parser.add_argument("--run-id", help="run id (default: a new UUID4)")
    parser.add_argument("--description", help="one-line description")
    parser.add_argument("--tag", action="append", help="tag; may be repeated")
    parser.add_argument("--resume", metavar="RUN_ID", help="resume from a checkpoint of this run")
    parser.add_argument(
        "--checkpoint", metavar="NAME", help="checkpoint to resume from (default: the newest)"
    )
    parser.add_argument("--pace", type=float, default=0.0, metavar="SECONDS", help="least duration of a step")
    parser.add_argument(
        "--walltime",
        type=int,
        default=DEFAULT_WALLTIME,
        metavar="SECONDS",
        help="time until the system kills it, unrecorded; 0 for no limit (default: %(default)s)",
    )
    return parser


def _json_object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError("not a JSON object")
    return found


if __name__ == "__main__":
    sys.exit(main())
