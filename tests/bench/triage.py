"""How soon keys are answered while something is done to thousands of runs, and how long that takes.

    python -m tests.bench.triage [--runs 10000] [--edited 3000] [--dir DIR]

The whole program on a pseudo terminal of 120x40. So many runs are tagged in one go; a key is pressed every
50 ms before that and meanwhile. The floor for the tagging is a loop that writes, of as many files, each anew
and safely, as an edit and its folding do twice.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from runtui.store.atomic import write_atomic
from tests.bench.terminal import Program
from tests.run_dirs import make_runs

_PAUSE = 0.05
_KEYS = 60


def _answer(program: Program) -> float:
    began, before = time.perf_counter(), program.received
    while program.received == before:
        program.rest(0.001)
    return time.perf_counter() - began


def floor(folder: Path, count: int) -> float:
    """Return the seconds it takes to write files safely, two for each run."""
    began = time.perf_counter()
    for number in range(2 * count):
        write_atomic(os.fspath(folder / f"{number}"), b"x" * 1000)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--edited", type=int, default=3_000)
    parser.add_argument("--dir", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as name:
        folder = Path(name)
        base = make_runs(folder / "runs", arguments.runs, seed=1)
        (folder / "floor").mkdir()
        floor_time = floor(folder / "floor", arguments.edited)
        command = [sys.executable, "-m", "runtui", str(base)]
        with Program(command, {"XDG_CACHE_HOME": name, "XDG_STATE_HOME": name}) as program:
            program.wait_for("● live".encode(), anew=False)
            program.rest(2.0)
            before = [_timed(program) for _ in range(_KEYS)]
            program.press(b"/")
            program.rest(0.5)
            for letter in f"seed<{arguments.edited}".encode():
                program.press(bytes([letter]))
            program.press(b"\r")
            program.rest(3.0)
            program.press(b"*")
            program.rest(0.5)
            program.press(b"t")
            program.rest(0.7)
            program.press(b"x")
            program.rest(0.3)
            program.forget()
            program.press(b"\r")
            began = time.perf_counter()
            during = []
            while not program.has_seen(b"u: undo"):
                during.append(_timed(program))
            took = time.perf_counter() - began
        print(f"tagging {arguments.edited:,} of {arguments.runs:,} runs")
        print(f"  {took:.1f} s, {took / floor_time:.1f} x the floor of {floor_time:.1f} s")
        for what, times in (("before", before), ("meanwhile", during)):
            worst = sorted(times)[-max(1, len(times) // 20)]
            print(
                f"  a key {what:<9} answered after {statistics.median(times) * 1e3:.0f} ms, "
                f"95 % within {worst * 1e3:.0f} ms, {max(times) * 1e3:.0f} ms at most ({len(times)} keys)"
            )


_turn = [b"k", b"j"]


def _timed(program: Program) -> float:
    """Press a key, and return the seconds until it was answered."""
    program.rest(_PAUSE)
    _turn.reverse()
    program.press(_turn[0])
    return _answer(program)


if __name__ == "__main__":
    main()
