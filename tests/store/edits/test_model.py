"""Edits: shown at once, folded in when that is safe, lost to nobody."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import RunManager, RunStatus, StoreError
from runtui.cli import main
from runtui.store.atomic import replace_in
from runtui.store.edits.fold import fold, read_overlaid
from runtui.store.edits.model import (
    MISSING,
    MOST_NAMED,
    TagsChange,
    ValueChange,
    move_to_history,
    new_edit,
    read_edits,
    write_edit,
)
from runtui.store.edits.operations import Outcome, edit_tags, set_status, take_back, undo
from runtui.store.rows import read_record
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import write_raw, write_run
from tests.store.children import finish, output_as_nobody, start, start_together
from tests.waiting import wait_until

LONG_AGO = time.time() - 3600


def age(run_dir: Path) -> None:
    """Make a run look as if nothing had been written to it for an hour."""
    os.utime(run_dir / "metadata.json", (LONG_AGO, LONG_AGO))


def on_disk(run_dir: Path) -> dict[str, Any]:
    return json.loads((run_dir / "metadata.json").read_bytes())


def only(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def shown(base: Path, name: str) -> dict[str, Any]:
    return read_overlaid(str(base), name).metadata


# Showing and folding


def test_an_edit_of_a_live_run_is_shown_at_once_and_leaves_the_writers_file_alone(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running", tags=["a", "b"])
    before = (run / "metadata.json").read_bytes()
    outcome = only(edit_tags(str(runs_dir), ["r"], ["new"], ["a"]))
    assert outcome.done
    assert "the run is running" in outcome.text
    assert (run / "metadata.json").read_bytes() == before
    record = read_record(str(runs_dir), "r", is_edited=True)
    assert (record.tags, record.edits, record.conflict) == (("b", "new"), 1, "")


def test_an_edit_of_an_ended_quiet_run_changes_only_its_key_byte_for_byte(runs_dir: Path) -> None:
    text = '{\n    "status": "completed",\n    "x": 1.50e+3, "name": "caf\\u00e9",\n    "tags": []\n}\n'
    run = write_raw(runs_dir, "r", text.encode())
    (run / "metadata.json").chmod(0o640)
    age(run)
    assert only(set_status(str(runs_dir), ["r"], RunStatus.FAILED, "it was wrong")).text == (
        'status "completed" → "failed"'
    )
    assert (run / "metadata.json").read_text() == text.replace('"completed"', '"failed"')
    assert (run / "metadata.json").stat().st_mode & 0o777 == 0o640
    assert read_record(str(runs_dir), "r", is_edited=True).edits == 0
    (edit,) = read_edits(str(run))
    assert (edit.action, edit.reason, edit.is_folded) == ("mark", "it was wrong", True)


def test_a_run_written_to_a_moment_ago_is_not_folded_into(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    assert "a moment ago" in only(edit_tags(str(runs_dir), ["r"], ["new"], [])).text
    assert on_disk(run)["tags"] == []
    age(run)
    assert len(fold(str(runs_dir), "r").folded) == 1
    assert on_disk(run)["tags"] == ["new"]
    assert fold(str(runs_dir), "r").folded == ()


def test_runtuis_own_manager_folds_at_its_next_save_and_knows_the_edit(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    name = manager.create_run(tags=["a"])
    manager.update_status("running")
    edit_tags(str(runs_dir), [name], ["new"], ["a"])
    manager.add_checkpoint("one")
    assert manager.metadata["tags"] == ["new"]
    assert on_disk(runs_dir / name)["tags"] == ["new"]
    manager.update_status("completed")
    assert on_disk(runs_dir / name)["tags"] == ["new"]
    assert [edit.is_folded for edit in read_edits(str(runs_dir / name))] == [True]


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


def test_a_late_save_that_drops_a_folded_edit_does_not_hide_it_and_it_is_folded_again(runs_dir: Path) -> None:
    classic = ClassicManager(runs_dir)
    name = classic.create_run(tags=["a"])
    classic.update_status("completed")
    age(runs_dir / name)
    edit_tags(str(runs_dir), [name], ["new"], [])
    assert on_disk(runs_dir / name)["tags"] == ["a", "new"]
    classic.update_status("completed", late=True)
    assert on_disk(runs_dir / name)["tags"] == ["a"]
    assert shown(runs_dir, name)["tags"] == ["a", "new"]
    folded = runs_dir / name / ".runtui" / "history"
    moment = (runs_dir / name / "metadata.json").stat().st_mtime - 120
    for path in (*folded.iterdir(), runs_dir / name / "metadata.json"):
        os.utime(path, (moment + path.name.startswith("metadata"),) * 2)
    fold(str(runs_dir), name)
    assert on_disk(runs_dir / name)["tags"] == ["a", "new"]
    assert on_disk(runs_dir / name)["late"] is True


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.chmod(0o444), "read-only"),
        (lambda path: os.link(path, path.with_name("backup")), "hard links"),
        (lambda path: (path.rename(path.with_name("real")), path.symlink_to("real")), "symbolic link"),
        (lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()), "byte order mark"),
        (lambda path: path.write_text('{"status": "failed", "tags": [], "status": "completed"}'), "twice"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b"alice", b"al\xefce")),
            "cannot be changed",
        ),
    ],
)
def test_a_file_that_must_not_be_replaced_keeps_its_bytes_and_the_edit_is_shown(
    runs_dir, spoil, reason
) -> None:
    run = write_run(runs_dir, "r")
    spoil(run / "metadata.json")
    if not (run / "metadata.json").is_symlink():
        age(run)
    before = (run / "metadata.json").read_bytes()
    outcome = only(edit_tags(str(runs_dir), ["r"], ["new"], []))
    assert outcome.done
    assert reason in outcome.text
    assert (run / "metadata.json").read_bytes() == before
    assert read_record(str(runs_dir), "r", is_edited=True).tags == ("new",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_users_run_is_not_edited_and_the_reason_is_one_line(public_dir: Path) -> None:
    write_run(public_dir, "r")
    printed = output_as_nobody(
        "import sys; from runtui.store.edits.operations import edit_tags\n"
        "print(edit_tags(sys.argv[1], ['r'], ['new'], [])[0])",
        public_dir,
    )
    assert "done=False" in printed
    assert "it belongs to another user: ask its owner to do it" in printed
    assert read_edits(str(public_dir / "r")) == []


# Undo


names_of_tags = st.sampled_from(["a", "b", "c", "keep", "päper"])
steps = st.lists(
    st.tuples(st.just("tag"), st.sets(names_of_tags), st.sets(names_of_tags))
    | st.tuples(st.just("mark"), st.sampled_from(list(RunStatus))),
    max_size=6,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
contents = st.dictionaries(
    st.sampled_from(["status", "tags", "description", "x", "é"]) | st.text(max_size=6),
    values | st.lists(names_of_tags, max_size=4),
    max_size=6,
)
layouts = st.sampled_from(
    [{"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}, {"ensure_ascii": False}]
)


@given(contents, layouts, steps, st.booleans())
def test_any_edits_change_only_their_keys_and_undoing_them_ends_where_it_began(
    tmp_path_factory, content, layout, edits, is_quiet
) -> None:
    base = tmp_path_factory.mktemp("runs")
    content = content | {"run_id": "r"}  # what has none is another program's, and not edited
    run = write_raw(base, "r", json.dumps(content, **layout).encode())
    made = 0
    for edit in edits:
        if is_quiet:
            age(run)
        if edit[0] == "tag":
            outcome = only(edit_tags(str(base), ["r"], sorted(edit[1]), sorted(edit[2] - edit[1])))
        else:
            outcome = only(set_status(str(base), ["r"], edit[1]))
        assert outcome.done
        made += "is so already" not in outcome.text
        now = shown(base, "r")
        assert {key: repr(now.get(key)) for key in content if key not in ("status", "tags")} == {
            key: repr(content[key]) for key in content if key not in ("status", "tags")
        }
    for _ in range(made):
        if is_quiet:
            age(run)
        assert only(undo(str(base), "r")).done
    assert json.dumps(shown(base, "r")) == json.dumps(content)
    with pytest.raises(StoreError, match="no edit to undo"):
        undo(str(base), "r")


def test_undo_refuses_where_the_value_was_changed_since(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="completed")
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    write_run(runs_dir, "r", status="resumed")
    outcome = only(undo(str(runs_dir), "r"))
    assert not outcome.done
    assert 'status "completed" → "failed", but it was changed since' in outcome.text


def test_undo_takes_a_bulk_edit_back_whole(runs_dir: Path) -> None:
    names = ["r1", "r2", "r3"]
    for name in names:
        age(write_run(runs_dir, name, tags=["old"] if name == "r2" else []))
    edit_tags(str(runs_dir), names, ["new"], ["old"])
    assert [shown(runs_dir, name)["tags"] for name in names] == [["new"]] * 3
    assert all(outcome.done for outcome in undo(str(runs_dir), "r3"))
    assert [shown(runs_dir, name)["tags"] for name in names] == [[], ["old"], []]


def test_a_bulk_edit_of_many_runs_grows_with_them_and_not_with_their_square(runs_dir: Path) -> None:
    names = [f"run-{number:03}" for number in range(MOST_NAMED + 20)]
    for name in names:
        age(write_run(runs_dir, name))
    edited = edit_tags(str(runs_dir), names, ["new"], [])
    assert all(outcome.done and outcome.edit_id for outcome in edited)
    (edit,) = read_edits(str(runs_dir / names[3]))
    assert len(json.dumps(edit.runs)) < 1000
    edit_tags(str(runs_dir), names[:2], ["other"], [])
    undone = undo(str(runs_dir), names[3])
    assert {outcome.name for outcome in undone} == set(names)
    assert [shown(runs_dir, name)["tags"] for name in names[1:4]] == [["other"], [], []]


def test_certain_edits_are_taken_back_also_when_others_came_after(runs_dir: Path) -> None:
    names = ["r1", "r2", "r3"]
    for name in names:
        age(write_run(runs_dir, name, tags=["old"]))
    edits = {outcome.name: outcome.edit_id for outcome in edit_tags(str(runs_dir), names, ["new"], [])}
    set_status(str(runs_dir), ["r2"], RunStatus.FAILED)
    edit_tags(str(runs_dir), ["r3"], [], ["new"])
    outcomes = take_back(str(runs_dir), edits)
    assert [outcome.done for outcome in outcomes] == [True, True, False]
    assert "was changed since" in outcomes[2].text
    assert [shown(runs_dir, name)["tags"] for name in names] == [["old"]] * 3
    assert shown(runs_dir, "r2")["status"] == "failed"
    assert [outcome.text for outcome in take_back(str(runs_dir), {"r1": edits["r1"]})] == [
        "was undone already"
    ]
    assert not only(take_back(str(runs_dir), {"r1": "nosuch"})).done


def test_an_action_that_is_stopped_says_of_each_run_whether_it_was_done(runs_dir: Path) -> None:
    names = [f"r{number}" for number in range(5)]
    for name in names:
        age(write_run(runs_dir, name))
    told: list[tuple[int, int]] = []

    def stop_after_two(done: int, total: int) -> bool:
        told.append((done, total))
        return done < 2

    outcomes = edit_tags(str(runs_dir), names, ["new"], [], stop_after_two)
    assert [outcome.done for outcome in outcomes] == [True, True, False, False, False]
    assert [shown(runs_dir, name)["tags"] for name in names] == [["new"], ["new"], [], [], []]
    assert (1, 5) in told


# Conflicts


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


# Many at once


@pytest.mark.parametrize("status", ["running", "checkpointed"], ids=["kept beside", "folded at once"])
def test_an_edit_and_a_classic_writers_final_save_never_lose_each_other(
    runs_dir: Path, rounds: Callable[[int], int], status: str
) -> None:
    choice = random.Random(7)
    stuck = lost = 0
    for number in range(rounds(150)):
        classic = ClassicManager(runs_dir)
        name = classic.create_run(run_id=f"r{number}")
        classic.update_status(status)
        age(runs_dir / name)
        writer = threading.Timer(choice.uniform(0, 0.006), classic.update_status, ["completed"])
        writer.start()
        time.sleep(choice.uniform(0, 0.006))  # the moment of the edit is what is varied here
        assert only(edit_tags(str(runs_dir), [name], ["edited"], [])).done
        writer.join()
        stuck += on_disk(runs_dir / name)["status"] != "completed"
        lost += "edited" not in shown(runs_dir, name)["tags"]
    assert (stuck, lost) == (0, 0)


def test_a_save_into_the_file_that_is_just_being_replaced_is_put_in_place(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(runs_dir, "r", status="checkpointed")
    age(run)
    saved = (run / "metadata.json").read_text().replace("checkpointed", "completed")
    writers: list[threading.Timer] = []

    def write(
        folder: int, name: str, data: bytes, check: Callable[[], None] | None, *more: Any, **named: Any
    ) -> int:
        def check_and_open() -> None:
            assert check is not None
            check()
            if not writers:
                file = open(run / "metadata.json", "w")  # noqa: SIM115
                writers.append(threading.Timer(0.05, lambda: (file.write(saved), file.close())))
                writers[0].start()

        return replace_in(folder, name, data, check_and_open if check else None, *more, **named)

    monkeypatch.setattr("runtui.store.safe_directory.replace_in", write)
    assert "its writer saved it meanwhile" in only(edit_tags(str(runs_dir), ["r"], ["new"], [])).text
    assert (run / "metadata.json").read_text() == saved
    assert (shown(runs_dir, "r")["status"], shown(runs_dir, "r")["tags"]) == ("completed", ["new"])


def test_a_save_right_after_the_folding_does_not_hide_the_edit(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classic = ClassicManager(runs_dir)
    name = classic.create_run()
    classic.update_status("checkpointed")
    age(runs_dir / name)

    def save_first(*arguments: Any) -> None:
        classic.update_status("completed")
        move_to_history(*arguments)

    monkeypatch.setattr("runtui.store.edits.fold.move_to_history", save_first)
    edit_tags(str(runs_dir), [name], ["new"], [])
    assert on_disk(runs_dir / name)["tags"] == []
    assert (shown(runs_dir, name)["status"], shown(runs_dir, name)["tags"]) == ("completed", ["new"])


MOMENTS = {"the same moment": 0, "eleven minutes later": 660, "a year later": 3e7, "a clock set back": -3600}


@pytest.mark.parametrize("later", MOMENTS.values(), ids=MOMENTS)
def test_a_late_save_whenever_it_is_dated_drops_no_edit(runs_dir: Path, later: float) -> None:
    run = write_run(runs_dir, "r", tags=["a"], status="completed")
    age(run)
    from_memory = on_disk(run)
    edit_tags(str(runs_dir), ["r"], ["new"], ["a"])
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    assert on_disk(run)["status"] == "failed"
    folded = os.stat(run / "metadata.json").st_mtime
    (run / "metadata.json").write_text(json.dumps(from_memory | {"note": "from memory"}))
    os.utime(run / "metadata.json", (folded + later,) * 2)
    found = shown(runs_dir, "r")
    assert (found["status"], found["tags"], found["note"]) == ("failed", ["new"], "from memory")
    assert read_record(str(runs_dir), "r", is_edited=True).edits == 2
    age(run)
    assert fold(str(runs_dir), "r").reason == ""
    assert (on_disk(run)["status"], on_disk(run)["tags"]) == ("failed", ["new"])
    assert read_record(str(runs_dir), "r", is_edited=True).edits == 0


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


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs /proc")
def test_a_save_that_stood_still_inside_its_lock_drops_no_edit(runs_dir: Path) -> None:
    write_run(runs_dir, "r", tags=["a"])
    code = """
    import os, signal, sys
    import runtui.store.safe_directory as module
    from runtui import RunManager
    manager = RunManager(sys.argv[1])
    assert manager.load_run("r")
    replace = module.replace_in
    def stand_still(folder, name, data, *more, **named):
        if name == "metadata.json":
            os.kill(os.getpid(), signal.SIGSTOP)
        return replace(folder, name, data, *more, **named)
    module.replace_in = stand_still
    manager.add_checkpoint("late")
    """
    with start(code, runs_dir) as stopped:
        stat = Path(f"/proc/{stopped.pid}/stat")
        wait_until(lambda: ") T " in stat.read_text(), "it stands still, with the lock")
        os.utime(runs_dir / "r" / ".runtui" / "lock", (1, 1))  # as if it had stood there for long
        edit_tags(str(runs_dir), ["r"], ["pending"], [])
        other = RunManager(runs_dir)
        assert other.load_run("r")
        other.update_status("failed")
        assert on_disk(runs_dir / "r")["tags"] == ["a", "pending"]
        stopped.send_signal(signal.SIGCONT)
    assert stopped.returncode == 0
    assert on_disk(runs_dir / "r")["tags"] == ["a"]
    assert shown(runs_dir, "r")["tags"] == ["a", "pending"]


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
    assert f".runtui/edits/01795970000000000001-bbbbbbbbbbbb.json, so it has no effect: {why}" in capsys.readouterr().out
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
