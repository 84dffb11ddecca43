"""Logs with the errors of jobs beside those with their output."""

from __future__ import annotations

import pytest

from runtui.logs.read.paired_logs import error_log_of


@pytest.mark.parametrize(
    ("output", "errors"),
    [
        ("slurm-7.out", "slurm-7.err"),
        ("train_123456_4.out", "train_123456_4.err"),
        ("123456.log", "123456.err"),
        ("job.o123", "job.e123"),
        ("job.o123.4", "job.e123.4"),
        ("job.o12-3", "job.e12-3"),
        ("job.po55", "job.pe55"),
        ("out_123456.log", "err_123456.log"),
        ("output_123456.txt", "error_123456.txt"),
        ("output_123456.out", "output_123456.err"),
        ("slurm-7.out.gz", "slurm-7.err.gz"),
        ("stdout", None),
        ("a.csv", None),
    ],
)
def test_errors_are_called_like_the_output(output: str, errors: str | None) -> None:
    assert error_log_of(output) == errors
