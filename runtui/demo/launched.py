"""``python -m runtui.demo.launched``: continue a demo run as the child that `launch` started."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from runtui.demo.models import KINDS
from runtui.demo.simulation import run_launched
from runtui.demo.termination import noting_termination
from runtui.store.errors import StoreError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulation of the run that the environment names.

    Returns:
        0 when it completed, 1 when it failed or could not start, 2 when the arguments are wrong.
    """
    parser = argparse.ArgumentParser(
        prog="python -m runtui.demo.launched", description="Continue a run of the demo, as `launch` calls it."
    )
    parser.add_argument("--model", choices=sorted(KINDS), required=True, help="simulation")
    model: str = parser.parse_args(argv).model
    run_dir = os.environ.get("RUNTUI_RUN", "")
    if not run_dir:
        print("RUNTUI_RUN names no run: `runtui resume RUN --launch` sets it", file=sys.stderr)
        return 2
    try:
        with noting_termination() as termination:
            done = run_launched(run_dir, os.environ.get("RUNTUI_RESUME_FROM", ""), model, termination)
            return 0 if done else 1
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
