"""Searching in the logs of many runs: how fast beside `grep -r`, and how soon keys are answered meanwhile.

    python -m tests.bench.all_logs [--runs 3000] [--size 1000000] [--dir DIR]

A log in each run, one in 75 with the line that is looked for. All are read once before, so that what is
measured is the search and not the disk. `grep` and the search take turns, and of each the best time counts.
Then the whole program on a pseudo terminal of 120x40 searches for a slow pattern, and its prompt is opened.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runtui.operations.found_matches import LIMITS
from runtui.operations.runs_search import RunsSearch, SearchedRun
from tests.bench.terminal import Program
from tests.run_dirs import write_run

_ROUNDS = 3
_KEYS = 60
_PAUSE = 0.05
_WORD = "diverged_at"
_PATTERNS = (_WORD, "Diverged_at", "solver diverged_at step [0-9]+", "stepping")
_SLOW = "loss=[0-9.]+ [a-z]+ [a-z]+zzzz"


def make_logs(base: Path, runs: int, size: int) -> None:
    """Write the runs and their logs."""
    chance = random.Random(1)
    words = [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(2000)
    ]
    lines: list[str] = []
    length = 0
    while length < size:
        number = len(lines)
        words_now = " ".join(chance.choices(words, k=6))
        clock = f"12:{number // 60 % 60:02d}:{number % 60:02d}"
        lines.append(f"2026-01-01 {clock} INFO step {number} loss={chance.random():.6f} {words_now}\n")
        length += len(lines[-1])
    text = "".join(lines)
    for number in range(runs):
        run = write_run(base, f"run-{number:05d}")
        end = "" if number % 75 else f"ERROR solver {_WORD} step 99\n"
        (run / "logs" / "run.log").write_text(text + end)


def grepped(base: Path, pattern: str) -> float:
    """Return the seconds that `grep -r` takes."""
    began = time.perf_counter()
    subprocess.run(["grep", "-rE", pattern, str(base)], stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


def searched(base: Path, pattern: str) -> tuple[float, int]:
    """Return the seconds that the search takes, and the matches."""
    began = time.perf_counter()
    search = RunsSearch([SearchedRun(str(run), False) for run in sorted(base.iterdir())], pattern, LIMITS)
    total = sum(part.matches.total for part in search.results(1.0) if part is not None)
    return time.perf_counter() - began, total


def keys(base: Path, home: str) -> list[float]:
    """Return how long each key took to be answered during a search in the browser."""
    command = [sys.executable, "-m", "runtui", str(base)]
    times = []
    with Program(command, {"XDG_CACHE_HOME": home, "XDG_STATE_HOME": home}) as program:
        program.wait_for("● live".encode(), anew=False)
        program.rest(3.0)
        program.press(b"A")
        program.wait_for(b"search the logs of")
        program.press(_SLOW.encode() + b"\r")
        program.wait_for("searching…".encode())
        for _ in range(_KEYS):
            program.rest(_PAUSE)
            program.press(b"/")
            times.append(program.wait_for(b"search the logs of"))
            program.press(b"\r")
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--dir", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as name:
        base = Path(name, "runs")
        base.mkdir()
        make_logs(base, arguments.runs, arguments.size)
        print(f"{arguments.runs:,} logs of {arguments.size / 1e6:.1f} MB")
        for pattern in _PATTERNS:
            grepped(base, pattern)
            rounds = [(grepped(base, pattern), *searched(base, pattern)) for _ in range(_ROUNDS)]
            grep = min(seconds for seconds, _, _ in rounds)
            ours = min(seconds for _, seconds, _ in rounds)
            print(
                f"  {pattern:<32} grep -r {grep:6.2f} s  search {ours:6.2f} s  "
                f"{grep / ours:5.2f} x as fast  ({rounds[0][2]} matches)"
            )
        times = keys(base, name)
        worst = sorted(times)[-max(1, len(times) // 20)]
        print(
            f"  a key meanwhile answered after {statistics.median(times) * 1e3:.0f} ms, 95 % within "
            f"{worst * 1e3:.0f} ms, {max(times) * 1e3:.0f} ms at most ({len(times)} keys)"
        )


if __name__ == "__main__":
    main()
