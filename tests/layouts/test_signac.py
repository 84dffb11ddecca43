"""Jobs of signac as rows."""

from __future__ import annotations

import json
from pathlib import Path

from runtui.layouts.registry import read_run
from tests.layouts.tracker_samples import copied, rows, write


def test_job_has_its_state_point_and_document(runs_dir: Path) -> None:
    job = runs_dir / "workspace" / "42b7b4f2921788ea14dac5566e6f06d0"
    job.mkdir(parents=True)
    (job / "signac_statepoint.json").write_text(json.dumps({"a b": 1, "model": {"n": 3}, "none": None}))
    (job / "signac_job_document.json").write_text(json.dumps({"energy": -1.5}))
    (job / "signac_statepoint.json~").write_text("left over")
    name = f"workspace/{job.name}"
    run = read_run(str(runs_dir), name, keys=frozenset({"a b", "model.n", "none", "document.energy"}))
    assert (run.layout, run.status, run.problem) == ("signac", "unknown", "")
    assert run.values == {"a b": 1, "model.n": 3, "document.energy": -1.5}
    assert not run.created_is_guess


def test_real_job_and_how_it_ended_by_a_log(tmp_path: Path) -> None:
    base = copied(tmp_path, "signac")
    found = rows(base, "beta", "l", "document.nested.acc")
    assert [run.values for run in found.values()] == [
        {"beta": run.values["beta"], "l": "[1, 2]", "document.nested.acc": 0.5} for run in found.values()
    ]
    assert {(run.layout, run.status, run.is_derived) for run in found.values()} == {
        ("signac", "unknown", False)
    }
    write(base / next(iter(found)), {"job.log": "Traceback (most recent call last):\n  x\nValueError: bad\n"})
    failed = next(run for run in rows(base).values() if run.is_derived)
    assert (failed.status, len(found)) == ("failed", 2)


def test_torn_state_point_is_still_a_job(runs_dir: Path) -> None:
    job = runs_dir / "j"
    job.mkdir()
    (job / "signac_statepoint.json").write_text('{"a": 1')
    assert read_run(str(runs_dir), "j", keys=frozenset({"a"})).layout == "signac"


def test_job_that_lost_its_state_point_is_known_by_its_document(tmp_path: Path) -> None:
    write(tmp_path / "workspace" / "a", {"signac_job_document.json": '{"energy": -1.5}'})
    run = rows(tmp_path, "document.energy")["workspace/a"]
    assert (run.layout, run.values) == ("signac", {"document.energy": -1.5})
