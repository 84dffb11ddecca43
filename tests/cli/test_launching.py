"""Messages of `runtui launch` and of `runtui resume --launch`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from runtui import RunManager
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


def test_a_failed_command_is_reported_with_the_command_that_shows_its_log(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    ended = runtui("launch", "-C", str(base), "--", "sh", "-c", "exit 9")
    assert ended.returncode == 9
    last = ended.stderr.splitlines()[-1]
    assert last == f"runtui: failed: exit code 9; see runtui logs -C {base} {runs_in(base)[0].name[:8]}"


def test_a_successful_command_reports_no_failure(tmp_path: Path) -> None:
    ended = runtui("launch", "-C", str(tmp_path / "runs"), "--", "true")
    assert (ended.returncode, ended.stderr.count("\n"), "failed" in ended.stderr) == (0, 1, False)


def test_a_runs_directory_that_cannot_be_written_is_named_without_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    base = tmp_path / "file" / "runs"
    ended = runtui("launch", "-C", str(base), "--", "true")
    assert ended.returncode == 1
    assert ended.stderr == f"runtui: cannot create a run in {base}: Not a directory\n"


def test_resume_launch_reports_the_pid_and_where_the_output_goes(tmp_path: Path) -> None:
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
