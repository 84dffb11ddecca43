"""A cleanup takes no run of which a run that stays needs a file, however that is named."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager
from runtui.cli import main
from runtui.operations.parallel import in_parallel
from runtui.store.cleanup import plan
from runtui.store.cleanup.plan import CleanupPlan, Decision, PlanInputs, plan_on_disk
from runtui.store.cleanup.trash import move_to_trash
from runtui.store.edits.run_edits import edit_tags
from runtui.store.rows import read_record
from tests.run_dirs import write_raw, write_run

C1 = {"name": "c1", "created_at": "2026-11-01T00:00:00Z", "path": "checkpoints/c1"}


def holder(base: Path, name: str = "A", file: str = "checkpoints/c1", **metadata: Any) -> Path:
    run = write_run(base, name, created="2026-01-01T00:00:00Z", **metadata)
    (run / file).write_text("state")
    return run


def planned(base: Path, *names: str) -> CleanupPlan:
    return plan_on_disk(str(base), lambda _runs: [Decision(name, "old") for name in names or ("A",)])


def reason(base: Path, name: str = "A") -> str:
    return {decision.name: decision.reason for decision in planned(base, name).kept_back}.get(name, "")


def by_absolute_path(base: Path) -> dict[str, Any]:
    return {"checkpoints": [C1 | {"path": str(base / "A" / "checkpoints" / "c1")}]}


def by_a_path_from_the_start(base: Path) -> dict[str, Any]:
    return {"checkpoints": [C1 | {"path": f"{base.name}/A/checkpoints/c1"}]}


def by_a_path_from_the_base(_base: Path) -> dict[str, Any]:
    return {"checkpoints": [C1 | {"path": "A/checkpoints/c1"}]}


def by_a_path_from_the_run(_base: Path) -> dict[str, Any]:
    return {"checkpoints": [C1 | {"path": "../A/checkpoints/c1"}]}


def by_a_path_of_before_the_directory_was_moved(_base: Path) -> dict[str, Any]:
    return {"checkpoints": [C1 | {"path": "/old/disk/runs/A/checkpoints/c1"}]}


def by_resumed_from(_base: Path) -> dict[str, Any]:
    return {"resumed_from": "A"}


def by_resumed_from_besides_a_parent(base: Path) -> dict[str, Any]:
    write_run(base, "other")
    return {"parent_run_id": "other", "resumed_from": "A"}


def by_a_path_in_resumed_from(base: Path) -> dict[str, Any]:
    return {"resumed_from": str(base / "A")}


def by_the_chosen_checkpoint(base: Path) -> dict[str, Any]:
    return {"resume_checkpoint": {"name": "c1", "path": str(base / "A" / "checkpoints" / "c1")}}


def by_the_chosen_checkpoint_from_the_start(base: Path) -> dict[str, Any]:
    return {"resume_checkpoint": {"name": "c1", "path": f"./{base.name}/A/checkpoints/c1"}}


def by_the_chosen_checkpoint_alone(_base: Path) -> dict[str, Any]:
    return {"resume_checkpoint": "A/checkpoints/c1"}


def by_the_command(base: Path) -> dict[str, Any]:
    return {"command": ["./sim", f"--restart={base / 'A' / 'checkpoints' / 'c1'}"]}


def by_a_command_line(base: Path) -> dict[str, Any]:
    return {"command_line": f"./sim --restart '{base / 'A' / 'checkpoints' / 'c1'}' -n 3"}


def by_a_path_from_a_working_directory(base: Path) -> dict[str, Any]:
    start = base.parent / "start"
    start.mkdir()
    (start / "restart").symlink_to(base / "A" / "checkpoints")
    return {"working_directory": str(start), "checkpoints": [C1 | {"path": "restart/c1"}]}


def through_a_link_elsewhere(base: Path) -> dict[str, Any]:
    link = base.parent / "restart.npz"
    link.symlink_to(base / "A" / "checkpoints" / "c1")
    return {"checkpoints": [C1 | {"path": str(link)}]}


def through_a_linked_directory(base: Path) -> dict[str, Any]:
    (base.parent / "disk").symlink_to(base)
    return {"checkpoints": [C1 | {"path": str(base.parent / "disk" / "A" / "checkpoints" / "c1")}]}


def through_a_second_name(base: Path) -> dict[str, Any]:
    (base / "best").symlink_to("A")
    return {"checkpoints": [C1 | {"path": "runs/best/checkpoints/c1"}]}


def through_a_link_of_its_own(base: Path) -> dict[str, Any]:
    write_run(base, "C")
    (base / "C" / "checkpoints" / "c1").symlink_to("../../A/checkpoints/c1")
    return {"checkpoints": [C1]}


def through_a_link_that_nobody_lists(base: Path) -> dict[str, Any]:
    write_run(base, "C")
    (base / "C" / "restart.npz").symlink_to(base / "A" / "checkpoints" / "c1")
    return {}


def through_a_link_in_place_of_its_checkpoints(base: Path) -> dict[str, Any]:
    write_run(base, "C")
    (base / "C" / "checkpoints").rmdir()
    (base / "C" / "checkpoints").symlink_to("../A/checkpoints")
    return {"checkpoints": [C1]}


WAYS = [value for name, value in list(globals().items()) if name.startswith(("by_", "through_"))]


@pytest.mark.parametrize("status", ["running", "completed"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_run_whose_file_another_run_names_is_kept(
    runs_dir: Path, way: Callable[[Path], dict[str, Any]], status: str
) -> None:
    holder(runs_dir)
    holder(runs_dir, "near")
    write_run(runs_dir, "C", status=status, **way(runs_dir))
    found = planned(runs_dir, "A", "near")
    assert [decision.name for decision in found.taken] == ["near"]
    assert found.kept_back[0].reason.startswith("C ")
    known = {run.name: read_record(str(runs_dir), run.name) for run in PlanInputs(str(runs_dir)).runs()}
    again = PlanInputs(str(runs_dir), known, each=in_parallel).plan([Decision("A", "old")])
    assert again.taken == ()
    assert RunManager(runs_dir).cleanup_old_runs(keep_count=0, older_than_days=1) == ["near"]
    assert (runs_dir / "A" / "checkpoints" / "c1").read_text() == "state"


def test_run_with_a_needed_file_outside_checkpoints_is_kept(runs_dir: Path) -> None:
    holder(runs_dir, file="results/restart.bin")
    write_run(runs_dir, "C", checkpoints=[C1 | {"path": str(runs_dir / "A" / "results" / "restart.bin")}])
    assert reason(runs_dir) == "C needs a file in it"


def test_parent_is_not_kept_for_a_child_that_is_deleted_too(runs_dir: Path) -> None:
    holder(runs_dir)
    write_run(runs_dir, "C", **by_absolute_path(runs_dir))
    assert {decision.name for decision in planned(runs_dir, "A", "C").taken} == {"A", "C"}


def test_run_using_only_its_own_files_keeps_no_other_run(runs_dir: Path) -> None:
    holder(runs_dir)
    own = holder(runs_dir, "C", parent_run_id="gone", checkpoints=[C1])
    write_run(
        runs_dir,
        "D",
        checkpoints=[C1 | {"path": str(own / "checkpoints" / "c1")}],
        description="A is better/worse than this, see https://example.org/A/b",
    )
    assert [decision.name for decision in planned(runs_dir).taken] == ["A"]


# A run in the middle of the line is gone


def line_of_three(base: Path, status: str = "running", **metadata: Any) -> None:
    holder(base, checkpoints=[C1])
    write_run(base, "B", parent_run_id="A", checkpoints=[C1], created="2026-01-02T00:00:00Z")
    write_run(base, "C", status=status, parent_run_id="B", **metadata)


def trash_b(base: Path) -> None:
    move_to_trash(str(base), "B", "old", {"run_id": "B"})


def delete_b(base: Path) -> None:
    shutil.rmtree(base / "B")


def rename_b(base: Path) -> None:
    (base / "B").rename(base / "B-old")


def move_b_away(base: Path) -> None:
    (base / "B").rename(base.parent / "B")


def move_b_and_leave_a_link(base: Path) -> None:
    move_b_away(base)
    (base / "B").symlink_to(base.parent / "B")


@pytest.mark.parametrize("status", ["running", "completed"])
@pytest.mark.parametrize("lose", [trash_b, delete_b, rename_b, move_b_away, move_b_and_leave_a_link])
def test_grandparent_is_kept_when_the_parent_is_gone(
    runs_dir: Path, lose: Callable[[Path], None], status: str
) -> None:
    line_of_three(runs_dir, status, checkpoints=[C1])
    lose(runs_dir)
    assert re.match("[BC].* may need its checkpoints", reason(runs_dir))


@pytest.mark.parametrize("lose", [trash_b, delete_b, rename_b, move_b_away])
def test_grandparent_is_kept_for_a_running_run_without_checkpoints(
    runs_dir: Path, lose: Callable[[Path], None]
) -> None:
    line_of_three(runs_dir)
    lose(runs_dir)
    assert "C may need its checkpoints" in reason(runs_dir)


@pytest.mark.parametrize("path", [None, "c1", "checkpoints/c1"])
def test_grandparent_is_kept_for_any_form_of_checkpoint_path(runs_dir: Path, path: str | None) -> None:
    line_of_three(runs_dir, "completed", checkpoints=[C1 | {"path": path}])
    delete_b(runs_dir)
    assert reason(runs_dir) == "C may need its checkpoints: an ancestor of it is gone"


def test_renamed_parent_is_kept_by_its_run_id(runs_dir: Path) -> None:
    holder(runs_dir)
    write_run(runs_dir, "C", parent_run_id="A", **by_a_path_from_the_start(runs_dir))
    (runs_dir / "A").rename(runs_dir / "A-renamed")
    assert "C" in reason(runs_dir, "A-renamed")


@pytest.mark.parametrize("are_few", [True, False])
def test_renamed_parent_is_kept_for_few_and_many_known_runs(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch, are_few: bool
) -> None:
    if not are_few:
        monkeypatch.setattr(plan, "_FEW", 0)
    holder(runs_dir)
    write_run(runs_dir, "B", parent_run_id="A")
    write_run(runs_dir, "C", parent_run_id="B")
    (runs_dir / "A").rename(runs_dir / "A-renamed")
    (runs_dir / "B").rename(runs_dir / "B-renamed")
    known = {name: read_record(str(runs_dir), name) for name in ("A-renamed", "B-renamed", "C")}
    inputs = PlanInputs(str(runs_dir), known)
    [kept] = inputs.plan([Decision("A-renamed", "old")]).kept_back
    assert kept.reason in ("B-renamed may need its checkpoints", "C may need its checkpoints")
    [kept] = inputs.plan([Decision("A-renamed", "old"), Decision("B-renamed", "old")]).kept_back
    assert kept == Decision("A-renamed", "C may need its checkpoints")


def test_plan_cleanup_keeps_a_renamed_parent(runs_dir: Path) -> None:
    holder(runs_dir).rename(runs_dir / "best")
    write_run(runs_dir, "C", parent_run_id="A")
    runs = [read_record(str(runs_dir), name) for name in ("best", "C")]
    decided = plan.plan_cleanup(runs, [Decision("best", "old")], None, (), (), holders={"best"})
    assert decided.kept_back == (Decision("best", "C may need its checkpoints"),)


def test_ancestry_continues_through_a_renamed_run_in_the_trash(runs_dir: Path) -> None:
    holder(runs_dir)
    write_run(runs_dir, "B", parent_run_id="A")
    write_run(runs_dir, "C", status="running", parent_run_id="B")
    (runs_dir / "B").rename(runs_dir / "B-renamed")
    move_to_trash(str(runs_dir), "B-renamed", "old", {"run_id": "B"})
    assert reason(runs_dir) == "C may need its checkpoints"


def test_ancestry_continues_through_resumed_from_in_the_trash(runs_dir: Path) -> None:
    holder(runs_dir)
    write_run(runs_dir, "B", created="2026-01-02T00:00:00Z", **by_resumed_from(runs_dir))
    write_run(runs_dir, "C", status="running", resumed_from="B")
    trash_b(runs_dir)
    assert reason(runs_dir) == "C may need its checkpoints"


# What cannot be read


@pytest.mark.parametrize("data", [b"", b'{"run_id": "bad", "parent_run_id": "', b"[1]"])
def test_a_run_that_cannot_be_read_may_need_any_checkpoint(runs_dir: Path, data: bytes) -> None:
    holder(runs_dir)
    write_run(runs_dir, "plain")
    os.utime(write_raw(runs_dir, "bad", data) / "metadata.json", (1, 1))
    assert reason(runs_dir) == "bad, whose metadata cannot be read, may need its checkpoints"
    assert [decision.name for decision in planned(runs_dir, "plain").taken] == ["plain"]


def test_folder_that_is_not_a_run_needs_no_checkpoint(runs_dir: Path) -> None:
    holder(runs_dir)
    (runs_dir / "plots").mkdir()
    (runs_dir / "plots" / "all.png").touch()
    assert [decision.name for decision in planned(runs_dir).taken] == ["A"]


def test_a_run_whose_disk_is_not_mounted_may_need_any_checkpoint(runs_dir: Path) -> None:
    holder(runs_dir)
    (runs_dir / "away").symlink_to("/nowhere/at/all")
    assert reason(runs_dir) == "away, whose metadata cannot be read, may need its checkpoints"


# What a candidate says itself


@pytest.mark.parametrize("tags", ["keep", "old, keep", {"keep": True}, [["keep"]], [{"name": "keep"}, 3]])
def test_keep_in_malformed_tags_protects_the_run(runs_dir: Path, tags: object) -> None:
    write_raw(runs_dir, "A", json.dumps({"run_id": "A", "status": "completed", "tags": tags}).encode())
    assert reason(runs_dir) == "its tags, which are not a list of texts, say keep"


def test_keep_edit_protects_a_run_moved_from_another_directory(runs_dir: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    run = write_run(elsewhere, "A")
    edit_tags(str(elsewhere), ["A"], ["keep"], [])
    assert json.loads((run / "metadata.json").read_text())["tags"] == []
    write_run(runs_dir, "other")
    run.rename(runs_dir / "A")
    assert reason(runs_dir) == "it is tagged keep"


def test_run_with_an_unreadable_edit_is_kept(runs_dir: Path) -> None:
    edits = write_run(runs_dir, "A") / ".runtui" / "edits"
    edits.mkdir(parents=True)
    (edits / "20261101T000000.000000Z-1.json").write_text('{"format": 99}')
    assert reason(runs_dir) == "an edit of it cannot be read"


def test_cleanup_keeps_metadata_of_another_program(runs_dir: Path) -> None:
    write_run(runs_dir, "run")
    write_raw(runs_dir, "A", b'{"name": "kernel", "language": "python"}')
    assert reason(runs_dir) == "its metadata.json is not that of a run"


# The trash


def test_restore_warns_about_parents_still_in_the_trash(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line_of_three(runs_dir, "completed")
    write_run(runs_dir, "other")
    base = ["-C", str(runs_dir)]
    assert main([*base, "clean", "--run", "A", "B", "C", "--yes"]) == 0
    capsys.readouterr()
    assert main([*base, "trash", "restore", "C"]) == 0
    said = "runtui: C may need checkpoints of B, A, which are still in the trash: restore them as well\n"
    assert capsys.readouterr().err == said
    assert main([*base, "trash", "restore", "A", "B"]) == 0
    assert capsys.readouterr().err == ""
    assert "C may need" in reason(runs_dir)
