from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from runtui.batch.base import BatchError
from runtui.batch.registry import SYSTEMS
from runtui.runtime.pipeline.step_jobs import end_steps
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.run_dirs import write_run

JOBS = {
    "fetch": {"system": "queue", "id": "1"},
    "long": {"system": "queue", "id": "2"},
    "odd": {"system": "nowhere", "id": "3"},
}
METADATA = """{
    "steps": [
        {"name": "fetch", "state": "done"},
        {"name": "long", "state": "running", "job": {"system": "queue", "id": "999"}},
        {"name": "odd", "state": "running"},
        {"name": "local", "state": "running"},
        {"name": "next", "state": "waiting"}
    ]
}"""
STATES = {"fetch": "done", "long": "cancelled", "odd": "cancelled", "local": "cancelled", "next": "cancelled"}


@pytest.fixture
def cancelled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs that a scheduler called ``queue`` was asked to cancel."""
    ids: list[str] = []

    class Queue:
        def cancel(self, jobs: Sequence[str]) -> None:
            ids.extend(jobs)
            raise BatchError("it does not answer")

    monkeypatch.setitem(SYSTEMS, "queue", Queue)
    return ids


@pytest.fixture
def run(runs_dir: Path) -> Path:
    return write_run(runs_dir, "run")


def test_the_jobs_of_running_steps_are_cancelled_even_if_a_scheduler_fails(
    run: Path, cancelled: list[str]
) -> None:
    write_sealed_record(SafeDirectory(run), RecordKind.STEP_JOBS, {"jobs": JOBS})
    steps = end_steps(str(run.parent), "run", json.loads(METADATA))["steps"]
    assert cancelled == ["2"]
    assert isinstance(steps, list)
    assert {step["name"]: step["state"] for step in steps} == STATES


def test_jobs_named_only_in_the_metadata_are_not_cancelled(run: Path, cancelled: list[str]) -> None:
    end_steps(str(run.parent), "run", json.loads(METADATA))
    assert cancelled == []


def test_jobs_in_a_record_writable_by_others_are_not_cancelled(run: Path, cancelled: list[str]) -> None:
    write_sealed_record(SafeDirectory(run), RecordKind.STEP_JOBS, {"jobs": JOBS})
    (run / ".runtui" / "step_jobs.json").chmod(0o666)
    end_steps(str(run.parent), "run", json.loads(METADATA))
    assert cancelled == []
