"""What a log of gigabytes costs to open, to go through and to search.

    python -m tests.bench.logs [--size BYTES] [--rounds N] [--dir DIR]

Makes a log of 2 GB in a temporary directory and removes it in the end. Opening and jumping is compared with
the same on a log of ten lines, in fresh processes, in turn; searching to the last line with `grep -m 1`,
which stops at its first match as a search does, in the page cache. What takes longer than a moment is done by
another process, as in the browser; told is also what of it kept this one busy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runtui.logs.diagnose.levels import ErrorLines
from runtui.logs.read.lines import LineReader, line_at
from runtui.logs.read.source import FileSource
from runtui.logs.read.styles import styled_line
from runtui.logs.search.line_filter import Filter
from runtui.logs.search.line_numbers import LineNumbers
from runtui.logs.search.offload import OffloadedSearch
from runtui.logs.search.pattern import Matcher, WhileWanted, compile_pattern
from runtui.logs.search.search import MatchCount, Search

LAST = b"2026-01-02 00:00:00 ERROR segmentation fault in rank 7: needle\n"
ROWS = 60


def write_log(path: Path, size: int) -> int:
    """Write a log of about `size` bytes whose last line is another than all before; return its lines."""
    number = 0
    written = 0
    with path.open("wb") as file:
        while written < size:
            part = b"".join(
                b"2026-01-01 12:%02d:%02d INFO step %d energy=-1.234567e+03 temp=300.12 residual=%d.5e-6 ok\n"
                % (step // 60 % 60, step % 60, step, step % 977)
                for step in range(number, number + 10_000)
            )
            number += 10_000
            file.write(part)
            written += len(part)
        file.write(LAST)
    return number + 1


def resident() -> float:
    """Return this process's memory in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def show(path: str, where: str) -> None:
    """Print the seconds it takes to open a log and have a screenful of it, and the memory in MB."""
    began = time.perf_counter()
    source = FileSource(path)
    source.look()
    reader = LineReader(source)
    if where == "start":
        lines = reader.after(0, ROWS)
    elif where == "end":
        lines = reader.before(source.size, ROWS)
    else:
        lines = reader.after(reader.border_before(source.size // 2), ROWS)
    shown = [styled_line(line.raw) for line in lines]
    assert shown
    print(json.dumps([time.perf_counter() - began, resident()]))


def opening(path: Path, where: str) -> tuple[float, float]:
    """Return what `show` tells in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.logs", "--show", str(path), where]
    seconds, memory = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return seconds, memory


def grep(path: Path, *arguments: str) -> float:
    """Return the seconds that grep takes."""
    began = time.perf_counter()
    subprocess.run(["grep", "-m", "1", "-b", *arguments, str(path)], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def search(source: FileSource, pattern: Matcher) -> tuple[float, float]:
    """Return the seconds that a search to the last line takes, and those for which this process is busy."""
    began, busy = time.perf_counter(), time.process_time()
    offloaded = OffloadedSearch(lambda: True)
    looking = Search(source, WhileWanted(pattern, offloaded.goes_on), 0)
    offloaded.run(looking)
    assert looking.found is not None
    assert looking.found.raw + b"\n" == LAST
    return time.perf_counter() - began, time.process_time() - busy


def compare_opening(large: Path, small: Path, rounds: int) -> None:
    """Print what opening costs."""
    for where in ("start", "end", "middle"):
        pairs = [(opening(large, where), opening(small, where)) for _ in range(rounds)]
        seconds = [statistics.median(pair[which][0] for pair in pairs) for which in (0, 1)]
        memory = [statistics.median(pair[which][1] for pair in pairs) for which in (0, 1)]
        print(
            f"open at the {where:<7} {seconds[0] * 1e3:7.2f} ms, ten lines {seconds[1] * 1e3:7.2f} ms;"
            f" memory +{memory[0] - memory[1]:.1f} MB"
        )


SEARCHES = (
    ("literal", "segmentation fault", ("-F", "segmentation fault"), False, True),
    ("literal of common letters", "needle", ("-F", "needle"), False, True),
    ("ignoring case", "Segmentation Fault", ("-F", "-i", "Segmentation Fault"), True, True),
    ("regex", "rank [0-9]+: n", ("-E", "rank [0-9]+: n"), False, False),
    ("regex ignoring case", "RANK [0-9]+: n", ("-E", "-i", "RANK [0-9]+: n"), True, False),
    ("regex with alternatives", "ERROR|FATAL", ("-E", "ERROR|FATAL"), False, False),
    ("regex of classes", r"^\S+ \S+ [EF]R", ("-E", r"^\S+ \S+ [EF]R"), False, False),
)


def compare_searching(path: Path, rounds: int) -> None:
    """Print what searching costs, against grep."""
    source = FileSource(str(path))
    source.look()
    for what, text, arguments, ignore_case, literal in SEARCHES:
        pattern = compile_pattern(text, literal=literal, ignore_case=ignore_case)
        theirs, ours, busy = [], [], []
        for _ in range(rounds):
            theirs.append(grep(path, *arguments))
            seconds, here = search(source, pattern)
            ours.append(seconds)
            busy.append(here)
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(
            f"search, {what:<26} {statistics.median(ours):6.2f} s, grep {statistics.median(theirs):6.2f} s:"
            f" {ratio:5.2f} × its speed; busy here {statistics.median(busy) * 1e3:.0f} ms"
        )


def timed(what: str, floor: float, work: Callable[[], object]) -> None:
    """Print what some work costs, against reading the log once."""
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(f"{what:<34} {seconds:6.2f} s, {seconds / floor:6.1f} × reading it")


def read_whole(path: Path) -> float:
    """Return the seconds that reading a file takes."""
    began = time.perf_counter()
    buffer = bytearray(1024 * 1024)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - began


def compare_the_rest(path: Path, lines: int) -> None:
    """Print what the work of the background costs."""
    source = FileSource(str(path))
    source.look()
    floor = min(read_whole(path) for _ in range(3))
    print(f"reading it                         {floor:6.2f} s")

    def steps(work: LineNumbers | MatchCount | Filter | Search) -> None:
        while work.step():
            pass

    needle = compile_pattern("needle")
    numbers = LineNumbers(source)
    timed("line numbers", floor, lambda: steps(numbers))
    assert numbers.newlines == lines
    timed("counting matches", floor, lambda: steps(MatchCount(source, needle)))
    timed("the next error", floor, lambda: steps(Search(source, ErrorLines(), 0)))
    timed("backwards to the first line", floor, lambda: steps(_backwards(source)))
    timed("a filter that shows few", floor, lambda: steps(Filter(source, needle, 0, 50, 3)))
    timed("line of an offset", floor, lambda: line_at(source, source.size // 3))
    timed("offset of a line", floor, lambda: numbers.offset_of(lines // 3))
    print(f"memory in the end                  {resident():6.0f} MB")


def _backwards(source: FileSource) -> Search:
    return Search(source, compile_pattern("step 0 "), source.size, backwards=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2_000_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir")
    parser.add_argument("--show", nargs=2, metavar=("LOG", "WHERE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.show:
        show(*arguments.show)
        return
    with tempfile.TemporaryDirectory(dir=arguments.dir) as folder:
        large, small = Path(folder, "large.log"), Path(folder, "small.log")
        lines = write_log(large, arguments.size)
        small.write_bytes(b"".join(LAST for _ in range(10)))
        print(f"a log of {large.stat().st_size / 1e9:.2f} GB, {lines} lines")
        read_whole(large)
        compare_opening(large, small, 2 * arguments.rounds + 1)
        compare_searching(large, arguments.rounds)
        compare_the_rest(large, lines)


if __name__ == "__main__":
    main()
