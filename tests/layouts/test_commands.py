"""Commands in the records of other programs' runs, and why there is none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runtui.layouts.commands import COMMANDS, run_command
from runtui.layouts.known import LAYOUTS
from runtui.store.command_arguments import ArgumentStyle
from runtui.store.errors import StoreError
from tests.layouts.tracker_samples import write
from tests.run_dirs import write_run

HYDRA = """hydra:
  job: {{name: train, config_name: config}}
  overrides:
    hydra: []
    task:
    - beta=0.1
  runtime: {{cwd: {}}}
"""


def wandb(base: Path, **record: Any) -> Path:
    run = base / "wandb" / "run-20261101_100000-ab12cd34"
    (base / "train.py").write_text("")
    record = {"program": str(base / "train.py"), "args": ["--beta", "3"], **record}
    write(run, {"files/wandb-metadata.json": json.dumps(record), "files/config.yaml": "beta:\n  value: 3\n"})
    return run


def sacred(base: Path, **meta: Any) -> Path:
    (base / "sac.py").write_text("")
    experiment = {"mainfile": "sac.py", "base_dir": str(base), "name": "demo"}
    record = {"experiment": experiment, "meta": {"command": "main", **meta}, "status": "FAILED"}
    write(base / "1", {"run.json": json.dumps(record), "config.json": '{"beta": 3}', "cout.txt": ""})
    return base / "1"


def command_of(run: Path) -> tuple[str, ...]:
    return run_command(str(run.parent), run.name).words


def test_hydra(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("")
    run = tmp_path / "outputs" / "10-00-00"
    write(run, {".hydra/hydra.yaml": HYDRA.format(tmp_path), ".hydra/config.yaml": "beta: 0.1\n"})
    found = run_command(str(run.parent), run.name)
    assert found.words == ("python3", "train.py", "--config-name=config", "beta=0.1")
    assert (found.directory, found.style) == (str(tmp_path), ArgumentStyle.HYDRA)
    (tmp_path / "train.py").unlink()
    with pytest.raises(StoreError, match=r"its program is not there: .*train\.py"):
        command_of(run)


def test_wandb(tmp_path: Path) -> None:
    run = wandb(tmp_path)
    found = run_command(str(run.parent), run.name)
    assert found.words == ("python3", str(tmp_path / "train.py"), "--beta", "3")
    assert found.directory == str(tmp_path)
    wandb(tmp_path, args=[3])
    with pytest.raises(StoreError, match="no texts"):
        command_of(run)


def test_sacred(tmp_path: Path) -> None:
    words = ("python3", "sac.py", "main", "with", "fast", "n=2", "model.beta='x'")
    updates = {"n": 2, "model": {"beta": "x"}}
    assert command_of(sacred(tmp_path, config_updates=updates, named_configs=["fast"])) == words
    assert command_of(sacred(tmp_path, options={"UPDATE": ["n=3"]}))[3:] == ("with", "n=3")


def test_guild(tmp_path: Path) -> None:
    run = tmp_path / ("0" * 32)
    write(run, {".guild/attrs/cmd": "- python3\n- -um\n- train\n- --beta\n- '3'\n", ".guild/attrs/id": "x"})
    found = run_command(str(tmp_path), run.name)
    assert found.words == ("python3", "-um", "train", "--beta", "3")
    assert found.directory == ""


def test_mlflow_project_is_named_and_not_run(tmp_path: Path) -> None:
    run = tmp_path / ("a" * 32)
    tags = {"tags/mlflow.source.name": "/home/me/proj", "tags/mlflow.project.entryPoint": "main"}
    write(run, {"meta.yaml": "status: 4\n", "params/beta": "3", "metrics/loss": "", **tags})
    with pytest.raises(StoreError, match="start it with mlflow run /home/me/proj -e main -P 'beta=3'"):
        command_of(run)
    (run / "tags" / "mlflow.project.entryPoint").unlink()
    with pytest.raises(StoreError, match="MLflow did not record the arguments of /home/me/proj"):
        command_of(run)


@pytest.mark.parametrize(
    ("key", "written", "wanted"),
    [
        ("command", "./sim --beta 3 'a b'", ("./sim", "--beta", "3", "a b")),
        ("cmd", ["./sim", "--beta", "3"], ("./sim", "--beta", "3")),
        ("argv", ["train.py", "--beta=3"], ("python3", "train.py", "--beta=3")),
        ("command", "sim > log; rm -rf x", ("sh", "-c", "sim > log; rm -rf x")),
    ],
    ids=["line", "list", "argv", "shell"],
)
def test_metadata(tmp_path: Path, key: str, written: object, wanted: tuple[str, ...]) -> None:
    run = write_run(tmp_path, "gnu", status="failed", working_directory=str(tmp_path), **{key: written})
    found = run_command(str(tmp_path), run.name)
    assert (found.words, found.directory) == (wanted, str(tmp_path))


@pytest.mark.parametrize("written", [3, [], {"a": 1}, ["x", 3], "a 'b", "\0"], ids=str)
def test_metadata_of_wrong_types(tmp_path: Path, written: object) -> None:
    write_run(tmp_path, "gnu", status="failed", working_directory=str(tmp_path), command=written)
    with pytest.raises(StoreError, match="command"):
        run_command(str(tmp_path), "gnu")


def test_metadata_without_a_directory(tmp_path: Path) -> None:
    write_run(tmp_path, "gnu", status="failed", command="./sim")
    with pytest.raises(StoreError, match="has no working_directory"):
        run_command(str(tmp_path), "gnu")


def test_file_that_others_may_write_gives_no_command(tmp_path: Path) -> None:
    run = wandb(tmp_path)
    os.chmod(run / "files" / "wandb-metadata.json", 0o666)
    with pytest.raises(StoreError, match="others may have written"):
        command_of(run)
    write_run(tmp_path, "gnu", status="failed", working_directory=str(tmp_path), command="./sim")
    os.chmod(tmp_path / "gnu" / "metadata.json", 0o666)
    with pytest.raises(StoreError, match="not your run"):
        run_command(str(tmp_path), "gnu")


def test_rows_are_of_layouts() -> None:
    assert set(COMMANDS) <= set(LAYOUTS)
