"""Directories that only look like runs as rows."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.catalog.sync.scan import read_all
from runtui.layouts.base import Entries
from runtui.layouts.plain import Plain
from runtui.layouts.registry import DirectoryKind, examine, read_run
from runtui.logs.diagnose.digest import Facts, read_digest
from runtui.logs.read.log_files import find_logs


def entries(*files: str, folders: tuple[str, ...] = (), directory: str = "") -> Entries:
    return Entries(frozenset(files), frozenset(folders), directory=directory)


@pytest.mark.parametrize(
    "found",
    [
        entries("params.json", "run.log"),
        entries("config.yaml", "metrics.csv"),
        entries("config.toml", folders=("results",)),
        entries("train_config.yaml", "stdout"),
        entries("hparams.yaml", "model.pt"),
        entries("input.dat", "out.log"),
        entries("h2o.inp", "h2o.out"),
        entries("settings.ini", "job.o12345"),
        entries("config.yaml", "train.py", "train.log"),
        entries("run.log", "energy.csv"),
        entries("nohup.out", "run.sh"),
        entries("nohup.out"),
        entries("log.txt"),
        entries("log.txt", folders=("saved models", "images")),
        entries("history.pickle", "params.json"),
        entries("stdout", "stderr", "restart.bin"),
        entries("stdout.txt", "stderr.txt", "cmd.sh"),
        entries("params.json", "run.log.gz"),
        entries("config.yaml", folders=("rank_0", "rank_1")),
        entries("params.json", "slurm-21.out", "slurm-22.out", "out.csv", "job.sh"),
        entries("mpi.out", "log.0", "log.1", "log.2"),
        entries("out.rank0", "out.rank1"),
        entries("config.ini", "stats.txt", "citations.bib"),
        entries("molecule.input", "molecule.log"),
        entries("output.log", "checkpoint", directory="run_12"),
        entries("temp-1.out", "jobid", directory="temp-1"),
        entries("stdout.log", "stderr.log", "command.txt"),
        entries("description.json", "training_statistics.json", folders=("model",)),
    ],
)
def test_configuration_or_input_beside_what_a_program_wrote_is_a_run(found: Entries) -> None:
    assert Plain().recognises(found)


@pytest.mark.parametrize(
    "found",
    [
        entries("config.yaml"),
        entries("output.log", "main.py", directory="run_12"),
        entries("solver.log", "solver.c", directory="solver"),
        entries("other.log", directory="temp-1"),
        entries("output.out", directory="output"),
        entries("notes.md", directory="run_12"),
        entries("config.yaml", "params.json"),
        entries("run.log"),
        entries("results.csv", "metrics.json"),
        entries("main.py", "utils.py", "run.log"),
        entries("config.yaml", "train.log", "pyproject.toml"),
        entries("config.yaml", "out.log", ".gitignore"),
        entries("config.yaml", "run.log", folders=(".git",)),
        entries("config.json", "tokenizer.json", "pytorch_model.bin"),
        entries("run_params.json", "config.yaml", "run.log"),
        entries("config.yaml", folders=("logs", "results")),
        entries("config.py", "__init__.py", "model.py", "a.log"),
        entries("config.py", "log.py", "main.py"),
        entries("config.h.in", "Makefile.in", "config.log"),
        entries("input", "main.c", "a.out"),
        entries("params.json", "log.md", "slurm-submit.sh"),
        entries("config.yaml", "main.py", folders=("results",)),
        entries("config.yaml", "README.md", "results.csv"),
        entries("build.sh", "build.log"),
        entries("log", "log.0", "log.1"),
        entries("log.1", "log.2"),
        entries("log.0", "mpi.out"),
        entries("sweep.log", "summary.csv", folders=("k1", "k2")),
        entries("nohup.out", "sweep.sh", folders=("k1", "k2")),
        entries("nohup.out", folders=("k1", "k2")),
        entries("nohup.out", "train.py"),
        entries("log.txt", "train.py"),
        entries("config.yaml", folders=("models",)),
        entries("paper.tex", "paper.log", "paper.out", "data.csv"),
        entries("CMakeCache.txt", "install.log", "settings.ini"),
        entries("config.yaml", "slurm-21.out", "slurm-22.out", "run.sh"),
        entries("config.yaml", "train.py", "out.csv", "slurm-21.out", "slurm-22.out", "slurm-22.err"),
    ],
)
def test_configuration_sources_or_results_alone_are_no_run(found: Entries) -> None:
    assert not Plain().recognises(found)


@pytest.mark.parametrize("folder", ["conf", "config", "src", "tests", "docs", "data", "build", "logs"])
def test_folder_of_sources_or_defaults_is_no_run(folder: str, runs_dir: Path) -> None:
    path = runs_dir / folder
    path.mkdir()
    for name in ("config.yaml", "old.log", "setup.log"):
        (path / name).touch()
    assert examine(str(path)).kind is not DirectoryKind.FOREIGN
    path.rename(runs_dir / "r1")
    assert examine(str(runs_dir / "r1")).kind is DirectoryKind.FOREIGN


@pytest.mark.parametrize(
    ("text", "days", "status"),
    [
        ("step 1\n", 3, "unknown"),
        ("step 1\nfinished\n", 3, "completed"),
        ("step 1\nSimulation finished\n", 3, "completed"),
        ("ERROR: Module 'a' conflicts with the currently loaded module 'b'\nstep 1\n", 3, "unknown"),
        ("step 1\nTraceback (most recent call last):\n  x\nValueError: bad\n", 3, "failed"),
        ("LAMMPS (2 Aug 2023)\nTotal wall time: 0:00:01\n", 3, "completed"),
        ("     Program PWSCF v.7.2 starts on 1Jan2024 at 10: 0: 5\n", 3, "failed"),
        ("step 1\n\nFile input/output error:\nCannot write trajectory frame\n", 3, "failed"),
        ("-- FreeFem++ v4.9\nExec error : Mesh IO Error\n   -- number :1\n", 3, "failed"),
        ("-- FreeFem++ v4.9\n times: compile 0.1s\nOk: Normal End\n", 3, "completed"),
        ("step 1\n", 0, "running"),
    ],
)
def test_status_is_unknown_unless_the_log_says_more(
    text: str, days: int, status: str, runs_dir: Path
) -> None:
    (runs_dir / "r").mkdir()
    (runs_dir / "r" / "config.yaml").write_text("a: 1\n")
    (runs_dir / "r" / "run.out").write_text(text)
    moment = time.time() - days * 86400
    os.utime(runs_dir / "r" / "config.yaml", (moment - 100, moment - 100))
    os.utime(runs_dir / "r" / "run.out", (moment, moment))
    run = read_run(str(runs_dir), "r")
    assert (run.layout, run.status, run.problem) == ("plain", status, "")


def test_copied_run_is_not_running(runs_dir: Path) -> None:
    (runs_dir / "r").mkdir()
    moment = time.time() - 200
    for name in ("config.yaml", "run.out"):
        (runs_dir / "r" / name).write_text("step 1\n")
        os.utime(runs_dir / "r" / name, (moment, moment))
    assert read_run(str(runs_dir), "r").status == "unknown"


def test_run_without_logs_is_unknown(runs_dir: Path) -> None:
    (runs_dir / "r").mkdir()
    for name in ("config.yaml", "metrics.csv"):
        (runs_dir / "r" / name).touch()
    run = read_run(str(runs_dir), "r")
    assert (run.layout, run.status, run.created_is_guess) == ("plain", "unknown", False)


def make_old(folder: Path, **files: str | bytes) -> None:
    """Write files of long ago; ``__`` in a name stands for a dot, ``___`` for a slash."""
    moment = time.time() - 3 * 86400
    for name, text in files.items():
        path = folder / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(path, (moment, moment))


TRACEBACK = "Traceback (most recent call last):\n  x\nValueError: bad\n"


def test_run_that_wrote_no_errors_ended_well(runs_dir: Path) -> None:
    make_old(runs_dir / "a", params__json='{"n": 3}', stdout="step 1\n", stderr="")
    make_old(runs_dir / "b", params__json='{"n": 4}', stdout="step 1\n", stderr=TRACEBACK)
    assert [read_run(str(runs_dir), name).status for name in "ab"] == ["completed", "failed"]


def test_logs_of_ranks_tell_how_their_run_ended(runs_dir: Path) -> None:
    make_old(runs_dir / "r", config__yaml="n: 2\n", rank_0___stdout="step 1\n", rank_1___stdout=TRACEBACK)
    assert read_run(str(runs_dir), "r").status == "failed"
    assert {log.name for log in find_logs(str(runs_dir / "r")).logs} == {"rank_0/stdout", "rank_1/stdout"}
    assert read_digest(str(runs_dir / "r"), Facts()).line == "ValueError: bad"


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_log_tells_how_its_run_ended(compress: Callable[[bytes], bytes], runs_dir: Path) -> None:
    ending = {gzip.compress: "gz", bz2.compress: "bz2", lzma.compress: "xz"}[compress]
    make_old(runs_dir / "a", params__json="{}", **{f"run__log__{ending}": compress(TRACEBACK.encode())})
    make_old(runs_dir / "b", run__sh="", **{f"slurm-7__out__{ending}": compress(TRACEBACK.encode())})
    for name in "ab":
        run = read_run(str(runs_dir), name)
        assert (run.status, run.reason) == ("failed", "ValueError: bad")


def test_compressed_log_that_is_none_says_nothing(runs_dir: Path) -> None:
    make_old(runs_dir / "b", run__sh="", slurm_7__out__gz=b"no archive")
    make_old(runs_dir / "c", slurm_8__out__zst=b"no archive", params__json="{}")
    assert [read_run(str(runs_dir), name).status for name in "bc"] == ["unknown", "unknown"]


def test_attempts_beside_the_results_of_a_run_are_its_logs(runs_dir: Path) -> None:
    make_old(runs_dir / "r", params__json='{"a": 1}', out__csv="t,e\n1,2\n", **{"slurm-21__out": TRACEBACK})
    (runs_dir / "r" / "slurm-22.out").write_text("Training finished\n")
    run = read_run(str(runs_dir), "r", keys=frozenset({"a"}))
    assert (run.status, run.job and run.job.job_id, run.values) == ("completed", "22", {"a": 1})


def test_runs_lie_in_folders_called_checkpoints_and_published_models_do_not(runs_dir: Path) -> None:
    for name, files in {"exp1": ("args.json", "log.txt"), "bert": ("config.json", "model.pt")}.items():
        path = runs_dir / "project" / "checkpoints" / name
        path.mkdir(parents=True)
        for file in files:
            (path / file).touch()
    assert [run.name for run in read_all(str(runs_dir))] == ["project/checkpoints/exp1"]
