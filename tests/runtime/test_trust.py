"""What others may have written is not run, and what steps write goes nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.runtime.batch import write_script
from runtui.runtime.executing import pipeline_of
from runtui.runtime.frameworks import load, save
from runtui.runtime.pipeline import PipelineError
from runtui.runtime.tasks import note_traceback, open_log
from tests.run_dirs import write_run


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "step.pickle"
    save([1, 2], path)
    return path


def test_data_of_steps_are_private(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    assert load(kept) == [1, 2]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_data_that_others_can_write_are_not_read(kept: Path, mode: int) -> None:
    kept.chmod(mode)
    with pytest.raises(PermissionError, match="others can write to it"):
        load(kept)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_data_of_another_user_are_not_read(kept: Path) -> None:
    os.chown(kept, 12345, -1)
    with pytest.raises(PermissionError, match="others can write to it"):
        load(kept)


def test_data_behind_a_link_are_not_read_and_a_link_is_not_written_through(
    kept: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "other.pickle").symlink_to(kept)
    with pytest.raises(OSError, match="symbolic link"):
        load(tmp_path / "other.pickle")
    (tmp_path / "new.pickle.part").symlink_to(victim)
    (tmp_path / "new.pickle").symlink_to(victim)
    save("data", tmp_path / "new.pickle")
    assert load(tmp_path / "new.pickle") == "data"
    assert victim.read_text() == "precious"


def test_scripts_and_logs_are_never_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for name in ("script.sh", "step.log"):
        (tmp_path / name).symlink_to(victim)
    write_script(str(tmp_path / "script.sh"), "#!/bin/sh\n")
    assert (tmp_path / "script.sh").read_text() == "#!/bin/sh\n"
    with pytest.raises(OSError, match="symbolic link"):
        open_log(str(tmp_path / "step.log"))
    note_traceback(str(tmp_path / "step.log"), ValueError("no"))
    os.mkfifo(tmp_path / "fifo.log")
    with pytest.raises(OSError, match="No such device"):
        open_log(str(tmp_path / "fifo.log"))
    assert victim.read_text() == "precious"


def test_a_pipeline_that_others_could_have_named_must_be_named_again(runs_dir: Path, tmp_path: Path) -> None:
    pipeline = str(tmp_path / "pipeline.toml")
    run = write_run(runs_dir, "r", pipeline=pipeline)
    (run / "metadata.json").chmod(0o644)
    assert pipeline_of(str(runs_dir), "r") == pipeline
    (run / "metadata.json").chmod(0o666)
    with pytest.raises(PipelineError, match="say which pipeline"):
        pipeline_of(str(runs_dir), "r")
