"""Rotated logs."""

from __future__ import annotations

from runtui.logs.read.log_files import LogFile
from runtui.logs.read.rotated_logs import newer_parts


def logs(*names: str, empty: str = "") -> list[LogFile]:
    return [LogFile(name, 0 if name == empty else 100, 1e9) for name in names]


def test_parts_follow_each_other_by_their_numbers() -> None:
    found = newer_parts(logs("run.log.2.gz", "run.log", "run.log.1", "run.log.10.gz", "other.log"))
    assert found == {"run.log.1": "run.log", "run.log.2.gz": "run.log.1", "run.log.10.gz": "run.log.2.gz"}


def test_an_empty_log_was_rotated_a_moment_ago() -> None:
    assert newer_parts(logs("run.log", "run.log.1", "run.log.2", empty="run.log")) == {
        "run.log.2": "run.log.1"
    }


def test_logs_of_ranks_are_no_parts_of_another_one() -> None:
    assert newer_parts(logs("out.1", "out.2", "run.log.0", "run.log.1")) == {}
