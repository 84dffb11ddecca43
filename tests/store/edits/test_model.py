"""Edits are shown at once and lost to nobody."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui import RunManager, RunStatus
from runtui.cli import main
from runtui.store.edits.fold import fold, read_overlaid
from runtui.store.edits.model import (
    MISSING,
    TagsChange,
    ValueChange,
    new_edit,
    read_edits,
    write_edit,
)
from runtui.store.edits.operations import edit_tags, set_status, undo
from runtui.store.rows import read_record
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import write_run
from tests.store.children import finish, start_together
from tests.store.edits.editing import age, on_disk, only, shown


def test_an_edit_of_a_live_run_is_shown_at_once_and_leaves_the_writers_file_alone(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running", tags=["a", "b"])
    before = (run / "metadata.json").read_bytes()
    outcome = only(edit_tags(str(runs_dir), ["r"], ["new"], ["a"]))
    assert outcome.done
    assert "the run is running" in outcome.text
    assert (run / "metadata.json").read_bytes() == before
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.tags, record.edits, record.conflict) == (("b", "new"), 1, "")


def test_what_runtuis_own_manager_sets_knowing_of_an_edit_is_not_taken_for_a_late_save(
    runs_dir: Path,
) -> None:
    run = write_run(runs_dir, "r", tags=["a"])
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    age(run)
    edit_tags(str(runs_dir), ["r"], ["new"], [])
    manager = RunManager(runs_dir)
    assert manager.load_run("r")
    manager.metadata["tags"] = ["a"]
    manager.update_status("completed")
    assert (shown(runs_dir, "r")["status"], shown(runs_dir, "r")["tags"]) == ("completed", ["a"])


def test_what_runtuis_own_manager_sets_in_ignorance_of_a_folded_edit_is_a_conflict(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    name = manager.create_run()
    manager.update_status("checkpointed")
    age(runs_dir / name)
    set_status(str(runs_dir), [name], RunStatus.FAILED)
    manager.update_status("completed")
    manager.add_checkpoint("last")
    record = read_record(str(runs_dir), name, is_edited=True)
    assert record.conflict == 'status: the run\'s writer says "completed", an edit says "failed"'
    set_status(str(runs_dir), [name], RunStatus.FAILED)
    record = read_record(str(runs_dir), name, is_edited=True)
    assert (record.status, record.conflict) == ("failed", "")


def test_a_status_that_both_changed_is_shown_with_both_values_and_settled_by_the_user(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    run = write_run(runs_dir, "r", status="completed")
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert record.status == "completed"
    assert record.conflict == 'status: the run\'s writer says "completed", an edit says "failed"'
    age(run)
    assert fold(str(runs_dir), "r").folded == ()
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict) == ("failed", "")
    assert on_disk(run)["status"] == "failed"
    assert [edit.is_folded for edit in read_edits(str(run))] == [True, True]


def test_an_edit_taken_back_before_the_writer_changed_the_key_is_no_conflict(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    undo(str(runs_dir), "r")
    write_run(runs_dir, "r", status="completed")
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict) == ("completed", "")
    age(run)
    assert len(fold(str(runs_dir), "r").folded) == 2
    assert on_disk(run)["status"] == "completed"


def test_where_the_last_edit_says_what_the_writer_says_there_is_no_conflict(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    set_status(str(runs_dir), ["r"], RunStatus.COMPLETED)
    write_run(runs_dir, "r", status="completed")
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict) == ("completed", "")


def test_edits_made_one_on_the_other_stay_together_while_they_are_in_conflict(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    set_status(str(runs_dir), ["r"], RunStatus.RESUMED)
    age(write_run(runs_dir, "r", status="completed"))
    assert fold(str(runs_dir), "r").folded == ()
    (conflict,) = read_overlaid(str(runs_dir), "r").conflicts.values()
    assert (conflict.old, conflict.theirs, conflict.ours) == ("running", "completed", "resumed")


def test_a_late_save_with_a_third_status_is_a_conflict_with_the_folded_edit(runs_dir: Path) -> None:
    classic = ClassicManager(runs_dir)
    name = classic.create_run()
    classic.update_status("checkpointed")
    age(runs_dir / name)
    set_status(str(runs_dir), [name], RunStatus.FAILED)
    assert on_disk(runs_dir / name)["status"] == "failed"
    classic.update_status("completed")
    conflict = 'status: the run\'s writer says "completed", an edit says "failed"'
    assert read_record(str(runs_dir), name, is_edited=True).conflict == conflict
    set_status(str(runs_dir), [name], RunStatus.COMPLETED)
    record = read_record(str(runs_dir), name, is_edited=True)
    assert (record.status, record.conflict) == ("completed", "")


def test_of_hosts_whose_clocks_differ_the_later_edit_counts(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(runs_dir, "r", status="running")
    now = time.time_ns()
    with monkeypatch.context() as ahead:
        ahead.setattr("time.time_ns", lambda: now + 60 * 10**9)
        set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    set_status(str(runs_dir), ["r"], RunStatus.RESUMED)
    assert shown(runs_dir, "r")["status"] == "resumed"
    assert only(undo(str(runs_dir), "r")).text.startswith('status "resumed" → "failed"')
    assert only(undo(str(runs_dir), "r")).text.startswith('status "failed" → "running"')
    assert shown(runs_dir, "r")["status"] == "running"


@pytest.mark.parametrize("name", ["9" * 20, "x", "", "9" * 30, "-5", "٣" * 20])
def test_a_forged_name_of_an_edit_puts_no_later_one_out_of_order(name: str) -> None:
    first = new_edit("mark", [], after=f"{name}-0")
    assert len(first.edit_id) == len(new_edit("mark", [], after=first.edit_id).edit_id) == 33
    assert first.edit_id < new_edit("mark", [], after=first.edit_id).edit_id


def test_a_late_save_of_another_value_is_a_conflict_until_a_user_settles_it(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="completed")
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    write_run(runs_dir, "r", status="resumed")
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict != "") == ("resumed", True)
    set_status(str(runs_dir), ["r"], RunStatus.RESUMED)
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict) == ("resumed", "")


def test_edits_that_took_each_other_back_are_not_dropped_by_anything(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", tags=["a", "b"])
    age(run)
    edit_tags(str(runs_dir), ["r"], [], ["a"])
    age(run)
    edit_tags(str(runs_dir), ["r"], ["a"], [])
    assert on_disk(run)["tags"] == ["b", "a"]
    write_run(runs_dir, "r", tags=["a", "b"])
    assert shown(runs_dir, "r")["tags"] == ["a", "b"]
    assert read_record(str(runs_dir), "r", is_edited=True).edits == 0


@pytest.mark.parametrize("now", [None, "text", {"an": "object"}, 7], ids=repr)
def test_tags_that_the_writer_makes_no_list_hide_no_edit(runs_dir: Path, now: object) -> None:
    for is_folded in (False, True):
        name = f"folded {is_folded}"
        run = write_run(runs_dir, name, tags=["a"], status="completed" if is_folded else "running")
        age(run)
        edit_tags(str(runs_dir), [name], ["new"], [])
        write_run(runs_dir, name, tags=["a"], status="failed")
        metadata = on_disk(run) | {"tags": now}
        (run / "metadata.json").write_text(json.dumps(metadata))
        record = read_record(str(runs_dir), name, is_edited=True)
        assert "new" in record.tags or "new" in record.conflict
        edit_tags(str(runs_dir), [name], ["settled"], [])
        record = read_record(str(runs_dir), name, is_edited=True)
        assert ("settled" in record.tags, record.conflict) == (True, "")


def test_a_conflict_of_tags_is_settled_by_tagging_either_way(runs_dir: Path) -> None:
    for add, remove in ((["x"], []), ([], ["x"])):
        run = write_run(runs_dir, "r", tags=["a"])
        (run / "metadata.json").write_text(json.dumps(on_disk(run) | {"tags": "text"}))
        edit_tags(str(runs_dir), ["r"], ["x"], [])
        write_run(runs_dir, "r", tags=["sim"])
        assert read_record(str(runs_dir), "r", is_edited=True).conflict
        edit_tags(str(runs_dir), ["r"], add, remove)
        record = read_record(str(runs_dir), "r", is_edited=True)
        assert (record.tags, record.conflict) == (("sim", *add), "")
        shutil.rmtree(run)


def test_the_first_tag_of_a_run_and_the_tags_of_its_writer_are_both_meant(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    metadata = on_disk(run)
    del metadata["tags"]
    (run / "metadata.json").write_text(json.dumps(metadata))
    edit_tags(str(runs_dir), ["r"], ["x"], [])
    (run / "metadata.json").write_text(json.dumps(metadata | {"tags": ["sim"]}))
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.tags, record.conflict) == (("sim", "x"), "")
    assert only(undo(str(runs_dir), "r")).done
    assert shown(runs_dir, "r")["tags"] == ["sim"]


UNREADABLE = {
    "it is damaged": b'{"id": "01795970000000000001-bbbbbbbbbbbb", "chan',
    "it is of a newer version of runtui": b'{"format": 2, "id": "01795970000000000001-bbbbbbbbbbbb"}',
    "it would change what is run, which no edit may": json.dumps(
        {"id": "01795970000000000001-bbbbbbbbbbbb", "at": "", "user": "", "host": "", "action": "mark"}
        | {"changes": [{"key": "command", "new": ["touch", "pwned"]}]}
    ).encode(),
}


@pytest.mark.parametrize("why", UNREADABLE)
def test_an_edit_that_cannot_be_read_is_told_of(
    runs_dir: Path, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(runs_dir, "r", tags=["a"])
    RunManager(runs_dir).rebuild_index()
    edits = run / ".runtui" / "edits"
    edits.mkdir(parents=True)
    (edits / "01795970000000000001-bbbbbbbbbbbb.json").write_bytes(UNREADABLE[why])
    assert main(["-C", str(runs_dir), "doctor"]) == 1
    assert (
        f".runtui/edits/01795970000000000001-bbbbbbbbbbbb.json, so it has no effect: {why}"
        in capsys.readouterr().out
    )
    assert main(["-C", str(runs_dir), "show", "r"]) == 0
    assert why in capsys.readouterr().out
    assert main(["-C", str(runs_dir), "show", "r", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["unreadable_edits"]
    assert found["why"] == why
    assert (edits / "01795970000000000001-bbbbbbbbbbbb.json").exists()


def test_many_editors_of_one_run_and_its_writers_lose_no_edit(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    name = manager.create_run(run_id="r")
    manager.update_status("running")
    code = """
    import sys
    from runtui.store.edits.operations import edit_tags
    ready()
    for number in range(25):
        (outcome,) = edit_tags(sys.argv[1], ["r"], [f"{sys.argv[2]}-{number}"], [])
        assert outcome.done, outcome
    """
    editors = start_together(code, [[runs_dir, editor] for editor in range(6)])
    for number in range(20):
        manager.add_checkpoint(f"step-{number}")
    finish(editors)
    manager.update_status("completed")
    assert set(on_disk(runs_dir / name)["tags"]) == {
        f"{editor}-{number}" for editor in range(6) for number in range(25)
    }
    assert len(on_disk(runs_dir / name)["checkpoints"]) == 20
    assert all(edit.is_folded for edit in read_edits(str(runs_dir / name)))


def test_an_editor_killed_at_any_moment_leaves_the_old_or_the_new_state(
    runs_dir: Path, rounds: Callable[[int], int]
) -> None:
    run = write_run(runs_dir, "r", tags=["a"])
    code = (
        "import sys, os, time\n"
        "from runtui.store.edits.operations import edit_tags\nprint('ready', flush=True)\n"
        "n = 0\nwhile True:\n    os.utime(sys.argv[1] + '/r/metadata.json', (1, 1))\n"
        "    edit_tags(sys.argv[1], ['r'], [str(n)], [])\n    n += 1\n"
    )
    choice = random.Random(3)
    for _round in range(rounds(12)):
        with subprocess.Popen([sys.executable, "-c", code, str(runs_dir)], stdout=subprocess.PIPE) as editor:
            assert editor.stdout is not None
            editor.stdout.readline()
            time.sleep(choice.uniform(0.0, 0.05))  # the moment of the kill is what is varied here
            editor.kill()
        assert on_disk(run)["tags"][0] == "a"
        tags = shown(runs_dir, "r")["tags"]
        assert tags == ["a", *sorted(tags[1:], key=tags.index)]
        assert len(set(tags)) == len(tags)
        made = {tag for edit in read_edits(str(run)) for change in edit.changes for tag in change.added}
        assert set(tags[1:]) == made


def test_a_damaged_edit_harms_no_other(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    edit_tags(str(runs_dir), ["r"], ["good"], [])
    folder = run / ".runtui" / "edits"
    for number, text in enumerate(["", "[]", "{", '{"id": 3}', '{"changes": [[]]}', "[" * 100_000]):
        (folder / f"bad{number}.json").write_text(text)
    (folder / "fifo.json").mkdir()
    assert read_record(str(runs_dir), "r", is_edited=True).tags == ("good",)


def test_a_key_can_be_added_and_taken_out(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    text = (run / "metadata.json").read_bytes()
    age(run)
    write_edit(str(runs_dir), "r", new_edit("note", [ValueChange("note", MISSING, "why")]))
    fold(str(runs_dir), "r")
    assert on_disk(run)["note"] == "why"
    age(run)
    assert only(undo(str(runs_dir), "r")).done
    assert (run / "metadata.json").read_bytes() == text


def test_an_edit_is_for_those_whom_the_run_is_shared_with(runs_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        modes = []
        for name, mode in (("shared", 0o2770), ("own", 0o755)):
            run = write_run(runs_dir, name)
            run.chmod(mode)
            write_edit(str(runs_dir), name, new_edit("tag", [TagsChange(("new",), ())]))
            (edit,) = (run / ".runtui" / "edits").iterdir()
            modes.append(edit.stat().st_mode & 0o777)
    finally:
        os.umask(before)
    assert modes == [0o660, 0o600]
