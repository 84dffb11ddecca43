"""How jobs ended, by what they wrote."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtui.layouts.job_output import job_end

AGES = time.time() - 86400.0 * 9

TRACEBACK = "Traceback (most recent call last):\n  File 'x.py', line 1\nValueError: bad\n"
LIBRARIES = "vglrun: failed to load library libGL.so\n" * 8000
CONFLICT = "ERROR: Module 'gcc/9' conflicts with the currently loaded module(s) 'gcc/12'\n"
EPILOGUE = "/etc/epilog: line 30: syntax error near unexpected token `('\n"
NOTE = "Note: The following floating-point exceptions are signalling: IEEE_DENORMAL\n"


def write(folder: Path, name: str, text: str, at: float = AGES) -> str:
    (folder / name).write_text(text)
    os.utime(folder / name, (at, at))
    return name


@pytest.mark.parametrize(
    ("output", "status"),
    [
        (TRACEBACK, "failed"),
        (f"{TRACEBACK}jobs done\n", "failed"),
        (f"{TRACEBACK}Job completed successfully\n", "failed"),
        (
            "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***\n",
            "failed",
        ),
        ("srun: error: n1: task 0: Segmentation fault (core dumped)\njobs done\n", "failed"),
        ("step 1\nERROR: no input\n", "failed"),
        ("ERROR: no input\nstep 2\n" + "step\n" * 2000, "unknown"),
        ("ERROR: using the default\nrun finished successfully\n", "completed"),
        ("step 1\nNormal termination of the program\n", "completed"),
        ("exit status: 0\n", "completed"),
        (f"{LIBRARIES}Calculation completed successfully\n{LIBRARIES}", "unknown"),
        (f"{LIBRARIES}Calculation completed successfully\n", "completed"),
        (f"{CONFLICT}Total wall time: 0:00:03\n", "completed"),
        (f"Job completed successfully\n{EPILOGUE}{NOTE}", "completed"),
        (CONFLICT, "unknown"),
        ("step 1\nstep 2\n", "unknown"),
        ("jobs done\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_output_tells_how_a_job_ended(tmp_path: Path, output: str, status: str) -> None:
    end = job_end(str(tmp_path), [write(tmp_path, "slurm-7.out", output)])
    assert (end.status, end.ended) == (status, AGES)


def test_attempt_after_a_requeue_counts(tmp_path: Path) -> None:
    first = "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO PREEMPTION ***\n"
    second = "".join(f"step {number}\n" for number in range(500))
    assert job_end(str(tmp_path), [write(tmp_path, "slurm-7.out", first)]).status == "failed"
    assert job_end(str(tmp_path), [write(tmp_path, "slurm-7.out", first + second)]).status == "unknown"


@pytest.mark.parametrize(
    ("errors", "status"),
    [("", "completed"), (LIBRARIES, "completed"), (TRACEBACK, "failed"), (" 10%|#   | 1/10\r", "unknown")],
)
def test_job_that_ends_well_leaves_its_errors_empty(tmp_path: Path, errors: str, status: str) -> None:
    name = write(tmp_path, "train.err", errors)
    assert job_end(str(tmp_path), [], [name]).status == status
    output = write(tmp_path, "train.out", "epoch 1\n")
    assert job_end(str(tmp_path), [output], [name]).status == status


def test_job_without_errors_runs_while_it_writes(tmp_path: Path) -> None:
    errors = write(tmp_path, "train.err", "")
    assert job_end(str(tmp_path), [], [errors], last_sign=time.time()).status == "running"
    output = write(tmp_path, "train.out", "epoch 1\n", time.time())
    assert job_end(str(tmp_path), [output], [errors]).status == "running"


def test_end_of_a_job_is_that_of_its_output_and_not_of_its_empty_errors(tmp_path: Path) -> None:
    errors = write(tmp_path, "j.err", "", time.time())
    output = write(tmp_path, "j.out", "finished successfully\n")
    assert job_end(str(tmp_path), [output], [errors]).ended == AGES


def test_job_without_a_file_that_can_be_read_has_no_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "slurm-7.out")
    with pytest.raises(OSError, match="slurm-7"):
        job_end(str(tmp_path), ["slurm-7.out"])


@pytest.mark.parametrize(("age", "status"), [(20.0, "running"), (200.0, "unknown"), (4000.0, "completed")])
def test_job_that_only_began_or_was_copied_has_no_end_for_its_lack_of_errors(
    tmp_path: Path, age: float, status: str
) -> None:
    moment = time.time() - age
    names = [write(tmp_path, name, text, moment) for name, text in (("j.out", "step 1\n"), ("j.err", ""))]
    assert job_end(str(tmp_path), names[:1], names[1:], last_sign=moment).status == status
