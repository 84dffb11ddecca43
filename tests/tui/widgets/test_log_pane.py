"""The log of a run, as its user goes through it."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
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


async def test_long_log_is_scrolled_from_end_to_beginning_and_back(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(100_000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 099999")
        await user.press("l")
        await shows(user, "line 099980", "line 099999")
        await user.press("pageup", "k")
        await shows(user, "line 099960", "line 099979")
        for first in range(99_941, 98_040, -19):
            await user.press("pageup")
            await shows(user, f"line {first:06}", f"line {first + 19:06}")
        await user.press("g")
        await shows(user, "line 000000", "line 000019")
        for first in range(19, 1141, 19):
            await user.press("pagedown")
            await shows(user, f"line {first:06}", f"line {first + 19:06}")
        await user.press("G")
        await shows(user, "line 099980", "line 099999")


@pytest.mark.parametrize("is_wrapped", [False, True])
async def test_search_result_stays_in_a_smaller_pane(runs_dir: Path, run: Path, is_wrapped: bool) -> None:
    write_log(run, numbered(500) + "ERROR: out of memory\n" + numbered(5, 500))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000504")
        await user.press("l", *("w" if is_wrapped else ""), "e")
        await user.sees("▌ERROR")
        await user.sees_no("line 000480")
        await user.press("escape")
        await user.sees("│▌ERROR")
        await user.press("l")
        await user.sees("▌ERROR")


async def test_percentage_and_line_number_go_to_a_line(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(200_000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 199999")
        await user.press("l", *":50%", "enter")
        await user.sees("line 100000")
        await user.press(*":123457", "enter")
        await user.sees("▌line 123456")
        await user.press(*":200001", "enter")
        await user.sees("no line 200,001")
        await user.press(*":1234567890123456", "enter")
        await user.sees("no log has that many lines")
        await user.press("escape")
        await user.press(*":abc", "enter")
        await user.sees("abc is not a percentage")
        await user.press("escape")
        await user.sees_no("abc is not a percentage")


async def test_search_marks_and_counts_matches_in_both_directions(runs_dir: Path, run: Path) -> None:
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
        await user.press("n", "n", "n")
        await user.sees("▌line 007757")
        await user.press("N", "N", "N", "N", "N")
        await user.sees("▌line 007707")
        await user.press("N")
        await user.sees("no match above")
        await user.press(*"/NO SUCH", "enter")
        await user.sees("no match below")
        await user.sees("0 matches")


async def test_invalid_expression_is_reported_and_can_be_corrected(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(1000))
    async with browsing(runs_dir) as user:
        await user.sees("line 000999")
        await user.press("l", *"/line (", "enter")
        await user.sees("not a regular expression")
        await user.press("backspace", *"00005", "enter")
        await user.sees_no("not a regular expression")


async def test_keys_in_one_packet_act_in_typing_order(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(1000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000999")
        await user.press("l", "g", *"/0004x", "backspace", *"56", "enter", "j")
        await user.sees("▌line 000456")


async def test_keys_typed_ahead_wait_for_their_lines(runs_dir: Path, run: Path, tmp_path: Path) -> None:
    write_log(run, numbered(10_000))
    target = tmp_path / "s"
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 009999")
        await user.press("l")
        await shows(user, "line 009980", "line 009999")
        await user.press(*"gVjW", *str(target), "enter")
        await user._until(target.exists, "the lines are saved")
        assert target.read_text() == numbered(2)
        await user.press(*":50%", "enter", *"jjj")
        await user.sees("line 005003")
        await user.press(*"gG")
        await shows(user, "line 009980", "line 009999")
        await user.press(*"gjjjG")
        await shows(user, "line 009980", "line 009999")


async def test_filter_shows_matches_with_the_chosen_context(runs_dir: Path, run: Path) -> None:
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


async def test_filter_with_an_exclamation_mark_leaves_lines_out(runs_dir: Path, run: Path) -> None:
    write_log(run, "Time = 1\nerror: first\n" + "Time = 2\n" * 40_000 + "the end\n")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("the end")
        await user.press("l", *"&!^Time", "enter")
        await user.sees_no("Time = 2")
        await shows(user, "error: first", "the end")
        await user.press("plus")
        await user.sees("Time = 1")
        await user.press("ampersand", *["backspace"] * 7, *"[!]", "enter")
        await user.sees_no("the end")


async def test_json_lines_are_readable_and_one_key_shows_them_as_written(runs_dir: Path, run: Path) -> None:
    line = '{"time": "10:00:00", "level": "error", "msg": "no mesh", "rank": 3}'
    write_log(run, f"{line}\n")
    async with browsing(runs_dir, size=(100, 24)) as user:
        await user.sees("10:00:00 ERROR no mesh  rank=3")
        await user.press("l", "J")
        await user.sees(line)
        await user.press("J")
        await user.sees("10:00:00 ERROR no mesh  rank=3")


async def test_text_behind_a_hole_is_shown(runs_dir: Path, run: Path) -> None:
    """The log was emptied while its writer went on where it was."""
    path = write_log(run, "x\n" * 100)
    async with browsing(runs_dir, size=(100, 24)) as user:
        await user.press("l")
        with path.open("r+b") as file:
            file.truncate(0)
            file.seek(4000)
            file.write(b"step 77 ok\n")
        await user.sees("␀×4,000 step 77 ok")


async def test_bookmarks_lead_back_to_their_lines(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(30_000))
    async with browsing(runs_dir, size=(100, 24)) as user:
        await user.sees("line 029999")
        await user.press("l", *":10000", "enter")
        await user.sees("line 010000")
        await user.press("B")
        await user.sees("◆line 009999")
        await user.press("g", "B")
        await user.sees("◆line 000000")
        await user.press("G")
        await user.sees("line 029999")
        await user.press("apostrophe")
        await user.sees("◆line 000000")
        await user.press("apostrophe")
        await user.sees("◆line 009999")
        await user.press("B")
        await user.sees("bookmark removed")
        await user.sees_no("◆")


async def test_copy_with_context_tells_where_the_lines_stand(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(300) + "ERROR: no mesh\n" + numbered(300))
    async with browsing(runs_dir, size=(100, 24)) as user:
        await user.sees("line 000299")
        await user.press("l", "E")
        await user.sees("▌ERROR: no mesh")
        await user.press("Y")
        await user._until(lambda: user.app.clipboard, "something was copied")
        first, *lines = user.app.clipboard.splitlines()
        assert first == f"{run.name}/logs/simulation.log:296"
        assert lines[0] == "line 000295"
        assert lines[5] == "ERROR: no mesh"
        assert lines[-1] == "line 000004"


async def test_error_keys_go_to_errors_in_both_directions(runs_dir: Path, run: Path) -> None:
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


async def test_one_key_shows_why_a_run_failed(runs_dir: Path) -> None:
    failed = write_run(runs_dir, "failed", status="failed")
    write_log(failed, numbered(3000) + "ZeroDivisionError: float division by zero\n")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("division by zero")
        await user.press("e")
        await user.sees("▌ZeroDivisionError: float division by zero")


async def test_enter_in_the_details_goes_to_the_error_line(runs_dir: Path) -> None:
    failed = write_run(runs_dir, "failed", status="failed")
    stack = "".join(f"#{frame}  0x{frame:016x} in ?? ()\n" for frame in range(500))
    write_log(failed, numbered(3000) + "ZeroDivisionError: float division by zero\n" + stack)
    async with browsing(runs_dir) as user:
        await user.sees("in logs/simulation.log")
        await user.press("enter", "enter")
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


async def test_one_key_goes_to_the_next_log(runs_dir: Path, run: Path) -> None:
    write_log(run, "of the first rank\n", "rank-0.log")
    write_log(run, "of the second rank\n", "rank-1.log")
    async with browsing(runs_dir) as user:
        await user.sees("of 2")
        await user.press("l", "right_square_bracket")
        await user.sees("of the first rank" if "second" not in user.text else "of the second rank")
        first = log_lines(user.app)
        await user.press("right_square_bracket")
        await user._until(lambda: log_lines(user.app) not in ([], first), "the other log")


async def test_leaving_a_log_cancels_filter_and_search_at_once(runs_dir: Path, run: Path) -> None:
    write_log(run, "x of the small log\n", "small.log")
    with open(write_log(run, "x of the large log\n", "large.log"), "ab") as file:
        file.truncate(500_000_000_000)  # nothing but zero bytes, which take no room on the disk
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("l", "L")
        await user.sees("Files of this run")
        await user.press(*"large", "enter")
        await user.sees("465.7 GiB")
        await user.press(*"&x of", "enter")
        await user.sees("filtering")
        await user.press("right_square_bracket")
        await user.sees("x of the small log")
        assert "filtering" not in user.text
        await user.press("left_square_bracket", "ampersand", *["backspace"] * 4, "enter")
        await user.press(*"/of the (small|sea)", "enter")
        await user.sees("searching")
        await user.press("right_square_bracket")
        await user.sees("x of the small log")
        await user.sees_no("searching")
        assert "▌" not in user.text


async def test_choosing_the_same_log_shows_it_again(runs_dir: Path, run: Path) -> None:
    write_log(run, "the only line\n")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("the only line")
        await user.press("l", "L")
        await user.sees("Files of this run")
        await user.press("enter")
        await user.sees_no("Files of this run")
        await user.sees("the only line")


async def test_removed_log_is_reported_and_the_newest_is_shown(runs_dir: Path, run: Path) -> None:
    write_log(run, "the newest line\n", "new.log")
    old = write_log(run, "the old line\n", "old.log")
    os.utime(old, (1e9, 1e9))
    async with browsing(runs_dir, size=(100, 24)) as user:
        await user.sees("the newest line")
        await user.press("l", "L")
        await user.sees("old.log")
        old.unlink()
        await user.press(*"old", "enter")
        await user.sees("logs/old.log is gone")
        await user.sees("the newest line")


async def test_only_the_log_shown_at_the_key_press_is_saved(
    runs_dir: Path, run: Path, tmp_path: Path
) -> None:
    write_log(run, "of the run below\n")
    other = write_run(runs_dir, "other", status="running", hostname="elsewhere")
    write_log(other, "of the run on top\n")
    target = tmp_path / "s"
    async with browsing(runs_dir, size=(200, 24)) as user:
        await user.sees("of the run on top")
        await user.press("l", "W", *str(target))
        shutil.rmtree(other)
        await user.sees("of the run below")
        await user.press("enter")
        await user.sees("not saved: another log is shown now")
        assert not target.exists()


async def test_new_matches_are_counted(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(1000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000999")
        await user.press("l", *"/line 0...99", "enter")
        await user.sees("match 10 of 10")
        await user.press("F")
        write_log(run, numbered(1000, begin=1000))
        await user.sees("match 10 of 20")
        write_log(run, "line 0aaa9")
        await user.sees("line 0aaa9")
        write_log(run, "9\n")
        await user.sees("match 10 of 21")


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
        await user.press("l")
        await shows(user, "line 000080", "line 000099")
        await user.press("g", "j", "j", "V", "j", "j", "y")
        await user.sees("sent 3 lines to the terminal's clipboard")
        assert user.app.clipboard == "line 000002\nline 000003\nline 000004"


async def test_go_to_time_finds_the_first_line_at_that_time(runs_dir: Path, run: Path) -> None:
    write_log(
        run,
        "".join(f"2026-01-31 {hour:02}:{minute:02}:00 step\n" for hour in range(24) for minute in range(60)),
    )
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("23:59:00")
        await user.press("l", *":2026-01-31 12:30", "enter")
        await user.sees("▌2026-01-31 12:30:00 step")
        await user.press(*":2026-02-01 00:00", "enter")
        await user.sees("the whole log is older")
        await user.press(*":when", "enter")
        await user.sees("when is not a percentage")


async def test_logs_of_ranks_are_merged_by_time(runs_dir: Path, run: Path) -> None:
    for rank in range(3):
        lines = [f"2026-01-31 12:00:{second:02} of rank {rank}\n" for second in range(rank, 30, 3)]
        write_log(run, "".join(lines), f"rank-{rank}.log")
    async with browsing(runs_dir, size=(80, 50)) as user:
        await user.sees("of 3")
        await user.press("l", "m")
        await user.sees("3 logs by time")
        await user.sees("rank-2.log │ 2026-01-31 12:00:29 of rank 2")
        stamps = [line.split(" │ ")[1][11:19] for line in log_lines(user.app)]
        assert stamps == [f"12:00:{second:02}" for second in range(30)]
        await user.press("o")
        await user.sees("no file that can be opened")
        await user.press("m")
        await user.sees_no("logs by time")


async def test_unfinished_line_of_a_rank_is_shown_in_merged_logs(runs_dir: Path, run: Path) -> None:
    write_log(run, "2026-01-31 12:00:00 of rank 0\nlast words", "rank-0.log")
    write_log(run, "2026-01-31 12:00:01 of rank 1\n10 %", "rank-1.log")
    async with browsing(runs_dir, size=(80, 30)) as user:
        await user.sees("of 2")
        await user.press("l", "m")
        await user.sees("rank-0.log │ last words")
        await user.sees("rank-1.log │ 10 %")
        write_log(run, " of 100", "rank-1.log")
        await user.sees("10 % of 100")
        write_log(run, " done\n2026-01-31 12:00:02 the end\n", "rank-1.log")
        await user.sees("the end")
        assert [line.split(" │ ")[1] for line in log_lines(user.app)] == [
            "2026-01-31 12:00:00 of rank 0",
            "2026-01-31 12:00:01 of rank 1",
            "10 % of 100 done",
            "2026-01-31 12:00:02 the end",
            "last words",
        ]


async def test_text_and_compressed_files_of_a_run_can_be_read(runs_dir: Path, run: Path) -> None:
    (run / "logs" / "old.log.gz").write_bytes(gzip.compress(b"compressed long ago\n" * 1000))
    os.utime(run / "logs" / "old.log.gz", (0, 0))
    (run / "results" / "table.csv").write_text("step,energy\n1,2.5\n")
    write_log(run, "the log itself\n")
    async with browsing(runs_dir) as user:
        await user.sees("the log itself")
        await user.press("l", "L")
        await user.sees("table.csv")
        await user.press(*"table", "enter")
        await user.sees("step,energy")
        await user.press("L")
        await user.sees("old.log.gz")
        await user.press(*"old", "enter")
        await user.sees("compressed long ago")
        await user.press("g")
        await user.sees("compressed long ago")


async def test_missing_decompression_library_is_named(
    runs_dir: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("compression.zstd", "backports.zstd", "pyzstd"):
        monkeypatch.setitem(sys.modules, name, None)
    (run / "logs" / "old.log.zst").write_bytes(b"")
    write_log(run, "the log itself\n")
    async with browsing(runs_dir) as user:
        await user.press("l", "L")
        await user.sees("old.log.zst")
        await user.press(*"zst", "enter")
        await user.sees("old.log.zst cannot be read: .zst files need a library")


async def test_selected_lines_are_saved_and_nothing_is_overwritten(
    runs_dir: Path, run: Path, tmp_path: Path
) -> None:
    write_log(run, numbered(100))
    target = tmp_path / "saved.txt"
    async with browsing(runs_dir, size=(200, 24)) as user:
        await user.sees("line 000099")
        await user.press("l", "g")
        await shows(user, "line 000000", "line 000019")
        await user.press("V", "j", "W", *str(target), "enter")
        await user.sees("saved to")
        assert target.read_text() == numbered(2)
        await user.press("W", *str(target), "enter")
        await user.sees("there is a file of that name already")
        assert target.read_text() == numbered(2)


async def test_selected_lines_are_saved_after_the_log_was_replaced(
    runs_dir: Path, run: Path, tmp_path: Path
) -> None:
    log = write_log(run, numbered(100))
    target = tmp_path / "s"
    async with browsing(runs_dir, size=(200, 24)) as user:
        await user.sees("line 000099")
        await user.press("l", "k", "V", *["k"] * 3)
        os.rename(log, log.with_suffix(".1"))
        write_log(run, "another text\n" * 100)
        await user.sees("1.3 KiB")
        await user.press("W", *str(target), "enter")
        await user.sees("saved to")
        saved = target.read_text()
        assert saved.count("\n") == 4
        assert saved in numbered(100)


async def test_only_filtered_lines_are_saved(runs_dir: Path, run: Path, tmp_path: Path) -> None:
    write_log(run, numbered(100))
    target = tmp_path / "s"
    async with browsing(runs_dir, size=(200, 24)) as user:
        await user.sees("line 000099")
        await user.press("l", *"&5$", "enter")
        await shows(user, "line 000005", "line 000095")
        await user.press("V", "k", "W", *str(target), "enter")
        await user.sees("saved to")
        assert target.read_text() == "line 000085\nline 000095\n"


async def test_new_lines_are_counted_without_moving_the_screen(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(5000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 004999")
        await user.press("l")
        await shows(user, "line 004980", "line 004999")
        await user.press("pageup", "pageup")
        await shows(user, "line 004942", "line 004961")
        write_log(run, numbered(30, begin=5000))
        await user.sees("30 new lines, paused, F to follow")
        await shows(user, "line 004942", "line 004961")
        await user.press("F")
        await shows(user, "line 005010", "line 005029")
        assert "new lines" not in user.text


async def test_line_written_in_parts_is_one_line(runs_dir: Path, run: Path) -> None:
    write_log(run, "first\nsec")
    async with browsing(runs_dir) as user:
        await user.sees("sec")
        write_log(run, "ond\nthird\n")
        await user.sees("third")
        assert log_lines(user.app) == ["first", "second", "third"]


async def test_empty_log_shows_new_lines(runs_dir: Path, run: Path) -> None:
    write_log(run, "")
    async with browsing(runs_dir) as user:
        await user.sees("simulation.log")
        await user.press("l")
        write_log(run, "the first line\n")
        await user.sees("the first line")


async def test_filter_without_matches_shows_the_first_match_once_written(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(1000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000999")
        await user.press("l", *"&converged", "enter")
        await user.sees_no("line 000999")
        write_log(run, numbered(20, begin=1000) + "converged at last\n")
        await user.sees("converged at last")


async def test_end_is_shown_after_very_many_new_lines(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(100))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000099")
        await user.press("l")
        await shows(user, "line 000080", "line 000099")
        await user.press("k")
        await shows(user, "line 000079", "line 000098")
        write_log(run, numbered(5000, begin=100))
        await user.sees("5,000 new lines")
        await user.press(*["pagedown"] * 3)
        await shows(user, "line 000136", "line 000155")
        await user.press("F")
        await shows(user, "line 005080", "line 005099")


async def test_lines_of_a_new_log_never_precede_lines_of_the_old_one(runs_dir: Path, run: Path) -> None:
    log = write_log(run, numbered(300))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000299")
        await user.press("l")
        os.rename(log, log.with_suffix(".1"))
        write_log(run, "new 0\n")
        await user.sees("new 0")
        for part in range(13):
            write_log(run, "".join(f"new {part * 300 + number + 1}\n" for number in range(300)))
            await user.sees(f"new {part * 300 + 300}")
        await user.press(*["pageup"] * 230)
        lines = log_lines(user.app)
        numbers = [int(line.split()[1]) for line in lines if line.startswith("new")]
        assert numbers == sorted(numbers)
        assert not any(line.startswith("line") for line in lines[len(lines) - len(numbers) :])
        assert lines[0].startswith("line") or lines[0] in (
            "new 0",
            "── the log was replaced by a new file ──",
        )


async def test_search_in_a_filtered_log_finds_only_shown_lines(runs_dir: Path, run: Path) -> None:
    write_log(run, "".join(f"{'even' if number % 2 == 0 else 'odd'} {number:04}\n" for number in range(1000)))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("odd 0999")
        await user.press("l", *"&even", "enter")
        await user.sees("even 0998")
        await user.press("g")
        await user.sees("even 0000")
        await user.press(*"/05$|06$|91$|92$", "enter")
        await user.sees("▌even 0006")
        await user.press("n")
        await user.sees("▌even 0092")
        await user.press("N")
        await user.sees("▌even 0006")


async def test_corrected_position_is_accepted(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(1000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000999")
        await user.press("l", *":1x", "enter")
        await user.sees("1x is not a percentage")
        await user.press("backspace", *"23", "enter")
        await user.sees("▌line 000122")
        await user.sees_no("is not a percentage")
        await user.press("j")
        await user.sees_no(":123")


async def test_a_long_selection_is_copied_whole(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(10_000))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 009999")
        await user.press("l", "g")
        await shows(user, "line 000000", "line 000019")
        await user.press("V")
        for _page in range(26):
            await user.press(*["pagedown"] * 10)
            await user.pilot.pause()
        await user.press("y")
        await user.sees(" lines to the terminal")
        lines = user.app.clipboard.split("\n")
        assert lines == numbered(len(lines)).split("\n")[:-1]
        assert len(lines) > 4500


async def test_wrapping_keeps_the_end_on_screen(runs_dir: Path, run: Path) -> None:
    write_log(run, "".join(f"{number:03}" + "-" * 160 + f"end {number:03}\n" for number in range(100)))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("099--")
        await user.press("l", "w")
        await user.sees("end 099")


async def test_top_line_stays_when_the_terminal_is_resized(runs_dir: Path, run: Path) -> None:
    write_log(run, "".join(f"{number:03}" + "-" * 500 + f"end {number:03}\n" for number in range(100)))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("099--")
        await user.press("l", "w", "g")
        await user._until(lambda: log_lines(user.app)[0].startswith("000--"), "the beginning")
        await user.press(*["j"] * 27)
        await user._until(lambda: log_lines(user.app)[1].startswith("004--"), "the end of a line on top")
        await user.pilot.resize_terminal(200, 24)
        await user._until(lambda: user.app.screen.query_one("#log-view").size.width > 80, "the new size")
        assert log_lines(user.app)[0].endswith("end 003")
        await user.pilot.resize_terminal(60, 24)
        await user._until(lambda: user.app.screen.query_one("#log-view").size.width < 80, "the new size")
        assert log_lines(user.app)[0].startswith("--")


async def test_enlarged_log_has_no_empty_rows(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(100))
    async with browsing(runs_dir) as user:
        await user.sees("line 000099")
        await user.press("tab", "tab", "k")
        await user.sees_no("line 000099")
        await user.press("l")
        await shows(user, "line 000064", "line 000099")


async def test_newer_log_does_not_replace_a_log_being_read(runs_dir: Path, run: Path) -> None:
    write_log(run, numbered(1000), "a.log")
    os.utime(run / "logs" / "a.log", (1e9, 1e9))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("l")
        await shows(user, "line 000980", "line 000999")
        await user.press("pageup")
        await shows(user, "line 000961", "line 000980")
        write_log(run, "of another log\n", "b.log")
        await user.sees("1 of 2" if "1 of 2" in user.text else "2 of 2")
        await shows(user, "line 000961", "line 000980")


async def test_wrapping_keeps_wide_characters(runs_dir: Path, run: Path) -> None:
    text = "x" + "漢字仮名" * 40
    write_log(run, text + "\n")
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("漢")
        await user.press("l", "w")
        assert "".join(log_lines(user.app)).replace(" ", "") == text


async def test_notice_says_that_only_the_end_of_a_new_log_is_shown(runs_dir: Path, run: Path) -> None:
    log = write_log(run, numbered(5))
    async with browsing(runs_dir, size=(120, 24)) as user:
        await user.sees("line 000004")
        await user.press("l", "k")
        new = log.with_suffix(".new")
        new.write_text(numbered(5000, begin=5))
        os.rename(new, log)
        await user.sees("the log was replaced by a new file; what follows is its end")
        await user.press("g")
        await shows(user, "line 000005", "line 000024")


async def test_log_opens_in_the_pager_and_the_screen_returns(
    runs_dir: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(run, numbered(100))
    told = tmp_path / "told"
    pager = tmp_path / "less"
    pager.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
    pager.chmod(0o755)
    monkeypatch.setenv("PAGER", str(pager))
    monkeypatch.setattr("textual.drivers.headless_driver.HeadlessDriver.can_suspend", True)
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000099")
        await user.press("l", "g")
        await shows(user, "line 000000", "line 000019")
        await user.press("j", "j", "o")
        await user._until(told.exists, "the pager has been called")
        await user._until(lambda: told.read_text().count("\n") == 2, "its arguments")
        assert told.read_text() == f"+24P\n{run}/logs/simulation.log\n"
        await shows(user, "line 000002", "line 000021")


async def test_compressed_log_is_unpacked_for_the_pager(
    runs_dir: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run / "logs" / "old.log.gz").write_bytes(gzip.compress(numbered(1000).encode()))
    told = tmp_path / "told"
    pager = tmp_path / "pager"
    pager.write_text(
        f'#!/bin/sh\n(head -n 1 "$2"; ls -l "$2"; echo "$@") > {told}.part\nmv {told}.part {told}\n'
    )
    pager.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(pager))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr("textual.drivers.headless_driver.HeadlessDriver.can_suspend", True)
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("line 000999")
        await user.press("l", "g")
        await shows(user, "line 000000", "line 000019")
        await user.press("j", "O")
        await user._until(told.exists, "the editor has been called")
        first, mode, call = told.read_text().splitlines()
        assert first == "line 000000"
        assert mode.startswith("-r--------")
        number, path = call.split()
        assert (number, Path(path).name) == ("+2", "old.log")
        await user._until(lambda: not Path(path).parent.exists(), "the copy is gone")


async def test_slow_expression_does_not_block_the_screen(runs_dir: Path, run: Path) -> None:
    write_log(run, ("step energy foo bar " * 150 + "\n") * 1000)
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("step energy")
        await user.press("l", "g", *"/.*.*[=\\d]", "enter")
        await user.sees("searching")
        await user.press("escape")
        await user.sees("search cancelled")
        await user.press(*"/(?=(foo))", "enter")
        await user.sees("match 1 of 1,000")


async def test_escape_cancels_the_search_and_keeps_the_log(runs_dir: Path, run: Path) -> None:
    log = run / "logs" / "simulation.log"
    write_log(run, "the first line\n")
    with open(log, "ab") as file:
        file.truncate(4_000_000_000)  # nothing but zero bytes, which take no room on the disk
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.sees("3.7 GiB")
        await user.press("l", *"/a(b|c)d*e", "enter")
        await user.sees("searching")
        await user.press("escape")
        await user.sees("search cancelled")
        await user.sees("3.7 GiB")
        await user.press("escape")
        await user.sees("created")


async def test_log_messages_show_remapped_keys(runs_dir: Path, run: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\nfollow = "f8"\nfilter_lines = "f6"\n')
    write_log(run, numbered(100))
    async with browsing(runs_dir, size=(120, 24), config=config) as user:
        await user.sees("line 000099")
        await user.press("l", "k")
        await user.sees("paused, f8 to follow")
        await user.press("plus")
        await user.sees("context applies to filtered lines: f6 filters")
        await user.press("f8")
        await user.sees_no("paused, f8 to follow")
