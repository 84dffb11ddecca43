"""Messages of `runtui launch` and of `runtui resume --launch`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager
from runtui.runtime.launch_child import launch_child
from runtui.store.errors import StoreError
from tests.store.children import ROOT
from tests.waiting import wait_until


def runtui(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runtui", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )


def metadata_of(run: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((run / "metadata.json").read_text())
    return found


def runs_in(base: Path) -> list[Path]:
    return [path.parent for path in base.glob("*/metadata.json") if path.parent.name != "current"]


def test_failed_command_is_reported_with_a_logs_command(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    ended = runtui("launch", "-C", str(base), "--", "sh", "-c", "exit 9")
    assert ended.returncode == 9
    last = ended.stderr.splitlines()[-1]
    assert last == f"runtui: failed: exit code 9; see runtui logs -C {base} {runs_in(base)[0].name[:8]}"


def test_a_successful_command_reports_no_failure(tmp_path: Path) -> None:
    ended = runtui("launch", "-C", str(tmp_path / "runs"), "--", "true")
    assert (ended.returncode, ended.stderr.count("\n"), "failed" in ended.stderr) == (0, 1, False)


def test_error_for_an_unwritable_directory_names_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    base = tmp_path / "file" / "runs"
    ended = runtui("launch", "-C", str(base), "--", "true")
    assert ended.returncode == 1
    assert ended.stderr == f"runtui: cannot create a run in {base}: Not a directory\n"


def test_resume_launch_reports_the_pid_and_the_output_file(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    script = 'echo state > "$RUNTUI_CHECKPOINTS/one"'
    assert runtui("launch", "-C", str(base), "--", "sh", "-c", script).returncode == 0
    (parent,) = runs_in(base)
    manager = RunManager(base)
    assert manager.load_run(parent.name)
    manager.add_checkpoint("one", "checkpoints/one")
    ended = runtui("resume", "-C", str(base), parent.name, "--launch")
    (child,) = set(runs_in(base)) - {parent}
    try:
        wait_until(lambda: metadata_of(child)["status"] == "completed", "the child has completed")
    except BaseException:
        with suppress(KeyError, ProcessLookupError):
            os.kill(int(str(metadata_of(child)["pid"])), signal.SIGKILL)
        raise
    pid = metadata_of(child)["pid"]
    assert ended.stdout.splitlines()[-1] == (
        f"started: running in the background, pid {pid}; output in {child}/logs/output.log"
    )


def test_launch_refuses_array_options(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    options = ["--on", "slurm", "--resource", "options=--hold --array=0-3"]
    ended = runtui("launch", "-C", str(base), *options, "--", "true")
    assert ended.returncode == 2
    assert "--array=0-3 would start the same run several times" in ended.stderr
    assert not base.exists()


def launched_with(base: Path, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runtui", "launch", "-C", str(base), *options, "--", "cat"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        **more,
    )


def test_background_command_keeps_its_input_file(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    (tmp_path / "si.in").write_text("the input\n")
    with open(tmp_path / "si.in") as file:
        assert launched_with(base, "--detach", stdin=file).returncode == 0
    (run,) = runs_in(base)
    wait_until(lambda: metadata_of(run)["status"] == "completed", "it has ended")
    assert (run / "logs" / "output.log").read_text() == "the input\n"
    child = RunManager(base).create_child_run(run.name)
    with pytest.raises(StoreError, match="its parent read its standard input from a file"):
        launch_child(str(base), run.name, child)


def test_background_command_cannot_read_a_pipe(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    ended = launched_with(base, "--detach", input="the input\n")
    assert ended.returncode == 2
    assert "cannot read a pipe in the background" in ended.stderr
    assert not base.exists()


@pytest.mark.parametrize(
    ("complaint", "told"),
    [("sbatch: error: invalid partition", "invalid partition"), ("", "exit code 1")],
    ids=["refused", "silent"],
)
def test_job_that_is_refused_is_reported_with_the_reason(
    tmp_path: Path, complaint: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sbatch = tmp_path / "programs" / "sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n")
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sbatch.parent}:{os.environ['PATH']}")
    ended = runtui("launch", "-C", str(tmp_path / "runs"), "--on", "slurm", "--", "true")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[1:] == [f"runtui: job not submitted: sbatch: {told}"]
