"""Edits of many runs, each with its outcome, and their undoing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import RunStatus, StoreError
from runtui.store.edits.edit_files import read_edits
from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.model import MISSING, MOST_NAMED, TagsChange, ValueChange
from runtui.store.edits.run_edits import (
    describe_change,
    edit_tags,
    last_edit,
    mark_lost,
    set_description,
    set_note,
    set_status,
    take_back,
    undo,
)
from tests.run_dirs import write_raw, write_run
from tests.store.children import output_as_nobody
from tests.store.edits.editing import age, on_disk, only, shown


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_edit_of_another_users_run_is_refused_with_a_reason(public_dir: Path) -> None:
    write_run(public_dir, "r")
    printed = output_as_nobody(
        "import sys; from runtui.store.edits.run_edits import edit_tags\n"
        "print(edit_tags(sys.argv[1], ['r'], ['new'], [])[0])",
        public_dir,
    )
    assert "done=False" in printed
    assert "it belongs to another user: ask its owner to do it" in printed
    assert read_edits(str(public_dir / "r")) == []


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
def test_undoing_all_edits_restores_the_original_metadata(
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
        made += "unchanged" not in outcome.text
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


def test_undo_refuses_a_value_changed_since_the_edit(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="completed")
    age(run)
    set_status(str(runs_dir), ["r"], RunStatus.FAILED)
    write_run(runs_dir, "r", status="resumed")
    outcome = only(undo(str(runs_dir), "r"))
    assert not outcome.done
    assert 'status "completed" → "failed", but it was changed since' in outcome.text


def test_undo_reverts_a_whole_bulk_edit(runs_dir: Path) -> None:
    names = ["r1", "r2", "r3"]
    for name in names:
        age(write_run(runs_dir, name, tags=["old"] if name == "r2" else []))
    edit_tags(str(runs_dir), names, ["new"], ["old"])
    assert [shown(runs_dir, name)["tags"] for name in names] == [["new"]] * 3
    assert all(outcome.done for outcome in undo(str(runs_dir), "r3"))
    assert [shown(runs_dir, name)["tags"] for name in names] == [[], ["old"], []]


def test_bulk_edit_record_stays_small_for_many_runs(runs_dir: Path) -> None:
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


def test_selected_edits_are_undone_despite_later_edits(runs_dir: Path) -> None:
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


def test_cancelled_bulk_edit_reports_the_outcome_of_each_run(runs_dir: Path) -> None:
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


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (TagsChange(("prod", "a"), ("old",)), "tags +prod +a -old"),
        (ValueChange("status", "running", "failed"), 'status "running" → "failed"'),
        (ValueChange("note", MISSING, "why"), 'note (nothing) → "why"'),
        (ValueChange("note", "why", MISSING), 'note "why" → (nothing)'),
        (ValueChange("note", None, {"a": [1]}), 'note null → {"a": [1]}'),
    ],
)
def test_change_is_described_briefly(change: TagsChange | ValueChange, text: str) -> None:
    assert describe_change(change) == text


def test_a_hostile_change_is_described_in_one_short_safe_line() -> None:
    text = describe_change(ValueChange("note\x1b", "\u202e\n" * 500, MISSING))
    assert text.isprintable()
    assert len(text) <= 300


def test_lost_run_is_marked_failed_with_a_reason_unless_it_has_one(runs_dir: Path) -> None:
    write_run(runs_dir, "silent", status="running")
    write_run(runs_dir, "told", status="running", error="no room")
    write_run(runs_dir, "failed", status="failed")
    reasons = dict.fromkeys(("silent", "told", "failed", "gone"), "its process 7 is gone")
    outcomes = {outcome.name: outcome for outcome in mark_lost(str(runs_dir), reasons)}
    assert {name: outcome.done for name, outcome in outcomes.items()} == {
        "silent": True,
        "told": True,
        "failed": True,
        "gone": False,
    }
    assert [shown(runs_dir, name)["status"] for name in ("silent", "told")] == ["failed", "failed"]
    assert shown(runs_dir, "silent")["error"] == "lost: its process 7 is gone"
    assert shown(runs_dir, "told")["error"] == "no room"
    assert outcomes["failed"].edit_id == ""


def test_last_edit_skips_undone_edits(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    base = str(runs_dir)
    assert last_edit(base, "r") is None
    first = only(edit_tags(base, ["r"], ["a"], [])).edit_id
    second = only(edit_tags(base, ["r"], ["b"], [])).edit_id
    for edit_id in (second, first):
        last = last_edit(base, "r")
        assert last is not None
        assert last.edit_id == edit_id
        assert only(undo(base, "r", edit_id)).done
    assert last_edit(base, "r") is None


def test_undo_refuses_an_edit_that_is_not_the_last(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    meant = only(edit_tags(str(runs_dir), ["r"], ["a"], [])).edit_id
    edit_tags(str(runs_dir), ["r"], ["b"], [])
    with pytest.raises(StoreError, match="edited again meanwhile"):
        undo(str(runs_dir), "r", meant)
    assert shown(runs_dir, "r")["tags"] == ["a", "b"]


def test_edit_outside_the_runs_directory_or_through_a_link_is_refused(runs_dir: Path, tmp_path: Path) -> None:
    outside = write_run(tmp_path, "outside")
    (runs_dir / "link").symlink_to(outside)
    outcomes = edit_tags(str(runs_dir), ["../outside", "link", "missing"], ["new"], [])
    assert [outcome.done for outcome in outcomes] == [False, False, False]
    assert "symbolic link" in outcomes[1].text
    assert on_disk(outside)["tags"] == []
    assert not (outside / ".runtui").exists()


def test_description_set_again_settles_a_conflict_with_the_writer(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running", description="first")
    base = str(runs_dir)
    assert set_description(base, ["r"], "mine")[0].done
    write_run(runs_dir, "r", status="running", description="theirs")
    assert "description" in read_overlaid(base, "r").conflicts
    assert set_description(base, ["r"], "mine")[0].done
    overlaid = read_overlaid(base, "r")
    assert (overlaid.metadata["description"], overlaid.conflicts) == ("mine", {})


def test_same_note_again_changes_nothing(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    base = str(runs_dir)
    assert set_note(base, ["r"], "")[0].edit_id == ""
    assert set_note(base, ["r"], "mesh\r\n\n")[0].edit_id
    assert set_note(base, ["r"], "mesh")[0].edit_id == ""
    assert set_note(base, ["r"], " \n")[0].edit_id
    assert "note" not in read_overlaid(base, "r").metadata
