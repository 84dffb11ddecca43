from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.store.child_run import ResumeOptions, resume
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from runtui.store.unstarted import unstarted_parent
from tests.run_dirs import write_run


@pytest.fixture
def child(runs_dir: Path) -> Path:
    write_run(runs_dir, "parent", status="failed")
    return runs_dir / resume(str(runs_dir), "parent", ResumeOptions(from_start=True)).run_id


def test_created_child_waits_for_its_parents_command(runs_dir: Path, child: Path) -> None:
    assert unstarted_parent(str(runs_dir), child.name) == "parent"
    (runs_dir / "parent").rename(runs_dir / "renamed")
    assert unstarted_parent(str(runs_dir), child.name) == "renamed"


def test_runs_that_are_no_children_do_not_wait(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    assert unstarted_parent(str(runs_dir), manager.create_run()) == ""


def test_started_child_does_not_wait(runs_dir: Path, child: Path) -> None:
    manager = RunManager(runs_dir)
    manager.load_run(child.name)
    manager.update_status("running")
    assert unstarted_parent(str(runs_dir), child.name) == ""


def test_child_whose_job_is_queued_does_not_wait(runs_dir: Path, child: Path) -> None:
    write_sealed_record(SafeDirectory(child), RecordKind.JOB, {"system": "slurm", "id": "7"})
    assert unstarted_parent(str(runs_dir), child.name) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_child_of_another_user_is_not_started(runs_dir: Path, child: Path) -> None:
    metadata = json.loads((child / "metadata.json").read_text())
    assert metadata["parent_run_id"] == "parent"
    os.chown(child / "metadata.json", 12345, -1)
    assert unstarted_parent(str(runs_dir), child.name) == ""
