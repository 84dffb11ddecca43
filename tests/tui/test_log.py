"""The log of a run, as its user goes through it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session, browsing, log_lines


@pytest.fixture
def run(runs_dir: Path) -> Path:
    return write_run(runs_dir, "r", status="running", hostname="elsewhere")


def numbered(count: int, begin: int = 0) -> str:
    return "".join(f"line {number:06}\n" for number in range(begin, begin + count))


async def shows(user: Session, first: str, last: str) -> None:
    """Wait until the log's first and last line on the screen are these."""
    await user._until(
        lambda: (lines := log_lines(user.app)) and lines[0] == first and lines[-1] == last,
        f"the log from {first!r} to {last!r}",
    )


async def test_a_long_log_is_gone_through_from_end_to_beginning_and_back(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(100_000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 099999")
        await user.press("l")
        await shows(user, "line 099980", "line 099999")
        await user.press("pageup", "k")
        await shows(user, "line 099960", "line 099979")
        for _page in range(100):
            await user.press("pageup")
        await shows(user, "line 098060", "line 098079")
        await user.press("g")
        await shows(user, "line 000000", "line 000019")
        for _page in range(60):
            await user.press("pagedown")
        await shows(user, "line 001140", "line 001159")
        await user.press("G")
        await shows(user, "line 099980", "line 099999")


async def test_a_percentage_and_a_line_number_lead_there(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(200_000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 199999")
        await user.press("l", *":50%", "enter")
        await user.sees("line 100000")
        await user.press(*":123457", "enter")
        await user.sees("▌line 123456")
        await user.press(*":200001", "enter")
        await user.sees("there is no line 200,001")
        await user.press(*":abc", "enter")
        await user.sees("abc is neither")
        await user.press("escape")
        await user.sees_no("abc is neither")


async def test_a_search_goes_both_ways_marks_and_counts(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(50_000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 049999")
        await user.press("l", "g", *"/77\\d7", "enter")
        await user.sees("▌line 007707")
        await user.sees("match 1 of 50")
        await user.press("n")
        await user.sees("match 2 of 50")
        await user.press("n")
        await user.sees("▌line 007727")
        await user.press("N")
        await user.sees("▌line 007717")
        await user.press("N", "N")
        await user.sees("no match above")
        await user.press(*"/NO SUCH", "enter")
        await user.sees("no match below")
        await user.sees("0 matches")


async def test_a_wrong_expression_is_told_and_can_be_mended(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(1000))
    async with browsing(runs_dir) as user:
        await user.sees("line 000999")
        await user.press("l", *"/line (", "enter")
        await user.sees("not a regular expression")
        await user.press("backspace", *"00005", "enter")
        await user.sees_no("not a regular expression")


async def test_keys_of_one_packet_act_in_the_order_in_which_they_were_typed(
    runs_dir: Path, run: Path
) -> None:
    write_log(run, numbered(1000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000999")
        await user.press("l", "g", *"/0004x", "backspace", *"56", "enter", "j")
        await user.sees("▌line 000456")


async def test_only_lines_that_match_with_as_many_around_them_as_wanted(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(30_000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 029999")
        await user.press("l", *"&500$", "enter")
        await user.sees("line 029500")
        await shows(user, "line 010500", "line 029500")
        await user.press("g")
        await shows(user, "line 000500", "line 019500")
        await user.press("plus")
        await user.sees("line 000501")
        await user.press("minus")
        await user.sees_no("line 000501")
        await user.press("ampersand", "backspace", "backspace", "backspace", "backspace", "enter")
        await user.sees("line 000502")


async def test_errors_are_jumped_to_in_both_directions(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(500) + "0 errors, error tolerance 1e-6\nERROR: first\n" + numbered(500))
    write_log(run, "ValueError: second\n" + numbered(500))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000499")
        await user.press("l", "E")
        await user.sees("▌ValueError: second")
        await user.press("E")
        await user.sees("▌ERROR: first")
        await user.press("e")
        await user.sees("▌ValueError: second")


async def test_why_a_run_failed_is_one_key_away(runs_dir: Path) -> None:
    failed = write_run(runs_dir, "failed", status="failed")
    write_log(failed, numbered(3000) + "ZeroDivisionError: float division by zero\n")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("division by zero")
        await user.press("e")
        await user.sees("▌ZeroDivisionError: float division by zero")


async def test_a_log_is_followed_through_truncation_rotation_and_removal(runs_dir: Path, run: Path) -> None:
    log = run / "logs" / "simulation.log"
    write_log(run, numbered(50))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("l")
        await user.sees("line 000049")
        with open(log, "r+") as file:
            file.truncate(0)
            file.write("after truncation\n")
        await user.sees("after truncation")
        await user.sees("line 000049")
        await user.sees("the log was truncated")
        os.rename(log, run / "logs" / "simulation.log.1")
        log.write_text("after rotation\n")
        await user.sees("after rotation")
        await user.sees("the log was replaced by a new file")
        assert log_lines(user.app).count("after truncation") == 1
        log.unlink()
        await user.sees("the log was removed")
        await user.sees("after rotation")


async def test_one_key_leads_to_the_next_log(runs_dir: Path, run: Path) -> None:
    write_log(run, "of the first rank\n", "rank-0.log")
    write_log(run, "of the second rank\n", "rank-1.log")
    async with browsing(runs_dir) as user:
        await user.sees("of 2")
        await user.press("l", "right_square_bracket")
        await user.sees("of the first rank" if "second" not in user.text else "of the second rank")
        first = log_lines(user.app)
        await user.press("right_square_bracket")
        await user._until(lambda: log_lines(user.app) not in ([], first), "the other log")


async def test_no_control_sequence_of_a_log_reaches_the_screen(runs_dir: Path, run: Path) -> None:
    write_log(
        run,
        "\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2Jmiddle \x9b1m\x85 [@click=app.quit]x[/] \u202eover\n"
        + "".join(f"\r{percent} %" for percent in range(101))
        + "\n"
        + "a\tb\n",
    )
    async with browsing(runs_dir) as user:
        await user.sees("100 %")
        lines = log_lines(user.app)
        assert lines[0].startswith("red middle ")
        assert "[@click=app.quit]x[/]" in lines[0]
        assert lines[1:] == ["100 %", "a       b"]
        assert not any(
            ord(char) < 32 or 127 <= ord(char) < 160 or char == "\u202e" for char in "".join(lines)
        )


async def test_long_lines_are_wrapped_or_scrolled_sideways(runs_dir: Path, run: Path) -> None:
    write_log(run, "begin" + "-" * 300 + "end\n")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("begin")
        await user.press("l")
        assert "end" not in "".join(log_lines(user.app))
        await user.press("w")
        await user.sees("-end")
        await user.press("w")
        await user.sees_no("-end")
        for _step in range(40):
            await user.press("right")
        await user.sees("-end")


async def test_selected_lines_are_copied(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(100))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000099")
        await user.press("l", "g")
        await shows(user, "line 000000", "line 000019")
        await user.press("j", "j", "V", "j", "j", "y")
        await user.sees("3 lines copied")
        assert user.app.clipboard == "line 000002\nline 000003\nline 000004"
