"""The output of a run's Slurm job where sbatch was called: whose log it is, and when it is nobody's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.logs.diagnose.pieces import read_pieces
from runtui.logs.read import job_output
from runtui.logs.read.log_files import find_logs, log_path
from tests.run_dirs import write_run


def names_of(run: Path) -> tuple[list[str], tuple[str, ...]]:
    found = find_logs(str(run))
    return [log.name for log in found.logs], found.problems


@pytest.mark.parametrize("folder", [".", ".."])
@pytest.mark.parametrize(("job", "name"), [("41", "slurm-41.out"), ("41_3", "slurm-41_3.out")])
def test_output_of_the_job_beside_a_run_is_its_log(runs_dir: Path, folder: str, job: str, name: str) -> None:
    run = write_run(runs_dir, "a", slurm_job_id=job)
    write_run(runs_dir, "b", slurm_job_id="42")
    (runs_dir / folder / name).write_text("from the job\n")
    path = os.path.normpath(os.path.join("..", folder, name))
    assert names_of(run) == ([path], ())
    assert Path(log_path(str(run), path)).read_text() == "from the job\n"
    assert names_of(runs_dir / "b") == ([], ())


def test_output_of_a_job_that_another_run_has_too_is_nobodys(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a", slurm_job_id=41)
    write_run(runs_dir / "sweep", "b", slurm={"job_id": "41"})
    (runs_dir / "slurm-41.out").write_text("of both\n")
    assert names_of(run) == ([], ("../slurm-41.out was not read: 2 runs are of this job",))


def test_links_to_a_run_are_no_other_runs(runs_dir: Path, tmp_path: Path) -> None:
    run = write_run(runs_dir, "a", slurm_job_id=41)
    (runs_dir / "current").symlink_to("a")
    (runs_dir / "latest").symlink_to(run)
    (runs_dir / "slurm-41.out").write_text("from the job\n")
    assert names_of(run) == (["../slurm-41.out"], ())
    (tmp_path / "linked").symlink_to(runs_dir)
    assert names_of(tmp_path / "linked" / "a") == (["../slurm-41.out"], ())


def test_output_beside_the_link_to_a_runs_directory_is_found(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "a", slurm_job_id=41)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "runs").symlink_to(runs_dir)
    output = tmp_path / "project" / "slurm-41.out"
    output.write_text("from the job\n")
    assert names_of(tmp_path / "project" / "runs" / "a") == ([str(output)], ())


def test_what_is_no_file_or_has_no_job_is_no_log(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a", slurm_job_id=41)
    os.mkfifo(runs_dir / "slurm-41.out")
    write_run(runs_dir, "evil", slurm_job_id="../../41")
    (runs_dir / "bare").mkdir()
    for name in ("a", "evil", "bare"):
        assert names_of(runs_dir / name) == ([], ()), run


def test_among_too_many_runs_the_output_is_named_and_not_read(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_output, "MOST_LOOKED_AT", 2)
    for name in ("a", "b", "c"):
        write_run(runs_dir, name, slurm_job_id=f"4{ord(name)}")
    (runs_dir / "slurm-497.out").write_text("from the job\n")
    why = "there are too many runs to know that it is of this one alone"
    assert names_of(runs_dir / "a") == ([], (f"../slurm-497.out was not read: {why}",))


def test_reason_and_lines_come_from_the_output_beside(runs_dir: Path, capsys) -> None:
    run = write_run(runs_dir, "a", status="failed", slurm_job_id=41)
    (runs_dir.parent / "slurm-41.out").write_text("step 1\nMemoryError: no room\n")
    assert [piece.data for piece in read_pieces(str(run)).pieces] == [b"step 1\nMemoryError: no room\n"]
    assert main(["ls", "-C", str(runs_dir), "--columns", "reason"]) == 0
    assert "MemoryError: no room" in capsys.readouterr().out
    assert main(["logs", "-C", str(runs_dir), "a"]) == 0
    assert "MemoryError: no room" in capsys.readouterr().out
    assert main(["show", "-C", str(runs_dir), "a"]) == 0
    assert "../../slurm-41.out" in capsys.readouterr().out
