"""What users and the run's writer changed, shown together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from runtui import RunManager, RunStatus
from runtui.store.edits.edit_files import read_edits, write_edit
from runtui.store.edits.fold import fold, read_overlaid
from runtui.store.edits.model import MISSING, ValueChange, new_edit
from runtui.store.edits.run_edits import edit_tags, set_status, undo
from runtui.store.rows import read_record
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import write_run
from tests.store.edits.editing import age, on_disk, only, shown


def test_edit_of_a_live_run_is_shown_without_changing_the_metadata(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running", tags=["a", "b"])
    before = (run / "metadata.json").read_bytes()
    outcome = only(edit_tags(str(runs_dir), ["r"], ["new"], ["a"]))
    assert outcome.done
    assert "the run is running" in outcome.text
    assert (run / "metadata.json").read_bytes() == before
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.tags, record.edits, record.conflict) == (("b", "new"), 1, "")


def test_writer_that_loaded_an_edit_can_overwrite_it(
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


def test_writer_unaware_of_a_folded_edit_causes_a_conflict(runs_dir: Path) -> None:
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


def test_status_conflict_shows_both_values_until_the_user_resolves_it(runs_dir: Path) -> None:
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


def test_undone_edit_does_not_conflict_with_the_writer(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    undo(str(runs_dir), "r")
    write_run(runs_dir, "r", status="completed")
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict) == ("completed", "")
    age(run)
    assert len(fold(str(runs_dir), "r").folded) == 2
    assert on_disk(run)["status"] == "completed"


def test_edit_equal_to_the_writers_value_is_not_a_conflict(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    set_status(str(runs_dir), ["r"], RunStatus.COMPLETED)
    write_run(runs_dir, "r", status="completed")
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict) == ("completed", "")


def test_successive_edits_of_a_key_form_one_conflict(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    set_status(str(runs_dir), ["r"], RunStatus.RESUMED)
    age(write_run(runs_dir, "r", status="completed"))
    assert fold(str(runs_dir), "r").folded == ()
    (conflict,) = read_overlaid(str(runs_dir), "r").conflicts.values()
    assert (conflict.old, conflict.theirs, conflict.ours) == ("running", "completed", "resumed")


def test_late_save_with_a_third_status_conflicts_with_a_folded_edit(runs_dir: Path) -> None:
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


def test_conflict_with_a_late_save_lasts_until_a_user_resolves_it(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="completed")
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    write_run(runs_dir, "r", status="resumed")
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict != "") == ("resumed", True)
    set_status(str(runs_dir), ["r"], RunStatus.RESUMED)
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.status, record.conflict) == ("resumed", "")


def test_edits_that_cancel_out_are_not_reapplied_after_a_late_save(runs_dir: Path) -> None:
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
def test_invalid_tags_of_the_writer_do_not_hide_an_edit(runs_dir: Path, now: object) -> None:
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


def test_tag_conflict_is_resolved_by_adding_or_removing_the_tag(runs_dir: Path) -> None:
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


def test_first_tag_of_a_run_is_merged_with_tags_of_its_writer(runs_dir: Path) -> None:
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


def test_undo_removes_a_key_added_by_an_edit(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    text = (run / "metadata.json").read_bytes()
    age(run)
    write_edit(str(runs_dir), "r", new_edit("note", [ValueChange("note", MISSING, "why")]))
    fold(str(runs_dir), "r")
    assert on_disk(run)["note"] == "why"
    age(run)
    assert only(undo(str(runs_dir), "r")).done
    assert (run / "metadata.json").read_bytes() == text
