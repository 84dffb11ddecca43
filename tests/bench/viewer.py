"""How soon the log viewer shows what is asked for: a log of gigabytes against one of ten lines, and against
one of 200, of which as many lines are to be painted.

    python -m tests.bench.viewer [--size 2000000000] [--rounds 7] [--dir DIR]

The whole program on a pseudo terminal: from a key until the line is painted that it leads to. Memory is that
of the process after all of it, against that with the small log. Keys are pressed while a search runs through
the whole log, and while none does.
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


def make_log(path: Path, size: int, at_once: int = _LINES_AT_ONCE) -> None:
    """Write a log of `size` bytes or a little more, `at_once` lines at a time, whose first and last lines can
    be told."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("the first line of it\n")
        number = 0
        while file.tell() < size:
            number += at_once
            file.write(
                "".join(
                    f"2026-11-20 10:00:00 INFO step {line} energy -0.{line % 999983:06} dt 0.001\n"
                    for line in range(number - at_once, number)
                )
            )
        file.write("the last line of it\n")


def resident(pid: int) -> float:
    """Return a process's memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def measure(
    base: Path, folder: Path, *, has_pages: bool, keys: dict[str, list[float]] | None = None
) -> dict[str, float]:
    """Open the browser on a directory with one run, go through its log, and return each step's seconds.

    Args:
        base: The directory.
        folder: Where the cache is.
        has_pages: Whether the beginning of the log is another page than its end.
        keys: Gets the seconds until keys are answered, while something is searched and not; None for neither.
    """
    command = [sys.executable, "-m", "runtui", str(base)]
    found: dict[str, float] = {}
    with Program(command, {"XDG_CACHE_HOME": str(folder / "cache")}) as program:
        program.wait_for(b"the last line of it", anew=False)
        found["start to the end"] = time.perf_counter() - program.began
        program.rest(2.0)
        program.press(b"l")
        program.rest(0.5)
        # What is on the screen already is not sent again, so of the small log there is only the frame to see.
        for what, typed, frame, text in (
            ("to the beginning", b"g", b"paused, F to follow", b"the first line"),
            ("to the end", b"G", b"written", b"the last line"),
        ):
            program.press(typed)
            found[what] = program.wait_for(frame)
            if has_pages:
                found[what] += program.wait_for(text, anew=False)
            program.rest(0.4)
        program.press(b":50%")
        program.rest(0.4)
        program.press(b"\r")
        found["to 50 %"] = program.wait_for(b"%")
        program.rest(0.4)
        found["memory"] = resident(program.pid)
        if keys is not None:
            program.press(b"g")
            program.wait_for(b"the first line")
            program.rest(0.4)
            keys["while nothing is searched"] += _answers(program)
            program.press(b"/no such line (at|in) all")
            program.rest(0.4)
            program.press(b"\r")
            keys["that begins a search"].append(program.wait_for(b"\x1b["))
            keys["while searching"] += _answers(program)
    return found


def _answers(program: Program) -> list[float]:
    """Return the seconds until each of some keys was answered."""
    answers = []
    until = time.perf_counter() + 1.5
    while time.perf_counter() < until:
        program.press(b"j")
        answers.append(program.wait_for(b"\x1b["))
        program.rest(0.05)
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2_000_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bases = {}
        for what in ("large", "ten lines", "200 lines"):
            bases[what] = folder / what
            log = write_run(bases[what], "r", status="completed") / "logs" / "simulation.log"
            if what == "ten lines":
                log.write_text("the first line of it\n" + "a line\n" * 8 + "the last line of it\n")
            else:
                make_log(
                    log,
                    arguments.size if what == "large" else 10_000,
                    _LINES_AT_ONCE if what == "large" else 198,
                )
        keys: dict[str, list[float]] = {
            "while nothing is searched": [],
            "that begins a search": [],
            "while searching": [],
        }
        rounds = [
            (
                measure(bases["large"], folder, has_pages=True, keys=keys),
                measure(bases["ten lines"], folder, has_pages=False),
                measure(bases["200 lines"], folder, has_pages=True),
            )
            for _round in range(arguments.rounds)
        ]
        print(f"a log of {arguments.size / 1e9:g} GB, medians of {arguments.rounds}, against one of")
        print("                              10 lines  200 lines")
        for what in ("start to the end", "to the beginning", "to the end", "to 50 %"):
            large, small, pages = (
                statistics.median(found[place][what] for found in rounds) for place in range(3)
            )
            print(f"  {what:<18} {large * 1e3:5.0f} ms   {large / small:.2f} x    {large / pages:.2f} x")
        more = statistics.median(one["memory"] - other["memory"] for one, other, _pages in rounds)
        print(f"  memory               {more:+.0f} MB")
        for what, answers in keys.items():
            high = sorted(answers)[int(0.95 * len(answers))]
            print(
                f"  a key {what:<26} {statistics.median(answers) * 1e3:3.0f} ms, 95 % within"
                f" {high * 1e3:3.0f} ms, {max(answers) * 1e3:3.0f} ms at most"
            )


if __name__ == "__main__":
    main()
