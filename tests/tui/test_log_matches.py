"""Searching in the logs of all runs, as a user does it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session, browsing, log_lines

SLOW_PATTERN = "a.*b.*c.*d"


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Four runs, two of which diverged, one twice."""
    steps = "".join(f"step {number}\n" for number in range(200))
    for number, (status, text) in enumerate(
        [
            ("completed", steps),
            ("failed", f"{steps}solver diverged at beta\n"),
            ("completed", "calm\n"),
            ("failed", f"it Diverged early\n{steps}it diverged late\n{steps}"),
        ]
    ):
        run = write_run(
            runs_dir,
            f"run-{number}",
            status=status,
            description=f"case {number}",
            created=f"2026-01-0{9 - number}T10:00:00Z",
        )
        write_log(run, text)
    return runs_dir


def slow_logs(runs: Path) -> None:
    """Give all runs but the first logs that take minutes to be searched for `SLOW_PATTERN`."""
    for number in (1, 2, 3):
        write_log(runs / f"run-{number}", ("a" * 3000 + "\n") * 500)


async def search(user: Session, pattern: str) -> None:
    """Search from the table, when all runs are there."""
    await user.sees("4 runs")
    await user.press("A", *pattern, "enter")


async def test_word_of_ten_letters_is_found_in_all_logs_with_twelve_keys(runs: Path) -> None:
    write_log(runs / "run-2", "it terminated early\n")
    async with browsing(runs, (80, 24)) as user:
        await user.sees("4 runs")
        keys = ["A", *"terminated", "enter"]
        assert len(keys) <= 12
        await user.press(*keys)
        await user.sees("1 match in 1 run · 4 runs searched")
        await user.sees("simulation.log:2  it terminated early")


async def test_matches_are_listed_below_their_runs_in_the_order_of_the_table(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("3 matches in 2 runs · 4 runs searched")
        found = [line.strip(" ›") for line in user.text.splitlines()[1:] if line.strip()][:-1]
        assert [" ".join(line.split()[:5]) for line in found] == [
            "run-1 ✗ failed 1 match",
            "simulation.log:201 solver diverged at beta",
            "run-3 ✗ failed 2 matches",
            "simulation.log:1 it Diverged early",
            "simulation.log:202 it diverged late",
        ]


async def test_enter_opens_the_log_at_the_line_and_escape_returns_to_it(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("3 matches")
        await user.press("G", "enter")
        await user.sees("log: run-3")
        await user.sees("it diverged late")
        await user.sees("match 2 of 2")
        assert "▌it diverged late" in log_lines(user.app)
        assert "step 0" in log_lines(user.app)
        # The log's own keys go on from there.
        await user.press("N")
        await user.sees("match 1 of 2")
        await user.press("escape")
        await user.sees("› ")
        await user.sees("3 matches in 2 runs")
        assert next(line for line in user.text.splitlines() if "›" in line).endswith("it diverged late")
        await user.press("escape")
        await user.has_cursor_on("run-3")


async def test_escape_leads_to_the_table_from_a_log_that_was_opened_there(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("3 matches")
        await user.press("enter")
        await user.sees("match 1 of 1")
        await user.press("escape")
        await user.sees("3 matches")
        await user.press("escape")
        await user.has_cursor_on("run-1")
        await user.press("l")
        await user.sees("Esc back")
        await user.press("escape")
        await user.has_cursor_on("run-1")


async def test_only_selected_runs_are_searched_or_those_that_the_filter_shows(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.sees("4 runs")
        await user.press("j", "space", "space")
        await user.press("A")
        await user.sees("search the logs of 2 selected runs:")
        await user.press(*"diverged", "enter")
        await user.sees("1 match in 1 run · 2 runs searched")
        await user.press("escape", "escape", "escape", "slash", *"case 3", "enter")
        await user.sees_rows("run-3")
        await user.press("A", *"diverged", "enter")
        await user.sees("2 matches in 1 run · 1 run searched")


async def test_f_shows_the_runs_with_matches_in_the_table(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("4 runs searched")
        await user.press("f")
        await user.sees_rows("run-1", "run-3")
        await user.sees("/id=run-1,run-3")
        await user.press("escape")
        await user.sees_rows("run-0", "run-1", "run-2", "run-3")


async def test_capitals_make_the_search_case_sensitive(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "Diverged")
        await user.sees("1 match in 1 run")


async def test_wrong_pattern_is_told_and_can_be_corrected(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "(diverged")
        await user.sees("not a regular expression")
        await user.press(")", "enter")
        await user.sees("3 matches in 2 runs")
        await user.press("slash", *"(a+)+b", "enter")
        await user.sees("this could take for ever")


async def test_escape_cancels_a_long_search_then_closes_it(runs: Path) -> None:
    slow_logs(runs)
    async with browsing(runs) as user:
        await search(user, SLOW_PATTERN)
        await user.sees("searching… 1 of 4 runs")
        await user.press("escape")
        await user.sees("cancelled after 1 of 4 runs")
        await user.sees("no match found so far")
        await user.press("escape")
        await user.sees("details: run-0")


async def test_keys_are_handled_during_a_long_search(runs: Path) -> None:
    slow_logs(runs)
    write_log(runs / "run-0", "abcd\n" * 5)
    async with browsing(runs) as user:
        await search(user, SLOW_PATTERN)
        await user.sees("5 matches in 1 run · searching… 1 of 4 runs")
        await user.press("j", "j", "enter")
        await user.sees("match 2 of 5")
        await user.press("escape")
        await user.sees("searching… 1 of 4 runs")
        await user.press("question_mark")
        await user.sees("Search in all logs")


async def test_escape_before_anything_was_searched_closes_the_search(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.sees("4 runs")
        await user.press("A", *"div")
        await user.sees("search the logs of 4 runs: div")
        await user.press("escape")
        await user.sees("details: run-0")


async def test_what_was_found_is_there_again_at_the_next_search(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("3 matches")
        await user.press("G", "escape")
        await user.sees("details: run-0")
        await user.press("A")
        await user.sees("search the logs of 4 runs:")
        await user.sees("it diverged late")
        await user.press("escape", "enter")
        await user.sees("match 2 of 2")


async def test_folding_lists_only_the_runs_and_n_goes_from_run_to_run(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("it diverged late")
        await user.press("n", "z")
        await user.sees_no("it diverged late")
        assert "› run-3" in user.text
        await user.press("z")
        await user.sees("it diverged late")
        assert "› run-3" in user.text
        await user.press("N")
        assert "› run-1" in user.text


async def test_search_again_finds_what_was_written_since(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("3 matches in 2 runs")
        write_log(runs / "run-2", "diverged, too\n")
        await user.press("R")
        await user.sees("4 matches in 3 runs")


async def test_logs_that_were_not_read_are_told(runs: Path) -> None:
    os.mkfifo(runs / "run-2" / "logs" / "pipe")
    async with browsing(runs) as user:
        await search(user, "diverged")
        await user.sees("1 log not read: logs/pipe is a FIFO, so it is not read")


async def test_nothing_found_is_said(runs: Path) -> None:
    async with browsing(runs) as user:
        await search(user, "nowhere")
        await user.sees("0 matches in 0 runs · 4 runs searched")
        await user.sees("no match")
        await user.press("enter", "f", "n", "N", "z")
        await user.sees("no match")


async def test_match_far_in_a_long_line_is_on_the_screen(runs: Path) -> None:
    write_log(runs / "run-2", f"{'x' * 150} here it diverged\n")
    async with browsing(runs, (80, 24)) as user:
        await search(user, "here it diverged")
        await user.sees("here it diverged")


async def test_search_works_with_runs_in_folders(runs_dir: Path) -> None:
    for folder in ("a", "b"):
        (runs_dir / folder).mkdir()
        write_log(write_run(runs_dir / folder, f"run-{folder}"), f"diverged in {folder}\n")
    async with browsing(runs_dir) as user:
        await user.sees("2 runs")
        await user.press("A", *"diverged", "enter")
        await user.sees("2 matches in 2 runs")
        await user.sees("diverged in a")
        await user.press("G", "enter")
        await user.sees("match 1 of 1")
