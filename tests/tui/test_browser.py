"""Sessions with the browser, as a user has them."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui import RunManager, RunStatus
from runtui.store.edits.run_edits import edit_tags, set_status, undo
from runtui.tui.actions import ACTIONS, shown_keys
from tests.run_dirs import write_log, write_run
from tests.tui.screen import browsing

NOW = datetime.now(UTC)


def three_runs(base: Path) -> None:
    """Make a gas that failed last, a fluid that runs, and an epidemic that completed first."""
    write_run(
        base,
        "epidemic",
        status="completed",
        description="an epidemic",
        tags=["prod"],
        created=NOW - timedelta(hours=3),
    )
    fluid = write_run(
        base, "fluid", status="running", description="a fluid", created=NOW - timedelta(hours=2)
    )
    write_log(fluid, "step 1\n")
    gas = write_run(
        base, "gas", status="failed", description="a gas", tags=["sweep"], created=NOW - timedelta(hours=1)
    )
    write_log(gas, "starting\nERROR: the gas exploded\n")


async def test_table_shows_default_columns_with_the_newest_run_first(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        await user.sees_rows("✗ failed", "● running", "✓ completed")
        assert [word in user.rows[0] for word in ("gas", "a gas", "sweep")] == [True] * 3
        heading = next(line for line in user.text.splitlines() if "description" in line)
        for title in ("status", "id", "description", "tags", "created ▼", "time"):
            assert title in heading
        assert "host node17 · user alice" in user.text  # they are the same in all rows
        assert "3 runs" in user.text
        assert "1 failed" in user.text


async def test_the_detail_pane_shows_everything_about_the_run_under_the_cursor(runs_dir: Path) -> None:
    parent = write_run(runs_dir, "parent", created=NOW - timedelta(hours=2))
    (parent / "checkpoints" / "step_10.json").write_text("{}")
    child = write_run(
        runs_dir,
        "child",
        description="a child",
        created=NOW - timedelta(hours=1),
        parent_run_id="parent",
        resumed_from="parent",
        checkpoints=[{"name": "step_10.json", "created_at": "2026-11-21T00:00:00Z", "path": None}],
        solver={"name": "verlet", "dt": 0.004},
    )
    (child / "run_params.json").write_text(json.dumps({"model": {"beta": 0.3}, "seed": 7}))
    (child / "config.yaml").write_text("grid: 64\nboundary: open\n")
    (child / "results" / "energy.csv").write_text("t,e\n1,2\n")
    write_run(
        runs_dir,
        "grandchild",
        description="a grandchild",
        created=NOW - timedelta(hours=3),
        parent_run_id="child",
    )
    async with browsing(runs_dir, size=(120, 90)) as user:
        await user.has_cursor_on("a child")
        for text in (
            "solver.name  verlet",
            "model.beta  0.3",
            "seed        7",
            "boundary  open",
            "results/energy.csv",
            "8 Bytes",
            "step_10.json",
            "in parent",
            "grandchild",
        ):
            await user.sees(text)


async def test_log_of_the_run_under_the_cursor_is_followed(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        await user.sees("ERROR: the gas exploded")
        await user.press("j")
        await user.sees("step 1")
        await user.sees_no("ERROR: the gas exploded")
        for step in range(2, 60):
            write_log(runs_dir / "fluid", f"step {step}\n")
        await user.sees("step 59")


async def test_scrolling_up_stops_following_and_f_resumes_it(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    write_log(run, "".join(f"step {step}\n" for step in range(200)))
    async with browsing(runs_dir) as user:
        await user.sees("step 199")
        await user.press("l", "g")
        await user.sees("step 0")
        write_log(run, "step 200\n")
        await user.sees("1 new lines, paused, F to follow")
        assert "step 200" not in user.text
        await user.press("F")
        await user.sees("step 200")


async def test_new_changed_and_removed_runs_appear_without_a_key_press(
    runs_dir: Path,
) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        manager = RunManager(runs_dir)
        manager.create_run("a new one")
        await user.sees("a new one")
        await user.sees("○ initialising")
        manager.update_status(RunStatus.RUNNING)
        await user.sees("2 running")
        manager.update_status(RunStatus.FAILED)
        await user.sees("2 failed")
        shutil.rmtree(runs_dir / "gas")
        await user.sees_no("a gas")
        await user.sees_rows("a new one", "a fluid", "an epidemic")


async def test_unwritten_edit_of_another_session_is_marked(
    runs_dir: Path,
) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        await user.press("j")
        await user.has_cursor_on("a fluid")
        edit_tags(str(runs_dir), ["fluid"], ["watched"], [])
        await user.sees("watched")
        await user.sees("● running↑")
        await user.sees("1 change not yet written")
        set_status(str(runs_dir), ["fluid"], RunStatus.FAILED)
        await user.sees("✗ failed↑")
        write_run(
            runs_dir, "fluid", status="completed", description="a fluid", created=NOW - timedelta(hours=2)
        )
        await user.sees("✓ completed!")
        await user.sees('the run\'s writer says "completed"')
        undo(str(runs_dir), "fluid")
        await user.sees("watched")


async def test_the_cursor_stays_on_its_run_when_rows_come_and_go(runs_dir: Path) -> None:
    for number in range(5):
        write_run(runs_dir, f"run-{number}", created=NOW - timedelta(hours=number))
    async with browsing(runs_dir) as user:
        await user.press("j", "j")
        await user.has_cursor_on("run-2")
        write_run(runs_dir, "newest", created=NOW + timedelta(hours=1))
        await user.sees("newest")
        await user.has_cursor_on("run-2")
        shutil.rmtree(runs_dir / "run-0")
        await user.sees_no("run-0")
        await user.has_cursor_on("run-2")
        shutil.rmtree(runs_dir / "run-2")
        await user.has_cursor_on("run-3")


async def test_cursor_is_on_the_newest_run_until_the_user_moves_it(runs_dir: Path) -> None:
    write_run(runs_dir, "old", created=NOW - timedelta(hours=1))
    async with browsing(runs_dir) as user:
        await user.has_cursor_on("old")
        write_run(runs_dir, "new", created=NOW)
        await user.has_cursor_on("new")


async def test_every_movement_key_moves(runs_dir: Path) -> None:
    for number in range(100):
        write_run(runs_dir, f"run-{number:02d}", created=NOW - timedelta(minutes=number))
    async with browsing(runs_dir, size=(100, 30)) as user:
        page = user.app.screen.query_one("#runs").size.height - 1
        for keys, expected in (
            (("j",), 1),
            (("down", "down"), 3),
            (("k",), 2),
            (("up",), 1),
            (("G",), 99),
            (("j",), 99),
            (("g",), 0),
            (("k",), 0),
            (("pagedown",), page),
            (("pagedown",), 2 * page),
            (("pageup",), page),
            (("end",), 99),
            (("home",), 0),
        ):
            await user.press(*keys)
            assert f"run-{expected:02d}" in user.cursor, keys


async def test_n_and_capital_n_move_between_failed_runs(runs_dir: Path) -> None:
    for number, status in enumerate(["completed", "failed", "completed", "failed"]):
        write_run(runs_dir, f"run-{number}", status=status, created=NOW - timedelta(hours=number))
    async with browsing(runs_dir) as user:
        for key, expected in (("n", "run-1"), ("n", "run-3"), ("n", "run-3"), ("N", "run-1"), ("N", "run-1")):
            await user.press(key)
            assert expected in user.cursor


async def test_typing_a_filter_narrows_the_table_and_escape_clears_it(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        await user.press("slash", *"gas")
        await user.sees_rows("a gas")
        await user.sees("1 of 3 runs")
        await user.press("enter", "j")
        await user.sees_rows("a gas")
        await user.press("escape")
        await user.sees_rows("a gas", "a fluid", "an epidemic")
        await user.press("slash", *"-status:failed")
        await user.sees_rows("a fluid", "an epidemic")
        await user.press("escape")
        await user.sees_rows("a gas", "a fluid", "an epidemic")


async def test_invalid_filter_shows_the_error_position_and_keeps_the_rows(
    runs_dir: Path,
) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        await user.press("slash", *"gas -")
        await user.sees("at 5: a word is missing after the minus sign")
        await user.sees_rows("a gas")
        await user.press(*"age:")
        await user.sees("at 10: a value is missing after age:")
        await user.press(*["backspace"] * 5)
        await user.sees_no("a value is missing")
        await user.sees_rows("a gas")


async def test_checkpoints_that_metadata_does_not_list_are_found(runs_dir: Path) -> None:
    three_runs(runs_dir)
    run = write_run(runs_dir, "melt", description="a melt")
    (run / "checkpoints" / "melt.100.restart").write_text("state")
    async with browsing(runs_dir, notices=True) as user:
        await user.press("slash", *"has:checkpoint")
        await user.sees_rows("a melt")
        await user.sees_no("no run has a value")
        await user.press("escape", "slash", *"checkpoints>1")
        await user.sees("No run matches the filter. Esc clears it.")


async def test_filter_without_matches_says_how_to_clear_it(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        await user.press("slash", *"nothing-like-it")
        await user.sees("No run matches the filter. Esc clears it.")


async def test_filter_key_that_no_run_has_is_reported(runs_dir: Path) -> None:
    three_runs(runs_dir)
    write_run(runs_dir, "rod", description="a rod", beta=0.3)
    async with browsing(runs_dir, notices=True) as user:
        await user.press("slash", *"nosuch>1")
        await user.sees("no run has a value for nosuch")
        await user.sees("No run matches the filter. Esc clears it.")
        await user.press("escape", "slash", *"beta<1")
        await user.sees_rows("a rod")
        await user.sees_no("no run has a value for beta")


async def test_run_appears_when_it_begins_to_match_the_filter(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        await user.press("slash", *"status:failed")
        await user.sees_rows("a gas")
        write_run(runs_dir, "fluid", status="failed", description="a fluid", created=NOW - timedelta(hours=2))
        await user.sees_rows("a gas", "a fluid")


async def test_o_sorts_by_the_next_column_and_capital_o_reverses(runs_dir: Path) -> None:
    for name, hours, minutes in (("long", 1, 50), ("short", 2, 1), ("middle", 3, 20)):
        created = NOW - timedelta(hours=hours)
        write_run(
            runs_dir,
            name,
            created=created,
            started_at=created.isoformat(),
            completed_at=(created + timedelta(minutes=minutes)).isoformat(),
        )
    async with browsing(runs_dir) as user:
        await user.sees_rows("long", "short", "middle")
        await user.press("o")
        await user.sees("time ▼")
        await user.sees_rows("long", "middle", "short")
        await user.press("O")
        await user.sees("time ▲")
        await user.sees_rows("short", "middle", "long")


async def test_the_help_shows_every_key(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir, size=(120, 420)) as user:
        await user.press("question_mark")
        await user.sees("The ten keys you need")
        for action in ACTIONS:
            assert any(
                shown_keys(action) in line and action.title in line for line in user.text.splitlines()
            ), action
        await user.press("escape")
        await user.sees_no("The ten keys you need")


@pytest.mark.parametrize("is_spared", [True, False])
async def test_low_bandwidth_does_not_redraw_the_screen_behind_a_dialog(
    runs_dir: Path, tmp_path: Path, is_spared: bool
) -> None:
    three_runs(runs_dir)
    config = tmp_path / "settings.toml"
    config.write_text(f"low_bandwidth = {str(is_spared).lower()}\n")
    async with browsing(runs_dir, config=config) as user:
        await user.sees_rows("error: the gas exploded", "fluid", "epidemic")
        before = user.app.screen._compositor.render_strips()[1]
        await user.press("question_mark")
        await user.sees("The ten keys you need")
        behind = user.app.screen._compositor.render_strips()[1]
        assert (list(behind) == list(before)) is is_spared


async def test_scroll_bar_does_not_cover_the_details(runs_dir: Path) -> None:
    text = "".join(f"{number:04d}" for number in range(50))
    # Only what is read after the row makes the lines more than the pane has room for.
    run = write_run(runs_dir, "gas", note=text, created=NOW)
    (run / "run_params.json").write_text(json.dumps({f"key {number}": number for number in range(30)}))
    async with browsing(runs_dir, size=(120, 40)) as user:
        await user._until(
            lambda: user.app.screen.query_one("#details").show_vertical_scrollbar, "the details are scrolled"
        )
        await user.pilot.pause(0)
        shown = "".join(re.findall(r"\d{24,}", user.text))
        assert len(shown) > 60
        assert text.startswith(shown)


async def test_enter_opens_the_details_and_escape_returns(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir, size=(80, 24)) as user:
        assert "details:" not in user.text
        await user.press("enter")
        await user.sees("details: gas")
        await user.press("escape")
        await user.sees_no("details:")
        await user.press("j")
        await user.has_cursor_on("a fluid")


async def test_l_shows_the_log_at_full_height_and_escape_returns(runs_dir: Path) -> None:
    three_runs(runs_dir)
    write_log(runs_dir / "gas", "".join(f"line {number}\n" for number in range(100)))
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.press("l")
        await user.sees("line 99")
        await user.sees("line 82")
        assert "a fluid" not in user.text
        await user.press("escape")
        await user.sees("a fluid")


async def test_mouse_selects_opens_and_sorts(runs_dir: Path) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir, size=(80, 24)) as user:
        await user.pilot.click("#runs", offset=(10, 2))
        await user.has_cursor_on("a fluid")
        await user.pilot.click("#runs", offset=(10, 3), times=2)
        await user.sees("details: epidemic")
        await user.press("escape")
        await user.pilot.click("#runs", offset=(4, 0))
        await user.sees("   ▲  id")
        await user.sees_rows("a gas", "a fluid", "an epidemic")
        await user.pilot.click("#runs", offset=(4, 0))
        await user.sees("   ▼  id")
        await user.sees_rows("an epidemic", "a fluid", "a gas")


async def test_empty_directory_gives_advice_and_shows_new_runs(runs_dir: Path) -> None:
    async with browsing(runs_dir) as user:
        await user.sees("No runs here yet")
        write_run(runs_dir, "first", description="the first")
        await user.sees("the first")


async def test_removed_directory_is_reported_until_it_is_restored(
    runs_dir: Path,
) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir) as user:
        os.rename(runs_dir, runs_dir.with_name("aside"))
        await user.sees("is gone; waiting for it to come back")
        await user.sees("a gas")
        os.rename(runs_dir.with_name("aside"), runs_dir)
        await user.sees("● live")
        write_run(runs_dir, "after", description="after its return", created=NOW + timedelta(hours=1))
        await user.sees("after its return")


async def test_missing_log_is_reported_until_one_is_written(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    async with browsing(runs_dir) as user:
        await user.sees("this run has no log yet")
        write_log(run, "here it is\n")
        await user.sees("here it is")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (50, 12)])
async def test_table_and_log_are_shown_at_every_size(runs_dir: Path, size: tuple[int, int]) -> None:
    three_runs(runs_dir)
    async with browsing(runs_dir, size=size) as user:
        await user.sees("› ✗")
        await user.sees("exploded")


async def test_browsing_changes_nothing_on_disk(runs_dir: Path) -> None:
    three_runs(runs_dir)

    def state() -> list[tuple[str, int, int]]:
        return sorted(
            (path, os.lstat(path).st_mtime_ns, os.lstat(path).st_size)
            for folder, _folders, files in os.walk(runs_dir)
            for path in [folder, *(os.path.join(folder, file) for file in files)]
        )

    before = state()
    async with browsing(runs_dir) as user:
        await user.press("j", "enter", "escape", "l", "escape", "slash", *"gas", "enter", "o", "ctrl+r")
        await user.sees("a gas")
    assert state() == before
