"""What RunManager's calls cost in a directory with many runs, beside the classic class.

    python -m tests.bench.manager [--runs 5000] [--repeat 7]

Printed are the medians of both in milliseconds, called by turns, and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtui import RunManager
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import write_run

CALLS: dict[str, Callable[[Any], object]] = {
    "list_runs": lambda manager: manager.list_runs(),
    "get_latest_run": lambda manager: manager.get_latest_run(),
    "create_run": lambda manager: manager.create_run("new", ["bench"], beta=0.3),
    "update_status": lambda manager: manager.update_status("running", step=1),
    "add_checkpoint": lambda manager: manager.add_checkpoint("c1"),
}


def milliseconds(act: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder, "runs")
        for number in range(arguments.runs):
            minutes, seconds = divmod(number, 60)
            created = f"2026-11-01T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}Z"
            write_run(base, f"r{number:05}", created=created, tags=["bench"], description="a run of many")
        RunManager(base).rebuild_index()
        managers = ClassicManager(base), RunManager(base)
        print(f"{arguments.runs:,} runs; milliseconds, median of {arguments.repeat}")
        print(f"  {'':<16} {'classic':>9} {'runtui':>9} {'ratio':>7}")
        for name, call in CALLS.items():
            took: tuple[list[float], list[float]] = [], []
            for _ in range(arguments.repeat):
                for manager, times in zip(managers, took, strict=True):
                    times.append(milliseconds(lambda call=call, manager=manager: call(manager)))  # type: ignore[misc]
            classic, ours = (statistics.median(times) for times in took)
            print(f"  {name:<16} {classic:>9.1f} {ours:>9.1f} {ours / classic:>7.2f}", flush=True)


if __name__ == "__main__":
    main()
