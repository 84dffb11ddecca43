"""Jobs on the runs of several directories, and taking them back."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtui.catalog.run_key import RunDirectories
from runtui.catalog.sync.scan import scan_runs
from runtui.operations.run_operations import Operation, Operations, Report
from runtui.store.cleanup.plan import CleanupPlan, Decision, PlanInputs, plan_on_disk
from runtui.store.cleanup.trash import list_trash
from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.run_edits import no_progress
from runtui.store.status import RunStatus
from tests.run_dirs import write_run


@pytest.fixture
def bases(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs directories, each with three runs; in both there is one of the name same."""
    found = (tmp_path / "one", tmp_path / "two")
    for base in found:
        for name in ("same", base.name, "failed"):
            run = write_run(
                base, name, status="failed" if name == "failed" else "completed", tags=[base.name]
            )
            os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    return found


@pytest.fixture
def operations(bases: tuple[Path, Path]) -> Operations:
    return Operations(RunDirectories([str(base) for base in bases]))


def done(operation: Operation | None) -> Report:
    assert operation is not None
    return operation.do(no_progress)


def metadata(run: Path) -> dict:
    return read_overlaid(str(run.parent), run.name).metadata


def test_edit_across_two_directories_is_undone_in_one_step(
    bases: tuple[Path, Path], operations: Operations
) -> None:
    one, two = bases
    names = ["one/same", "two/same", "two/gone"]
    operation = operations.tag(names, ["new"], ["two"])
    assert operation.title == "tag 3 runs +new -two"
    report = done(operation)
    assert report.text == "tagged 2 of 3 runs +new -two"
    assert [failure.name for failure in report.failures] == ["two/gone"]
    assert metadata(one / "same")["tags"] == ["one", "new"]
    assert metadata(two / "same")["tags"] == ["new"]
    assert not done(report.back).failures
    assert [metadata(base / "same")["tags"] for base in bases] == [["one"], ["two"]]


def test_marking_reports_progress_over_all_directories(
    bases: tuple[Path, Path], operations: Operations
) -> None:
    told: list[tuple[int, int]] = []
    operation = operations.mark(["one/same", "two/same", "two/two"], RunStatus.FAILED, "disk full")
    report = operation.do(lambda now, total: told.append((now, total)) is None)
    assert (report.text, report.failures) == ("marked 3 runs failed", ())
    assert (2, 3) in told
    assert {total for _now, total in told} == {3}
    assert metadata(bases[1] / "two")["status"] == "failed"


def test_trashing_runs_can_be_undone(bases: tuple[Path, Path], operations: Operations) -> None:
    plans = {
        str(base): plan_on_disk(str(base), lambda _runs: [Decision("same", "asked for")]) for base in bases
    }
    report = done(operations.trash(plans, lambda _base: {}))
    assert (report.text, report.failures) == ("moved 2 runs to the trash", ())
    assert not any((base / "same").exists() for base in bases)
    back = done(report.back)
    assert (back.text, back.failures) == ("restored 2 runs", ())
    assert all((base / "same").exists() for base in bases)
    # A second time there is nothing to bring back.
    assert "no longer in the trash" in done(report.back).failures[0].text


def test_one_folder_of_the_trash_is_deleted_permanently(
    bases: tuple[Path, Path], operations: Operations
) -> None:
    base = str(bases[0])
    done(
        operations.trash(
            {base: plan_on_disk(base, lambda runs: [Decision(run.name, "old") for run in runs])},
            lambda _base: {},
        )
    )
    doomed = next(run for run in list_trash(base) if run.name == "same")
    report = done(operations.empty([(base, doomed)]))
    assert report.text.startswith("deleted 1 run, ")
    assert {run.name for run in list_trash(base)} == {"one", "failed"}


def test_undo_by_run_name_undoes_its_last_edit(bases: tuple[Path, Path], operations: Operations) -> None:
    done(operations.tag(["two/two"], ["new"], []))
    last = operations.last_edit("two/two")
    assert last is not None
    assert last.text.startswith("tags +new (by ")
    report = done(operations.undo_last("two/two", last.edit_id))
    assert report.touched == ("two/two",)
    assert metadata(bases[1] / "two")["tags"] == ["two"]
    assert operations.last_edit("two/two") is None
    assert "has no edit to undo" in done(operations.undo_last("two/two", last.edit_id)).failures[0].text


def test_only_the_last_edit_of_a_run_can_be_undone(bases: tuple[Path, Path], operations: Operations) -> None:
    done(operations.tag(["one/failed", "one/one"], ["new"], []))
    last = operations.last_edit("one/one")
    assert last is not None
    assert last.text.startswith("tags +new of 2 runs (by ")
    done(operations.tag(["one/one"], ["newer"], []))
    report = done(operations.undo_last("one/one", last.edit_id))
    assert "was edited again meanwhile" in report.failures[0].text
    assert set(metadata(bases[0] / "one")["tags"]) >= {"new", "newer"}


def test_plan_from_known_runs_rereads_the_candidates_and_new_runs(
    bases: tuple[Path, Path], operations: Operations
) -> None:
    base = bases[0]
    checkpoint = {"name": "c1", "created_at": "2026-11-21T00:00:00Z", "path": "checkpoints/c1"}
    for name in ("parent", "gone-live"):
        (write_run(base, name, checkpoints=[checkpoint]) / "checkpoints" / "c1").write_text("state")
    known = {run.name: run for run in scan_runs(str(base))}
    # Since then one is live again, and one has a child that needs its checkpoints.
    write_run(base, "gone-live", status="running", hostname="elsewhere")
    write_run(base, "child", parent_run_id="parent")
    wanted = [Decision(name, "old") for name in ("parent", "gone-live", "same")]
    plan = PlanInputs(str(base), known).plan(wanted)
    assert [one.name for one in plan.taken] == ["same"]
    assert {one.name: one.reason for one in plan.kept_back} == {
        "gone-live": "it is running",
        "parent": "child may need its checkpoints",
    }
    everything = CleanupPlan(tuple(wanted), ())
    report = done(operations.trash({str(base): everything}, lambda _base: known))
    assert report.text == "moved 1 run to the trash"
    assert len(report.failures) == 2
