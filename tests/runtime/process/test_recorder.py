"""What becomes of a run that is executed here is written down."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runtui.runtime.process.recorder import Recorder, Starter
from runtui.store.errors import RunNotFoundError
from runtui.store.manager import RunManager
from runtui.store.process import this_process
from runtui.store.writer import read_supervisor, read_writer
from tests.run_dirs import write_run


@pytest.fixture
def name(runs_dir: Path) -> str:
    return RunManager(runs_dir).create_run()


def on_disk(base: Path, name: str) -> dict[str, Any]:
    return json.loads((base / name / "metadata.json").read_bytes())


def private_files(base: Path, name: str) -> set[str]:
    return set(os.listdir(base / name / ".runtui"))


def test_run_is_recorded_from_start_to_end(runs_dir: Path, name: str) -> None:
    recorder = Recorder(str(runs_dir), name)
    recorder.prepare()
    supervision = read_supervisor(str(runs_dir / name))
    assert supervision is not None
    assert supervision.process == this_process()
    assert (runs_dir / name / ".runtui" / "reserve").stat().st_blocks > 0
    recorder.begin(command="sim")
    assert on_disk(runs_dir, name)["status"] == "running"
    recorder.end("", exit_code=0)
    found = on_disk(runs_dir, name)
    assert (found["status"], found["exit_code"], found["command"]) == ("completed", 0, "sim")
    assert not private_files(runs_dir, name) & {"reserve", "supervisor.json"}


@pytest.mark.parametrize(
    ("said", "failure", "status", "error"),
    [
        ({"status": "running"}, "", "completed", None),
        ({"status": "running"}, "exit code 1", "failed", "exit code 1"),
        ({"status": "checkpointed"}, "", "checkpointed", None),
        ({"status": "checkpointed"}, "exit code 1", "failed", "exit code 1"),
        ({"status": "failed", "error": "no room"}, "exit code 1", "failed", "no room"),
        ({"status": "failed"}, "exit code 1", "failed", "exit code 1"),
        ({"status": "failed", "error": "no room"}, "", "failed", "no room"),
        ({"status": "odd"}, "", "completed", None),
    ],
)
def test_status_set_by_the_command_is_kept_unless_it_hides_a_failure(
    said: dict[str, str], failure: str, status: str, error: str | None, runs_dir: Path, name: str
) -> None:
    recorder = Recorder(str(runs_dir), name)
    recorder.begin()
    path = runs_dir / name / "metadata.json"
    path.write_text(json.dumps(on_disk(runs_dir, name) | said))
    recorder.end(failure)
    found = on_disk(runs_dir, name)
    assert (found["status"], found.get("error")) == (status, error)


def test_new_attempt_clears_the_end_of_the_last_one(runs_dir: Path, name: str) -> None:
    recorder = Recorder(str(runs_dir), name)
    recorder.begin()
    recorder.end("exit code 1", exit_code=1, left_behind=2)
    recorder.begin()
    found = on_disk(runs_dir, name)
    assert found["status"] == "running"
    assert not {"error", "exit_code", "left_behind"} & set(found)


def test_noting_facts_changes_neither_status_nor_end_time(runs_dir: Path, name: str) -> None:
    recorder = Recorder(str(runs_dir), name)
    recorder.end("")
    ended = on_disk(runs_dir, name)["completed_at"]
    recorder.note(steps_done=3)
    found = on_disk(runs_dir, name)
    assert (found["status"], found["steps_done"], found["completed_at"]) == ("completed", 3, ended)


def test_observer_of_a_run_does_not_become_its_writer(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")
    Recorder(str(runs_dir), "r", is_writer=False).end("it is lost")
    assert on_disk(runs_dir, "r")["error"] == "it is lost"
    assert read_writer(str(runs_dir / "r")) is None
    Recorder(str(runs_dir), "r").note(x=1)
    assert read_writer(str(runs_dir / "r")) == this_process()


def test_a_run_is_supervised_from_its_creation_on(runs_dir: Path) -> None:
    name = Starter(runs_dir).create_run()
    supervision = read_supervisor(str(runs_dir / name))
    assert supervision is not None
    assert supervision.process == this_process()


@pytest.mark.parametrize("data", [None, b"{"])
def test_missing_or_unreadable_run_is_refused(data: bytes | None, runs_dir: Path) -> None:
    if data is not None:
        (write_run(runs_dir, "r") / "metadata.json").write_bytes(data)
    with pytest.raises(RunNotFoundError, match="cannot be read, or is gone"):
        Recorder(str(runs_dir), "r")
