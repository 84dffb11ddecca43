"""Choice among the logs of many ranks."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.choice import MOST_LOOKED_AT, groups_of, siblings_of, worth_a_look
from runtui.logs.read.log_files import LogFile


def logs(form: str, count: int, size: int = 1000) -> list[LogFile]:
    return [LogFile(form % number, size, 1e9 + number) for number in range(count)]


@pytest.mark.parametrize(
    "form", ["rsl.error.%04d", "out.%d", "logs/rank.%d/stdout", "logs/1/rank.%d/stderr", "mpi-%d.log.gz"]
)
def test_logs_of_ranks_are_siblings(form: str) -> None:
    assert groups_of([*logs(form, 8), LogFile("run.log", 1, 1e9)]) == [logs(form, 8)]


def test_logs_of_jobs_and_rotated_ones_are_no_siblings() -> None:
    assert groups_of(logs("slurm-%d.out", 8)) == []
    assert groups_of([LogFile("run.log", 1, 1e9), *logs("run.log.%d", 8)]) == []


def test_the_log_with_other_last_words_comes_first() -> None:
    group = logs("out.%d", 8)
    tails = {log.name: b"step 10\nTerminated\n" for log in group} | {"out.5": b"step 8\nERROR: no mesh\n"}
    found = siblings_of(group, tails)
    assert (found.logs[0].name, found.differing) == ("out.5", 1)


def test_an_error_tells_more_than_other_words() -> None:
    group = logs("out.%d", 8)
    tails = {log.name: b"step 10\n" for log in group}
    tails |= {"out.2": b"step 10\nrank 2 writes the output\n", "out.7": b"step 8\nERROR: no mesh\n"}
    assert [log.name for log in siblings_of(group, tails).logs[:2]] == ["out.7", "out.2"]


def test_the_larger_log_of_errors_and_the_earlier_end_come_first() -> None:
    group = [log._replace(size=5000 if log.name == "err.6" else 100) for log in logs("err.%d", 8)]
    assert siblings_of(group, {}).logs[0].name == "err.6"
    group = [log._replace(modified=5.0 if log.name == "out.3" else 9.0) for log in logs("out.%d", 8)]
    assert siblings_of(group, {}).logs[0].name == "out.3"


def test_none_stands_out_where_most_differ() -> None:
    group = logs("out.%d", 8)
    tails = {log.name: b"%b\n" % (b"xyzabcde"[number : number + 1] * 9) for number, log in enumerate(group)}
    assert siblings_of(group, tails).differing == 0


def test_of_very_many_logs_those_of_an_unusual_size_are_looked_at() -> None:
    group = [log._replace(size=7 if log.name == "out.3999" else 100) for log in logs("out.%d", 4000)]
    found = worth_a_look(group)
    assert (found[0].name, len(found)) == ("out.3999", MOST_LOOKED_AT)
