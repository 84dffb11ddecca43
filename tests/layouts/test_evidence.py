"""How a run ended, by the end of its log."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from runtui.layouts.evidence import (
    LogEnd,
    derived,
    first_written,
    iso_time,
    log_end,
    read_json,
    read_text,
    reason_in,
)

DONE = re.compile(rb"JOB DONE")
FAILED = re.compile(rb"SCF run NOT converged")
LONG_AGO = time.time() - 3 * 86400


def log_of(folder: Path, text: str, age: float) -> str:
    path = folder / "run.log"
    path.write_text(text)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return str(path)


@pytest.mark.parametrize(
    ("text", "age", "status"),
    [
        ("step 1\nJOB DONE\n", 5.0, "completed"),
        ("ERROR: a module conflict\nstep 1\nJOB DONE\n", 5.0, "completed"),
        ("SCF run NOT converged\n", 5.0, "failed"),
        ("JOB DONE\nnext\nSCF run NOT converged\n", 5.0, "failed"),
        ("step 1\nTraceback (most recent call last):\n  x\nValueError: bad\n", 5.0, "failed"),
        ("step 1\n", 5.0, "running"),
        ("step 1\n", 5000.0, "running"),
        ("step 1\n", 3 * 86400.0, "failed"),
        ("", 3 * 86400.0, "failed"),
    ],
)
def test_status_by_the_end_of_a_log(tmp_path: Path, text: str, age: float, status: str) -> None:
    path = log_of(tmp_path, text, age)
    end = log_end(path, DONE, FAILED, end_mark="JOB DONE")
    assert end.status == status
    assert (end.ended is None) is (status == "running")


def test_log_that_is_cut_off_is_the_reason(tmp_path: Path) -> None:
    end = log_end(log_of(tmp_path, "step 1\n", 3 * 86400.0), DONE, end_mark="JOB DONE")
    assert derived(end, "run.log")["reason"] == "the log ends without “JOB DONE”"


def test_quiet_log_without_a_usual_end_says_nothing(tmp_path: Path) -> None:
    path = log_of(tmp_path, "step 1\n", 3 * 86400.0)
    assert log_end(path).status == "unknown"
    assert log_end(path, if_quiet="completed").status == "completed"
    assert derived(log_end(path), "run.log") == {"status": "unknown", "status_derived_from": "run.log"}


def test_only_the_end_of_a_long_log_counts(tmp_path: Path) -> None:
    text = "ValueError: early\n" + "step\n" * 10_000
    assert log_end(log_of(tmp_path, text, 3 * 86400.0), if_quiet="completed").status == "completed"


def test_missing_log_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        log_end(str(tmp_path / "none"))


def test_derived_status_names_its_source_and_end() -> None:
    found = derived(LogEnd("completed", 0.0), "log.lammps")
    assert found == {
        "status": "completed",
        "status_derived_from": "log.lammps",
        "completed_at": "1970-01-01T00:00:00Z",
    }


def test_first_written_of_files_is_the_oldest_time(tmp_path: Path) -> None:
    for name, moment in (("a", 50.0), ("b", 20.0)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))
    (tmp_path / "folder").mkdir()
    assert first_written(str(tmp_path), ["a", "b", "folder", "missing"]) == 20.0
    assert first_written(str(tmp_path), []) is None


@pytest.mark.parametrize("moment", [1e30, float("nan"), -1e30])
def test_impossible_times_are_none(moment: float) -> None:
    assert iso_time(moment) is None


def test_files_that_cannot_be_read_are_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "torn").write_text('{"a": ')
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfa\xff")
    for name in ("pipe", "missing"):
        assert read_json(str(tmp_path), name) == {}
        assert read_text(str(tmp_path), name) is None
    assert read_json(str(tmp_path), "torn") == {}
    assert read_text(str(tmp_path), "text") == "a\ufffd"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("step 1\nValueError: bad beta\n", "ValueError: bad beta"), ("step 1\n", ""), ("", "")],
)
def test_reason_is_what_one_log_says(tmp_path: Path, text: str, reason: str) -> None:
    log_of(tmp_path, text, 5.0)
    assert reason_in(str(tmp_path), "run.log") == reason
    assert reason_in(str(tmp_path), "missing.log") == ""


def test_log_whose_last_line_is_days_older_than_its_file_is_no_sign_of_life(tmp_path: Path) -> None:
    now = datetime.now()
    for name, days in {"copy.log": 9, "live.log": 0}.items():
        stamp = (now - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S,000")
        (tmp_path / name).write_text(f"{stamp} INFO epoch 1\nno time in this line\n")
    assert log_end(str(tmp_path / "copy.log")).status == "unknown"
    assert log_end(str(tmp_path / "live.log")).status == "running"


@pytest.mark.parametrize(
    ("beside", "age", "status"),
    [
        ({}, 300.0, "running"),
        ({"config.yaml": 300.5}, 300.0, "unknown"),
        ({"config.yaml": 300.5, "old.csv": 900.0}, 300.0, "running"),
        ({"config.yaml": 900.0}, 300.0, "running"),
        ({"config.yaml": 20.0}, 20.0, "running"),
    ],
)
def test_log_of_the_moment_in_which_all_files_were_made_is_no_sign_of_life(
    tmp_path: Path, beside: dict[str, float], age: float, status: str
) -> None:
    now = time.time()
    for name, written in beside.items():
        (tmp_path / name).write_text("a: 1\n")
        os.utime(tmp_path / name, (now - written, now - written))
    assert log_end(log_of(tmp_path, "step 1\n", age)).status == status
