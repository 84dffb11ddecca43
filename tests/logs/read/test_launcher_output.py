"""Logs of the jobs in which Hydra's launcher for submitit ran runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.logs.read.launcher_output import launcher_job
from runtui.logs.read.log_files import find_logs, log_path

RECORD = "hydra:\n  job:\n    name: train\n    id: {}\n    num: 0\n  launcher: {{}}\n"


def make(base: Path, job: str) -> str:
    """Make a run, and beside it the folder of a job."""
    (base / "0" / ".hydra").mkdir(parents=True)
    (base / "0" / ".hydra" / "hydra.yaml").write_text(RECORD.format(job))
    (base / "0" / "train.log").touch()
    folder = base / ".submitit" / job.strip("'")
    folder.mkdir(parents=True)
    for ending in ("out", "err"):
        (folder / f"{folder.name}_0_log.{ending}").write_text(f"in {ending}\n")
    return str(base / "0")


@pytest.mark.parametrize("job", ["'123_4'", "9001"])
def test_output_and_errors_of_the_job_are_logs_of_its_run(tmp_path: Path, job: str) -> None:
    run_dir = make(tmp_path, job)
    texts = {Path(log_path(run_dir, log.name)).read_text() for log in find_logs(run_dir).logs}
    assert texts == {"in out\n", "in err\n", ""}


def test_other_runs_have_no_such_logs(tmp_path: Path) -> None:
    run_dir = make(tmp_path, "9001")
    record = tmp_path / "0" / ".hydra" / "hydra.yaml"
    for text in ("", "hydra:\n  job:\n    name: train\n", RECORD.format("../../x"), RECORD.format("..")):
        record.write_text(text)
        assert launcher_job(run_dir) is None
        assert [log.name for log in find_logs(run_dir).logs] == ["train.log"]
    record.unlink()
    assert launcher_job(run_dir) is None
