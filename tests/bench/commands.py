"""How long subcommands take from start to end, against a Python that does nothing.

    python -m tests.bench.commands [--rounds N] [--runs N]

The programs take turns. Each is given as the median of its ratios to `python -c pass` of the same round, by
the clock and by the processor time it took, which other work on the machine changes less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.run_dirs import make_runs


def cost(command: list[str]) -> tuple[float, float]:
    """Run `command` without showing its output; return the seconds it took, and those of the processor."""
    began = time.perf_counter()
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _pid, status, usage = os.wait4(pid, 0)
    assert status == 0, command
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = str(make_runs(Path(folder, "runs"), arguments.runs, seed=1))
        program = [sys.executable, "-m", "runtui"]
        commands = {
            "nothing": [sys.executable, "-c", "pass"],
            "argparse alone": [sys.executable, "-c", "import argparse"],
            "--help": [*program, "--help"],
            "ls": [*program, "ls", "-C", base],
            "ls --json": [*program, "ls", "-C", base, "--json"],
            "show latest": [*program, "show", "-C", base, "latest"],
        }
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(arguments.rounds + 1):
            for name, command in commands.items():
                costs[name].append(cost(command))
    floor = costs["nothing"][1:]
    for name, rounds in costs.items():
        clock = [seconds for seconds, _ in rounds[1:]]
        ratio = statistics.median(mine[0] / least[0] for mine, least in zip(rounds[1:], floor, strict=True))
        processor = statistics.median(used for _, used in rounds[1:]) / statistics.median(u for _, u in floor)
        print(
            f"{name:>15}: {statistics.median(clock) * 1000:4.0f} ms, {ratio:.1f} x nothing "
            f"({processor:.1f} x the processor time)"
        )


if __name__ == "__main__":
    main()
