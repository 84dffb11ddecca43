"""What it costs to have steps and commands run by runtui, against those who do nothing else.

    python -m tests.bench.running [--steps 500] [--rounds 5] [--seconds 20]

Runs steps of `true`, two at once, as a pipeline, by `xargs -P 2` and by `make -j2`; `true` as a launched run,
and alone; and a pipeline that waits for one long step. The steps' runs are once in memory and once on disk,
where each step's log takes up to twenty times as long to make: ext4 looks for a free place long after many
files have been deleted, and the others make none. Prints the medians, their ratios, and the share of a
core that waiting costs (with the step's own, which sleeps).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from runtui.runtime.process.process_tree import descendants
from tests.bench.idle import cpu_seconds
from tests.store.children import ROOT

_RUNTUI = [sys.executable, "-m", "runtui"]
_SETTLED = 3.0
_MEMORY = "/dev/shm"


def seconds_of(words: Sequence[str], given: str = "") -> float:
    """Return how long a command takes."""
    began = time.perf_counter()
    subprocess.run(
        words, input=given, text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def pipeline(folder: Path, steps: int) -> Path:
    """Make a pipeline of steps that need nothing."""
    path = folder / "pipeline.toml"
    path.write_text(
        "".join(f'[[steps]]\nname = "s{number}"\ncommand = ["true"]\n' for number in range(steps))
    )
    return path


def makefile(folder: Path, steps: int) -> Path:
    """Make the same for make."""
    targets = [f"s{number}" for number in range(steps)]
    path = folder / "Makefile"
    path.write_text(f"all: {' '.join(targets)}\n" + "".join(f"{target}:\n\t@true\n" for target in targets))
    return path


def medians(rounds: int, *contenders: Callable[[], float]) -> list[float]:
    """Return each contender's median; they take turns, so that a busy moment hits all."""
    times = [[contender() for contender in contenders] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def measure_steps(folder: Path, steps: int, rounds: int, where: str) -> None:
    """Print how long many short steps take."""
    file, made = pipeline(folder, steps), makefile(folder, steps)

    def by_runtui() -> float:
        runs = tempfile.mkdtemp(dir=folder)
        return seconds_of([*_RUNTUI, "exec", "-C", runs, "--workers", "2", str(file)])

    def by_xargs() -> float:
        return seconds_of(["xargs", "-P", "2", "-n", "1", "true"], "\n".join(map(str, range(steps))))

    contenders: list[Callable[[], float]] = [by_runtui, by_xargs, lambda: seconds_of([*_RUNTUI, "--version"])]
    if shutil.which("make"):
        contenders.append(lambda: seconds_of(["make", "-j2", "-f", str(made)]))
    ours, xargs, start, *make = medians(rounds, *contenders)
    print(
        f"{steps} steps of `true`, two at once, {where}: {ours:.2f} s, {(ours / steps) * 1000:.2f} ms a step"
    )
    print(f"  xargs -P 2: {xargs:.2f} s; runtui / xargs: {ours / xargs:.2f}")
    if make:
        print(f"  make -j2: {make[0]:.2f} s; runtui / make: {ours / make[0]:.2f}")
    print(f"  of that to start Python and the program: {start:.2f} s")


def measure_launch(folder: Path, rounds: int) -> None:
    """Print what recording a command adds to it."""
    runs = folder / "launched"
    launched, bare, start = medians(
        rounds,
        lambda: seconds_of([*_RUNTUI, "launch", "-C", str(runs), "--", "true"]),
        lambda: seconds_of(["true"]),
        lambda: seconds_of([*_RUNTUI, "--version"]),
    )
    print(f"launch of `true`: {launched * 1000:.0f} ms, bare {bare * 1000:.1f} ms")
    print(f"  of that to start Python and the program: {start * 1000:.0f} ms")


def measure_idle(folder: Path, seconds: float) -> None:
    """Print what waiting for one long step costs."""
    path = folder / "long.toml"
    path.write_text('[[steps]]\nname = "long"\ncommand = ["sleep", "3600"]\n')
    words = [*_RUNTUI, "exec", "-C", str(folder / "idle"), str(path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        time.sleep(_SETTLED)
        pids = [process.pid, *(child for child, _parent in descendants(process.pid))]
        before, began = sum(map(cpu_seconds, pids)), time.perf_counter()
        time.sleep(seconds)
        share = (sum(map(cpu_seconds, pids)) - before) / (time.perf_counter() - began)
        process.terminate()
    print(f"waiting for one long step: {share:.3%} of a core, {len(pids)} processes with the step's own")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # As it is installed, the program need not be compiled at each start.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
        with tempfile.TemporaryDirectory(dir=_MEMORY if os.path.isdir(_MEMORY) else None) as in_memory:
            measure_steps(Path(in_memory), arguments.steps, arguments.rounds, "in memory")
        measure_steps(folder, arguments.steps, arguments.rounds, "on disk")
        measure_launch(folder, arguments.rounds)
        measure_idle(folder, arguments.seconds)


if __name__ == "__main__":
    main()
