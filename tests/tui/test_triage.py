"""The morning job: finding out which runs failed, and doing something about them, from the keyboard."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.settings import FIRST_VIEWS, SavedView
from runtui.store.edits.fold import read_overlaid
from runtui.store.listing import run_names
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.run_dirs import write_log, write_run
from tests.tui.screen import Session, browsing
from tests.waiting import until

NOW = datetime.now(UTC)
TRACEBACK = "step 1\nTraceback (most recent call last):\n  File 'a.py', line 1\nValueError: no beta\n"


def old(run: Path) -> Path:
    """Let a run's writer have been quiet for a while, so that edits are folded in at once."""
    os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    return run


def metadata(base: Path, name: str) -> dict:
    return read_overlaid(str(base), name).metadata


def run_with_checkpoints(base: Path, name: str, count: int = 2, **values: object) -> Path:
    run = write_run(base, name)
    listed = []
    for number in range(count):
        (run / "checkpoints" / f"step-{number}").write_text("state")
        created = f"2026-11-01T00:00:{number:02}Z"
        listed.append({"name": f"step-{number}", "created_at": created, "path": f"checkpoints/step-{number}"})
    return write_run(base, name, checkpoints=listed, **values)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Two failed runs with checkpoints and a log, the newest first, and three others."""
    for number, name in enumerate(("ant", "bee", "cow", "dog", "eel")):
        status = "failed" if name in ("bee", "dog") else "completed"
        run = run_with_checkpoints(
            runs_dir,
            name,
            status=status,
            description=f"a {name}",
            created=NOW - timedelta(hours=number),
            completed_at=(NOW - timedelta(minutes=number)).isoformat(),
            tags=["old"] if number < 2 else [],
        )
        if status == "failed":
            write_log(run, TRACEBACK)
        (run / "run_params.json").write_text('{"beta": 0.3, "model": {"grid": 64}}')
        old(run)
    main(["-C", str(runs_dir), "doctor", "--fix"])
    return runs_dir


async def is_done(user: Session, text: str) -> None:
    """Wait until a job has told that it is done."""
    await user.sees(text)


def children(base: Path) -> dict[str, str]:
    """Return the names of the runs that go on from another one, each with that one's."""
    parents = {name: metadata(base, name)["parent_run_id"] for name in run_names(str(base))}
    return {name: parent for name, parent in parents.items() if parent}


def is_healthy(base: Path) -> bool:
    return main(["-C", str(base), "doctor"]) == 0


# Keystrokes


async def test_the_first_error_line_of_the_newest_failed_run_takes_two_keys(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("n", "e")
        await user.sees("ValueError: no beta")
        await user.sees("log: bee")


async def test_all_failed_runs_of_a_view_are_tagged_in_twelve_keys(runs: Path) -> None:
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


async def test_a_failed_run_is_resumed_from_its_newest_checkpoint_in_three_keys(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("n", "r")
        await user.sees("resumes at step-1")
        await user.press("enter")
        await user.has_cursor_on("Resumed from bee")
        (child,) = children(runs)
        assert metadata(runs, child)["resume_checkpoint"]["name"] == "step-1"
        # It is dealt with.
        await user.press("g", "n")
        await user.has_cursor_on("a dog")
        await user.press("u")
        await user.sees_no("Resumed from bee")
        await is_done(user, "removed 1 run that had been created")
    assert is_healthy(runs)


async def test_selected_runs_go_to_the_trash_in_three_keys_and_come_back_with_one(runs: Path) -> None:
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


# Tags and statuses


async def test_tags_are_completed_with_how_many_have_them_and_added_and_removed_at_once(runs: Path) -> None:
    async with browsing(runs, (80, 24), notices=True) as user:
        await user.press("asterisk", "t")
        await user.sees("Tags of 5 runs")
        await user.sees("on 2 of 5")
        await user.press("minus", "o", "tab", *"prod")
        await user.sees("adds prod to 5 runs, removes old from 2 of 5 runs")
        await user.press("enter")
        await is_done(user, "tagged 5 runs +prod -old")
        assert {tuple(metadata(runs, name)["tags"]) for name in ("ant", "bee", "cow")} == {("prod",)}
        await user.press("u")
        await is_done(user, "undid on 5 runs")
    assert metadata(runs, "ant")["tags"] == ["old"]
    assert metadata(runs, "cow")["tags"] == []


async def test_nothing_typed_tags_nothing_and_escape_leaves(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("t", "enter")
        await user.sees("Type a tag")
        await user.press("escape")
        await user.sees_no("Tags of ")
    assert not (runs / "ant" / ".runtui" / "history").exists()


async def test_a_status_is_set_with_a_reason_that_stays_in_the_history(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("s", *"compl", "space", *"checked by hand", "enter")
        await is_done(user, "marked 1 run completed")
        await user.press("j", "s", *"comp", "space", *"by hand", "enter")
        await user.has_cursor_on("completed")
    assert metadata(runs, "bee")["status"] == "completed"
    (edit,) = (runs / "bee" / ".runtui" / "history").iterdir()
    assert json.loads(edit.read_text())["reason"] == "by hand"


async def test_what_cannot_be_done_is_listed_by_run_and_the_rest_is_done(runs: Path, tmp_path: Path) -> None:
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


async def test_a_job_on_many_runs_tells_how_far_it_is_and_can_be_stopped(runs_dir: Path) -> None:
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


async def test_without_a_change_of_ones_own_undo_asks_before_it_takes_back_the_runs_last_edit(
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


async def test_only_the_edit_that_was_told_is_undone(runs: Path) -> None:
    main(["-C", str(runs), "tag", "ant", "+other"])
    async with browsing(runs, notices=True) as user:
        await user.press("u")
        await user.sees("press u again to undo tags +other (by ")
        main(["-C", str(runs), "tag", "ant", "+later"])
        await user.press("u")
        await user.sees("ant was edited again meanwhile")
    assert metadata(runs, "ant")["tags"] == ["old", "other", "later"]


async def test_what_u_would_take_back_stands_in_the_bottom_line(runs: Path) -> None:
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


# Resuming


async def test_another_checkpoint_and_another_parameter_are_chosen(runs: Path) -> None:
    async with browsing(runs, (80, 24), notices=True) as user:
        await user.press("n", "r")
        await user.sees("(x) step-1")
        await user.press("j", "space")
        await user.sees("(x) step-0")
        await user.press("G", "space")
        await user.sees("model.grid: Enter apply")
        await user.press("backspace", "backspace", *"32", "enter")
        await user.sees("was 64")
        await user.press("enter")
        await user.has_cursor_on("Resumed from b…")
    ((child, parent),) = children(runs).items()
    assert parent == "bee"
    assert metadata(runs, child)["description"] == "Resumed from bee"
    assert json.loads((runs / child / "run_params.json").read_text()) == {"beta": 0.3, "model": {"grid": 32}}
    assert metadata(runs, child)["resume_checkpoint"]["name"] == "step-0"
    assert metadata(runs, "bee")["status"] == "failed"


async def test_a_group_is_resumed_by_one_rule_and_what_cannot_go_on_says_why(runs: Path) -> None:
    old(write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1)))
    async with browsing(runs, notices=True) as user:
        await user.press("slash", *"is:failed", "enter", "asterisk", "r")
        await user.sees("2 runs can be resumed")
        await user.sees("fox has no checkpoints to resume from")
        await user.press("enter")
        await is_done(user, "resumed 2 runs")
    assert sorted(children(runs).values()) == ["bee", "dog"]


async def test_a_run_without_checkpoints_is_not_resumed(runs: Path) -> None:
    write_run(runs, "fox", description="a fox", created=NOW + timedelta(minutes=1))
    async with browsing(runs) as user:
        await user.press("g", "r", "enter", "enter")
        await user.sees("fox has no checkpoints to resume from")
        await user.press("L")
        await user.sees("Cannot launch")
        await user.press("escape")
        await user.sees_no("resume fox")


async def test_a_recorded_command_is_shown_and_launched_again(runs_dir: Path) -> None:
    script = "import os, pathlib; pathlib.Path(os.environ['RUNTUI_RESULTS'], 'x').write_text('1')"
    run_with_checkpoints(
        runs_dir,
        "gnu",
        status="failed",
        description="a gnu",
    )
    launched = {"command": ["python3", "-c", script], "working_directory": str(runs_dir.parent)}
    write_sealed_record(SafeDirectory(runs_dir / "gnu"), RecordKind.COMMAND, launched)
    async with browsing(runs_dir) as user:
        await user.press("r")
        await user.sees("not started; the parent's command: python3 -c")
        await user.press("L")
        await user.sees("starts here")
        await user.press("enter")
        await user.sees("✓ completed")
    (child,) = children(runs_dir)
    assert (runs_dir / child / "results" / "x").exists()
    assert metadata(runs_dir, child)["status"] == "completed"


# Cleaning up


async def test_a_plan_says_what_stays_and_rows_can_be_left_out(runs: Path) -> None:
    old(write_run(runs, "keeper", description="a keeper", tags=["keep"], created=NOW - timedelta(days=1)))
    (runs / "cow" / "results" / "big").write_bytes(bytes(3_000_000))
    async with browsing(runs, notices=True) as user:
        await user.press("asterisk", "d")
        await user.sees("it is tagged keep")
        await user.sees("5 runs to the trash, 2.9 MiB; 1 run stays")
        await user.press("space")
        await user.sees("4 runs to the trash, ")
        await user.sees("excluded")
        await user.press("enter")
        await is_done(user, "moved 4 runs to the trash")
        await user.sees("a keeper")
    assert len([path for path in runs.iterdir() if path.name in ("ant", "bee", "cow", "dog", "eel")]) == 1
    assert is_healthy(runs)


async def test_a_cleanup_by_rule_shows_what_the_rule_takes_while_it_is_typed(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("D")
        await user.sees("Type a filter, or keep N.")
        await user.press(*"keep", "space", *"4")
        await user.sees("1 run to the trash")
        await user.sees("not among the 4 newest")
        await user.press("space", *"nosuch:")
        await user.sees("a value is missing after nosuch:")
        await user.press(*["backspace"] * 8)
        await user.sees("1 run to the trash")
        await user.press("enter", "enter")
        await user.sees_rows("a ant", "a bee", "a cow", "a dog")


async def test_the_trash_is_listed_restored_from_and_emptied_only_when_asked_twice(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("asterisk", "d")
        await user.sees("5 runs to the trash, ")
        await user.press("enter")
        await user.sees("No runs here yet")
        await user.press("T")
        await user.sees("5 runs, ")
        await user.press("space", "enter")
        await is_done(user, "restored 1 run")
        await user.press("T")
        await user.sees("4 runs, ")
        await user.press("asterisk", "X")
        await user.sees("Press X again to delete 4 runs")
        assert len(list((runs / ".trash").iterdir())) == 4
        await user.press("X")
        await is_done(user, "deleted 4 runs")
    assert list((runs / ".trash").iterdir()) == []
    assert is_healthy(runs)


# The inbox


async def test_the_inbox_groups_new_failures_and_remembers_what_was_dealt_with(runs: Path) -> None:
    run = write_run(runs, "fox", status="failed", description="a fox", created=NOW - timedelta(days=1))
    write_log(run, "CUDA out of memory\nslurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n")
    async with browsing(runs, notices=True) as user:
        await user.sees("oom")
        await user.press("i")
        await user.sees("3 open, 3 new since your last visit")
        await user.sees("2      2 new  exception")
        await user.press("x")
        await user.sees("1 open, 1 new since")
        await user.press("t", *"big", "enter")
        await user.sees("1 selected")
        await is_done(user, "tagged 1 run +big")
        await user.press("escape", "escape", "g", "n")
        await user.has_cursor_on("a ant")
        await user.press("i")
        await user.sees("no open failures")
        await user.press("escape")
    assert metadata(runs, "fox")["tags"] == ["big"]
    # Another session knows it, and what failed since is new.
    async with browsing(runs) as user:
        run = write_run(
            runs,
            "gnu",
            status="failed",
            description="a gnu",
            created=NOW - timedelta(days=2),
            completed_at=datetime.now(UTC).isoformat(),
        )
        write_log(run, TRACEBACK)
        await user.sees("a gnu")
        await user.press("i")
        await user.sees("1 open, 1 new since")
        await user.press("enter")
        await user.has_cursor_on("a gnu")


async def test_an_undone_tag_leaves_the_failure_to_be_dealt_with(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("n", "t", *"x", "enter")
        await is_done(user, "tagged 1 run +x")
        await user.press("g", "n")
        await user.has_cursor_on("a dog")
        await user.press("u")
        await is_done(user, "undid on 1 run")
        await user.press("g", "n")
        await user.has_cursor_on("a bee")


# Beside


async def test_ids_paths_and_a_cd_command_are_copied(runs: Path) -> None:
    async with browsing(runs, notices=True) as user:
        await user.press("y", "enter")
        await user.sees("copied ant")
        assert user.app.clipboard == "ant"
        await user.press("y", "3")
        await user.sees("copied cd --")
        assert user.app.clipboard == f"cd -- {runs / 'ant'}"
        await user.press("space", "space", "y", "2")
        await user.sees("copied 2 lines")
        assert user.app.clipboard == f"{runs / 'ant'}\n{runs / 'bee'}"


async def test_what_is_copied_is_one_word_a_line_for_a_shell(runs_dir: Path) -> None:
    for number, name in enumerate(["x;touch PWNED;", "it's", "plain"]):
        write_run(runs_dir, name, created=NOW - timedelta(hours=number))
    async with browsing(runs_dir, notices=True) as user:
        await user.press("asterisk", "y", "1")
        await user.sees("copied 3 lines")
        assert user.app.clipboard == "'x;touch PWNED;'\n'it'\\''s'\nplain"
        await user.press("y", "2")
        assert user.app.clipboard.splitlines()[:2] == [
            f"'{runs_dir}/x;touch PWNED;'",
            f"'{runs_dir}/it'\\''s'",
        ]


async def test_why_a_name_cannot_be_copied_is_shown(runs_dir: Path) -> None:
    write_run(runs_dir, "ends\n")
    async with browsing(runs_dir) as user:
        await user.press("y")
        await user.sees("cannot be copied: it ends with a line break")
        await user.press("1")
        await user.sees_no("Enter copy")
        assert user.app.clipboard == ""
        await user.press("2")
        await user.sees_no("cannot be copied")
        assert user.app.clipboard == f"\"$(printf '{runs_dir}/ends\\012/.')\""


async def test_the_cursor_goes_to_the_parent_and_to_the_newest_child(runs: Path) -> None:
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


async def test_a_watched_run_tells_that_it_has_ended(runs: Path) -> None:
    write_run(runs, "fox", status="running", description="a fox", hostname="x", created=NOW)
    write_log(runs / "fox", "at work\n")
    async with browsing(runs, notices=True) as user:
        await user.sees("running")
        await user.press("g", "w")
        await user.sees("watching 1 run")
        write_run(runs, "fox", status="failed", description="a fox", hostname="x", created=NOW)
        await user.sees("✗ failed  a fox")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_heading_stands_for_its_group_in_every_action(runs: Path, size: tuple[int, int]) -> None:
    async with browsing(runs, size, view=SavedView("", group="status"), notices=True) as user:
        await user.press("g")
        while "status = failed" not in user.cursor:
            await user.press("j")
        await user.press("t", *"x", "enter")
        await is_done(user, "tagged 2 runs +x")
    assert metadata(runs, "dog")["tags"] == ["x"]
