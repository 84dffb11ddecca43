from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.runtime.cancel import cancel_run, cancel_runs
from runtui.runtime.process.launch import launch_run
from runtui.store.errors import RunNotFoundError, StoreError
from runtui.store.manager import RunManager
from runtui.store.process import this_process, username
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.run_dirs import write_run
from tests.runtime.launches import has_written, is_gone, metadata_of, only_run
from tests.store.children import NOBODY
from tests.waiting import wait_until


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def at_work(base: Path) -> str:
    name = RunManager(base).create_run("a run that waits")
    launch_run(str(base), name, ["sh", "-c", "echo ready; sleep 600"])
    wait_until(has_written(base, "ready"), "it runs")
    return name


def test_running_run_is_stopped_and_marked_cancelled(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = at_work(base)
    pid = metadata_of(base)["pid"]
    assert main(["cancel", "-C", str(base), name[:8]]) == 0
    assert f"{name}: stopping pid " in capsys.readouterr().out
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")
    assert metadata_of(base)["error"] == f"cancelled by {username()}"
    assert is_gone(pid)
    assert main(["cancel", "-C", str(base), name]) == 1
    assert f"{name}: already failed" in capsys.readouterr().err


def cancelled(base: Path, name: str) -> str:
    (outcome,) = cancel_runs(str(base), [name])
    return "" if outcome.done else outcome.text


def test_untrusted_supervision_record_cancels_nothing(base: Path, tmp_path: Path) -> None:
    name = at_work(base)
    noted = only_run(base) / ".runtui" / "supervisor.json"
    noted.chmod(0o666)
    assert "another user may have written" in cancelled(base, name)
    noted.chmod(0o644)
    os.link(noted, tmp_path / "again")
    assert "another user may have written" in cancelled(base, name)
    os.unlink(tmp_path / "again")
    noted.rename(tmp_path / "elsewhere")
    noted.symlink_to(tmp_path / "elsewhere")
    assert "cannot be read" in cancelled(base, name)
    noted.unlink()
    os.mkfifo(noted)
    assert cancelled(base, name)
    noted.unlink()
    (tmp_path / "elsewhere").rename(noted)
    if not os.geteuid():
        os.chown(noted, NOBODY, NOBODY)
        assert "another user may have written" in cancelled(base, name)
        os.chown(noted, 0, 0)
    assert not is_gone(metadata_of(base)["pid"])
    assert not cancelled(base, name)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")


@pytest.mark.parametrize("part", [".", ".runtui", ".runtui/supervisor.json"])
@pytest.mark.parametrize("is_moved", [False, True])
@pytest.mark.parametrize("has_same_name", [False, True])
def test_supervision_record_of_another_run_cancels_nothing(
    has_same_name: bool, is_moved: bool, part: str, base: Path, tmp_path: Path
) -> None:
    if is_moved and part == ".":
        pytest.skip("it is the same run then")
    mine = at_work(base)
    pid = metadata_of(base)["pid"]
    other = tmp_path / "others" / (mine if has_same_name else "evil")
    source, target = base / mine / part, other / part
    target.parent.mkdir(parents=True, exist_ok=True)
    if is_moved:
        source.rename(target)
    else:
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    values = {"run_id": other.name, "status": "running", "process": {"pid": 1}, "steps": []}
    (other / "metadata.json").write_text(json.dumps(values))
    try:
        assert "belongs to another run" in cancelled(other.parent, other.name)
        assert not is_gone(pid)
    finally:
        os.killpg(pid, signal.SIGKILL)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")


def test_symlink_to_a_run_cancels_nothing(base: Path, tmp_path: Path) -> None:
    name = at_work(base)
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "evil").symlink_to(base / name)
    assert "belongs to another run" in cancelled(tmp_path / "others", "evil")
    assert not cancelled(base, name)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")


def test_run_in_an_unusually_named_directory_can_be_cancelled(tmp_path: Path) -> None:
    base = tmp_path / os.fsdecode(b'caf\xe9 "\n') / ("x" * 200) / ("y" * 200)
    base.parent.mkdir(parents=True)
    name = at_work(base)
    assert not cancelled(base, name)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")


@pytest.mark.parametrize("whole", [False, True])
def test_renamed_run_can_be_cancelled(whole: bool, base: Path, tmp_path: Path) -> None:
    name = at_work(base)
    pid = metadata_of(base)["pid"]
    if whole:
        base.rename(tmp_path / "archive")
        assert not cancelled(tmp_path / "archive", name)
    else:
        (base / name).rename(base / "the long one")
        assert not cancelled(base, "the long one")
    wait_until(lambda: is_gone(pid), "it has ended")


def test_metadata_alone_is_no_proof_of_launch_by_runtui(base: Path) -> None:
    manager = RunManager(base)
    name = manager.create_run("mine", process={"pid": 1}, steps=[])
    manager.update_status("running")
    assert "was not started by runtui" in cancelled(base, name)


@pytest.mark.parametrize("status", [["running"], {"a": 1}, None, 7])
def test_run_with_a_non_text_status_is_not_cancelled(status: object, runs_dir: Path) -> None:
    write_run(runs_dir, "one", status=status)
    assert "not text" in cancelled(runs_dir, "one")


@pytest.mark.parametrize(
    ("writer", "values", "why"),
    [
        (None, {}, "no process or job of it is known"),
        (
            {"host": "node9", "pid": 1, "boot_id": "x", "start_time": 1},
            {},
            "it runs on node9",
        ),
        (this_process()._replace(start_time=1).as_json(), {}, "no process or job of it is known"),
        (None, {"job": {"system": "slurm", "id": "41"}}, "another user may have written which job it is"),
    ],
)
def test_run_that_cannot_be_cancelled_from_here_gives_its_reason(
    writer, values, why: str, runs_dir: Path
) -> None:
    run = write_run(runs_dir, "one", status="running", **values)
    if writer is not None:
        (run / ".runtui").mkdir(exist_ok=True)
        (run / ".runtui" / "writer.json").write_text(json.dumps(writer))
    (outcome,) = cancel_runs(str(runs_dir), ["one"])
    assert not outcome.done
    assert why in outcome.text


def test_program_that_writes_its_own_run_is_not_stopped(base: Path) -> None:
    manager = RunManager(base)
    name = manager.create_run("mine")
    for _ in range(2):
        with pytest.raises(StoreError, match=f"pid {os.getpid()} was not started by runtui"):
            cancel_run(str(base), name)
        manager.update_status("running")


def test_missing_or_broken_run_cannot_be_cancelled(runs_dir: Path) -> None:
    with pytest.raises(RunNotFoundError):
        cancel_run(str(runs_dir), "gone")
    (runs_dir / "broken").mkdir()
    (runs_dir / "broken" / "metadata.json").write_text("{")
    with pytest.raises(RunNotFoundError, match="cannot be read"):
        cancel_run(str(runs_dir), "broken")


@pytest.mark.parametrize(
    ("job", "why"),
    [
        ({"system": "slurm", "id": "--all"}, "the recorded job id is invalid"),
        ({"system": "cron", "id": "7"}, "the record of its job is invalid"),
    ],
)
def test_invalid_job_is_not_cancelled(runs_dir: Path, job: dict[str, str], why: str) -> None:
    write_run(runs_dir, "one", status="running", job=job)
    write_sealed_record(SafeDirectory(runs_dir / "one"), RecordKind.JOB, job)
    (outcome,) = cancel_runs(str(runs_dir), ["one"])
    assert (outcome.done, why in outcome.text) == (False, True)


def test_queued_job_is_cancelled_and_its_run_fails(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "scancel").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/cancelled\n')
    (programs / "scancel").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    job = {"system": "slurm", "id": "41"}
    write_run(runs_dir, "one", status="initialising", job=job | {"id": "42"})
    write_sealed_record(SafeDirectory(runs_dir / "one"), RecordKind.JOB, job)
    assert cancel_run(str(runs_dir), "one") == "cancelled job 41"
    assert (tmp_path / "cancelled").read_text() == "--quiet 41\n"
    found = json.loads((runs_dir / "one" / "metadata.json").read_text())
    assert found["status"] == "failed"
    assert found["error"].startswith("cancelled by ")


def test_failure_to_signal_the_process_is_reported(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = at_work(base)

    def refuse(_descriptor: int, _number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(signal, "pidfd_send_signal", refuse)
        (outcome,) = cancel_runs(str(base), [name])
    assert (outcome.done, "Operation not permitted" in outcome.text) == (False, True)
    cancel_run(str(base), name)
    wait_until(lambda: metadata_of(base)["status"] == "failed", "it has ended")
