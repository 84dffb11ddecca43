"""What it takes to follow a log that is being written, against `tail -F` and `less +F`.

    python -m tests.bench.following [--lines 60] [--seconds 60] [--dir DIR]

All of them run on pseudo terminals of 120x40, one after the other, the browser with the log at full height.
Measured are the milliseconds from a line's write until it was sent to the terminal; what 10,000 lines a
second cost, and how soon keys are answered and the last line is seen then; and the bytes that are sent to
the terminal for 100 lines a second of 80 characters.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.idle import cpu_seconds
from tests.bench.terminal import Program
from tests.run_dirs import write_run

_WRITER = """
import sys, time
path, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
step = max(0.01, 1 / rate)
text = "step %08d energy=-1.234567e+03 temperature=300.12 residual=4.5e-06 dt=0.001 ok%s\\n"
with open(path, "a") as file:
    began, number = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        while number < rate * now:
            file.write(text % (number, ""))
            number += 1
        file.flush()
        time.sleep(step)
    file.write(text % (number, " LASTLINE"))
"""
_KEYS = 10
_WARM_UP = 5.0
_AWAITED = 20.0


def writing(log: Path, rate: int, seconds: float) -> subprocess.Popen[bytes]:
    """Have another process write so many lines a second to the log for so long, and a last one."""
    return subprocess.Popen([sys.executable, "-c", _WRITER, str(log), str(rate), str(seconds)])


def begun(log: Path) -> Path:
    """Return the log with more lines than a screen has, and nothing else."""
    log.write_text("".join(f"line {number} of those that were there before\n" for number in range(100)))
    return log


def resident(pid: int) -> float:
    """Return a process's memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def browser(base: Path, folder: Path) -> Program:
    """Return the browser, opened on a directory."""
    return Program([sys.executable, "-m", "runtui", str(base)], {"XDG_CACHE_HOME": str(folder / "cache")})


def opened(program: Program) -> Program:
    """Show the log at full height, and wait until that is done."""
    program.wait_for(b"line 99 of", anew=False)
    program.press(b"l")
    program.rest(3.0)
    return program


def latencies(
    log: Path, count: int, rest: Callable[[float], None], wait_for: Callable[[bytes], float]
) -> list[float]:
    """Return the seconds from the writes of single lines, at random moments, until they were painted.

    Args:
        log: What is written to.
        count: How many lines.
        rest: Lets seconds go by, just before a line is written.
        wait_for: Returns the seconds until a text of the line was painted.
    """
    choice = random.Random(count)
    found = []
    with log.open("ab", buffering=0) as file:
        for number in range(count):
            rest(choice.uniform(0.2, 1.2))
            mark = f"mark-{number:04}-of-it"
            file.write(f"a line with {mark} in it\n".encode())
            found.append(wait_for(mark.encode()))
    return found


def tell_latencies(name: str, found: Sequence[float]) -> float:
    """Print a median and a 95th percentile, and return that."""
    high = sorted(found)[int(0.95 * len(found))]
    print(
        f"  {name:<10} {statistics.median(found) * 1e3:6.1f} ms, 95 % within {high * 1e3:6.1f} ms", flush=True
    )
    return high


def compare_latencies(base: Path, log: Path, folder: Path, count: int) -> None:
    """Print how soon single lines are painted."""
    print(f"from a line's write until it is painted, {count} lines")
    with Program(["tail", "-F", str(begun(log))]) as program:
        program.wait_for(b"line 99 of", anew=False)
        program.rest(1.0)
        peer = tell_latencies("tail -F", latencies(log, count, program.rest, program.wait_for))
    begun(log)
    with opened(browser(base, folder)) as program:
        own = tell_latencies("runtui", latencies(log, count, program.rest, program.wait_for))
    print(f"  {own / peer:.1f} x tail -F", flush=True)


def tell_torrent(base: Path, log: Path, folder: Path, seconds: float) -> None:
    """Print what following 10,000 lines a second costs."""
    print(f"10,000 lines a second for {seconds:.0f} s")
    begun(log)
    with opened(browser(base, folder)) as program:
        writer = writing(log, 10_000, seconds)
        program.rest(_WARM_UP)
        memory, used, began = resident(program.pid), cpu_seconds(program.pid), time.perf_counter()
        answers = []
        for _key in range(_KEYS):
            program.rest((seconds - _WARM_UP) / (_KEYS + 1) - 0.5)
            program.press(b"k")
            answers.append(program.wait_for(b"paused, F to follow"))
            program.press(b"F")
            program.rest(0.5)
        core = (cpu_seconds(program.pid) - used) / (time.perf_counter() - began)
        print(f"  {core:.1%} of a core; memory {memory:.1f} MB, in the end {resident(program.pid):.1f} MB")
        middle, slowest = statistics.median(answers), max(answers)
        print(f"  a key is answered after {middle * 1e3:.0f} ms, {slowest * 1e3:.0f} at most")
        while writer.poll() is None:
            program.rest(0.005)
        if program.has_seen(b"LASTLINE"):
            print("  the last line was there when the writer had ended", flush=True)
        else:
            late = program.wait_for(b"LASTLINE", anew=False)
            print(f"  the last line was there {late * 1e3:.0f} ms after the writer's end", flush=True)


def sent(program: Program, log: Path, seconds: float) -> int:
    """Return the bytes that are sent to the terminal for 100 lines a second."""
    before = program.received
    writer = writing(log, 100, seconds)
    while writer.poll() is None:
        program.rest(0.05)
    program.rest(2.0)
    assert program.has_seen(b"LASTLINE")
    return program.received - before


def compare_sent(base: Path, log: Path, folder: Path, seconds: float) -> None:
    """Print what following sends to the terminal."""
    print(f"bytes sent for 100 lines a second of 80 characters, {seconds:.0f} s")
    found = {}
    for name, command in (("tail -F", ["tail", "-F"]), ("less +F", ["less", "+F"])):
        if shutil.which(command[0]) is None:
            continue
        with Program([*command, str(begun(log))]) as program:
            program.wait_for(b"line 99 of", anew=False)
            program.rest(1.0)
            found[name] = sent(program, log, seconds)
            print(f"  {name:<10} {found[name]:>9,}", flush=True)
    begun(log)
    with opened(browser(base, folder)) as program:
        own = sent(program, log, seconds)
    ratios = ", ".join(f"{own / each:.2f} x {name}" for name, each in found.items())
    print(f"  {'runtui':<10} {own:>9,}: {ratios}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=("latency", "torrent", "bytes"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = folder / "runs"
        run = write_run(base, "followed", status="running", hostname="elsewhere")
        log = run / "logs" / "simulation.log"
        if arguments.only in (None, "latency"):
            compare_latencies(base, log, folder, arguments.lines)
        if arguments.only in (None, "torrent"):
            tell_torrent(base, log, folder, arguments.seconds)
        if arguments.only in (None, "bytes"):
            compare_sent(base, log, folder, _AWAITED)


if __name__ == "__main__":
    main()
