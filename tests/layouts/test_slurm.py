"""Directories of batch scripts as rows."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.layouts.base import Entries
from runtui.layouts.registry import read_run
from runtui.layouts.run_tree import RunTree
from runtui.layouts.slurm import SlurmScript
from tests.layouts.test_job_output import TRACEBACK

AGES = time.time() - 86400.0 * 9


def make(base: Path, name: str, **files: str) -> Path:
    """Make a directory of files that were written long ago; ``__`` in a name stands for a dot."""
    folder = base / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        path = folder / file.replace("__", ".").replace("SLURM_", "slurm-")
        path.write_text(text)
        os.utime(path, (AGES, AGES))
    return folder


def is_slurm(*files: str) -> bool:
    return SlurmScript().recognises(Entries(frozenset(files), frozenset({"results"})))


@pytest.mark.parametrize(
    "files",
    [
        ("slurm-7.out",),
        ("slurm-7.out", "slurm-7.err", "run.sh"),
        ("train-123456.out", "config.yaml"),
        ("job.o123", "job.e123", "job.pbs"),
        ("job.out", "job.err", "run.slurm"),
        ("job.out", "in.inp"),
        ("train.err", "train.sbatch"),
        ("train.err", "params.json"),
        ("train_883311.out", "train_883311.log"),
        ("883311.out", "883311.err"),
        ("lsf.out", "job.lsf"),
        ("slurm.out", "slurm.err", "run"),
        ("mpi.out", "mpi.err", "mpi.bash"),
        ("job.out", "job.err", "job.log", "condor.jds"),
        ("batch.log", "batch.err"),
        ("sim.txt", "sim.err", "mesh.dat"),
    ],
)
def test_output_of_one_job_makes_a_run(files: tuple[str, ...]) -> None:
    assert is_slurm(*files)


@pytest.mark.parametrize(
    "files",
    [
        ("slurm-7.out", "slurm-8.out", "run.sh"),
        ("slurm-7.out", "slurm-8.out", "train.err", "run.sh"),
        ("a.err", "b.err", "test.sh"),
        ("train.err",),
        ("train.err", "eval.log"),
        ("batch.log", "batch.err", "setup.py"),
        ("job.out",),
        ("run.sh", "config.yaml"),
        ("result.out", "run.sh"),
    ],
)
def test_other_files_make_no_run(files: tuple[str, ...]) -> None:
    assert not is_slurm(*files)


def test_run_has_the_job_its_times_and_its_end(runs_dir: Path) -> None:
    script = "#!/bin/bash\n#SBATCH -t 10\n#SBATCH --job-name=melt\n./a.out\n"
    failed = make(
        runs_dir, "failed", run__sh=script, SLURM_41__out=TRACEBACK, config__json='{"m": {"b": 0.3}}'
    )
    os.utime(failed / "slurm-41.out", (AGES + 60.0, AGES + 60.0))
    run = read_run(str(runs_dir), "failed", keys=frozenset({"m.b"}))
    assert (run.layout, run.status, run.is_derived, run.description) == ("slurm", "failed", True, "melt")
    assert (run.job and run.job.job_id, run.values) == ("41", {"m.b": 0.3})
    assert run.created == pytest.approx(AGES)
    assert run.completed == pytest.approx(AGES + 60.0)


def test_name_of_a_log_is_the_name_of_its_job(runs_dir: Path) -> None:
    make(runs_dir, "a", **{"train-123456__out": "x\n"})
    make(runs_dir, "b", job__o77="Normal termination\n", job__e77="")
    first, second = (read_run(str(runs_dir), name) for name in "ab")
    assert (first.description, first.status) == ("train", "unknown")
    assert (second.description, second.status, second.started) == ("job", "completed", pytest.approx(AGES))


def test_errors_without_output_tell_of_a_job_without_an_id(runs_dir: Path) -> None:
    make(runs_dir, "well", train__sbatch="#!/bin/sh\n", train__err="")
    make(runs_dir, "badly", train__sbatch="#!/bin/sh\n", train__err=TRACEBACK)
    well, badly = (read_run(str(runs_dir), name) for name in ("well", "badly"))
    assert (well.status, well.job, well.is_derived) == ("completed", None, True)
    assert badly.status == "failed"


def test_pair_of_logs_without_a_script_tells_how_its_job_ended(runs_dir: Path) -> None:
    make(runs_dir, "badly", batch__log="step 1\n", batch__err=TRACEBACK)
    make(runs_dir, "well", batch__log="step 1\n", batch__err="")
    badly, well = (read_run(str(runs_dir), name) for name in ("badly", "well"))
    assert (badly.layout, badly.status, well.status) == ("slurm", "failed", "completed")


def test_job_has_the_output_that_its_script_names(runs_dir: Path) -> None:
    make(runs_dir, "dd", job__sh="#!/bin/bash\n#SBATCH --output=dd_%j.txt\n./dd\n", dd_101__txt=TRACEBACK)
    run = read_run(str(runs_dir), "dd")
    assert (run.layout, run.status, run.job and run.job.job_id) == ("slurm", "failed", "101")


def test_runs_below_a_script_directory_are_found(runs_dir: Path) -> None:
    make(runs_dir, "sweep", SLURM_1__out="", run__sh="")
    make(runs_dir, "sweep/one", SLURM_2__out="")
    tree = RunTree(str(runs_dir))
    found = [run.name for run in (read_run(str(runs_dir), name) for name in tree.names()) if tree.take(run)]
    assert found + tree.unread() == ["sweep", "sweep/one"]


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_any_bytes_make_a_row(output: bytes, config: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        run = Path(directory, "r")
        run.mkdir()
        (run / "slurm-7.out").write_bytes(output)
        (run / "slurm-7.err").write_bytes(output)
        for name in ("run.sh", "params.yaml", "config.json", "config.toml", "settings.ini"):
            (run / name).write_bytes(config)
        found = read_run(directory, "r", keys=frozenset({"a"}))
        assert (found.layout, found.problem) == ("slurm", "")


def test_pipes_and_dangling_links_hold_nothing_up(runs_dir: Path) -> None:
    run = make(runs_dir, "r", SLURM_7__out="Normal termination\n")
    os.mkfifo(run / "config.yaml")
    (run / "run.sh").symlink_to("gone")
    os.mkfifo(run / "slurm-7.err")
    found = read_run(str(runs_dir), "r", keys=frozenset({"a"}))
    assert (found.layout, found.status, found.values) == ("slurm", "completed", {})
