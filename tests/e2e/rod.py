"""A small real simulation, as users launch them: heat spreading along a rod, with explicit time steps.

    runtui launch -- python rod.py '{"dt": 0.4, "steps": 100}'

It goes on from the checkpoint that it is given, takes its parameters from the run where that has some, and
fails as simulations do: too long a time step makes the temperatures grow without bound, too fine a rod does
not fit into memory, and a full disk takes no table.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
import time
from pathlib import Path

from runtui import RunManager

CHECKPOINT_EVERY = 20
HOTTEST = 1e6


def main() -> None:
    run = Path(os.environ["RUNTUI_RUN"])
    manager = RunManager(str(run.parent))
    manager.load_run(run.name)
    params = json.loads(sys.argv[1])
    given = run / "run_params.json"
    if given.exists():
        params |= json.loads(given.read_text())
    else:
        manager.save_run_params(params)
    if "memory" in params:
        resource.setrlimit(resource.RLIMIT_AS, (params["memory"], params["memory"]))
    first, rod = 0, [math.sin(math.pi * place / 40) + 0.01 * (place % 3) for place in range(41)]
    if os.environ.get("RUNTUI_RESUME_FROM"):
        first, rod = json.loads(Path(os.environ["RUNTUI_RESUME_FROM"]).read_text())
    table = params.get("table", f"{run}/results/rod.csv")
    with open(table, "w", encoding="ascii") as rows:
        rows.write("step,warmest\n")
        step = first
        while step < params["steps"] or ("until" in params and not os.path.exists(params["until"])):
            step += 1
            rod = spread(rod * params.get("finer", 1), params["dt"])
            warmest = max(map(abs, rod))
            rows.write(f"{step},{warmest:.6g}\n")
            rows.flush()
            print(f"step {step}: warmest {warmest:.6g}", flush=True)
            if warmest > HOTTEST:
                raise FloatingPointError(f"step {step}: the temperature diverged, warmest {warmest:.3g}")
            if step % CHECKPOINT_EVERY == 0 and step <= params["steps"]:
                path = run / "checkpoints" / f"step-{step}.json"
                path.write_text(json.dumps([step, rod]))
                manager.add_checkpoint(f"step-{step}", str(path))
            time.sleep(params.get("pace", 0.0))


def spread(rod: list[float], dt: float) -> list[float]:
    """Return the temperatures one time step later; the ends stay as they are."""
    inner = [
        rod[place] + dt * (rod[place - 1] - 2 * rod[place] + rod[place + 1])
        for place in range(1, len(rod) - 1)
    ]
    return [rod[0], *inner, rod[-1]]


if __name__ == "__main__":
    main()
