"""`runtui resume` and `runtui rerun` of one run and of several, and starting their children later."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runtui.cli import main
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.cli.test_launching import metadata_of, runs_in, runtui
from tests.run_dirs import write_run
from tests.waiting import wait_until

READER = (
    "import json, os, pathlib;"
    "run = pathlib.Path(os.environ['RUNTUI_RUN']);"
    "print('viscosity', json.loads((run / 'run_params.json').read_text())['viscosity'])"
)


def launched(base: Path, name: str, params: str = '{"dt": 0.02}', **values: Any) -> Path:
    run = write_run(base, name, status="failed", **values)
    (run / "run_params.json").write_text(params)
    command = {"command": ["python3", "-c", READER], "working_directory": str(base)}
    write_sealed_record(SafeDirectory(run), RecordKind.COMMAND, command)
    return run


def child_of(base: Path, parent: Path) -> Path:
    (found,) = (run for run in runs_in(base) if metadata_of(run)["parent_run_id"] == parent.name)
    return found


def test_run_that_lacks_a_parameter_is_rerun_with_it(runs_dir: Path) -> None:
    parent = launched(runs_dir, "gnu", description="a gnu")
    done = runtui("rerun", "-C", str(runs_dir), "gnu", "--set", "viscosity=0.1", "--launch")
    assert done.returncode == 0, done.stderr
    assert "runs gnu again from the start" in done.stdout
    assert "parameter: viscosity = 0.1 (new)" in done.stdout
    child = child_of(runs_dir, parent)
    wait_until(lambda: metadata_of(child)["status"] == "completed", "the child has completed")
    assert (child / "logs" / "output.log").read_text() == "viscosity 0.1\n"
    assert metadata_of(child)["description"] == "a gnu (rerun)"


def test_child_is_started_later(runs_dir: Path) -> None:
    parent = launched(runs_dir, "gnu", '{"viscosity": 0.1}')
    assert runtui("rerun", "-C", str(runs_dir), "gnu").returncode == 0
    child = child_of(runs_dir, parent)
    assert metadata_of(child)["status"] == "initialising"
    done = runtui("launch", "-C", str(runs_dir), "--run", child.name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"started {child.name}: running in the background, pid ")
    wait_until(lambda: metadata_of(child)["status"] == "completed", "the child has completed")
    again = runtui("launch", "-C", str(runs_dir), "--run", child.name)
    assert again.returncode == 1
    assert "does not wait to be started" in again.stderr


def test_several_runs_are_rerun_with_one_change(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    launched(runs_dir, "gnu")
    launched(runs_dir, "owl", '{"dt": "small"}')
    launched(runs_dir, "yak", '{"dt": 0.5}')
    words = ["rerun", "-C", str(runs_dir), "gnu", "owl", "yak", "--set", "dt*=0.5", "--json"]
    assert main(words) == 1
    output = capsys.readouterr()
    assert [(one["parent_run_id"], one["parameters"][0]["new"]) for one in json.loads(output.out)] == [
        ("gnu", "0.01"),
        ("yak", "0.25"),
    ]
    assert output.err == "runtui: owl: dt cannot be multiplied: it is small, which is not a number\n"
    assert len(runs_in(runs_dir)) == 5


def test_resume_without_checkpoints_names_rerun(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    launched(runs_dir, "gnu")
    assert main(["resume", "-C", str(runs_dir), "gnu"]) == 1
    assert "has no checkpoints to resume from; `runtui rerun gnu`" in capsys.readouterr().err


def test_run_without_a_command_is_not_rerun(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(runs_dir, "gnu")
    before = sorted(os.listdir(runs_dir))
    assert main(["rerun", "-C", str(runs_dir), "gnu"]) == 1
    assert "`runtui launch -- COMMAND`" in capsys.readouterr().err
    assert sorted(os.listdir(runs_dir)) == before


@pytest.mark.parametrize(
    "words",
    [
        ["rerun", "gnu", "--set", "dt"],
        ["rerun", "gnu", "--on", "slurm"],
        ["resume", "gnu", "owl", "--checkpoint", "c"],
        ["launch", "--run", "gnu", "--", "true"],
    ],
    ids=["set", "on", "checkpoint", "run-and-command"],
)
def test_options_that_make_no_sense_are_refused(
    runs_dir: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    launched(runs_dir, "gnu")
    launched(runs_dir, "owl")
    assert main([words[0], "-C", str(runs_dir), *words[1:]]) == 2
    assert len(runs_in(runs_dir)) == 2


def test_checkpoint_that_a_launched_command_writes_is_resumed(runs_dir: Path) -> None:
    script = 'echo "${RUNTUI_RESUME_FROM:-none}" > "$RUNTUI_CHECKPOINTS/one"'
    assert runtui("launch", "-C", str(runs_dir), "--", "sh", "-c", script).returncode == 0
    (parent,) = runs_in(runs_dir)
    assert runtui("resume", "-C", str(runs_dir), parent.name, "--launch").returncode == 0
    child = child_of(runs_dir, parent)
    wait_until(lambda: metadata_of(child)["status"] == "completed", "the child has completed")
    assert (child / "checkpoints" / "one").read_text() == f"{parent}/checkpoints/one\n"
