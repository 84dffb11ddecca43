"""How long the browser takes to its first paint, and to its first rows, against an empty Textual app.

    python -m tests.bench.start [--rounds N] [--runs 10,1000,10000] [--dir DIR]

Each figure is the wall time of a whole process on a pseudo terminal, from its start until the text in
question has been sent to the terminal. The programs take turns, and each is given as the median and as the
median of its ratios to the empty app of the same round; each without a cache and with one. How long it
takes until all runs have been read, or checked, is given beyond the empty app's first paint, too, against
plain loops in this process that do nothing else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.scan import scan_runs
from tests.bench.many import read_floor, stat_floor
from tests.bench.terminal import Program
from tests.run_dirs import make_runs

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first-paint")
Empty().run()
"""


def time_until(command: list[str], texts: list[bytes]) -> list[float]:
    """Start `command` on a terminal and return the seconds until it has sent each of `texts`."""
    moments: list[float] = []
    with Program(command) as program:
        for text in texts:
            program.wait_for(text, anew=False)
            moments.append(time.perf_counter() - program.began)
    return moments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", default="10,1000,10000")
    parser.add_argument("--dir", help="a runs directory to open, too")
    arguments = parser.parse_args()
    counts = [int(text) for text in arguments.runs.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        programs: dict[str, tuple[list[str], list[bytes]]] = {
            "empty Textual app": ([sys.executable, "-c", EMPTY_APP], [b"first-paint"])
        }
        loops: dict[str, tuple[Callable[[str], float], str]] = {}
        bases = [str(make_runs(Path(folder, f"runs-{count}"), count, seed=1)) for count in counts]
        if arguments.dir:
            bases.append(arguments.dir)
        for base in bases:
            for cache in ("none", "kept"):
                os.environ["XDG_CACHE_HOME"] = f"{folder}/{cache}"
                if cache == "kept":
                    RunsCache(base).save(scan_runs(base), frozenset())
                name = f"{len(os.listdir(base)):,} runs, cache {cache}"
                programs[name] = (
                    [
                        "/usr/bin/env",
                        f"XDG_CACHE_HOME={folder}/{cache}",
                        sys.executable,
                        "-m",
                        "runtui",
                        base,
                    ],
                    [b"description", b"\xe2\x9c\x93 completed", "● live".encode()],
                )
                loops[name] = (read_floor if cache == "none" else stat_floor, base)
        times: dict[str, list[list[float]]] = {name: [] for name in programs}
        least: dict[str, list[float]] = {name: [] for name in loops}
        for _ in range(arguments.rounds + 1):
            for name, (command, texts) in programs.items():
                times[name].append(time_until(command, texts))
                if name in loops:
                    loop, base = loops[name]
                    least[name].append(loop(base))
    floor = [moments[0] for moments in times["empty Textual app"][1:]]
    print(f"empty Textual app: {statistics.median(floor):.3f} s to its first paint (median)")
    for name, rounds in times.items():
        if name == "empty Textual app":
            continue
        for what, place in (("first paint", 0), ("first rows", 1)):
            figures = [moments[place] for moments in rounds[1:]]
            ratios = [figure / least for figure, least in zip(figures, floor, strict=True)]
            print(
                f"{name:>26}: {what:<11} {statistics.median(figures):.3f} s, "
                f"{statistics.median(ratios):.2f} x the empty app"
            )
        rest = [moments[2] - start for moments, start in zip(rounds[1:], floor, strict=True)]
        ratios = [figure / plain for figure, plain in zip(rest, least[name][1:], strict=True)]
        print(
            f"{name:>26}: all looked at {statistics.median(rest):.3f} s after the empty app's first paint, "
            f"{statistics.median(ratios):.2f} x a plain loop"
        )


if __name__ == "__main__":
    main()
