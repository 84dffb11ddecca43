"""The states of steps are kept in the run's metadata."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from runtui.runtime.pipeline import progress as progress_module
from runtui.runtime.pipeline.execution_orchestrator import StepEvent, StepState
from runtui.runtime.pipeline.file_marks import mark_of
from runtui.runtime.pipeline.plan import Plan
from runtui.runtime.pipeline.progress import Progress, ended_entries, entries_of
from runtui.runtime.pipeline.tasks import StepResult
from runtui.runtime.process.recorder import Recorder
from runtui.store.manager import RunManager
from tests.runtime.steps import command, step
from tests.waiting import wait_until

PATIENCE = 60.0  # seconds

PLAN = Plan((step("one"), step("two/b")))


@pytest.fixture
def recorder(runs_dir: Path) -> Recorder:
    recorder = Recorder(str(runs_dir), RunManager(runs_dir).create_run())
    recorder.begin()
    return recorder


def entry(progress: Progress, name: str) -> dict[str, Any]:
    return entries_of(progress.facts)[name]


def on_disk(recorder: Recorder) -> dict[str, Any]:
    return json.loads((Path(recorder.directory.path) / "metadata.json").read_bytes())


def test_steps_are_initially_waiting_with_their_own_logs(recorder: Recorder) -> None:
    progress = Progress(recorder, PLAN, {})
    assert (progress.facts["steps_done"], progress.facts["steps_total"]) == (0, 2)
    entries = entries_of(progress.facts)
    assert [each["state"] for each in entries.values()] == ["waiting", "waiting"]
    logs = [str(each["log"]) for each in entries.values()]
    assert logs[0] == "logs/one.log"
    assert all(log.count("/") == 1 for log in logs)


def test_step_with_a_queued_job_is_waiting(recorder: Recorder) -> None:
    progress = Progress(recorder, PLAN, {})
    progress.take(StepEvent("one", StepState.RUNNING, 1))
    assert not progress.note_job("one", {"id": "7", "state": "PENDING"}, is_queued=True)
    assert (entry(progress, "one")["state"], progress.state_of("one")) == ("waiting", "waiting")
    assert "started_at" not in entry(progress, "one")
    assert progress.note_job("one", {"id": "7", "state": "RUNNING"}, is_queued=False)
    assert not progress.note_job("one", {"id": "7", "state": "RUNNING", "left": "1:00"}, is_queued=False)
    assert (entry(progress, "one")["state"], progress.state_of("one")) == ("running", "running")
    assert entry(progress, "one")["started_at"]


def test_a_step_for_a_scheduler_waits_until_its_job_runs(recorder: Recorder) -> None:
    progress = Progress(recorder, Plan((step("here"), step("there", on="slurm"))), {})
    for name in ("here", "there"):
        progress.take(StepEvent(name, StepState.RUNNING, 1))
    assert (progress.state_of("here"), progress.state_of("there")) == ("running", "waiting")
    progress.take(StepEvent("there", StepState.DONE, 1, StepResult("there")))
    assert progress.state_of("there") == "done"


def test_failed_attempt_is_reported_until_the_next_one_starts(recorder: Recorder) -> None:
    progress = Progress(recorder, PLAN, {})
    progress.take(StepEvent("one", StepState.RUNNING, 1))
    progress.take(StepEvent("one", StepState.FAILED, 1, StepResult("one", "bad\x1b", exit_code=3)))
    assert progress.error_of("one").isprintable()
    assert entry(progress, "one")["exit_code"] == 3
    progress.take(StepEvent("one", StepState.RUNNING, 2))
    assert progress.error_of("one") == ""
    assert entry(progress, "one")["attempts"] == 2
    progress.take(StepEvent("one", StepState.DONE, 2, StepResult("one", has_data=True)))
    assert entry(progress, "one")["returned"] is True
    assert progress.facts["steps_done"] == 1


def test_inputs_created_after_a_step_started_are_recorded_at_its_end(recorder: Recorder) -> None:
    made = Path(recorder.directory.path) / "results" / "a.csv"
    plan = Plan((step("a", outputs=(str(made),)), command("b", "x", needs=("a",))))
    progress = Progress(recorder, plan, {})
    progress.take(StepEvent("a", StepState.RUNNING, 1))
    progress.take(StepEvent("b", StepState.RUNNING, 1))  # by a scheduler, which has it wait
    made.write_text("1")
    progress.take(StepEvent("a", StepState.DONE, 1, StepResult("a")))
    progress.take(StepEvent("b", StepState.DONE, 1, StepResult("b")))
    assert entry(progress, "b")["inputs"] == {"results/a.csv": mark_of(str(made))}


def test_kept_step_retains_its_recorded_facts(recorder: Recorder) -> None:
    earlier = {"one": {"name": "one", "state": "done", "cpu_seconds": 3.5}}
    progress = Progress(recorder, PLAN, earlier)
    progress.take(StepEvent("one", StepState.KEPT))
    assert (entry(progress, "one")["state"], entry(progress, "one")["cpu_seconds"]) == ("kept", 3.5)
    assert progress.facts["steps_done"] == 1


def test_progress_is_saved_while_steps_run(recorder: Recorder) -> None:
    with Progress(recorder, PLAN, {}) as progress:
        progress.take(StepEvent("one", StepState.RUNNING, 1))
        wait_until(lambda: "steps" in on_disk(recorder), "the state is saved")
        progress.note_job("one", {"id": "7"}, is_queued=False)
        wait_until(lambda: entries_of(on_disk(recorder))["one"].get("job") == {"id": "7"}, "the job is saved")
    assert entries_of(on_disk(recorder))["one"]["state"] == "running"


def test_execution_ends_whenever_its_last_change_comes(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "_GATHERING", 0.002)
    monkeypatch.setattr(progress_module, "_PAUSE", 0.0)

    def execute_often() -> None:
        for number in range(200):
            with Progress(recorder, PLAN, {}) as progress:
                progress.take(StepEvent("one", StepState.RUNNING, number))
                time.sleep(0)  # the thread that saves begins to wait
                sum(range(number % 100 * 4000))  # and is late to learn how that ended

    rounds = threading.Thread(target=execute_often, daemon=True)
    rounds.start()
    rounds.join(PATIENCE)
    assert not rounds.is_alive()


@pytest.mark.parametrize("steps", [None, 7, "text", {"a": 1}, [None, 7, {"state": "done"}, {"name": 3}]])
def test_invalid_steps_have_no_entries(steps: object) -> None:
    assert entries_of({"steps": steps}) == {}
    assert ended_entries({"steps": steps}) == {}


def test_unfinished_steps_of_a_killed_pipeline_are_cancelled() -> None:
    states = {"a": "done", "b": "running", "c": "waiting", "d": "failed"}
    steps = [{"name": name, "state": state} for name, state in states.items()]
    found = entries_of(ended_entries({"steps": steps}))
    assert {name: each["state"] for name, each in found.items()} == {
        "a": "done",
        "b": "cancelled",
        "c": "cancelled",
        "d": "failed",
    }
