"""Logs of jobs in one directory, each of which is a run."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from runtui.catalog.sync.scan import read_all
from runtui.layouts.job_logs import is_job_log, job_logs
from runtui.layouts.registry import foreign_metadata, read_run
from runtui.layouts.run_tree import RunTree
from runtui.logs.diagnose.digest import Facts, read_digest
from runtui.logs.read.log_files import find_logs, log_path
from runtui.store.details import read_details
from runtui.store.edits.edit_files import read_edits
from runtui.store.edits.edit_index import edited_runs
from runtui.store.edits.run_edits import edit_tags, undo
from runtui.store.metadata import read_foreign_with
from tests.run_dirs import write_run


@pytest.mark.parametrize(
    "name",
    [
        "slurm-7.out",
        "slurm-123_4.out",
        "train-123456.out",
        "my.job-1234_5.out",
        "job.o123",
        "job.o12.3",
        "a.o12-3",
        "slurm_7.out",
        "slurm-train-7.log",
        "slurm-7.txt",
        "slurm-7.out.gz",
        "my-job-1234.out",
        "train_883311.out",
        "train_883311_4.log",
        "train.883311.out",
        "883311.out",
        "883311_4.log",
        "883311-train.out",
        "slurm-7-node01.out",
        "output_883311.txt",
        "JOB_883311.OUT",
        "train883311.out",
        "train_883311.4.out",
        "slurm-123.4.out",
        "a.o123[4]",
        "123.pbs01.OU",
        "123[4].pbs01.OU",
        "melt.123.OU",
        "weak_1600_16_3979366.o",
        "out.129543324.1.txt",
    ],
)
def test_logs_of_jobs_are_known_by_their_names(name: str) -> None:
    assert is_job_log(name)


@pytest.mark.parametrize(
    "name",
    [
        "slurm.out",
        "run.out",
        "result-7.out",
        "slurm-x.out",
        "main.o",
        "a.out",
        "-1234.out",
        "2024.out",
        "20240115.log",
        "report_20240115.log",
        "dump_000100.out",
        "step_10000.out",
        "beta_0.12345.log",
        "883311.csv",
        "data_883311.txt",
        "20240115-train.log",
        "fill-opt-000000-000-a8c0f397-18992-0.log",
    ],
)
def test_other_files_are_no_logs_of_jobs(name: str) -> None:
    assert not is_job_log(name)


def test_single_log_of_a_job_belongs_to_its_directory() -> None:
    assert job_logs(["slurm-7.out", "input"]) == []
    assert job_logs(["slurm-8.out", "slurm-7.out", "input"]) == ["slurm-7.out", "slurm-8.out"]


def test_two_logs_of_one_job_are_one_run() -> None:
    assert job_logs(["train_88331.log", "train_88331.out", "slurm-9.out"]) == [
        "slurm-9.out",
        "train_88331.out",
    ]
    assert job_logs(["train_88331.log", "train_88331.out"]) == []


@pytest.mark.parametrize(
    ("output", "errors"), [("train-5001.out", "train-5001.err"), ("train.o51", "train.e51")]
)
def test_errors_of_a_job_belong_to_its_run(jobs: Path, output: str, errors: str) -> None:
    (jobs / output).write_text("step 1\n")
    (jobs / errors).write_text("Traceback (most recent call last):\n  x\nKeyError: 'lr'\n")
    path = str(jobs / output)
    run = read_run(str(jobs), output)
    assert (run.status, run.description) == ("failed", "train")
    assert {log.name for log in find_logs(path).logs} == {output, errors}
    assert log_path(path, errors) == str(jobs / errors)
    found = read_digest(path, Facts())
    assert (found.line, found.log) == ("KeyError: 'lr'", errors)


def test_job_of_empty_errors_ended_well(jobs: Path) -> None:
    (jobs / "slurm-43.out").write_text("step 1\n")
    (jobs / "slurm-43.err").touch()
    for name, age in (("slurm-43.err", 90000.0), ("slurm-43.out", 86400.0)):
        os.utime(jobs / name, (time.time() - age,) * 2)
    run = read_run(str(jobs), "slurm-43.out")
    assert run.status == "completed"
    assert (run.completed or 0.0) - (run.started or 0.0) == pytest.approx(3600.0, abs=1.0)


def test_short_numbers_are_jobs_where_their_errors_lie_beside(runs_dir: Path) -> None:
    for name in ("decay_31_0.out", "decay_31_0.err", "decay_31_1.out", "decay_31_1.err", "step_7.out"):
        (runs_dir / name).touch()
    tree = RunTree(str(runs_dir))
    assert runs_of(tree, runs_dir) == ["decay_31_0.out", "decay_31_1.out"]
    run = read_run(str(runs_dir), "decay_31_1.out")
    assert (run.job and run.job.job_id, run.description) == ("31_1", "decay")
    again = RunTree(str(runs_dir))
    again.learn(["decay_31_0.out"])
    assert again.names() == ["decay_31_0.out", "decay_31_1.out"]


@pytest.mark.parametrize(
    ("names", "runs"),
    [
        (("t_88331.o", "t_88331.e", "t_88332.o", "t_88332.e"), ["t_88331.o", "t_88332.o"]),
        (("main.o", "solver.o", "run.sh"), []),
        (("train.out", "train.err", "eval.out", "eval.err"), ["eval.out", "train.out"]),
        (("train.out", "train.err", "eval.out"), []),
        (("job.out", "job.log", "job.err"), []),
        (("7[1].p.OU", "7[1].p.ER", "7[2].p.OU", "7[2].p.ER"), ["7[1].p.OU", "7[2].p.OU"]),
        (("a.o7[1]", "a.e7[1]", "a.o7[2]", "a.e7[2]"), ["a.o7[1]", "a.o7[2]"]),
        (("t_88331.err", "t_88332.err"), ["t_88331.err", "t_88332.err"]),
        (("a.e71", "a.e72", "run.pbs"), ["a.e71", "a.e72"]),
        (("a.err", "b.err", "run.slurm"), ["a.err", "b.err"]),
        (("a.err", "b.err", "slurm.out", "slurm.err", "run.sh"), ["a.err", "b.err", "slurm.out"]),
        (("b1.txt", "b1.err", "b2.txt", "b2.err"), ["b1.txt", "b2.txt"]),
        (("a.err", "b.err"), []),
        (("data.err", "temp.err", "salt.bin"), []),
    ],
)
def test_several_logs_in_a_directory_are_its_jobs(names: tuple[str, ...], runs: list[str]) -> None:
    assert job_logs(names) == runs


def test_script_names_the_outputs_of_its_jobs(runs_dir: Path) -> None:
    (runs_dir / "job.sh").write_text("#SBATCH -o dd_%j.txt\n#SBATCH --output=logs/%x-%A.%a.txt\n")
    (runs_dir / "logs").mkdir()
    names = ["dd_101.txt", "dd_102.txt", "logs/melt-7.1.txt", "logs/melt-7.2.txt"]
    for name in (*names, "table_3.txt", "logs/notes_1.txt"):
        (runs_dir / name).write_text("step 1\n")
    assert sorted(runs_of(RunTree(str(runs_dir)), runs_dir)) == names
    run = read_run(str(runs_dir), "logs/melt-7.2.txt")
    assert (run.layout, run.job and run.job.job_id, run.description) == ("slurm", "7_2", "melt")


def test_job_with_nothing_but_errors_ended_well_where_they_are_empty(runs_dir: Path) -> None:
    (runs_dir / "train_88331.err").write_text("Traceback (most recent call last):\n  x\nKeyError: 'lr'\n")
    (runs_dir / "train_88332.err").touch()
    for name in ("train_88331.err", "train_88332.err"):
        os.utime(runs_dir / name, (time.time() - 86400.0,) * 2)
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["train_88331.err", "train_88332.err"]
    failed, well = (read_run(str(runs_dir), f"train_8833{number}.err") for number in (1, 2))
    assert (failed.status, well.status) == ("failed", "completed")
    assert failed.job is not None
    assert (failed.job.job_id, failed.description) == ("88331", "train")
    assert read_digest(str(runs_dir / "train_88331.err"), Facts()).line == "KeyError: 'lr'"


def test_pairs_of_logs_without_numbers_are_runs(runs_dir: Path) -> None:
    for name, text in (("train.out", "step 1\n"), ("train.err", "MemoryError\n"), ("eval.out", "step 1\n")):
        (runs_dir / name).write_text(text)
    (runs_dir / "eval.err").touch()
    for file in runs_dir.iterdir():
        os.utime(file, (time.time() - 86400.0,) * 2)
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["eval.out", "train.out"]
    well, failed = (read_run(str(runs_dir), name) for name in ("eval.out", "train.out"))
    assert (well.layout, well.status, failed.status, failed.job) == ("slurm", "completed", "failed", None)
    assert {log.name for log in find_logs(str(runs_dir / "train.out")).logs} == {"train.out", "train.err"}


def test_expected_outputs_of_tests_are_no_jobs(runs_dir: Path) -> None:
    for folder in ("tests", "slurm_logs"):
        (runs_dir / folder).mkdir()
        for name in ("case_1.out", "case_1.err", "case_2.out", "case_2.err"):
            (runs_dir / folder / name).touch()
    found = runs_of(RunTree(str(runs_dir)), runs_dir)
    assert found == ["slurm_logs/case_1.out", "slurm_logs/case_2.out"]


def test_logs_of_a_project_are_runs_where_it_has_no_others(runs_dir: Path) -> None:
    (runs_dir / "logs").mkdir()
    names = ["logs/slurm-41.out", "logs/slurm-42.out"]
    for name in names:
        (runs_dir / name).touch()
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == names
    write_run(runs_dir / "outputs", "r")
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["outputs/r"]


@pytest.fixture
def jobs(runs_dir: Path) -> Path:
    """A directory with the logs of two jobs: one wrote an error, the other ended long ago."""
    (runs_dir / "slurm-41.out").write_text("Traceback (most recent call last):\n  x\nValueError: bad\n")
    (runs_dir / "slurm-42_3.out").write_text("step 1\n")
    for name in ("slurm-41.out", "slurm-42_3.out"):
        os.utime(runs_dir / name, (time.time() - 86400.0 * 9,) * 2)
    return runs_dir


def runs_of(tree: RunTree, base: Path) -> list[str]:
    """Read everything that the tree names, and return the names of the runs."""
    found = [run.name for run in (read_run(str(base), name) for name in tree.names()) if tree.take(run)]
    while names := tree.unread():
        found += [run.name for run in (read_run(str(base), name) for name in names) if tree.take(run)]
    return sorted(found)


def test_logs_of_jobs_in_one_directory_are_runs(jobs: Path) -> None:
    tree = RunTree(str(jobs))
    assert runs_of(tree, jobs) == ["slurm-41.out", "slurm-42_3.out"]
    assert tree.names() == ["slurm-41.out", "slurm-42_3.out"]
    failed, quiet = (read_run(str(jobs), name) for name in tree.names())
    assert (failed.layout, failed.status, quiet.status) == ("slurm", "failed", "unknown")
    assert failed.job is not None
    assert quiet.job is not None
    assert (failed.job.job_id, quiet.job.job_id) == ("41", "42_3")


def test_logs_of_jobs_in_a_folder_are_runs(jobs: Path) -> None:
    above = jobs.parent
    names = [f"{jobs.name}/slurm-41.out", f"{jobs.name}/slurm-42_3.out"]
    assert runs_of(RunTree(str(above), only=(jobs.name,)), above) == names


def test_logs_of_jobs_beside_runs_are_no_runs(jobs: Path) -> None:
    write_run(jobs, "r")
    tree = RunTree(str(jobs))
    assert runs_of(tree, jobs) == ["r"]
    assert tree.names() == ["r"]


def test_logs_of_jobs_are_runs_beside_fewer_that_only_look_like_some(jobs: Path) -> None:
    (jobs / "analysis").mkdir()
    (jobs / "analysis" / "config.yaml").write_text("a: 1\n")
    (jobs / "analysis" / "run.log").write_text("step 1\n")
    assert runs_of(RunTree(str(jobs)), jobs) == ["analysis", "slurm-41.out", "slurm-42_3.out"]
    shutil.copytree(jobs / "analysis", jobs / "second")
    assert runs_of(RunTree(str(jobs)), jobs) == ["analysis", "second"]


def test_logs_of_jobs_are_runs_beside_the_directory_of_another_job(jobs: Path) -> None:
    for number in (1, 2):
        (jobs / f"build{number}").mkdir()
        (jobs / f"build{number}" / f"slurm-{number}.out").touch()
    assert runs_of(RunTree(str(jobs)), jobs) == ["build1", "build2", "slurm-41.out", "slurm-42_3.out"]


def test_output_of_any_name_is_the_log_of_its_run(runs_dir: Path) -> None:
    for name in ("b1.txt", "b1.err", "b2.txt", "b2.err"):
        (runs_dir / name).write_text("step 1\n")
    assert runs_of(RunTree(str(runs_dir)), runs_dir) == ["b1.txt", "b2.txt"]
    assert {log.name for log in find_logs(str(runs_dir / "b1.txt")).logs} == {"b1.txt", "b1.err"}


def test_logs_of_jobs_stop_being_runs_once_a_run_lies_beside_them(jobs: Path) -> None:
    tree = RunTree(str(jobs))
    runs_of(tree, jobs)
    write_run(jobs, "r")
    assert tree.take(read_run(str(jobs), "r"))
    assert tree.names() == ["r"]


def test_logs_of_jobs_known_from_before_stay_runs(jobs: Path) -> None:
    tree = RunTree(str(jobs))
    tree.learn(["slurm-41.out"])
    assert tree.names() == ["slurm-41.out", "slurm-42_3.out"]


def test_log_of_a_job_is_the_log_of_its_run(jobs: Path) -> None:
    path = str(jobs / "slurm-41.out")
    found = find_logs(path)
    assert ([log.name for log in found.logs], found.problems) == (["slurm-41.out"], ())
    assert log_path(path, "slurm-41.out") == path
    assert read_digest(path, Facts()).line == "ValueError: bad"
    details = read_details(str(jobs), "slurm-41.out")
    assert [file.path for file in details.files] == ["slurm-41.out"]
    assert (details.files_missed, details.history, details.checkpoints.problems) == ((), (), ())


def test_edits_of_a_run_that_is_only_a_log_lie_beside_it(jobs: Path) -> None:
    read_foreign_with(foreign_metadata)
    log = jobs / "slurm-41.out"
    before = log.read_bytes(), log.stat().st_mtime_ns, log.stat().st_ino
    (outcome,) = edit_tags(str(jobs), ["slurm-41.out"], ["x"], [])
    assert (outcome.done, outcome.text) == (
        True,
        'tags (nothing) → ["x"] (kept in the folder\'s .runtui/: the run has no metadata.json)',
    )
    assert [edit.action for edit in read_edits(str(log))] == ["tag"]
    assert edited_runs(str(jobs)).keys() == {"slurm-41.out"}
    assert read_run(str(jobs), "slurm-41.out", is_edited=True).tags == ("x",)
    assert [run.tags for run in read_all(str(jobs)) if run.name == "slurm-41.out"] == [("x",)]
    assert (log.read_bytes(), log.stat().st_mtime_ns, log.stat().st_ino) == before
    (outcome,) = undo(str(jobs), "slurm-41.out")
    assert outcome.done
    assert read_run(str(jobs), "slurm-41.out", is_edited=True).tags == ()


def test_edits_of_a_log_go_through_no_link(jobs: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (jobs / ".runtui").mkdir()
    (jobs / ".runtui" / "logs").symlink_to(elsewhere)
    read_foreign_with(foreign_metadata)
    (outcome,) = edit_tags(str(jobs), ["slurm-41.out"], ["x"], [])
    assert not outcome.done
    assert "symbolic link" in outcome.text
    assert list(elsewhere.iterdir()) == []


def test_job_of_a_log_can_be_filtered_by(jobs: Path) -> None:
    keys = frozenset({"job.id", "job.system"})
    assert read_run(str(jobs), "slurm-42_3.out", keys=keys).values == {
        "job.id": "42_3",
        "job.system": "slurm",
    }


def test_number_that_others_called_alike_do_not_have_is_no_jobs() -> None:
    processors = [f"scaling-{number}.out" for number in (144, 288, 576, 1152, 2304)]
    assert job_logs(processors) == []
    assert job_logs([*processors, "slurm-4711.out", "slurm-12.out"]) == ["slurm-12.out", "slurm-4711.out"]
    assert job_logs(["scaling-4711.out", "scaling-4712.out"]) == ["scaling-4711.out", "scaling-4712.out"]


def test_names_of_a_directory_are_looked_through_only_when_they_changed(
    jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def counted(names: Iterable[str], folder: str = "") -> list[str]:
        looks.append(len(list(names)))
        return job_logs(names, folder)

    monkeypatch.setattr("runtui.layouts.run_tree.job_logs", counted)
    tree = RunTree(str(jobs))
    before = runs_of(tree, jobs)
    assert sorted(tree.names()) == sorted(before)
    assert len(looks) == 1
    (jobs / "slurm-99.out").touch()
    assert set(tree.names()) == {*before, "slurm-99.out"}
    assert len(looks) == 2


def test_logs_of_lsf_in_pairs_of_texts_are_a_run_each(runs_dir: Path) -> None:
    logs = runs_dir / "logs"
    logs.mkdir()
    for job in ("129543324.1", "129876155.1", "129949313.1"):
        (logs / f"out.{job}.txt").write_text("Sender: LSF System\n\nSuccessfully completed.\n")
        (logs / f"err.{job}.txt").write_text("Loading required package: stats\nLoading mesh\n")
    assert sorted(run.name for run in read_all(str(runs_dir))) == [
        f"logs/out.{job}.txt" for job in ("129543324.1", "129876155.1", "129949313.1")
    ]


def test_output_that_ends_with_o_is_read_with_its_errors(runs_dir: Path) -> None:
    for fold in range(2):
        (runs_dir / f"fold={fold}.o").write_text("")
        (runs_dir / f"fold={fold}.e").write_text(
            "  0%|  | 0/1\nslurmstepd: error: *** JOB 5 ON n1 CANCELLED AT"
        )
        with (runs_dir / f"fold={fold}.e").open("a") as errors:
            errors.write(" 2022-05-08T13:04:44 DUE TO TIME LIMIT ***\n")
    run = next(iter(read_all(str(runs_dir))))
    assert run.status == "failed"
    found = read_digest(str(runs_dir / run.name), Facts(run.reason))
    assert found.kind == "timeout"
    assert "DUE TO TIME LIMIT" in found.line
