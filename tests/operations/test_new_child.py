"""Children of runs whose command runtui did not record, and their commands with changed parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtui.layouts.commands import run_command
from runtui.layouts.registry import foreign_metadata
from runtui.operations.new_child import create_child, plan_child
from runtui.runtime.launch_child import launch_child, launch_unstarted
from runtui.store.child_run import ResumeOptions
from runtui.store.errors import StoreError
from runtui.store.metadata import read_foreign_with
from runtui.store.own_command import planned_command
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.layouts.test_commands import HYDRA, wandb
from tests.layouts.test_script_command import SCRIPT, script_dir
from tests.layouts.tracker_samples import write
from tests.run_dirs import write_run
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def layouts() -> Iterator[None]:
    read_foreign_with(foreign_metadata)
    yield
    read_foreign_with(None)


def rerun(base: Path, name: str, **params: object) -> Path:
    return base / create_child(str(base), name, ResumeOptions(params=params, from_start=True)).run_id


def content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha1(path.read_bytes()).hexdigest() for path in files}


def test_command_and_parameters_of_a_child_agree(tmp_path: Path) -> None:
    run = wandb(tmp_path)
    before = content(tmp_path)
    child = rerun(run.parent, run.name, beta=4)
    planned = planned_command(str(run.parent), child.name)
    assert planned is not None
    assert planned.words[-2:] == ("--beta", "4")
    assert json.loads((child / "run_params.json").read_text()) == {"beta": 4}
    assert content(tmp_path).items() >= before.items()
    with pytest.raises(StoreError, match="n cannot be changed: the command has no argument for it"):
        rerun(run.parent, run.name, n=4)


def test_child_runs_its_own_command_and_is_rerun_in_turn(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import sys; print(sys.argv[2:])")
    base = tmp_path / "outputs"
    files = {".hydra/hydra.yaml": HYDRA.format(tmp_path), ".hydra/config.yaml": "beta: 0.1\n"}
    write(base / "10-00-00", files)
    child = rerun(base, "10-00-00", beta=0.5, n=2)
    launch_child(str(base), "10-00-00", child.name)
    output = child / "logs" / "output.log"
    wait_until(lambda: output.exists() and output.read_text().endswith("]\n"), "the child has run")
    assert output.read_text() == "['beta=0.5', '++n=2']\n"
    again = rerun(base, child.name, beta=0.7)
    planned = planned_command(str(base), again.name)
    assert planned is not None
    assert planned.words[-2:] == ("beta=0.7", "++n=2")


def test_recorded_command_is_changed_with_its_parameter(tmp_path: Path) -> None:
    run = write_run(tmp_path, "gnu", status="failed")
    (run / "run_params.json").write_text('{"beta": 3, "n": 1}')
    command = {"command": ["./sim", "--beta=3"], "working_directory": str(tmp_path)}
    write_sealed_record(SafeDirectory(run), RecordKind.COMMAND, command)
    child = rerun(tmp_path, "gnu", beta=4, n=2)
    planned = planned_command(str(tmp_path), child.name)
    assert planned is not None
    assert planned.words == ("./sim", "--beta=4")
    assert json.loads((child / "run_params.json").read_text()) == {"beta": 4, "n": 2}
    only_file = rerun(tmp_path, "gnu", n=5)
    assert planned_command(str(tmp_path), only_file.name) is None


def test_script_and_input_are_changed_in_the_copy(tmp_path: Path) -> None:
    run = script_dir(tmp_path)
    before = content(run)
    child = rerun(tmp_path, "lid", beta=4, n=8)
    assert "--beta 4 in.json" in (child / "job.sh").read_text()
    assert json.loads((child / "in.json").read_text()) == {"n": 8}
    assert not (child / "step-1.ckpt").exists()
    assert content(run) == before
    told = plan_child(run_command(str(tmp_path), "lid"), {}, {"beta": 4}).changes
    assert told[0].text == "beta = 4 (was 3)"
    with pytest.raises(StoreError, match=r"m cannot be changed: it is not in job\.sh, and in no input"):
        rerun(tmp_path, "lid", m=1)


def test_command_that_changed_since_it_was_shown_is_refused(tmp_path: Path) -> None:
    run = wandb(tmp_path)
    options = ResumeOptions(from_start=True, shown=("python3", "other.py"))
    with pytest.raises(StoreError, match="another one than was shown"):
        create_child(str(run.parent), run.name, options)


def test_child_of_a_log_is_started_later_as_it_was_planned(tmp_path: Path) -> None:
    run = script_dir(tmp_path, SCRIPT.replace("python3 sim.py", "echo"))
    (run / "slurm-13.out").write_text("x")
    child = rerun(run, "slurm-13.out", beta=4)
    launch_unstarted(str(run), child.name)
    wait_until(lambda: (child / "out.json").exists(), "the script has run in its copy")
    wait_until(lambda: (child / "out.json").read_text() == "--beta 4 in.json\n", "it has written")
    assert (run / "out.json").read_text() == "x"


def test_description_that_is_arguments_follows_the_change(tmp_path: Path) -> None:
    run = wandb(tmp_path)
    child = rerun(run.parent, run.name, beta=4)
    assert json.loads((child / "metadata.json").read_text())["description"] == "train.py --beta 4 (rerun)"
