from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from runtui import RunManager, RunNotFoundError
from runtui.cli import main
from runtui.runtime.process.run_paths import run_additions
from runtui.store.child_run import ResumeOptions, discard_child, resume
from runtui.store.cleanup.plan import Decision, plan_on_disk
from runtui.store.cleanup.trash import list_trash
from runtui.store.edits.edit_files import read_edits, write_edit
from runtui.store.edits.fold import fold
from runtui.store.edits.model import ValueChange, new_edit
from runtui.store.edits.run_edits import edit_tags
from runtui.store.errors import StoreError
from tests.run_dirs import write_run


def checkpoint(run: Path, name: str, *, with_file: bool = True, second: int = 0) -> dict[str, object]:
    if with_file:
        (run / "checkpoints" / name).write_text(f"state of {name}")
    return {"name": name, "created_at": f"2026-11-21T00:00:{second:02d}Z", "path": f"checkpoints/{name}"}


@pytest.fixture
def parent(runs_dir: Path) -> Path:
    """A failed run with parameters, a configuration and three checkpoints, the last without its file."""
    run = write_run(runs_dir, "parent")
    listed = [checkpoint(run, f"step-{second}", with_file=second < 3, second=second) for second in (1, 2, 3)]
    write_run(runs_dir, "parent", status="failed", tags=["prod"], checkpoints=listed)
    (run / "run_params.json").write_text('{"beta": 0.3}')
    (run / "config.yaml").write_text("grid: 64  # cells\n")
    os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    return run


def metadata(base: Path, name: str) -> dict:
    return json.loads((base / name / "metadata.json").read_text())


def test_child_resumes_from_the_newest_usable_checkpoint(runs_dir: Path, parent: Path) -> None:
    before = (parent / "metadata.json").read_bytes()
    child = resume(str(runs_dir), "parent")
    assert child.checkpoint.name == "step-2"
    found = metadata(runs_dir, child.run_id)
    assert (found["parent_run_id"], found["resumed_from"]) == ("parent", "parent")
    assert found["tags"] == ["prod", "resumed"]
    assert found["status"] == "initialising"
    assert found["description"] == "Simulation run parent (resumed)"
    assert found["resume_checkpoint"] == {"name": "step-2", "path": str(parent / "checkpoints" / "step-2")}
    assert len(found["checkpoints"]) == 3
    assert (runs_dir / child.run_id / "config.yaml").read_text() == "grid: 64  # cells\n"
    assert (runs_dir / child.run_id / "run_params.json").read_text() == '{"beta": 0.3}'
    assert (parent / "metadata.json").read_bytes() == before
    assert os.readlink(runs_dir / "current") == child.run_id


def test_grandchild_resumes_from_the_checkpoint_of_its_grandparent(runs_dir: Path, parent: Path) -> None:
    child = resume(str(runs_dir), "parent")
    grandchild = resume(str(runs_dir), child.run_id, ResumeOptions("step-1"))
    assert grandchild.checkpoint.path == str(parent / "checkpoints" / "step-1")
    assert grandchild.checkpoint.owner == "parent"
    assert metadata(runs_dir, grandchild.run_id)["tags"] == ["prod", "resumed"]
    manager = RunManager(runs_dir)
    assert manager.load_run(grandchild.run_id)
    assert manager.find_checkpoint("step-1") == parent / "checkpoints" / "step-1"


def test_child_inherits_tags_from_pending_edits(runs_dir: Path, parent: Path) -> None:
    os.utime(parent / "metadata.json")
    edit_tags(str(runs_dir), ["parent"], ["urgent"], ["prod"])
    assert metadata(runs_dir, "parent")["tags"] == ["prod"]
    child = resume(str(runs_dir), "parent")
    assert metadata(runs_dir, child.run_id)["tags"] == ["urgent", "resumed"]


def test_resume_marks_the_parent_on_request(runs_dir: Path, parent: Path) -> None:
    resume(str(runs_dir), "parent", ResumeOptions(mark_parent=True))
    assert metadata(runs_dir, "parent")["status"] == "resumed"


@pytest.mark.parametrize(
    ("name", "wanted", "words"),
    [
        (
            "parent",
            "step-9",
            "has no checkpoint 'step-9', nor is .* it has step-3 .file missing., step-2, step-1",
        ),
        ("parent", "step-3", "cannot be resumed from step-3: file missing; there are also step-2, step-1"),
        ("bare", None, "bare has no checkpoints"),
    ],
)
def test_refused_resume_creates_nothing(
    runs_dir: Path, parent: Path, name: str, wanted: str | None, words: str
) -> None:
    write_run(runs_dir, "bare")
    before = set(os.listdir(runs_dir))
    with pytest.raises(RunNotFoundError, match=words):
        resume(str(runs_dir), name, ResumeOptions(wanted))
    assert set(os.listdir(runs_dir)) == before


def test_resume_command_reports_the_created_child(runs_dir: Path, parent: Path, capsys) -> None:
    assert main(["-C", str(runs_dir), "resume", "par", "--checkpoint", "step-1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["checkpoint_path"] == str(parent / "checkpoints" / "step-1")
    assert shown["copied"] == ["run_params.json", "config.yaml"]
    assert metadata(runs_dir, shown["run_id"])["parent_run_id"] == "parent"
    assert main(["-C", str(runs_dir), "resume", "parent", "--checkpoint", "nosuch"]) == 1
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)


def test_resume_checkpoint_path_is_absolute(
    runs_dir: Path, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs_dir.parent)
    child = resume(runs_dir.name, parent.name)
    path = json.loads((runs_dir / child.run_id / "metadata.json").read_text())["resume_checkpoint"]["path"]
    assert path == child.checkpoint.path
    assert Path(path).is_absolute()
    assert Path(path).is_relative_to(parent)


def test_resume_changes_parameters_only_in_the_child(runs_dir: Path, parent: Path) -> None:
    text = '{"beta": 0.3, "model": {"grid": [64, 32], "a.b": 1}, "kept": 12345678901234567890}'
    (parent / "run_params.json").write_text(text)
    params = {"beta": 0.5, "model.grid[1]": 16, "model.a.b": "x"}
    child = resume(str(runs_dir), "parent", ResumeOptions(params=params))
    assert json.loads((runs_dir / child.run_id / "run_params.json").read_text()) == {
        "beta": 0.5,
        "model": {"grid": [64, 16], "a.b": "x"},
        "kept": 12345678901234567890,
    }
    assert (parent / "run_params.json").read_text() == text
    before = set(os.listdir(runs_dir))
    with pytest.raises(StoreError, match=r"beta is 0\.3"):
        resume(str(runs_dir), "parent", ResumeOptions(params={"beta.gamma": 1}))
    assert set(os.listdir(runs_dir)) == before


@pytest.mark.parametrize(
    ("has_config", "advice"),
    [(True, "change it in the child's config.yaml"), (False, "give it to the program")],
)
def test_without_parameters_of_ours_what_to_do_instead_is_said(
    runs_dir: Path, parent: Path, has_config: bool, advice: str
) -> None:
    (parent / "run_params.json").unlink(missing_ok=True)
    (parent / "config.yaml").unlink(missing_ok=True)
    if has_config:
        (parent / "config.yaml").write_text("beta: 2\n")
    with pytest.raises(StoreError) as refused:
        resume(str(runs_dir), "parent", ResumeOptions(params={"beta": 1}))
    assert str(refused.value) == (
        "beta cannot be changed: the parent has no run_params.json; create the child without --set, then "
        + advice
    )


def test_resume_command_sets_parameters(runs_dir: Path, parent: Path, capsys) -> None:
    assert main(["-C", str(runs_dir), "resume", "parent", "--set", "beta=0.5", "--json"]) == 0
    child = json.loads(capsys.readouterr().out)["run_id"]
    assert json.loads((runs_dir / child / "run_params.json").read_text()) == {"beta": 0.5}
    assert main(["-C", str(runs_dir), "resume", "parent", "--set", "beta"]) == 2
    assert "invalid --set beta: write KEY=VALUE" in capsys.readouterr().err


def test_rerun_child_starts_without_checkpoints(runs_dir: Path, parent: Path) -> None:
    child = resume(str(runs_dir), "parent", ResumeOptions(params={"viscosity": 0.1}, from_start=True))
    found = metadata(runs_dir, child.run_id)
    assert (found["parent_run_id"], found["rerun_of"]) == ("parent", "parent")
    assert "resumed_from" not in found
    assert "resume_checkpoint" not in found
    assert found["checkpoints"] == []
    assert found["tags"] == ["prod", "rerun"]
    assert found["description"] == "Simulation run parent (rerun)"
    assert json.loads((runs_dir / child.run_id / "run_params.json").read_text()) == {
        "beta": 0.3,
        "viscosity": 0.1,
    }
    assert run_additions(str(runs_dir), child.run_id).get("RUNTUI_RESUME_FROM", "") == ""
    manager = RunManager(runs_dir)
    assert manager.load_run(child.run_id)
    assert manager.find_checkpoint() is None
    assert manager.get_checkpoints_dir() == runs_dir / child.run_id / "checkpoints"
    with pytest.raises(RunNotFoundError, match="has no checkpoints"):
        resume(str(runs_dir), child.run_id)


def test_child_of_a_rerun_resumes_only_from_the_reruns_checkpoints(runs_dir: Path, parent: Path) -> None:
    rerun = resume(str(runs_dir), "parent", ResumeOptions(from_start=True)).run_id
    (runs_dir / rerun / "checkpoints" / "step-1").write_text("anew")
    child = resume(str(runs_dir), rerun)
    assert child.checkpoint is not None
    assert child.checkpoint.path == str(runs_dir / rerun / "checkpoints" / "step-1")
    found = metadata(runs_dir, child.run_id)
    assert found["description"] == "Simulation run parent (resumed)"
    (runs_dir / rerun / "checkpoints" / "step-1").unlink()
    with pytest.raises(RunNotFoundError, match="has no checkpoints"):
        resume(str(runs_dir), child.run_id)


def test_parent_of_a_rerun_can_be_cleaned_up(runs_dir: Path, parent: Path) -> None:
    resume(str(runs_dir), "parent", ResumeOptions(from_start=True))
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision("parent", "old")])
    assert [decision.name for decision in plan.taken] == ["parent"]


def test_child_without_an_inherited_description_names_its_parent(runs_dir: Path) -> None:
    write_run(runs_dir, "bare", description="")
    child = resume(str(runs_dir), "bare", ResumeOptions(from_start=True)).run_id
    assert metadata(runs_dir, child)["description"] == "Rerun of bare"


def test_unstarted_child_can_be_discarded(runs_dir: Path, parent: Path) -> None:
    (parent / "checkpoints" / "step-3").touch()
    first = resume(str(runs_dir), "parent")
    second = resume(str(runs_dir), "parent")
    discard_child(str(runs_dir), second.run_id, second.current)
    assert not (runs_dir / second.run_id).exists()
    assert os.readlink(runs_dir / "current") == first.run_id
    discard_child(str(runs_dir), first.run_id, first.current)
    assert {run.name for run in list_trash(str(runs_dir))} == {first.run_id, second.run_id}
    assert main(["-C", str(runs_dir), "doctor"]) == 0


def test_started_child_cannot_be_discarded(runs_dir: Path, parent: Path) -> None:
    child = resume(str(runs_dir), "parent").run_id
    manager = RunManager(runs_dir)
    manager.load_run(child)
    manager.update_status("running")
    with pytest.raises(StoreError, match="has been started"):
        discard_child(str(runs_dir), child)
    assert (runs_dir / child).exists()


def test_edit_cannot_change_the_command_to_relaunch(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", command=["echo"], working_directory="/", status="failed")
    (run / "metadata.json").chmod(0o644)
    for key, value in (("command", ["touch", "pwned"]), ("job", {"resources": {"options": "--wrap=x"}})):
        write_edit(str(runs_dir), "r", new_edit("mark", [ValueChange(key, ["echo"], value)]))
    assert read_edits(str(run)) == []
    assert RunManager(runs_dir).load_run("r")
    fold(str(runs_dir), "r")
    found = json.loads((run / "metadata.json").read_text())
    assert (found["command"], "job" in found) == (["echo"], False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_another_users_command_is_never_launched(runs_dir: Path, tmp_path: Path) -> None:
    command = ["touch", str(tmp_path / "pwned")]
    run = write_run(runs_dir, "r", status="failed", command=command, working_directory=str(tmp_path))
    write_run(
        runs_dir,
        "r",
        status="failed",
        command=command,
        working_directory=str(tmp_path),
        checkpoints=[checkpoint(run, "c")],
    )
    os.chown(run / "metadata.json", 12345, -1)
    before = sorted(os.listdir(runs_dir))
    assert main(["-C", str(runs_dir), "resume", "r", "--launch"]) == 1
    assert sorted(os.listdir(runs_dir)) == before
    assert not (tmp_path / "pwned").exists()


def test_checkpoint_recorded_through_current_belongs_to_the_parent(runs_dir: Path) -> None:
    run = write_run(runs_dir, "parent", status="failed")
    (run / "checkpoints" / "s.txt").write_text("7")
    through = f"{runs_dir}/current/checkpoints/s.txt"
    write_run(runs_dir, "parent", status="failed", checkpoints=[{"name": "s", "path": through}])
    (runs_dir / "current").symlink_to("parent")
    first = resume(str(runs_dir), "parent")
    assert os.readlink(runs_dir / "current") == first.run_id
    second = resume(str(runs_dir), first.run_id)
    for child in (first, second):
        assert child.checkpoint.path == str(run / "checkpoints" / "s.txt")
        assert metadata(runs_dir, child.run_id)["resume_checkpoint"]["path"] == child.checkpoint.path


def test_resume_command_reports_a_skipped_newer_checkpoint(runs_dir: Path, parent: Path, capsys) -> None:
    (parent / "checkpoints" / "step-3").touch()
    assert main(["-C", str(runs_dir), "resume", "parent"]) == 0
    output = capsys.readouterr().out
    assert "which resumes from step-2 of parent" in output
    assert "skipped: step-3, empty (0 bytes)" in output
    assert main(["-C", str(runs_dir), "resume", "parent", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["skipped"] == [
        {"name": "step-3", "problem": "empty (0 bytes)"}
    ]


def test_checkpoint_to_resume_is_located_when_the_child_starts(
    runs_dir: Path, parent: Path, tmp_path: Path
) -> None:
    child = resume(str(runs_dir), "parent").run_id
    moved = tmp_path / "moved"
    runs_dir.rename(moved)
    (moved / "parent").rename(moved / "renamed")
    found = run_additions(str(moved), child)["RUNTUI_RESUME_FROM"]
    assert found == str(moved / "renamed" / "checkpoints" / "step-2")
    (moved / "renamed" / "checkpoints" / "step-2").unlink()
    gone = run_additions(str(moved), child)["RUNTUI_RESUME_FROM"]
    assert gone == str(parent / "checkpoints" / "step-2")


def test_child_records_the_run_id_of_a_renamed_parent(runs_dir: Path, parent: Path) -> None:
    parent.rename(runs_dir / "best")
    child = resume(str(runs_dir), "best").run_id
    found = metadata(runs_dir, child)
    assert (found["parent_run_id"], found["resumed_from"]) == ("parent", "parent")
    assert found["description"] == "Simulation run parent (resumed)"
    (runs_dir / "best").rename(runs_dir / "again")
    assert resume(str(runs_dir), child).checkpoint.path == str(runs_dir / "again" / "checkpoints" / "step-2")


def test_child_of_a_copied_run_records_the_copy_as_parent(runs_dir: Path, parent: Path) -> None:
    shutil.copytree(parent, runs_dir / "copy")
    child = resume(str(runs_dir), "copy").run_id
    assert metadata(runs_dir, child)["parent_run_id"] == "copy"
