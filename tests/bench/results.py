"""What a table of gigabytes costs to open, to go through and to draw, and what a comparison costs.

    python -m tests.bench.results [--size BYTES] [--rounds N] [--dir DIR]

Makes a CSV table of 2 GB in a temporary directory and removes it in the end. What is done with it is done
with a table of ten rows, too, in turn; the searches for a row are compared with `wc -l` and `grep -m 1`. A
comparison of two runs is compared with reading all their files plainly.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runtui.formats.tables.text_table import TextTable
from runtui.logs.search.line_numbers import LineNumbers
from runtui.logs.search.pattern import compile_pattern
from runtui.logs.search.search import Search
from runtui.results.charting import ChartRequest, ChartSession, Metric
from runtui.results.comparing import compare
from runtui.results.values import read_values
from tests.run_dirs import write_run

_ROWS_AT_ONCE = 20_000


def write_table(path: Path, size: int) -> int:
    """Write a table of about `size` bytes, and return its rows."""
    row, at_once = 0, min(_ROWS_AT_ONCE, size // 40)
    with path.open("w") as file:
        file.write("step,time,energy,temperature,note\n")
        while file.tell() < size:
            file.write(
                "".join(
                    f"{step},{step * 0.002:.3f},{-1000 + step % 977 / 7:.6f},{300 + step % 31},row\n"
                    for step in range(row, row + at_once)
                )
            )
            row += at_once
        file.write(f"{row},0,0,0,the last needle\n")
    return row + 1


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def resident() -> float:
    """Return this process's memory in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def opened(path: Path) -> TextTable:
    table = TextTable(str(path))
    table.look()
    assert table.head is not None
    return table


def compare_opening(large: Path, small: Path, rounds: int) -> None:
    """Print what it costs to be at a place in a table."""
    works: tuple[tuple[str, Callable[[Path], object]], ...] = (
        ("open, first rows", lambda path: (table := opened(path)).after(table.body)),
        ("open, last rows", lambda path: (table := opened(path)).before(table.source.size)),
        ("open, the middle", lambda path: (table := opened(path)).around(table.source.size // 2)),
    )
    for what, work in works:
        pairs = [(seconds(lambda: work(large)), seconds(lambda: work(small))) for _ in range(rounds)]  # noqa: B023
        ours, theirs = (statistics.median(pair[which] for pair in pairs) for which in (0, 1))
        print(f"{what:<28} {ours * 1e3:8.1f} ms, ten rows {theirs * 1e3:6.1f} ms: {ours / theirs:6.1f} x")


def compare_searching(path: Path, rows: int, rounds: int) -> None:
    """Print what it costs to find a row by its number, and by what is in it."""

    def count(table: TextTable) -> None:
        numbers = LineNumbers(table.source)
        while numbers.step():
            pass
        assert numbers.offset_of(rows + 1) is not None

    def find(table: TextTable) -> None:
        search = Search(table.source, compile_pattern("needle"), table.body)
        while search.step():
            pass
        assert search.found is not None

    works: tuple[tuple[str, Callable[[TextTable], None], list[str]], ...] = (
        ("the last row by its number", count, ["wc", "-l"]),
        ("the last row by a word", find, ["grep", "-m", "1", "needle"]),
    )
    for what, work, command in works:
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(seconds(lambda: work(opened(path))))  # noqa: B023
            theirs.append(
                seconds(lambda: subprocess.run([*command, str(path)], stdout=subprocess.DEVNULL, check=True))  # noqa: B023
            )
        mine, other = statistics.median(ours), statistics.median(theirs)
        print(f"{what:<28} {mine:8.2f} s,  {command[0]:<8} {other:6.2f} s:  {mine / other:6.1f} x")


def draw(run_dir: Path, table: str) -> tuple[float, float, float]:
    """Return the seconds until the first and the last picture of a curve, and the longest step."""
    session = ChartSession([("run", str(run_dir))])
    wanted = ChartRequest(Metric(table, "energy"))
    began = time.perf_counter()
    first = longest = 0.0
    is_unfinished = True
    while is_unfinished:
        step = time.perf_counter()
        drawing = session.draw(wanted)
        longest = max(longest, time.perf_counter() - step)
        first = first or time.perf_counter() - began
        is_unfinished = drawing is not None and drawing.is_unfinished
    return first, time.perf_counter() - began, longest


def compare_drawing(large: Path, small: Path, rounds: int) -> None:
    """Print what a chart costs."""
    before = resident()
    found = [(draw(large, "results/t.csv"), draw(small, "results/t.csv")) for _ in range(rounds)]
    for place, what in enumerate(("chart, first picture", "chart, whole", "chart, longest step")):
        ours, theirs = (statistics.median(pair[which][place] for pair in found) for which in (0, 1))
        print(f"{what:<28} {ours * 1e3:8.1f} ms, ten rows {theirs * 1e3:6.1f} ms: {ours / theirs:6.1f} x")
    print(f"chart, memory                {resident() - before:+8.1f} MB")


def compare_comparing(base: Path, rounds: int) -> None:
    """Print what a comparison of two runs costs, against reading their files as they are."""
    for name in ("one", "two"):
        run = write_run(base, name)
        params = {f"group{group}": {f"key{key}": key for key in range(20)} for group in range(20)}
        (run / "run_params.json").write_text(json.dumps(params))
        (run / "config.yaml").write_text("".join(f"key{key}: {key}\n" for key in range(200)))
        write_table(run / "results" / "loss.csv", 200_000)

    def ours() -> None:
        assert compare([read_values(str(base), name) for name in ("one", "two")]).rows

    def plainly() -> None:
        for name in ("one", "two"):
            for path in (base / name).rglob("*"):
                if path.is_file():
                    path.read_bytes()

    mine = statistics.median(seconds(ours) for _ in range(10 * rounds))
    floor = statistics.median(seconds(plainly) for _ in range(10 * rounds))
    what = "compare two runs"
    print(f"{what:<28} {mine * 1e3:8.1f} ms, reading  {floor * 1e3:6.1f} ms: {mine / floor:6.1f} x")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2_000_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dir")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.dir) as folder:
        base = Path(folder, "runs")
        base.mkdir()
        large, small = (write_run(base, name) for name in ("large", "small"))
        tables = [run / "results" / "t.csv" for run in (large, small)]
        rows = write_table(tables[0], arguments.size)
        with tables[0].open() as file, tables[1].open("w") as ten:
            ten.writelines(next(file) for _ in range(11))
        print(f"a table of {tables[0].stat().st_size / 1e9:.2f} GB, {rows:,} rows")
        compare_opening(*tables, 5 * arguments.rounds)
        compare_drawing(large, small, arguments.rounds)
        compare_searching(tables[0], rows, arguments.rounds)
        compare_comparing(base, arguments.rounds)


if __name__ == "__main__":
    main()
