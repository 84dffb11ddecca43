"""Search in the logs of many runs, by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from runtui.logs.search.pattern import PatternError
from runtui.logs.search.run_matches import SearchLimits
from runtui.operations import runs_search
from runtui.operations.runs_search import RunsSearch, SearchedRun, match_count, unread_text
from tests.run_dirs import write_log, write_run
from tests.waiting import PATIENCE, wait_until

_STATE, _NICE = 0, 16  # fields of a process's stat, from its state on
LIMITS = SearchLimits(lines=100_000, matches=100_000, characters=400)


def written(base: Path, *logs: str) -> list[SearchedRun]:
    """Write a run for each of some logs."""
    runs = []
    for number, text in enumerate(logs):
        run = write_run(base, f"run-{number}")
        write_log(run, text)
        runs.append(SearchedRun(str(run)))
    return runs


def children() -> set[int]:
    """Return the processes that this one has started and that have not been waited for."""
    found = set()
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found |= set(map(int, task.read_text().split()))
        except FileNotFoundError:
            continue  # the thread has ended
    return found


def totals(search: RunsSearch) -> dict[int, int]:
    """Return the matches of each run, when the search is over."""
    found: dict[int, int] = {}
    for part in search.results(PATIENCE):
        assert part is not None
        found[part.run] = found.get(part.run, 0) + part.matches.total
    return found


def test_every_run_is_searched_once(runs_dir: Path) -> None:
    runs = written(runs_dir, *("here\n" * (number % 4) for number in range(40)))
    search = RunsSearch(runs, "here", LIMITS)
    assert totals(search) == {number: number % 4 for number in range(40)}
    assert search.is_done
    assert (search.given, search.total) == (40, 40)


def test_no_runs_are_done_at_once(runs_dir: Path) -> None:
    assert RunsSearch([], "here", LIMITS).is_done


def test_parts_come_in_the_order_of_the_runs_if_asked_for(runs_dir: Path) -> None:
    runs = written(runs_dir, *("here\n" * (3000 if number % 3 == 0 else 1) for number in range(12)))
    parts = [part for part in RunsSearch(runs, "here", LIMITS, in_order=True).results(PATIENCE) if part]
    assert [part.run for part in parts] == sorted(part.run for part in parts)
    assert len(parts) > 12
    assert [line.number for part in parts if part.run == 3 for line in part.matches.lines] == [
        *range(1, 3001)
    ]


@pytest.mark.parametrize("in_order", [False, True])
def test_what_is_not_taken_stays_bounded_and_comes_later(runs_dir: Path, monkeypatch, in_order: bool) -> None:
    monkeypatch.setattr(runs_search, "_MOST_WAITING_LINES", 1000)
    search = RunsSearch(written(runs_dir, *["here\n" * 5000] * 8), "here", LIMITS, in_order=in_order)
    wait_until(lambda: search._waiting_lines > 1000, "more is found than waits")
    assert totals(search) == dict.fromkeys(range(8), 5000)


def test_take_returns_what_has_come_without_waiting(runs_dir: Path) -> None:
    search = RunsSearch(written(runs_dir, "here\n" * 3, "here\n"), "here", LIMITS)
    lines = []
    while not search.is_done:
        for part in search.take(most_lines=1):
            lines += part.matches.lines
    assert len(lines) == 4
    assert search.take(10) == []


def test_pattern_that_cannot_be_used_starts_nothing(runs_dir: Path) -> None:
    before = children()
    with pytest.raises(PatternError):
        RunsSearch(written(runs_dir, "here\n"), "(a+)+b", LIMITS)
    assert children() == before


def test_stopped_search_ends_its_processes(runs_dir: Path) -> None:
    before = children()
    # Each line takes longer than anybody would wait for all of them.
    search = RunsSearch(written(runs_dir, *["a" * 3000 + "\n"] * 3), "a.*b.*c.*d", LIMITS)
    search.stop()
    assert search.is_done
    wait_until(lambda: children() <= before, "no process is left")


def test_runs_of_a_search_whose_process_was_killed_are_told_as_not_read(runs_dir: Path) -> None:
    before = children()
    runs = written(runs_dir, *["here\n"] * 6)
    (runs_dir / "run-0" / "logs" / "endless.log").write_bytes(b"x" * 100_000_000)
    search = RunsSearch(runs, "[a-z]+y", LIMITS, processes=1)
    wait_until(lambda: children() - before, "a process")
    for process in children() - before:
        os.kill(process, 9)
    parts = list(search.results(PATIENCE))
    unread = [one.reason for part in parts if part for one in part.matches.unread]
    assert len(unread) == 6
    assert set(unread) == {"the process that searched it ended"}


def test_processes_are_of_low_priority_and_end_with_their_starter(runs_dir: Path) -> None:
    log = write_log(write_run(runs_dir, "run"), "")
    log.write_bytes(b"x" * 200_000_000)
    code = f"""
        import os, signal, subprocess, sys
        from runtui.logs.search.run_matches import SearchLimits
        from runtui.operations.runs_search import RunsSearch, SearchedRun
        search = RunsSearch([SearchedRun({str(log.parent.parent)!r})], "x*y", SearchLimits(1, 1, 1))
        (process,) = search._processes
        print(process.pid, flush=True)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        worker = int(starter.stdout.readline())
        wait_until(lambda: int(_stat(worker, _NICE)) >= 10, "a low priority")
        starter.stdin.write("\n")
        starter.stdin.flush()
        wait_until(lambda: _stat(worker, _STATE) in ("", "Z"), "the worker has ended")


def _stat(process: int, field: int) -> str:
    """Return a field of a process's state, counted from the one behind its name; ``""`` where it is gone."""
    try:
        return Path("/proc", str(process), "stat").read_text().rpartition(")")[2].split()[field]
    except FileNotFoundError:
        return ""


@pytest.mark.parametrize(
    ("unread", "text"),
    [
        ({}, ""),
        ({"permission denied": 1}, "1 log not read: permission denied"),
        ({"permission denied": 3}, "3 logs not read: permission denied"),
        (
            {"binary file": 1, "permission denied": 2},
            "3 logs not read: permission denied (2), binary file (1)",
        ),
        (
            {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1},
            "5 logs not read: a (1), b (1), c (1), and 2 other reasons",
        ),
    ],
    ids=["none", "one", "three", "two-reasons", "many-reasons"],
)
def test_unread_logs_are_told_in_one_line(unread: dict[str, int], text: str) -> None:
    assert unread_text(unread) == text


def test_match_count_tells_that_there_are_more() -> None:
    assert match_count(1) == "1 match"
    assert match_count(1234) == "1,234 matches"
    assert match_count(10_000, is_cut=True) == "10,000+ matches"
