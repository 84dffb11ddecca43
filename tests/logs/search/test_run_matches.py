"""Search in all logs of a run, as the worker does it."""

from __future__ import annotations

import bz2
import gzip
import os
import random
import re
import time
from pathlib import Path

import pytest

from runtui.logs.search.pattern import compile_pattern
from runtui.logs.search.run_matches import MatchedLine, RunMatches, RunSearcher, SearchLimits, UnreadLog
from tests.run_dirs import write_log, write_run
from tests.store.children import output_as_nobody

ALL = SearchLimits(lines=1_000_000, matches=1_000_000, characters=4096)


def search(
    run: Path, pattern: str, limits: SearchLimits = ALL, searcher: RunSearcher | None = None
) -> RunMatches:
    """Return all that is found in a run, as one part."""
    parts = list((searcher or RunSearcher(compile_pattern(pattern), limits)).search(str(run)))
    return RunMatches(
        sum(part.total for part in parts),
        tuple(line for part in parts for line in part.lines),
        tuple(one for part in parts for one in part.unread),
        sum(part.size for part in parts),
        parts[-1].is_cut,
    )


def places(found: RunMatches) -> list[tuple[str, int, str]]:
    return [(line.log, line.number, line.text) for line in found.lines]


@pytest.fixture
def run(runs_dir: Path) -> Path:
    return write_run(runs_dir, "run")


def test_matching_lines_have_log_number_offset_time_and_spans(run: Path) -> None:
    log = write_log(run, "start\n\n2026-01-02T03:04:05Z energy DIVERGED\nend diverged, diverged\n")
    found = search(run, "diverged")
    assert found.total == 2
    assert found.size == log.stat().st_size
    assert found.lines == (
        MatchedLine(
            "logs/simulation.log", 3, 7, 1767323045.0, "2026-01-02T03:04:05Z energy DIVERGED", ((28, 36),)
        ),
        MatchedLine("logs/simulation.log", 4, 44, None, "end diverged, diverged", ((4, 12), (14, 22))),
    )


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [("diverged", 2), ("Diverged", 1), ("DIV", 0), (r"diver\w+ at \d+", 1), ("^diverged", 1)],
)
def test_capitals_and_expressions_mean_what_they_mean_in_a_log(run: Path, pattern: str, matches: int) -> None:
    write_log(run, "it Diverged\ndiverged at 12\nfine\n")
    assert search(run, pattern).total == matches


def test_all_logs_of_a_run_are_searched_compressed_ranks_and_at_the_top(run: Path) -> None:
    write_log(run, "here\n", "out.log")
    (run / "logs" / "old.log.gz").write_bytes(gzip.compress(b"not\nhere\n"))
    (run / "logs" / "old.log.1.bz2").write_bytes(bz2.compress(b"here\n"))
    (run / "slurm-12.out").write_text("here\n")
    (run / "rank.3").mkdir()
    (run / "rank.3" / "stdout").write_text("here\n")
    (run / "notes.txt").write_text("here\n")
    assert sorted(places(search(run, "here"))) == [
        ("logs/old.log.1.bz2", 1, "here"),
        ("logs/old.log.gz", 2, "here"),
        ("logs/out.log", 1, "here"),
        ("rank.3/stdout", 1, "here"),
        ("slurm-12.out", 1, "here"),
    ]


def test_what_is_not_read_is_told_with_the_reason(run: Path) -> None:
    write_log(run, "here\n")
    write_log(run, "", "empty.log")
    (run / "logs" / "state.out").write_bytes(bytes(range(32)) * 100 + b"here\n")
    (run / "logs" / "torn.log.gz").write_bytes(gzip.compress(b"here\n" * 1000)[:-12])
    os.mkfifo(run / "logs" / "pipe.log")
    found = search(run, "here")
    assert {line.log for line in found.lines} >= {"logs/simulation.log"}
    reasons = {one.log: one.reason for one in found.unread}
    assert reasons["logs/state.out"] == "binary file"
    assert "ends in the middle" in reasons["logs/torn.log.gz"]
    assert reasons[""] == "logs/pipe.log is a FIFO, so it is not read"
    assert len(found.unread) == 3


def test_log_of_another_user_is_told_as_not_read(public_dir: Path) -> None:
    run = write_run(public_dir, "run")
    write_log(run, "here\n", "mine.log").chmod(0o600)
    write_log(run, "here\n", "all.log")
    code = f"""
        from runtui.logs.search.pattern import compile_pattern
        from runtui.logs.search.run_matches import RunSearcher, SearchLimits
        (part,) = RunSearcher(compile_pattern("here"), SearchLimits(9, 9, 99)).search({str(run)!r})
        print(part.total, part.unread)
    """
    told = UnreadLog("logs/mine.log", "permission denied")
    assert output_as_nobody(code).strip() == f"1 {(told,)}"


def test_run_that_is_gone_has_no_matches(runs_dir: Path) -> None:
    assert search(runs_dir / "gone", "here") == RunMatches()


def test_lines_and_matches_are_limited_and_that_is_told(run: Path) -> None:
    write_log(run, "here\n" * 100)
    limited = search(run, "here", SearchLimits(lines=3, matches=1000, characters=99))
    assert (limited.total, len(limited.lines), limited.is_cut) == (100, 3, False)
    cut = search(run, "here", SearchLimits(lines=3, matches=10, characters=99))
    assert (cut.total, len(cut.lines), cut.is_cut) == (10, 3, True)


def test_many_matches_come_in_parts(run: Path) -> None:
    write_log(run, "here\n" * 5000)
    parts = list(RunSearcher(compile_pattern("here"), ALL).search(str(run)))
    assert len(parts) > 2
    assert [line.number for part in parts for line in part.lines] == list(range(1, 5001))


def test_long_line_is_cut_around_its_first_match(run: Path) -> None:
    write_log(run, "x" * 1000 + "here" + "y" * 1000 + "\n")
    (line,) = search(run, "here", SearchLimits(9, 9, characters=100)).lines
    assert len(line.text) == 100
    ((begin, end),) = line.spans
    assert line.text[begin:end] == "here"


def test_text_is_safe_to_show(run: Path) -> None:
    write_log(run, "a \x1b[31mhere\x1b[0m\x1b]0;title\x07 \x1b[2J\r10% here\r20% here\nmore\x9bm here\n")
    texts = [line.text for line in search(run, "here").lines]
    assert texts[0] == "20% here"
    assert all(text.isprintable() for text in texts)


def test_line_numbers_hold_in_large_logs(run: Path) -> None:
    lines = [f"line {number} {'x' * (number % 90)}" for number in range(1, 60_001)]
    for number in (1, 777, 30_000, 59_999, 60_000):
        lines[number - 1] += " here"
    write_log(run, "\n".join(lines))
    assert [line.number for line in search(run, "here").lines] == [1, 777, 30_000, 59_999, 60_000]


def test_line_longer_than_a_block_has_its_number(run: Path) -> None:
    write_log(run, "first\n" + "x" * 3_000_000 + " here " + "x" * 1_000_000 + "\nhere\n")
    assert [line.number for line in search(run, "here").lines] == [2, 3]


@pytest.mark.parametrize("pattern", ["needle", "Needle", r"needle \d", r"n\w+e \d", "nee?dle", "e9|needle"])
def test_result_equals_that_of_looking_at_each_line(run: Path, pattern: str) -> None:
    chance = random.Random(7)
    words = ["needle", "Needle", "NEEDLE", "nedle 5", "needle 3", "e9", "step", "loss=0.1", "µ"]
    usual = ["step", "loss=0.1", "µ", "-" * 50]
    lines = [" ".join(chance.choices(usual if n % 11 else ["needle 3", *usual], k=5)) for n in range(40_000)]
    lines[3::5000] = [" ".join(words)] * len(lines[3::5000])
    write_log(run, "\n".join(lines) + "\n")
    flags = re.NOFLAG if pattern == "Needle" else re.IGNORECASE
    expected = [number for number, line in enumerate(lines, 1) if re.search(pattern, line, flags)]
    assert expected
    assert [line.number for line in search(run, pattern).lines] == expected


def test_searcher_keeps_nothing_of_the_run_before(runs_dir: Path) -> None:
    searcher = RunSearcher(compile_pattern("here"), ALL)
    long, short = write_run(runs_dir, "long"), write_run(runs_dir, "short")
    write_log(long, "here\n" * 1000)
    write_log(short, "there is\n")
    assert search(long, "here", searcher=searcher).total == 1000
    found = search(short, "here", searcher=searcher)
    assert (found.total, len(found.lines)) == (1, 1)


def test_time_without_a_date_is_that_of_the_day_the_log_was_written(run: Path) -> None:
    log = write_log(run, "12:00:00 here\n")
    written = time.mktime((2026, 3, 4, 13, 0, 0, 0, 0, -1))
    os.utime(log, (written, written))
    (line,) = search(run, "here").lines
    assert line.time == time.mktime((2026, 3, 4, 12, 0, 0, 0, 0, -1))


@pytest.mark.parametrize("place", range(57, 66))
def test_match_on_the_border_of_a_window_is_found_in_any_case(run: Path, place: int) -> None:
    lines = ("-" * 63 + "\n") * 1023  # the window of 64 KiB ends 64 bytes behind them
    write_log(run, f"{lines}{'-' * place}NEEDLE\nneedle\n")
    assert [line.number for line in search(run, "needle").lines] == [1024, 1025]
