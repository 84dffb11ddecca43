"""The morning job: finding out which runs failed, and doing something about them, from the keyboard."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.settings import FIRST_VIEWS, SavedView
from tests.run_dirs import write_log, write_run
from tests.tui.failures import (
    NOW,
    TRACEBACK,
    children,
    is_done,
    is_healthy,
    metadata,
    old,
    write_failures,
)
from tests.tui.screen import browsing
from tests.waiting import until


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    return write_failures(runs_dir)


# Keystrokes


async def test_two_keys_show_the_first_error_of_the_newest_failed_run(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("n", "e")
        await user.sees("ValueError: no beta")
        await user.sees("log: bee")


async def test_twelve_keys_tag_all_failed_runs_of_a_view(runs: Path) -> None:
    number = [view.name for view in FIRST_VIEWS].index("failed today") + 1
    async with browsing(runs, notices=True) as user:
        await user.press("v", str(number))
        await user.sees("2 of 5 runs")
        keys = ["asterisk", "t", *"night", "enter"]
        assert 2 + len(keys) <= 12
        await user.press(*keys)
        await is_done(user, "tagged 2 runs +night")
    assert [metadata(runs, name)["tags"] for name in ("ant", "bee", "dog")] == [
        ["old"],
        ["old", "night"],
        ["night"],
    ]
    assert is_healthy(runs)


async def test_three_keys_resume_a_failed_run_from_its_newest_checkpoint(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("n", "r")
        await user.sees("resumes at step-1")
        await user.press("enter")
        await user.has_cursor_on("a bee (resumed)")
        (child,) = children(runs)
        assert metadata(runs, child)["resume_checkpoint"]["name"] == "step-1"
        # It is dealt with.
        await user.press("g", "n")
        await user.has_cursor_on("a dog")
        await user.press("u")
        await user.sees_no("a bee (resumed)")
        await is_done(user, "removed 1 run that had been created")
    assert is_healthy(runs)


async def test_three_keys_trash_selected_runs_and_one_restores_them(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("j", "j", "space", "space")
        await user.press("d")
        await user.sees("2 runs to the trash, ")
        await user.press("enter")
        await user.sees_rows("a ant", "a bee", "a eel")
        await is_done(user, "moved 2 runs to the trash")
        assert is_healthy(runs)
        await user.press("u")
        await user.sees_rows("a ant", "a bee", "a cow", "a dog", "a eel")
        await is_done(user, "restored 2 runs")
    assert is_healthy(runs)


async def test_partial_failure_lists_failed_runs_and_changes_the_others(runs: Path, tmp_path: Path) -> None:
    for name in ("linked-1", "linked-2"):
        elsewhere = write_run(tmp_path / "elsewhere", name, description=f"a {name}", status="failed")
        (runs / name).symlink_to(elsewhere)
    async with browsing(runs) as user:
        await user.sees("a linked-2")
        await user.press("asterisk", "t", *"x", "enter")
        await user.sees("Some runs failed")
        await user.sees("tagged 5 of 7 runs +x")
        await user.sees("it is a symbolic link")
        await user.press("enter")
        await user.has_cursor_on("a linked-")
    assert metadata(runs, "eel")["tags"] == ["x"]


async def test_bulk_operation_shows_progress_and_can_be_stopped(runs_dir: Path) -> None:
    for number in range(400):
        old(write_run(runs_dir, f"run-{number:03}", created=NOW - timedelta(seconds=number)))
    async with browsing(runs_dir) as user:
        await user.press("asterisk", "t", *"x", "enter")
        await until(
            user.pilot, lambda: metadata(runs_dir, "run-000")["tags"], "the first run is tagged", lambda: ""
        )
        await user.press("ctrl+c")
        await user.sees("the action was cancelled")
        await user.press("escape")
        done = sum(metadata(runs_dir, f"run-{number:03}")["tags"] == ["x"] for number in range(400))
        assert 0 < done < 400
        await user.press("u")
        await user.sees_no("Ctrl+c cancel")
        left = [number for number in range(400) if metadata(runs_dir, f"run-{number:03}")["tags"]]
        assert left == []


async def test_undo_without_own_operations_asks_before_undoing_the_last_edit(
    runs: Path,
) -> None:
    main(["-C", str(runs), "tag", "ant", "+other"])
    async with browsing(runs, notices=True) as user:
        await user.press("u")
        await user.sees("press u again to undo tags +other (by ")
        assert metadata(runs, "ant")["tags"] == ["old", "other"]
        await user.press("u")
        await is_done(user, "undid the last edit of 1 run")
        assert metadata(runs, "ant")["tags"] == ["old"]
        await user.press("u")
        await user.sees("nothing to undo")


async def test_only_the_confirmed_edit_is_undone(runs: Path) -> None:
    main(["-C", str(runs), "tag", "ant", "+other"])
    async with browsing(runs, notices=True) as user:
        await user.press("u")
        await user.sees("press u again to undo tags +other (by ")
        main(["-C", str(runs), "tag", "ant", "+later"])
        await user.press("u")
        await user.sees("ant was edited again meanwhile")
    assert metadata(runs, "ant")["tags"] == ["old", "other", "later"]


async def test_status_line_shows_the_operation_to_undo(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("t", *"prod", "enter")
        await user.sees("u undo: tagged 1 run +prod")
        await user.press("asterisk", "t", *"beta", "enter")
        await user.sees("u undo: tagged 5 runs +beta")
        await user.press("u")
        await user.sees("u undo: tagged 1 run +prod")
        await is_done(user, "undid on 5 runs")
        await user.press("ctrl+p")
        await user.sees("Search for commands")
        await user.press(*"undo")
        await user.sees("undo: tagged 1 run +prod  (u)")
        await user.press("enter")
        await is_done(user, "undid on 1 run:")
        await user.sees_no("u undo: ")
        assert metadata(runs, "ant")["tags"] == ["old"]


async def test_undoing_a_mark_reopens_the_failure(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("n", "s", *"failed wrong mesh", "enter")
        await is_done(user, "marked 1 run failed")
        await user.press("g", "n")
        await user.has_cursor_on("a dog")
        await user.press("u")
        await is_done(user, "undid on 1 run")
        await user.press("g", "n")
        await user.has_cursor_on("a bee")


async def test_parent_and_child_keys_move_the_cursor(runs: Path) -> None:
    for hour in (1, 2):
        write_run(
            runs,
            f"child-{hour}",
            description=f"a child {hour}",
            parent_run_id="eel",
            created=NOW - timedelta(hours=10 - hour),
        )
    async with browsing(runs, notices=True) as user:
        await user.press("slash", *"eel", "enter", "escape", "G", "k", "k")
        await user.has_cursor_on("a eel")
        await user.press("greater_than_sign")
        await user.has_cursor_on("a child 2")
        await user.press("less_than_sign")
        await user.has_cursor_on("a eel")
        await user.press("less_than_sign")
        await user.sees("this run has no parent")


async def test_user_is_notified_when_a_watched_run_ends(runs: Path) -> None:
    write_run(runs, "fox", status="running", description="a fox", hostname="x", created=NOW)
    write_log(runs / "fox", "at work\n")
    async with browsing(runs, notices=True) as user:
        await user.sees("running")
        await user.press("g", "w")
        await user.sees("watching 1 run")
        write_run(runs, "fox", status="failed", description="a fox", hostname="x", created=NOW)
        await user.sees("✗ failed  a fox")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_actions_on_a_heading_apply_to_its_group(runs: Path, size: tuple[int, int]) -> None:
    async with browsing(runs, size, view=SavedView("", group="status"), notices=True) as user:
        await user.press("g")
        while "status = failed" not in user.cursor:
            await user.press("j")
        await user.press("t", *"x", "enter")
        await is_done(user, "tagged 2 runs +x")
    assert metadata(runs, "dog")["tags"] == ["x"]


async def test_one_key_in_the_log_shows_the_error_of_the_next_failed_run(runs: Path) -> None:
    (runs / "dog" / "logs" / "simulation.log").write_text(
        TRACEBACK.replace("ValueError: no beta", "KeyError: 'nu'")
    )
    async with browsing(runs, notices=True) as user:
        await user.press("n", "e")
        await user.sees("log: bee")
        await user.press("n")
        await user.sees("log: dog")
        await user.sees("▌KeyError: 'nu'")
        await user.press("n")
        await user.sees("no open failure below this run")
        await user.press("N")
        await user.sees("▌ValueError: no beta")
        # A search takes the key, until it is ended.
        await user.press("slash", *"no beta", "enter")
        await user.sees("match 1 of 1")
        await user.press("n")
        await user.sees("no match below")
        await user.press("escape")
        await user.sees("search ended")
        await user.press("n")
        await user.sees("log: dog")


async def test_error_key_on_a_completed_run_says_that_it_did_not_fail(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.has_cursor_on("a ant")
        await user.press("e")
        await user.sees("this run did not fail")
        await user.sees("a eel")
