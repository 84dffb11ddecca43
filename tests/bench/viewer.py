"""How soon the log viewer shows what is asked for: a log of gigabytes against one of ten lines.

    python -m tests.bench.viewer [--size 2000000000] [--rounds 7] [--dir DIR]

The whole program on a pseudo terminal: from a key until the line is painted that it leads to. Memory is that
of the process after all of it, against that with the small log. While a search runs through the whole log,
keys are pressed and the worst answer is told.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.terminal import Program
from tests.run_dirs import write_run

_LINES_AT_ONCE = 20_000


def make_log(path: Path, size: int) -> None:
    """Write a log of about `size` bytes, whose first, middle and last lines can be told."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("the first line of it\n")
        number = 0
        while file.tell() < size:
            number += _LINES_AT_ONCE
            file.write(
                "".join(
                    f"2026-11-20 10:00:00 INFO step {line} energy -0.{line % 999983:06} dt 0.001\n"
                    for line in range(number - _LINES_AT_ONCE, number)
                )
            )
        file.write("the last line of it\n")


def resident(pid: int) -> float:
    """Return a process's memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def measure(base: Path, folder: Path, *, is_large: bool) -> dict[str, float]:
    """Open the browser on a directory with one run, go through its log, and return each step's seconds."""
    command = [sys.executable, "-m", "runtui", str(base)]
    found: dict[str, float] = {}
    with Program(command, {"XDG_CACHE_HOME": str(folder / "cache")}) as program:
        program.wait_for(b"the last line of it", anew=False)
        found["start to the end"] = time.perf_counter() - program.began
        program.rest(2.0)
        program.press(b"l")
        program.rest(0.5)
        # What is on the screen already is not sent again, so of the small log there is only the frame to see.
        for what, keys, frame, text in (
            ("to the beginning", b"g", b"F follows", b"the first line"),
            ("to the end", b"G", b"written", b"the last line"),
        ):
            program.press(keys)
            found[what] = program.wait_for(frame)
            if is_large:
                found[what] += program.wait_for(text, anew=False)
            program.rest(0.4)
        program.press(b":50%")
        program.rest(0.4)
        program.press(b"\r")
        found["to 50 %"] = program.wait_for(b"%")
        program.rest(0.4)
        found["memory"] = resident(program.pid)
        if is_large:
            found["key while searching"] = _worst_key(program)
    return found


def _worst_key(program: Program) -> float:
    """Return the longest time until a key was answered while the whole log is searched."""
    program.press(b"g")
    program.wait_for(b"the first line")
    program.rest(0.4)
    program.press(b"/no such line (at|in) all\r")
    worst = 0.0
    until = time.perf_counter() + 1.5
    while time.perf_counter() < until:
        program.press(b"j")
        worst = max(worst, program.wait_for(b"\x1b["))
        program.rest(0.05)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2_000_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bases = {}
        for what, size in (("large", arguments.size), ("small", 700)):
            bases[what] = folder / what
            bases[what].mkdir()
            run = write_run(bases[what], "r", status="completed")
            make_log(run / "logs" / "simulation.log", size) if size > 700 else (
                run / "logs" / "simulation.log"
            ).write_text("the first line of it\n" + "a line\n" * 8 + "the last line of it\n")
        rounds = [
            (
                measure(bases["large"], folder, is_large=True),
                measure(bases["small"], folder, is_large=False),
            )
            for _round in range(arguments.rounds)
        ]
        print(f"a log of {arguments.size / 1e9:g} GB against one of ten lines, medians of {arguments.rounds}")
        for what in ("start to the end", "to the beginning", "to the end", "to 50 %"):
            large = statistics.median(one[what] for one, _other in rounds)
            small = statistics.median(other[what] for _one, other in rounds)
            print(f"  {what:<20} {large * 1e3:.0f} ms, {large / small:.2f} x")
        more = statistics.median(one["memory"] - other["memory"] for one, other in rounds)
        print(f"  memory               {more:+.0f} MB")
        worst = max(one["key while searching"] for one, _other in rounds)
        print(f"  a key while searching: {worst * 1e3:.0f} ms at most")


if __name__ == "__main__":
    main()
