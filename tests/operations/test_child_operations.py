"""Creating children of runs of several directories, starting them, and taking that back."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runtui.catalog.run_key import RunDirectories
from runtui.cli import main
from runtui.operations.child_operations import ChildOperations
from runtui.operations.run_operations import Operation, Report
from runtui.store.child_run import ResumeOptions
from runtui.store.edits.run_edits import no_progress
from runtui.store.errors import StoreError
from tests.run_dirs import write_run


@pytest.fixture
def bases(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs directories, each with a failed run."""
    found = (tmp_path / "one", tmp_path / "two")
    for base in found:
        run = write_run(base, "failed", status="failed")
        (run / "run_params.json").write_text('{"dt": 0.02}')
        os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    return found


@pytest.fixture
def children(bases: tuple[Path, Path]) -> ChildOperations:
    return ChildOperations(RunDirectories([str(base) for base in bases]))


def metadata(run: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((run / "metadata.json").read_text())
    return found


def done(operation: Operation | None) -> Report:
    assert operation is not None
    return operation.do(no_progress)


def test_group_is_resumed_and_failures_are_listed(
    children: ChildOperations, bases: tuple[Path, Path]
) -> None:
    one = bases[0]
    checkpoint = {"name": "c1", "created_at": "2026-11-21T00:00:00Z", "path": "checkpoints/c1"}
    (one / "failed" / "checkpoints" / "c1").write_text("state")
    write_run(one, "failed", status="failed", checkpoints=[checkpoint])
    report = done(
        children.create({"one/failed": ResumeOptions(mark_parent=True), "two/failed": ResumeOptions()})
    )
    assert report.text == "resumed 1 of 2 runs"
    assert [(failure.name, failure.text) for failure in report.failures] == [
        ("two/failed", "failed has no checkpoints to resume from")
    ]
    (child,) = report.created
    assert child.startswith("one/")
    assert metadata(one.parent / child)["parent_run_id"] == "failed"
    assert not done(report.back).failures
    assert not (one.parent / child).exists()
    assert main(["-C", str(one), "doctor"]) == 0


def test_group_is_rerun_with_one_change_and_undone(
    children: ChildOperations, bases: tuple[Path, Path]
) -> None:
    options = ResumeOptions(params={"dt": 0.01}, from_start=True)
    report = done(children.create({"one/failed": options, "two/failed": options}))
    assert report.text == "reran 2 runs"
    for child in report.created:
        run = bases[0].parent / child
        assert metadata(run)["rerun_of"] == "failed"
        assert json.loads((run / "run_params.json").read_text()) == {"dt": 0.01}
    assert done(report.back).text == "removed 2 runs that had been created"
    assert not any((bases[0].parent / child).exists() for child in report.created)


def test_failure_to_start_a_child_is_listed(children: ChildOperations, bases: tuple[Path, Path]) -> None:
    started: list[tuple[str, str]] = []

    def launch(base: str, child: str) -> None:
        if base.endswith("two"):
            raise StoreError("no command")
        started.append((base, child))

    report = done(children.start(["one/failed", "two/failed"], launch))
    assert started == [(str(bases[0]), "failed")]
    assert report.text == "started 1 of 2 runs"
    assert [(failure.name, failure.text) for failure in report.failures] == [("two/failed", "no command")]


def test_operations_have_the_title_of_what_they_do(children: ChildOperations) -> None:
    assert children.create({"one/failed": ResumeOptions()}).title == "resume 1 run"
    assert children.create({"one/failed": ResumeOptions(from_start=True)}).title == "rerun 1 run"
