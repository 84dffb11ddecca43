from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.runtime.cancelling import cancel_run, cancel_runs
from runtui.runtime.launching import launch_run
from runtui.store.errors import RunNotFoundError, StoreError
from runtui.store.manager import RunManager
from runtui.store.own_record import RecordKind, write_own_record
from runtui.store.process import this_process
from tests.run_dirs import write_run
from tests.runtime.launches import has_written, is_gone, metadata_of, only_run
from tests.waiting import wait_until


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def at_work(base: Path) -> str:
    name = RunManager(base).create_run("a run that waits")
    launch_run(str(base), name, ["sh", "-c", "echo ready; sleep 600"])
    wait_until(has_written(base, "ready"), "it runs")
    return name


def test_a_run_that_is_at_work_is_ended_and_says_so(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = at_work(base)
    pid = metadata_of(base)["pid"]
    assert main(["cancel", "-C", str(base), name[:8]]) == 0
    assert f"{name}: told process" in capsys.readouterr().out
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")
    assert metadata_of(base)["error"] == "terminated by SIGTERM"
    assert is_gone(pid)
    assert main(["cancel", "-C", str(base), name]) == 1
    assert f"{name}: it is failed already" in capsys.readouterr().err


def test_nothing_is_ended_that_another_user_may_have_named(base: Path) -> None:
    name = at_work(base)
    noted = only_run(base) / ".runtui" / "writer.json"
    noted.chmod(0o666)
    with pytest.raises(StoreError, match="another user may have written"):
        cancel_run(str(base), name)
    assert not is_gone(metadata_of(base)["pid"])
    noted.chmod(0o644)
    cancel_run(str(base), name)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")


@pytest.mark.parametrize(
    ("writer", "values", "why"),
    [
        (None, {}, "nothing is known to be at work on it"),
        (
            {"host": "node9", "pid": 1, "boot_id": "x", "start_time": 1},
            {},
            "it runs on node9",
        ),
        (this_process()._replace(start_time=1).as_json(), {}, "nothing is known to be at work on it"),
        (None, {"job": {"system": "slurm", "id": "41"}}, "another user may have written which job it is"),
    ],
)
def test_what_cannot_be_ended_from_here_says_why(writer, values, why: str, runs_dir: Path) -> None:
    run = write_run(runs_dir, "one", status="running", **values)
    if writer is not None:
        (run / ".runtui").mkdir(exist_ok=True)
        (run / ".runtui" / "writer.json").write_text(json.dumps(writer))
    (outcome,) = cancel_runs(str(runs_dir), ["one"])
    assert not outcome.done
    assert why in outcome.text


def test_a_program_that_writes_its_run_itself_is_left_alone(base: Path) -> None:
    manager = RunManager(base)
    name = manager.create_run("mine")
    for _ in range(2):
        with pytest.raises(StoreError, match=f"process {os.getpid()} writes it, which runtui did not start"):
            cancel_run(str(base), name)
        manager.update_status("running")


def test_a_run_that_is_gone_or_broken(runs_dir: Path) -> None:
    with pytest.raises(RunNotFoundError):
        cancel_run(str(runs_dir), "gone")
    (runs_dir / "broken").mkdir()
    (runs_dir / "broken" / "metadata.json").write_text("{")
    with pytest.raises(RunNotFoundError, match="cannot be read"):
        cancel_run(str(runs_dir), "broken")


@pytest.mark.parametrize(
    ("job", "why"),
    [
        ({"system": "slurm", "id": "--all"}, "its job's id is none"),
        ({"system": "cron", "id": "7"}, "what is recorded of its job makes no sense"),
    ],
)
def test_a_job_that_makes_no_sense_is_not_ended(runs_dir: Path, job: dict[str, str], why: str) -> None:
    write_run(runs_dir, "one", status="running", job=job)
    write_own_record(str(runs_dir), "one", RecordKind.JOB, job)
    (outcome,) = cancel_runs(str(runs_dir), ["one"])
    assert (outcome.done, why in outcome.text) == (False, True)


def test_a_job_that_has_not_begun_is_cancelled_and_its_run_has_failed(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "scancel").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/cancelled\n')
    (programs / "scancel").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    job = {"system": "slurm", "id": "41"}
    write_run(runs_dir, "one", status="initialising", job=job | {"id": "42"})
    write_own_record(str(runs_dir), "one", RecordKind.JOB, job)
    assert cancel_run(str(runs_dir), "one") == "cancelled job 41"
    assert (tmp_path / "cancelled").read_text() == "--quiet 41\n"
    found = json.loads((runs_dir / "one" / "metadata.json").read_text())
    assert found["status"] == "failed"
    assert found["error"].startswith("cancelled by ")


def test_a_process_that_is_not_ours_is_left_alone(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = at_work(base)

    def refuse(_descriptor: int, _number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(signal, "pidfd_send_signal", refuse)
        (outcome,) = cancel_runs(str(base), [name])
    assert (outcome.done, "Operation not permitted" in outcome.text) == (False, True)
    cancel_run(str(base), name)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")
